"""What a bulk operation does with its lines: each has one answer, in order, and one effect."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
import pytest

from boucle.executor import Executor
from domain.partners.bulk import MOST_LINE_BYTES, BulkState
from integrations.http import Unavailable
from models.accounts import ApiKey
from models.base import execute, fetchval
from models.merchants import Merchant
from resolvers.context import Caller
from tests import bulk, factories
from tests.identity import at_home
from tests.schema.asking import OPERATIONS, Json, data
from workers.partners import bulk as partners
from workers.partners.bulk import CHUNK_LINES
from workers.runtime import NotAllowed, Rights

RUNS = "{feedRuns{edges{node{id state}}}}"


@pytest.fixture
async def owner(db: None):
    with at_home(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(partners, "CHUNK_SECONDS", 600)  # chunks of the same length on any machine
        yield await factories.merchant()


@pytest.fixture
async def by(owner: Merchant) -> Caller:
    return await bulk.caller(owner)


def outcomes(answers: list[Json]) -> list[str]:
    """The type, or the reason of the error, of each answer."""
    return [
        each["errors"][0]["extensions"]["reason"]
        if "errors" in each
        else each["data"]["applyFeedRun"]["__typename"]
        for each in answers
    ]


async def test_every_line_has_one_answer_in_order_and_every_good_one_one_effect(
    owner: Merchant, by: Caller
) -> None:
    ids = await bulk.held(owner, 450)
    lines = [bulk.apply_line(run_id) for run_id in ids]
    for bad in range(0, 450, 50):
        lines[bad] = bulk.apply_line(factories.some_id())
    bulk_id = await bulk.started(by, bulk.APPLY, await bulk.stage(owner, lines))

    done = await bulk.work(bulk_id)

    found = await bulk.answers(bulk_id)
    assert [each["line"] for each in found] == list(range(1, 451))
    refused = [n for n, each in enumerate(outcomes(found)) if each != "FeedRunApplying"]
    assert refused == list(range(0, 450, 50))
    assert (done.state, done.lines_read, done.done, done.failed) == (
        BulkState.COMPLETED, 450, 441, 9,
    )  # fmt: skip
    assert await bulk.effects() == {run_id: 1 for n, run_id in enumerate(ids) if n % 50}
    assert "boucle_kind" not in orjson.dumps(found).decode()


async def test_hostile_lines_are_told_and_the_others_run(owner: Merchant, by: Caller) -> None:
    first, last = await bulk.held(owner, 2)
    nested = b'{"input": ' + b"[" * 100 + b"]" * 100 + b"}"
    lines = [
        b"\xef\xbb\xbf" + bulk.apply_line(first) + b"\r",
        b"{",
        b"",
        b"[1]",
        b'"text"',
        b'{"input": {"runId": NaN}}',
        b'{"input": {"runId": "' + b"x" * 1_048_576 + b'"}}',
        b'{"input": {"runId": "a\\u0000b"}}',
        b'{"input": {"runId": "\\ud800"}}',
        b"\xff\xfe",
        nested,
        b"{}",
        b'{"input": null}',
        b'{"input": 7}',
        b'{"input": {"runId": "no id"}}',
        b'{"input": {"runId": "' + b"y" * (MOST_LINE_BYTES - 24) + b'"}}',
        bulk.apply_line(last),
    ]
    file = await bulk.stage(owner, b"\n".join(lines))

    bulk_id = await bulk.started(by, bulk.APPLY, file)
    done = await bulk.work(bulk_id)

    assert outcomes(await bulk.answers(bulk_id)) == [
        "FeedRunApplying", "NOT_JSON", "NOT_JSON", "NOT_AN_OBJECT", "NOT_AN_OBJECT", "NOT_JSON",
        "LINE_TOO_LARGE", "BAD_TEXT", "NOT_JSON", "NOT_JSON", "BAD_JSON", "INVALID_VARIABLE",
        "INVALID_VARIABLE", "INVALID_VARIABLE", "BAD_USER_INPUT", "BAD_USER_INPUT",
        "FeedRunApplying",
    ]  # fmt: skip
    assert (done.state, done.done, done.failed) == (BulkState.COMPLETED, 2, 15)
    assert await bulk.effects() == {first: 1, last: 1}


async def test_a_key_that_a_line_brings_is_not_used(owner: Merchant, by: Caller) -> None:
    ids = await bulk.held(owner, 2)
    lines = [
        orjson.dumps({"input": {"runId": str(run_id), "idempotencyKey": "one"}}) for run_id in ids
    ]
    bulk_id = await bulk.started(by, bulk.APPLY, await bulk.stage(owner, lines))

    await bulk.work(bulk_id)

    assert await bulk.effects() == dict.fromkeys(ids, 1)
    keys = await fetchval("SELECT array_agg(key ORDER BY key) FROM once WHERE key LIKE 'bulk:%'")
    assert keys == [f"bulk:{bulk_id}:1", f"bulk:{bulk_id}:2"]


async def test_a_chunk_that_was_cut_off_is_run_again_without_a_second_effect(
    owner: Merchant, by: Caller
) -> None:
    ids = await bulk.held(owner, CHUNK_LINES + 50)
    lines = [bulk.apply_line(run_id) for run_id in ids]
    bulk_id = await bulk.started(by, bulk.APPLY, await bulk.stage(owner, lines))

    class Died(BaseException):
        pass

    async def dies(rights: Rights, *rest: Any) -> Json:
        if rights.request_id.endswith(f"-{CHUNK_LINES + 30}"):
            raise Died
        return await bulk.in_worker(rights, *rest)

    with pytest.raises(Died):
        await bulk.work(bulk_id, dies)
    assert (await bulk.stored(bulk_id)).lines_read == CHUNK_LINES
    assert sum((await bulk.effects()).values()) == CHUNK_LINES + 29
    await execute("UPDATE outbox_job SET due_at = now() - interval '1 s' WHERE state = 'running'")

    done = await bulk.work(bulk_id)

    assert (done.state, done.done, done.failed) == (BulkState.COMPLETED, len(ids), 0)
    assert await bulk.effects() == dict.fromkeys(ids, 1)
    assert [each["line"] for each in await bulk.answers(bulk_id)] == list(range(1, len(ids) + 1))


async def test_a_database_that_is_away_is_waited_for_and_nothing_is_told_twice(
    owner: Merchant, by: Caller
) -> None:
    ids = await bulk.held(owner, 10)
    file = await bulk.stage(owner, [bulk.apply_line(run_id) for run_id in ids])
    bulk_id = await bulk.started(by, bulk.APPLY, file)

    async def away(rights: Rights, *rest: Any) -> Json:
        if rights.request_id.endswith("-7"):
            raise Unavailable("away")
        return await bulk.in_worker(rights, *rest)

    with pytest.raises(Unavailable):
        await bulk.work(bulk_id, away)
    assert (await bulk.stored(bulk_id)).lines_read == 6
    await execute("UPDATE outbox_job SET state = 'ready', due_at = now() WHERE state = 'running'")

    assert (await bulk.work(bulk_id)).state is BulkState.COMPLETED
    assert [each["line"] for each in await bulk.answers(bulk_id)] == list(range(1, 11))


async def test_a_run_leaves_the_rest_to_another_when_its_time_is_over(
    owner: Merchant, by: Caller
) -> None:
    ids = await bulk.held(owner, CHUNK_LINES * 2 + 1)
    file = await bulk.stage(owner, [bulk.apply_line(run_id) for run_id in ids])
    bulk_id = await bulk.started(by, bulk.APPLY, file)

    seen = [(await bulk.work(bulk_id, seconds=0)).lines_read for _ in range(3)]

    assert seen == [CHUNK_LINES, CHUNK_LINES * 2, CHUNK_LINES * 2 + 1]
    assert await bulk.effects() == dict.fromkeys(ids, 1)


async def test_no_more_runs_in_a_second_than_the_pace(owner: Merchant, by: Caller) -> None:
    file = await bulk.stage(owner, [b"{}"] * 6)
    bulk_id = await bulk.started(by, bulk.APPLY, file)
    at: list[float] = []

    async def noting(*_: Any) -> Json:
        at.append(asyncio.get_running_loop().time())
        return {"data": None, "errors": [{"message": "", "extensions": {"code": "", "reason": ""}}]}

    await bulk.work(bulk_id, noting, pace=50)

    assert at[-1] - at[0] >= 5 / 50 - 0.005


async def test_a_cancelled_operation_tells_all_that_was_done_and_does_no_more(
    owner: Merchant, by: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.partners.bulk.LOOK_SECONDS", 0)
    ids = await bulk.held(owner, 20)
    file = await bulk.stage(owner, [bulk.apply_line(run_id) for run_id in ids])
    bulk_id = await bulk.started(by, bulk.APPLY, file)

    async def cancelled(rights: Rights, *rest: Any) -> Json:
        if rights.request_id.endswith("-8"):
            await data(bulk.CANCEL, by, id=str(bulk_id), key="stop")
        return await bulk.in_worker(rights, *rest)

    done = await bulk.work(bulk_id, cancelled)

    assert (done.state, done.lines_read, done.done) == (BulkState.CANCELLED, 8, 8)
    assert await bulk.effects() == dict.fromkeys(ids[:8], 1)
    assert len(await bulk.answers(bulk_id)) == 8


async def test_what_a_dead_run_did_is_told_though_the_operation_was_cancelled_since(
    owner: Merchant, by: Caller
) -> None:
    ids = await bulk.held(owner, 20)
    file = await bulk.stage(owner, [bulk.apply_line(run_id) for run_id in ids])
    bulk_id = await bulk.started(by, bulk.APPLY, file)
    await _die_at(bulk_id, 6)
    await data(bulk.CANCEL, by, id=str(bulk_id), key="stop")

    done = await bulk.work(bulk_id)

    assert (done.state, done.lines_read, done.done) == (BulkState.CANCELLED, 5, 5)
    assert await bulk.effects() == dict.fromkeys(ids[:5], 1)


async def _die_at(bulk_id: UUID, line: int) -> None:
    """Let a run end without a word before this line."""

    class Died(BaseException):
        pass

    async def dies(rights: Rights, *rest: Any) -> Json:
        if rights.request_id.endswith(f"-{line}"):
            raise Died
        return await bulk.in_worker(rights, *rest)

    with pytest.raises(Died):
        await bulk.work(bulk_id, dies)
    await execute("UPDATE outbox_job SET due_at = now() - interval '1 s' WHERE state = 'running'")


async def test_a_revoked_key_ends_its_operation_and_what_was_done_is_named(
    owner: Merchant, by: Caller
) -> None:
    ids = await bulk.held(owner, 20)
    file = await bulk.stage(owner, [bulk.apply_line(run_id) for run_id in ids])
    bulk_id = await bulk.started(by, bulk.APPLY, file)
    await _die_at(bulk_id, 4)
    await ApiKey.filter(prefix=by.key_prefix).update(revoked_at=factories.NOW)

    with at_home():
        done = await bulk.work(bulk_id)

    assert (done.state, done.code, done.lines_read) == (BulkState.FAILED, "UNAUTHENTICATED", 3)
    assert outcomes(await bulk.answers(bulk_id)) == ["DONE_UNTOLD"] * 3
    assert await bulk.effects() == dict.fromkeys(ids[:3], 1)


async def test_scopes_are_those_that_the_key_has_now(owner: Merchant, by: Caller) -> None:
    (run_id,) = await bulk.held(owner, 1)
    file = await bulk.stage(owner, [bulk.apply_line(run_id)])
    bulk_id = await bulk.started(by, bulk.APPLY, file)
    await ApiKey.filter(prefix=by.key_prefix).update(scopes=["feeds:read"])

    with at_home():
        done = await bulk.work(bulk_id)

    assert (done.state, done.code) == (BulkState.FAILED, "FORBIDDEN")
    assert await bulk.effects() == {}


async def test_a_key_of_another_merchant_runs_nothing(owner: Merchant, by: Caller) -> None:
    other = await factories.merchant("other")

    with pytest.raises(NotAllowed) as refused:
        await bulk.in_worker(Rights(other.id, by.key_prefix), RUNS, None, {})
    assert refused.value.code == "UNAUTHENTICATED"


async def test_a_line_reaches_no_row_of_another_merchant(owner: Merchant, by: Caller) -> None:
    other = await factories.merchant("other")
    (foreign,) = await bulk.held(other, 1)
    bulk_id = await bulk.started(
        by, bulk.APPLY, await bulk.stage(owner, [bulk.apply_line(foreign)])
    )

    done = await bulk.work(bulk_id)

    assert (done.done, done.failed) == (0, 1)
    assert await bulk.effects() == {}


async def test_a_list_is_read_to_its_end_a_node_a_line(owner: Merchant, by: Caller) -> None:
    ids = await bulk.held(owner, 1_234)
    await bulk.held(await factories.merchant("other"), 5)
    document = (
        "query Mine{mine: feedRuns{list: edges{cursor it: node{id ...F}}}}"
        " fragment F on FeedRun{state}"
    )
    bulk_id = await bulk.started(by, document)

    first = await bulk.work(bulk_id, seconds=0)
    done = await bulk.work(bulk_id)

    assert (first.state, first.lines_read) == (BulkState.RUNNING, 1_000)
    assert (done.state, done.lines_read, done.failed) == (BulkState.COMPLETED, 1_234, 0)
    found = await bulk.answers(bulk_id)
    assert found[0].keys() == {"id", "state"}
    assert len({each["id"] for each in found}) == len(ids)


async def test_a_page_that_cannot_be_read_fails_the_operation_and_keeps_the_rest(
    owner: Merchant, by: Caller
) -> None:
    await bulk.held(owner, 150)
    bulk_id = await bulk.started(by, RUNS)
    pages = 0

    async def second_fails(*given: Any) -> Json:
        nonlocal pages
        pages += 1
        if pages == 2:
            extensions = {"code": "INTERNAL_SERVER_ERROR", "reason": "FAULT"}
            return {"data": None, "errors": [{"message": "No.", "extensions": extensions}]}
        return await bulk.in_worker(*given)

    done = await bulk.work(bulk_id, second_fails)

    assert (done.state, done.code, done.detail) == (
        BulkState.FAILED,
        "INTERNAL_SERVER_ERROR",
        "No.",
    )
    assert len(await bulk.answers(bulk_id)) == done.lines_read == 100


async def test_a_file_that_is_gone_fails_the_operation(owner: Merchant, by: Caller) -> None:
    file = await bulk.stage(owner, [b"{}"] * 3)
    bulk_id = await bulk.started(by, bulk.APPLY, file)
    await execute("DELETE FROM stored_file WHERE id = $1", file)

    done = await bulk.work(bulk_id)

    assert (done.state, done.code) == (BulkState.FAILED, "FILE_NOT_KEPT")


async def test_a_line_that_is_too_dear_is_told_so(owner: Merchant, by: Caller) -> None:
    rights = Rights(owner.id, by.key_prefix)
    document = (
        "query($n: Int){feedRuns(first: $n){edges{node{lines(first: 100){edges{node{line}}}}}}}"
    )

    async def run(variables: Mapping[str, Any]) -> Json:
        return await Executor(OPERATIONS).run(rights, document, None, variables)

    assert "errors" not in await run({"n": 1})
    (error,) = (await run({"n": 100}))["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"
