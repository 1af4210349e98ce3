"""A merchant sets its feeds up: what can be said, what is refused, what becomes of it."""

import pytest

from domain.offers.lines import FeedRunState
from models.base import fetch, fetchrow, fetchval
from models.merchants import Merchant
from models.offers.feeds import Feed, FeedRun
from tests import factories
from tests.factories import line
from tests.schema.asking import Json, data, key_of, refusal
from tests.schema.desk import CREATE, DELETE, PAUSE, RUN, SCOPES, SECRET, UPDATE, URL, Desk, stored

SETTINGS = {
    "markets": ["fr", "DE"],
    "currency": "EUR",
    "encoding": "Windows-1252",
    "separator": ";",
    "decimal": "COMMA",
    "gradeWords": [{"word": "Comme neuf", "grade": "EXCELLENT"}],
    "fixedGrade": "GOOD",
    "gradeColumn": "etat",
    "mapping": [{"column": "Interne", "field": None}, {"column": "Prix TTC", "field": "price"}],
    "sheet": "Stock",
    "defaultQuantity": 3,
    "defaultWarrantyMonths": 24,
    "vatScheme": "MARGIN",
    "handlingHours": 24,
}


async def test_a_feed_is_made_with_all_that_it_can_be_told_and_read_back(desk: Desk) -> None:
    feed = await desk.made(
        url=URL, everySeconds=300, staleAfterSeconds=7200, format="NATIVE_CSV", settings=SETTINGS
    )

    assert feed["settings"] == SETTINGS | {"markets": ["DE", "FR"], "encoding": "cp1252"}
    assert (feed["url"], feed["everySeconds"], feed["staleAfterSeconds"]) == (URL, 300, 7200)
    assert feed["nextPullAt"] is not None
    assert (feed["credentials"], feed["hostKey"], feed["paused"]) == (None, None, False)


async def test_a_feed_of_a_name_is_all_that_a_push_needs(desk: Desk) -> None:
    feed = await desk.made()

    assert (feed["url"], feed["everySeconds"], feed["nextPullAt"]) == (None, None, None)
    assert feed["settings"]["mapping"] == feed["settings"]["gradeWords"] == []


async def test_what_is_left_out_is_kept_and_null_clears(desk: Desk) -> None:
    feed = await desk.made(url=URL, settings=SETTINGS, format="NATIVE_CSV")

    kept = (await desk.ask(UPDATE, id=feed["id"], staleAfterSeconds=9000))["feed"]
    assert kept == feed | {"staleAfterSeconds": 9000}
    given = {"encoding": None, "mapping": None, "defaultQuantity": 5}
    some = (await desk.ask(UPDATE, id=feed["id"], format=None, settings=given))["feed"]
    cleared = {"encoding": None, "mapping": [], "defaultQuantity": 5}
    assert some == kept | {"format": None, "settings": feed["settings"] | cleared}
    none = (await desk.ask(UPDATE, id=feed["id"], url=None, settings=None))["feed"]

    assert (none["url"], none["everySeconds"], none["nextPullAt"]) == (None, None, None)
    assert {*map(str, none["settings"].values())} == {"None", "[]"}


async def test_a_repeated_call_makes_one_feed_and_answers_alike(desk: Desk) -> None:
    given = {"name": "main", "mode": "FULL", "url": URL, "idempotencyKey": "once"}

    told = [await desk.ask(CREATE, **given) for _ in range(3)]

    assert told[0]["__typename"] == "FeedCreated"
    assert told[0] == told[1] == told[2]
    assert await Feed.all().count() == 1
    other = given | {"name": "other"}
    found = await refusal(CREATE, desk.caller, input=other)
    assert found["reason"] == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"name": " "}, "name", " "),
        ({"name": "x" * 65}, "name", "x" * 65),
        ({"everySeconds": 299, "url": URL}, "everySeconds", "299"),
        ({"everySeconds": 600}, "everySeconds", "600"),
        ({"staleAfterSeconds": 60}, "staleAfterSeconds", "60"),
        ({"url": "ftp://files.example.com/a"}, "url", "ftp://files.example.com/a"),
        ({"url": "https://127.0.0.1/a"}, "url", "https://127.0.0.1/a"),
        ({"url": "https://[::ffff:10.0.0.1]/a"}, "url", "https://[::ffff:10.0.0.1]/a"),
        ({"url": "http://2130706433/a"}, "url", "http://2130706433/a"),
        ({"url": "http://0177.0.0.1/a"}, "url", "http://0177.0.0.1/a"),
        ({"url": "https://db.internal/a"}, "url", "https://db.internal/a"),
        ({"url": "https://files.example.com:22/a"}, "url", "https://files.example.com:22/a"),
        ({"url": "https://me:pw@files.example.com/a"}, "url", "https://me:pw@files.example.com/a"),
        ({"url": "sftp://files.example.com/a.csv"}, "url", "sftp://files.example.com/a.csv"),
        ({"url": "sftp://me@a.example/*/a.csv"}, "url", "sftp://me@a.example/*/a.csv"),
        ({"url": "sftp://me@a.example:443/a.csv"}, "url", "sftp://me@a.example:443/a.csv"),
        ({"hostKey": "SHA256:" + "a" * 43}, "hostKey", "SHA256:" + "a" * 43),
        ({"settings": {"markets": ["GB"]}}, "settings.markets", "GB"),
        ({"settings": {"markets": []}}, "settings.markets", None),
        ({"settings": {"encoding": "rot13"}}, "settings.encoding", "rot13"),
        ({"settings": {"separator": "/"}}, "settings.separator", "/"),
        ({"settings": {"mapping": [{"column": "A", "field": "prix"}]}}, "settings.mapping", "prix"),
        ({"settings": {"mapping": [{"column": "A", "field": "sku"},
            {"column": "B", "field": "sku"}]}}, "settings.mapping", "sku"),
        ({"settings": {"defaultQuantity": -1}}, "settings.defaultQuantity", "-1"),
        ({"settings": {"defaultWarrantyMonths": 11}}, "settings.defaultWarrantyMonths", "11"),
        ({"settings": {"handlingHours": 241}}, "settings.handlingHours", "241"),
    ],
)  # fmt: skip
async def test_what_a_feed_cannot_be_told_names_field_value_and_fix(
    desk: Desk, given: Json, field: str, value: str | None
) -> None:
    found = await desk.ask(CREATE, **({"name": "main", "mode": "FULL"} | given))

    assert (found["code"], found["field"], found["value"]) == ("FEED_SETTING_INVALID", field, value)
    assert found["path"] == ["input", *field.split(".")]
    assert found["hint"]
    assert await Feed.all().count() == 0


