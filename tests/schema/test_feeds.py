"""A merchant's feeds and runs, and what became of every line."""

from collections import Counter
from typing import Any

import pytest

from models.merchants import Merchant
from models.offers.feeds import FeedRun
from resolvers.context import Caller
from schema.common import global_id
from tests import factories
from tests.factories import line
from tests.schema.asking import data, key_of, refusal

SCOPE = "feeds:read"
RUNS = """query($feed: ID, $first: Int!, $after: String){
  feedRuns(feed: $feed, first: $first, after: $after){
    edges{node{id state linesRead}} pageInfo{hasNextPage endCursor}}}"""
RUN = "query($id: ID!){feedRun(id: $id){id state linesRead created updated unchanged rejected}}"
LINES = """query($id: ID!, $outcome: LineOutcome, $first: Int!, $after: String, $locale: String!){
  feedRun(id: $id){linesRead lines(outcome: $outcome, first: $first, after: $after){
    edges{cursor node{line sku outcome problems(locale: $locale){
      code field value message suggestion}}}
    pageInfo{hasNextPage endCursor}}}}"""


async def second_run(owner: Merchant, items: list[factories.Item]) -> FeedRun:
    """A run with unchanged ranges between changed, new and refused lines."""
    feed = await factories.feed(owner)
    rows = [line(items[0], f"S{n}") for n in range(40)]
    await factories.run(feed, rows)
    for n in (3, 17, 39):
        rows[n] = line(items[0], f"S{n}", "150.00")
    rows[9] = line(items[0], "S9", "abc")
    rows[10] = line(items[0], "", "100.00")
    return await factories.run(feed, [*rows, line(items[1], "NEW")])


