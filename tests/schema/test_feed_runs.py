"""A run as its merchant reads it: counters, guards, what it would change; and giving it up."""

from typing import Any

import pytest

from domain.offers.lines import FeedPolicy, FeedRunState, ImportStatus
from models.base import fetch, fetchval
from models.offers.feeds import FeedRun, release
from schema.common import global_id
from tests import factories
from tests.factories import line
from tests.schema.asking import data, key_of

SCOPES = ("feeds:read", "feeds:write")
RUN = """query($id: ID!){feedRun(id: $id){
  state policy importStatus linesRead linesInSuccess linesInError linesPending expiresAt absent
  problemCounts{code count} guards(locale: "fr"){guard n total limit message}
  diff{create update unchanged delete prices{up down medianChangeBp
    largest{sku before{amount currency} after{amount currency} changeBp}}}
  reportUrl fixFileUrl lines(first: 3){edges{node{sku changes{field before after}}}}}}"""
CANCEL = """mutation($run: ID!, $key: String!) {
  cancelFeedRun(input: {runId: $run, idempotencyKey: $key}) {
    __typename ... on FeedRunCancelled { run { state } }
    ... on Problem { code } ... on InvalidTransition { from to allowed } } }"""


async def read(run: FeedRun) -> dict[str, Any]:
    caller = key_of(await run.merchant, *SCOPES)
    return (await data(RUN, caller, id=str(global_id("FeedRun", run.id))))["feedRun"]


async def test_a_preview_is_told_in_counts_prices_and_fields(db: None) -> None:
    items = await factories.world(1, 2)
    feed = await factories.feed(await factories.merchant())
    await factories.run(feed, [line(items[0], "A", "100.00"), line(items[1], "B", "100.00")])
    pending = line(items[0], "P") | {"gtin": factories.gtin(999)}
    bad = [line(items[0], f"X{n}", "abc", quantity="x") for n in range(4)]
    rows = [line(items[0], "A", "125.00"), line(items[1], "B", "100.00"), pending, *bad]
    told = await read(await factories.run(feed, rows, dry_run=True))

    expires = told.pop("expiresAt")
    assert expires.startswith("2026-05-05T12:00")
    path = told["reportUrl"].removesuffix("/report")
    assert told == {
        "state": "PREVIEWED", "policy": "REJECT_FAILED_ROWS", "importStatus": "COMPLETE",
        "linesRead": 7, "linesInSuccess": 2, "linesInError": 4, "linesPending": 1, "absent": 0,
        "problemCounts": [{"code": "PRICE_INVALID", "count": 4},
                          {"code": "QUANTITY_INVALID", "count": 4}],
        "guards": [{"guard": "REJECTED", "n": 4, "total": 7, "limit": 1, "message":
                    "4 lignes sur 7 ont été rejetées ; 1 au plus peuvent l'être."}],
        "diff": {"create": 0, "update": 1, "unchanged": 1, "delete": 0, "prices": {
            "up": 1, "down": 0, "medianChangeBp": 2500, "largest": [
                {"sku": "A", "before": {"amount": "100.00", "currency": "EUR"},
                 "after": {"amount": "125.00", "currency": "EUR"}, "changeBp": 2500}]}},
        "reportUrl": f"{path}/report", "fixFileUrl": f"{path}/fix-file",
        "lines": {"edges": [
            {"node": {"sku": "A", "changes": [
                {"field": "price", "before": "100.00 EUR", "after": "125.00 EUR"}]}},
            {"node": {"sku": None, "changes": []}},
            told["lines"]["edges"][2],
        ]},
    }  # fmt: skip
    assert told["lines"]["edges"][2]["node"]["sku"] == "P"


async def test_a_run_that_was_applied_has_no_diff_and_without_bad_lines_no_fix_file(
    db: None,
) -> None:
    items = await factories.world(1, 1)
    feed = await factories.feed(await factories.merchant())
    told = await read(await factories.run(feed, [line(items[0], "A")]))

    assert (told["diff"], told["fixFileUrl"], told["expiresAt"]) == (None, None, None)
    assert (told["guards"], told["problemCounts"]) == ([], [])
    assert (told["linesInSuccess"], told["linesInError"], told["linesPending"]) == (1, 0, 0)


