"""What is followed: the present state first, then what changed and nothing else."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from boucle.edge.body import Asked
from boucle.edge.subscriptions import Answer, NotStarted, OnSchema, subscribe, told
from domain.markets import MarketStage
from domain.offers.lines import FeedRunState
from integrations.bus import QUEUE, Event, MemoryBus
from models.markets import Market
from models.offers.feeds import FeedRun
from resolvers.context import ANONYMOUS, Caller, Context, Refused
from resolvers.offers.following import State, Topic, follow
from resolvers.offers.live import _next_turn
from schema.common import global_id
from tests import factories
from tests.factories import Item, line
from tests.schema import shop
from tests.schema.asking import OPERATIONS, counted, data, key_of

SERVED = OnSchema(OPERATIONS)
MONEY = "price{total{amount} item{amount}} delivery{latest} grade variant{slug}"
FEATURED = f"featuredOffer{{offer{{id {MONEY}}}}}"
FOLLOW = f"""subscription($market: String = "FR", $slug: String, $id: ID, $grade: Grade){{
  featuredOfferChanged(market: $market, slug: $slug, variantId: $id, grade: $grade){{
    market grade version asOf variant{{slug}} product{{slug}} {FEATURED}}}}}"""
PROGRESS = "subscription($id: ID!){jobProgress(runId: $id){id state linesRead created}}"


@dataclass(slots=True)
class Followed:
    """An open subscription of a test."""

    answers: AsyncGenerator[Answer]
    ids: list[str] = field(default_factory=list)
    _next: asyncio.Task[Answer] | None = None

    async def next(self) -> Any:
        """The data of the next event; the id is kept."""
        self._next = self._next or asyncio.create_task(anext(self.answers))
        async with asyncio.timeout(5):
            found = await self._next
        self._next = None
        assert "errors" not in found.body, found.body
        self.ids.append(found.event_id or "")
        (value,) = found.body["data"].values()
        return value

    async def silent(self) -> bool:
        """Whether nothing is told for a little while."""
        self._next = self._next or asyncio.create_task(anext(self.answers))
        await asyncio.wait([self._next], timeout=0.15)
        return not self._next.done()


@asynccontextmanager
async def following(
    bus: MemoryBus | None,
    query: str,
    caller: Caller = ANONYMOUS,
    after: str | None = None,
    **variables: Any,
) -> AsyncGenerator[Followed]:
    async def identify() -> Caller:
        return caller

    def prepare(context: Context) -> Context:
        context.bus, context.after = bus, after
        return context

    operation = await SERVED.ready(Asked(query, None, variables, None), caller, None)
    async with aclosing(await subscribe(SERVED, operation, identify, prepare)) as answers:
        made = Followed(answers)
        try:
            yield made
        finally:
            if made._next is not None:
                made._next.cancel()
                await asyncio.wait([made._next])


async def refusal(*args: Any, **variables: Any) -> tuple[str, str]:
    with pytest.raises(NotStarted) as caught:
        async with following(*args, **variables):
            pass
    (error,) = caught.value.told
    return error["extensions"]["code"], error["extensions"]["reason"]


# The featured offer


async def _slug(item: Item) -> str:
    return (await data("query($id: ID!){node(id: $id){... on Variant{slug}}}", id=_id(item)))[
        "node"
    ]["slug"]


def _id(item: Item) -> str:
    return str(global_id("Variant", item.variant_id))


async def test_the_first_event_is_what_the_listing_shows(db: None) -> None:
    sold = await shop.golden()
    slug = await _slug(sold.item)
    for grade in (None, "GOOD", "FAIR"):
        page = (await data(
            f"query($slug: String!, $grade: Grade){{listing(market: \"FR\", slug: $slug)"
            f"{{featuredOffer(grade: $grade){{offer{{id {MONEY}}}}}}}}}",
            slug=slug, grade=grade,
        ))["listing"]  # fmt: skip
        for named in ({"slug": slug}, {"id": _id(sold.item)}, {"id": str(sold.item.variant_id)}):
            async with following(MemoryBus(), FOLLOW, grade=grade, **named) as followed:
                first = await followed.next()
            assert first["featuredOffer"] == page["featuredOffer"]
            assert (first["market"], first["grade"], first["variant"]) == (
                "FR", grade, {"slug": slug},
            )  # fmt: skip
            assert int(first["version"]) > 0


async def test_only_another_offer_price_or_delivery_is_news(db: None) -> None:
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant()
    await shop.sell(owner, [line(item, "A", "200.00")])
    await shop.searchable()
    bus = MemoryBus()

    async def hint() -> None:
        await bus.publish(f"product:{item.product_id}", {"markets": ["FR"]})

    async with following(bus, FOLLOW, id=_id(item)) as followed:
        first = await followed.next()
        await hint()
        assert await followed.silent()
        await shop.sell(owner, [line(item, "A", "200.00", quantity=9)])
        await hint()
        assert await followed.silent()
        await shop.sell(owner, [line(item, "A", "190.00")])
        await hint()
        second = await followed.next()
        await hint()
        assert await followed.silent()
    item_price = [e["featuredOffer"]["offer"]["price"]["item"] for e in (first, second)]
    assert item_price == [{"amount": "200.00"}, {"amount": "190.00"}]
    assert int(second["version"]) >= int(first["version"])


async def test_none_competing_is_null_and_the_first_that_does_is_news(db: None) -> None:
    (item,) = await factories.world(1, 1)
    await shop.searchable()
    bus = MemoryBus()
    async with following(bus, FOLLOW, id=_id(item)) as followed:
        assert (await followed.next())["featuredOffer"] is None
        await shop.sell(await factories.merchant(), [line(item, "A", "200.00")])
        await bus.publish("market:FR", {})
        assert (await followed.next())["featuredOffer"] is not None


@pytest.mark.parametrize("topic", ["product:ID", "market:FR", "market:*"])
async def test_each_topic_that_may_concern_a_variant_is_listened_to(db: None, topic: str) -> None:
    (item,) = await factories.world(1, 1)
    owner, bus = await factories.merchant(), MemoryBus()
    await shop.sell(owner, [line(item, "A", "200.00")])
    async with following(bus, FOLLOW, id=_id(item)) as followed:
        await followed.next()
        await shop.sell(owner, [line(item, "A", "190.00")])
        await bus.publish(topic.replace("ID", str(item.product_id)), {})
        assert (await followed.next())["featuredOffer"] is not None


async def test_hints_about_other_markets_cost_no_statement(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold = await shop.golden()
    bus = MemoryBus()
    async with following(bus, FOLLOW, id=_id(sold.item)) as followed:
        await followed.next()
        assert await followed.silent()
        with counted(monkeypatch) as sent:
            await bus.publish(f"product:{sold.item.product_id}", {"markets": ["DE"]})
            await bus.publish("market:DE", {})
            assert await followed.silent()
            assert not sent
            for _ in range(20):
                await bus.publish(f"product:{sold.item.product_id}", {"markets": ["DE", "FR"]})
            assert await followed.silent()
            assert 0 < sent.total() <= 8


@pytest.mark.parametrize("after", ["", "x", "9" * 400, "1-0.zz", "1700000000000-0"])
async def test_an_event_id_that_is_not_ours_begins_anew(db: None, after: str) -> None:
    (item,) = await factories.world(1, 1)
    async with following(MemoryBus(), FOLLOW, after=after, id=_id(item)) as followed:
        assert (await followed.next())["featuredOffer"] is None


async def test_who_comes_back_is_told_at_once_and_only_what_changed(db: None) -> None:
    (item,) = await factories.world(1, 1)
    owner, bus = await factories.merchant(), MemoryBus()
    await shop.sell(owner, [line(item, "A", "200.00")])
    async with following(bus, FOLLOW, id=_id(item)) as followed:
        await followed.next()
    (known,) = followed.ids
    ms, _, rest = known.partition("-")
    old = f"{int(ms) - 6 * 60 * 1000}-{rest}"

    async with following(bus, FOLLOW, after=known, id=_id(item)) as followed:
        assert await followed.silent()
    async with following(bus, FOLLOW, after=old, id=_id(item)) as followed:
        assert (await followed.next())["featuredOffer"] is not None
    await shop.sell(owner, [line(item, "A", "190.00")])
    async with following(bus, FOLLOW, after=known, id=_id(item)) as followed:
        told_now = await followed.next()
    assert told_now["featuredOffer"]["offer"]["price"]["item"]["amount"] == "190.00"


@pytest.mark.parametrize(
    ("variables", "refused"),
    [
        pytest.param({"market": "BG", "slug": "a"}, "MARKET_NOT_OPEN", id="market"),
        pytest.param({"slug": "nothing"}, "LISTING_UNKNOWN", id="slug"),
        pytest.param({"id": str(factories.some_id())}, "LISTING_UNKNOWN", id="variant"),
        pytest.param({"id": "RmVlZDox"}, "BAD_USER_INPUT", id="id of another type"),
        pytest.param({}, "BAD_USER_INPUT", id="nothing"),
        pytest.param({"slug": "a", "id": str(factories.some_id())}, "BAD_USER_INPUT", id="both"),
        pytest.param({"slug": "a", "grade": "SHINY"}, "INVALID_VARIABLE", id="grade"),
    ],
)
async def test_what_cannot_be_followed_is_refused_with_a_reason(
    db: None, variables: dict[str, Any], refused: str
) -> None:
    await factories.world(1, 1)

    assert await refusal(MemoryBus(), FOLLOW, **variables) == ("BAD_USER_INPUT", refused)


async def test_a_market_that_closes_ends_what_follows_it(db: None) -> None:
    sold = await shop.golden()
    bus = MemoryBus()
    async with following(bus, FOLLOW, id=_id(sold.item)) as followed:
        await followed.next()
        await Market.filter(code="FR").update(stage=MarketStage.DRAFT)
        await bus.publish("market:FR", {})
        with pytest.raises(Refused) as caught:
            await followed.next()
        followed._next = None
    assert told(caught.value)[0]["extensions"]["reason"] == "MARKET_NOT_OPEN"


@pytest.mark.parametrize(
    ("now", "at"),
    [
        pytest.param("12:58:00", "13:00:01", id="the turn"),
        pytest.param("12:10:00", "12:15:00", id="five minutes"),
        pytest.param("13:00:00", "13:05:00", id="just turned"),
    ],
)
def test_it_is_read_again_at_each_turn_and_every_five_minutes(now: str, at: str) -> None:
    day = "2026-05-04T{}+00:00"
    read_at = datetime.fromisoformat(day.format(now))
    assert _next_turn(read_at) == datetime.fromisoformat(day.format(at))


# A run


async def test_a_run_is_followed_until_it_is_final(db: None) -> None:
    owner = await factories.merchant()
    run = await factories.queued(await factories.feed(owner))
    bus, topic = MemoryBus(), f"run:{run.id}"
    moves = [
        {"state": FeedRunState.READING, "lines_read": 10},
        {"state": FeedRunState.APPLYING, "lines_read": 20},
        {"state": FeedRunState.COMPLETED, "created": 20},
    ]
    async with following(bus, PROGRESS, key_of(owner, "feeds:read"), id=str(run.id)) as followed:
        heard = [await followed.next()]
        for version, move in enumerate(moves):
            await FeedRun.filter(id=run.id).update(**move)
            await bus.publish(topic, {"version": version})
            heard.append(await followed.next())
        with pytest.raises(StopAsyncIteration):
            await anext(followed.answers)

    assert [each["state"] for each in heard] == ["QUEUED", "READING", "APPLYING", "COMPLETED"]
    assert [each["linesRead"] for each in heard] == [0, 10, 20, 20]
    assert {each["id"] for each in heard} == {str(global_id("FeedRun", run.id))}


async def test_a_final_run_is_told_once_and_not_again_to_who_knows_it(db: None) -> None:
    owner = await factories.merchant()
    run = await factories.queued(await factories.feed(owner))
    await FeedRun.filter(id=run.id).update(state=FeedRunState.FAILED)
    caller = key_of(owner, "feeds:read")
    async with following(MemoryBus(), PROGRESS, caller, id=str(run.id)) as followed:
        assert (await followed.next())["state"] == "FAILED"
        with pytest.raises(StopAsyncIteration):
            await anext(followed.answers)
    after = followed.ids[0]
    async with following(MemoryBus(), PROGRESS, caller, after=after, id=str(run.id)) as followed:
        with pytest.raises(StopAsyncIteration):
            await anext(followed.answers)


async def test_a_run_is_its_merchants_with_the_scope_and_to_others_as_if_it_were_not(
    db: None,
) -> None:
    owner, other = await factories.merchant(), await factories.merchant("other")
    run = str((await factories.queued(await factories.feed(owner))).id)
    bus, nobody = MemoryBus(), str(factories.some_id())
    reading = key_of(other, "feeds:read")

    assert (await refusal(bus, PROGRESS, id=run))[0] == "UNAUTHENTICATED"
    assert (await refusal(bus, PROGRESS, key_of(owner, "offers:read"), id=run))[0] == "FORBIDDEN"
    for asked in (run, nobody):
        found = await refusal(bus, PROGRESS, reading, id=asked)
        assert found == ("BAD_USER_INPUT", "FEED_RUN_UNKNOWN")


# Following


async def test_without_a_bus_nothing_is_followed(db: None) -> None:
    (item,) = await factories.world(1, 1)

    assert await refusal(None, FOLLOW, id=_id(item)) == ("UNAVAILABLE", "TRY_AGAIN")


async def test_a_bus_that_fails_ends_what_listens_to_it() -> None:
    class Broken(MemoryBus):
        async def listen(self, topic: str, after: str | None = None) -> AsyncGenerator[Event]:
            raise OSError("10.0.0.7")
            yield Event("1-0", topic, {})

    states = await follow(Context(bus=Broken()), [Topic("t")], _clock(1))
    assert await anext(states) == 1
    with pytest.raises(Refused) as caught:
        await anext(states)
    assert told(caught.value)[0]["extensions"]["code"] == "UNAVAILABLE"


def _clock(*values: int) -> Any:
    """Reads these values one after the other, then the last."""
    left = list(values)

    async def read(_now: Context) -> State[int]:
        value = left.pop(0) if len(left) > 1 else left[0]
        return State(value, str(value).rjust(16, "0"))

    return read


async def test_an_event_that_stands_for_missed_ones_is_a_hint_whatever_it_says() -> None:
    bus = MemoryBus()
    states = await follow(Context(bus=bus), [Topic("t", lambda p: "n" not in p)], _clock(1, 2))
    async with aclosing(states), asyncio.timeout(5):
        await anext(states)
        second = asyncio.ensure_future(anext(states))
        await asyncio.sleep(0.05)
        await bus.publish_all([("t", {}), *(("t", {"n": n}) for n in range(QUEUE))])
        assert await second == 2


async def test_what_nobody_announces_is_found_by_looking_again() -> None:
    soon = timedelta(seconds=0.05)
    ctx = Context(bus=MemoryBus())
    states = await follow(ctx, [Topic("t")], _clock(1, 1, 2), lambda now: now + soon)
    async with aclosing(states), asyncio.timeout(5):
        assert [await anext(states), await anext(states)] == [1, 2]


async def test_a_change_between_the_first_reading_and_the_listening_is_not_lost() -> None:
    bus = MemoryBus()
    states = await follow(Context(bus=bus), [Topic("t")], _clock(1, 2))
    await bus.publish("t", {})
    async with aclosing(states), asyncio.timeout(5):
        assert [await anext(states), await anext(states)] == [1, 2]


async def test_each_event_is_known_by_when_it_was_and_what_it_said() -> None:
    bus = MemoryBus()
    ctx = Context(bus=bus, now=datetime.now(UTC))
    states = await follow(ctx, [Topic("t")], _clock(1, 2))
    async with aclosing(states), asyncio.timeout(5):
        await anext(states)
        first = ctx.event_id or ""
        hint = await bus.publish("t", {})
        await anext(states)
    assert ctx.event_id == f"{hint}.{'2'.rjust(16, '0')}"
    assert abs(int(first.partition("-")[0]) - time.time() * 1000) < 60_000