async def lines(
    caller: Caller, run: FeedRun, outcome: str | None = None, first: int = 7, locale: str = "en"
) -> list[dict[str, Any]]:
    """The lines of all pages."""
    seen, after = [], None
    while True:
        page = (await data(
            LINES, caller, id=_id(run), outcome=outcome, first=first, after=after, locale=locale
        ))["feedRun"]["lines"]  # fmt: skip
        assert len(page["edges"]) <= first
        seen += [edge["node"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return seen


def _id(run: FeedRun) -> str:
    return str(global_id("FeedRun", run.id))


@pytest.mark.parametrize("first", [1, 7, 100])
async def test_every_line_is_told_once_over_all_pages_unchanged_ones_too(
    db: None, first: int
) -> None:
    owner = await factories.merchant()
    run = await second_run(owner, await factories.world(1, 2))

    found = await lines(key_of(owner, SCOPE), run, first=first)

    assert [each["line"] for each in found] == list(range(2, 2 + run.lines_read))
    assert run.lines_read == 41
    assert Counter(each["outcome"] for each in found) == {
        "UNCHANGED": 35, "UPDATED": 3, "REJECTED": 2, "CREATED": 1,
    }  # fmt: skip


async def test_lines_can_be_asked_by_outcome(db: None) -> None:
    owner = await factories.merchant()
    run = await second_run(owner, await factories.world(1, 2))
    caller = key_of(owner, SCOPE)

    whole = await lines(caller, run)
    for outcome in ("UNCHANGED", "UPDATED", "REJECTED", "CREATED", "DELETED", "PENDING_PRODUCT"):
        some = await lines(caller, run, outcome)
        assert some == [each for each in whole if each["outcome"] == outcome]


async def test_a_problem_is_told_in_english_and_in_french(db: None) -> None:
    owner = await factories.merchant()
    run = await second_run(owner, await factories.world(1, 2))
    caller = key_of(owner, SCOPE)

    english, french = [await lines(caller, run, "REJECTED", locale=x) for x in ("en", "fr-FR")]

    problem = english[0]["problems"][0]
    assert (problem["code"], problem["field"], problem["value"]) == (
        "PRICE_INVALID", "price", "abc",
    )  # fmt: skip
    assert english[1]["problems"][0]["code"] == "SKU_MISSING"
    for here, there in zip(english, french, strict=True):
        for said, dit in zip(here["problems"], there["problems"], strict=True):
            assert said["code"] == dit["code"]
            assert said["message"] != dit["message"]
            assert said["suggestion"] != dit["suggestion"]


async def test_a_language_without_texts_is_refused(db: None) -> None:
    owner = await factories.merchant()
    run = await second_run(owner, await factories.world(1, 2))

    found = await refusal(
        LINES, key_of(owner, SCOPE), id=_id(run), outcome="REJECTED", first=1, after=None,
        locale="de",
    )  # fmt: skip

    assert (found["code"], found["argument"]) == ("BAD_USER_INPUT", "locale")


async def test_runs_are_told_newest_first_and_each_once_over_all_pages(db: None) -> None:
    owner = await factories.merchant()
    feed, other = await factories.feed(owner), await factories.feed(owner, name="other")
    made = [await factories.queued(f) for f in (feed, other, feed, feed, other)]
    runs = sorted(made, key=lambda run: run.id, reverse=True)
    caller = key_of(owner, SCOPE)

    seen, after = [], None
    while after is not None or not seen:
        page = (await data(RUNS, caller, first=2, after=after))["feedRuns"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    some = (await data(RUNS, caller, feed=str(global_id("Feed", other.id)), first=9))["feedRuns"]

    assert seen == [_id(run) for run in runs]
    assert [edge["node"]["id"] for edge in some["edges"]] == [
        _id(run) for run in runs if run.feed_id == other.id
    ]


async def test_a_merchant_sees_only_its_own_feeds_and_runs(db: None) -> None:
    one, two = await factories.merchant("one"), await factories.merchant("two")
    feed = await factories.feed(one, name="mine")
    run = await factories.queued(feed)
    caller = key_of(two, SCOPE)

    assert await data("{feeds{name}}", caller) == {"feeds": []}
    assert (await data(RUNS, caller, first=9))["feedRuns"]["edges"] == []
    foreign = str(global_id("Feed", feed.id))
    assert (await data(RUNS, caller, first=9, feed=foreign))["feedRuns"]["edges"] == []
    assert await data(RUN, caller, id=_id(run)) == {"feedRun": None}
    assert await data("{feeds{name}}", key_of(one, SCOPE)) == {"feeds": [{"name": "mine"}]}
    assert (await data(RUN, key_of(one, SCOPE), id=_id(run)))["feedRun"]["id"] == _id(run)


@pytest.mark.parametrize("query", ["{feeds{id}}", "{feedRuns{edges{cursor}}}",
    '{feedRun(id: "01890000-0000-7000-8000-000000000001"){id}}'])  # fmt: skip
async def test_feeds_need_a_key_with_the_scope(db: None, query: str) -> None:
    owner = await factories.merchant()

    assert (await refusal(query))["code"] == "UNAUTHENTICATED"
    found = await refusal(query, key_of(owner, "offers:read"))
    assert (found["code"], found["reason"]) == ("FORBIDDEN", "SCOPE_NOT_GRANTED")


async def test_a_run_that_adds_up_says_so(db: None) -> None:
    owner = await factories.merchant()
    run = await second_run(owner, await factories.world(1, 2))

    told = (await data(RUN, key_of(owner, SCOPE), id=_id(run)))["feedRun"]

    assert told == {
        "id": _id(run), "state": run.state.value, "linesRead": 41, "created": 1, "updated": 3,
        "unchanged": 35, "rejected": 2,
    }  # fmt: skip


async def test_a_cursor_of_another_run_and_a_forged_one_are_refused(db: None) -> None:
    owner = await factories.merchant()
    run = await second_run(owner, await factories.world(1, 2))
    other = await factories.queued(await factories.feed(owner, name="other"))
    caller = key_of(owner, SCOPE)
    ask = {"outcome": None, "first": 2, "locale": "en"}
    page = (await data(LINES, caller, id=_id(run), after=None, **ask))["feedRun"]["lines"]
    cursor = page["pageInfo"]["endCursor"]

    found = await refusal(LINES, caller, id=_id(other), after=cursor, **ask)
    assert found["reason"] == "CURSOR_EXPIRED"
    told = await refusal(LINES, caller, id=_id(run), after=cursor[:-4] + "AAAA", **ask)
    assert told["reason"] == "CURSOR_EXPIRED"