async def test_a_run_that_is_read_says_what_is_settled_so_far(db: None) -> None:
    run = await factories.queued(await factories.feed(await factories.merchant()))
    facts = {"state": FeedRunState.READING, "lines_read": 900, "rejected": 7}
    await run.update_from_dict(facts | {"problems": {"SKU_MISSING": 7}}).save()
    told = await read(run)

    assert (told["importStatus"], told["linesRead"]) == ("RUNNING", 900)
    assert (told["linesInSuccess"], told["linesInError"], told["linesPending"]) == (0, 7, 893)
    assert told["problemCounts"] == [{"code": "SKU_MISSING", "count": 7}]


def test_every_state_is_one_of_mirakls() -> None:
    waiting = {FeedRunState.QUEUED, FeedRunState.FETCHING}
    said = {state: state.import_status for state in FeedRunState}

    assert {state for state, each in said.items() if each is ImportStatus.WAITING} == waiting
    assert said[FeedRunState.HELD] is ImportStatus.RUNNING
    assert said[FeedRunState.UNCHANGED] is ImportStatus.COMPLETE
    assert said[FeedRunState.CANCELLED] is ImportStatus.FAILED


async def _run(state: FeedRunState, **more: Any) -> FeedRun:
    feed = await factories.feed(await factories.merchant())
    run = await factories.queued(feed, policy=FeedPolicy.IGNORE_FAILED, **more)
    await run.update_from_dict({"state": state}).save()
    return run


@pytest.mark.parametrize("state", [FeedRunState.QUEUED, FeedRunState.HELD])
async def test_a_run_that_waits_is_given_up_once_and_noted(db: None, state: FeedRunState) -> None:
    run = await _run(state)
    caller = key_of(await run.merchant, *SCOPES)

    told = [await data(CANCEL, caller, run=str(run.id), key="k") for _ in range(2)]

    assert told[0] == told[1]
    assert told[0]["cancelFeedRun"] == {
        "__typename": "FeedRunCancelled",
        "run": {"state": "CANCELLED"},
    }
    assert (await FeedRun.get(id=run.id)).finished_at is not None
    assert [tuple(row) for row in await fetch("SELECT action, object_id FROM audit_log")] == [
        ("cancelFeedRun", run.id)
    ]
    assert await fetchval("SELECT data->>'state' FROM event") == "CANCELLED"


@pytest.mark.parametrize(
    ("state", "more"),
    [
        (FeedRunState.READING, {}),
        (FeedRunState.COMPLETED, {}),
        (FeedRunState.PREVIEWED, {}),
        (FeedRunState.HELD, {"force": True}),
    ],
)
async def test_a_run_that_does_not_wait_goes_on(db: None, state: FeedRunState, more) -> None:
    run = await _run(state, **more)

    told = await data(CANCEL, key_of(await run.merchant, *SCOPES), run=str(run.id), key="k")

    found = told["cancelFeedRun"]
    assert (found["code"], found["from"], found["to"]) == (
        "INVALID_TRANSITION", state.value, "CANCELLED",
    )  # fmt: skip
    assert (await FeedRun.get(id=run.id)).state is state
    assert await fetch("SELECT 1 FROM audit_log") == []


async def test_a_run_of_another_merchant_cannot_be_given_up(db: None) -> None:
    run = await _run(FeedRunState.QUEUED)
    stranger = key_of(await factories.merchant("stranger"), *SCOPES)

    told = await data(CANCEL, stranger, run=str(run.id), key="k")

    assert told["cancelFeedRun"]["code"] == "FEED_RUN_UNKNOWN"
    assert (await FeedRun.get(id=run.id)).state is FeedRunState.QUEUED


async def test_a_cancelled_run_is_not_released(db: None) -> None:
    run = await _run(FeedRunState.HELD)
    await data(CANCEL, key_of(await run.merchant, *SCOPES), run=str(run.id), key="k")

    assert not await release(run.id)
    assert await fetchval("SELECT count(*) FROM outbox_job") == 0
