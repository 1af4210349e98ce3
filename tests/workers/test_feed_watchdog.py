"""A feed that fell silent hides its offers, and shows them again by itself."""

from domain.accounts.roles import Role
from integrations.mail import Mail
from models.accounts import people
from models.base import execute, fetchval, transaction
from models.offers import check, upkeep
from models.offers.feeds import Feed
from tests import factories
from workers.offers import tell_stale


async def _watched(hours: int) -> tuple[Feed, list[factories.Row]]:
    items = await factories.world(products=2, variants=1)
    feed = await factories.feed(await factories.merchant(), url="https://shop.example/feed.csv")
    rows = [factories.line(item, f"S-{n}") for n, item in enumerate(items)]
    await factories.run(feed, rows)
    await execute(
        "UPDATE feed SET last_success_at = now() - make_interval(hours => $2) WHERE id = $1",
        feed.id,
        hours,
    )
    return feed, rows


async def _bite() -> int:
    async with transaction() as raw:
        return await upkeep.pause_stale(raw)


async def _shown() -> int:
    return await fetchval("SELECT count(*) FROM offer_market WHERE visibility = 2")


async def test_a_silent_feed_pauses_its_offers_with_the_reason(db: None) -> None:
    await _watched(hours=25)

    assert await _bite() == 1

    assert await _shown() == 0
    reasons = await fetchval("SELECT reasons FROM offer_market LIMIT 1")
    assert reasons == ["FEED_STALE"]
    assert await fetchval("SELECT count(*) FROM best_offer WHERE offers > 0") == 0
    async with transaction() as raw:
        assert (await check.differences(raw)).total == 0
    assert await _bite() == 0


async def test_the_owners_of_a_silent_feed_are_mailed_once_in_their_language(db: None) -> None:
    feed, rows = await _watched(hours=25)
    owner = frozenset({Role.MERCHANT_OWNER})
    person = await people.enter("o@example.org", owner, merchant_id=feed.merchant_id)
    await execute("UPDATE account SET language = 'fr' WHERE id = $1", person.id)
    mails: list[Mail] = []

    class Box:
        async def send(self, mail: Mail) -> None:
            mails.append(mail)

    await _bite()
    asked = "SELECT count(*) FROM outbox_job WHERE job = 'mail_feed_stale'"
    assert await fetchval(asked) == 1
    for _ in range(2):
        await tell_stale(feed.id, Box(), "https://boucle.example")
    await factories.run(feed, rows)
    await tell_stale(feed.id, Box(), "https://boucle.example")

    assert [mail.to for mail in mails] == ["o@example.org"] * 2
    assert len({mail.id for mail in mails}) == 1
    assert f"« {feed.name} »" in mails[0].subject


async def test_a_feed_that_spoke_in_time_is_left_alone(db: None) -> None:
    await _watched(hours=23)

    assert await _bite() == 0

    assert await _shown() == 2


async def test_the_next_good_file_shows_the_offers_again_even_unchanged(db: None) -> None:
    feed, rows = await _watched(hours=25)
    await _bite()

    done = await factories.run(feed, rows)

    assert (done.updated, done.unchanged) == (0, 2)
    assert await _shown() == 2
    assert not (await Feed.get(id=feed.id)).stale


async def test_an_offer_that_its_merchant_paused_stays_paused(db: None) -> None:
    feed, rows = await _watched(hours=25)
    await execute(
        "UPDATE offer SET status = 'PAUSED', paused_because = 'PAUSED_BY_MERCHANT' "
        "WHERE sku_key = 's-0'"
    )
    await _bite()

    await factories.run(feed, rows)

    assert await fetchval("SELECT status FROM offer WHERE sku_key = 's-0'") == "PAUSED"