async def test_a_name_is_one_feeds_and_free_again_when_that_is_deleted(desk: Desk) -> None:
    first = await desk.made()
    second = await desk.made(name="second")

    assert (await desk.ask(CREATE, name="main", mode="DELTA"))["code"] == "FEED_NAME_TAKEN"
    assert (await desk.ask(UPDATE, id=second["id"], name="main"))["code"] == "FEED_NAME_TAKEN"
    assert (await desk.ask(UPDATE, id=first["id"], name="main"))["__typename"] == "FeedUpdated"
    await desk.ask(DELETE, id=first["id"])
    assert (await desk.ask(UPDATE, id=second["id"], name="main"))["__typename"] == "FeedUpdated"


async def test_the_101st_feed_is_refused(desk: Desk, owner: Merchant) -> None:
    for n in range(99):
        await factories.feed(owner, name=f"f{n}")
    await desk.made()

    found = await desk.ask(CREATE, name="one more", mode="FULL")

    assert (found["code"], found["limit"]) == ("TOO_MANY_FEEDS", 100)


async def test_a_confirmed_host_key_is_forgotten_with_its_server(desk: Desk) -> None:
    key = "SHA256:" + "a" * 43
    feed = await desk.made(url="sftp://me@a.example/in/*.csv", hostKey=key)

    assert feed["hostKey"] == key
    same = await desk.ask(UPDATE, id=feed["id"], url="sftp://me@a.example/out/*.csv")
    assert same["feed"]["hostKey"] == key
    other = await desk.ask(UPDATE, id=feed["id"], url="sftp://me@b.example/out/*.csv")
    assert other["feed"]["hostKey"] is None


async def test_a_change_of_how_it_is_read_forgets_what_was_known_of_the_file(desk: Desk) -> None:
    feed = await desk.made(url=URL)
    row = await stored(feed)
    known = {"etag": '"1"', "last_modified": "x", "body_sha256": "0", "read_as": row.reading()}
    await Feed.filter(id=row.id).update(**known)

    await desk.ask(UPDATE, id=feed["id"], name="renamed", everySeconds=900)
    assert (await Feed.get(id=row.id)).etag == '"1"'
    await desk.ask(UPDATE, id=feed["id"], settings={"decimal": "COMMA"})

    again = await Feed.get(id=row.id)
    assert (again.etag, again.last_modified, again.body_sha256) == (None, None, None)


async def test_a_feed_runs_at_once_but_not_beside_another_run(desk: Desk) -> None:
    feed = await desk.made(url=URL)

    started = await desk.ask(RUN, id=feed["id"], dryRun=True)
    beside = await desk.ask(RUN, id=feed["id"])

    assert started["run"] | {"id": ""} == {
        "id": "", "state": "QUEUED", "channel": "PULL", "dryRun": True,
    }  # fmt: skip
    assert (beside["code"], beside["runId"]) == ("FEED_RUN_UNDER_WAY", started["run"]["id"])
    assert await fetchval("SELECT count(*) FROM outbox_job WHERE job = 'run_feed'") == 1
    await FeedRun.all().update(state=FeedRunState.COMPLETED)
    assert (await desk.ask(RUN, id=feed["id"]))["__typename"] == "FeedRunStarted"


async def test_a_feed_that_is_pushed_cannot_be_pulled_or_paused(desk: Desk) -> None:
    feed = await desk.made()

    assert (await desk.ask(RUN, id=feed["id"]))["code"] == "FEED_NOT_PULLED"
    assert (await desk.ask(PAUSE % "pauseFeed", id=feed["id"]))["code"] == "FEED_NOT_PULLED"


async def test_a_paused_feed_is_not_due_until_it_is_resumed(desk: Desk) -> None:
    feed = await desk.made(url=URL)

    paused = await desk.ask(PAUSE % "pauseFeed", id=feed["id"])
    changed = (await desk.ask(UPDATE, id=feed["id"], everySeconds=600))["feed"]
    resumed = await desk.ask(PAUSE % "resumeFeed", id=feed["id"])

    assert paused["feed"] == {"paused": True, "nextPullAt": None}
    assert changed["nextPullAt"] is None
    assert resumed["feed"]["paused"] is False
    assert resumed["feed"]["nextPullAt"] is not None


async def test_a_feed_with_offers_on_sale_stays_unless_they_may_go(
    desk: Desk, owner: Merchant
) -> None:
    feed = await factories.feed(owner, name="main", url=URL)
    [item] = await _items()
    await factories.run(feed, [line(item, "A"), line(item, "B")])

    stays = await desk.ask(DELETE, id=str(feed.id))
    assert (stays["code"], stays["offers"]) == ("FEED_HAS_OFFERS", 2)
    assert (await Feed.get(id=feed.id)).deleted_at is None
    goes = await desk.ask(DELETE, id=str(feed.id), retireOffers=True)

    assert goes["__typename"] == "FeedDeleted"
    asked = await fetchrow("SELECT kwargs::text AS k FROM outbox_job WHERE job = 'retire_offers'")
    assert asked is not None
    assert str(feed.id) in asked["k"]
    assert (await data("{feeds{id}}", desk.caller))["feeds"] == []


async def test_of_a_deleted_feed_its_runs_are_left_and_no_secret(
    desk: Desk, owner: Merchant
) -> None:
    feed = await desk.made(url=f"{URL}?k=1", credentials={"bearer": {"token": SECRET}})
    row = await stored(feed)
    held = await factories.queued(row)
    await FeedRun.filter(id=held.id).update(state=FeedRunState.HELD)

    await desk.ask(DELETE, id=feed["id"])

    gone = await Feed.get(id=row.id)
    assert (gone.url, gone.credentials, gone.settings, gone.next_pull_at) == (None, None, {}, None)
    assert (await FeedRun.get(id=held.id)).state is FeedRunState.CANCELLED
    told = await data("query($id: ID!){node(id: $id){id}}", desk.caller, id=feed["id"])
    assert told["node"] is None
    for query in (UPDATE, DELETE, RUN):
        assert (await desk.ask(query, id=feed["id"]))["code"] == "FEED_UNKNOWN"


async def test_a_feed_is_not_deleted_under_a_run(desk: Desk) -> None:
    feed = await desk.made(url=URL)
    await desk.ask(RUN, id=feed["id"])

    assert (await desk.ask(DELETE, id=feed["id"]))["code"] == "FEED_RUN_UNDER_WAY"


async def test_every_change_is_in_the_audit_log_with_what_differs(desk: Desk) -> None:
    feed = await desk.made(url=f"{URL}?token=x")
    await desk.ask(UPDATE, id=feed["id"], settings={"decimal": "DOT"}, everySeconds=900)
    await desk.ask(PAUSE % "pauseFeed", id=feed["id"])
    await desk.ask(PAUSE % "pauseFeed", id=feed["id"])
    await desk.ask(DELETE, id=feed["id"])

    rows = await fetch("SELECT action, before::text AS b, after::text AS a FROM audit_log")
    assert [row["action"] for row in rows] == [
        "createFeed",
        "updateFeed",
        "pauseFeed",
        "deleteFeed",
    ]
    assert "token=x" not in str([tuple(row) for row in rows])
    assert rows[1]["b"] == '{"settings": {}, "everySeconds": 3600}'
    assert rows[1]["a"] == '{"settings": {"decimal": "dot"}, "everySeconds": 900}'


async def test_a_feed_of_another_merchant_is_unknown(desk: Desk) -> None:
    feed = await desk.made(url=URL)
    stranger = Desk(key_of(await factories.merchant("stranger"), *SCOPES))

    for query in (UPDATE, DELETE, RUN, PAUSE % "pauseFeed"):
        assert (await stranger.ask(query, id=feed["id"]))["code"] == "FEED_UNKNOWN"
    assert (await stored(feed)).deleted_at is None


async def test_a_key_that_only_reads_sets_nothing_up(owner: Merchant) -> None:
    caller = key_of(owner, "feeds:read")
    given = {"name": "main", "mode": "FULL", "idempotencyKey": "k"}

    assert (await refusal(CREATE, caller, input=given))["code"] == "FORBIDDEN"


async def _items() -> list[factories.Item]:
    rows = await fetch(
        "SELECT v.id, v.product_id, g.gtin, p.model FROM variant v "
        "JOIN variant_gtin g ON g.variant_id = v.id JOIN product p ON p.id = v.product_id"
    )
    return [factories.Item(r["id"], r["product_id"], r["gtin"][1:], r["model"]) for r in rows]
