"""Asking for bulk operations: which documents, for whom, how many at once."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from boucle.edge.body import Asked
from boucle.edge.subscriptions import OnSchema, subscribe
from domain.accounts.roles import CallerKind
from domain.partners.bulk import MOST_WAITING, RUNNING_AT_ONCE
from integrations.bus import MemoryBus
from models.base import execute, fetchval
from models.merchants import Merchant
from resolvers.context import Caller, Context
from schema.common import global_id
from tests import bulk, factories
from tests.bulk import APPLY, CANCEL, READ, asked, started
from tests.schema.asking import OPERATIONS, data, key_of, refusal

RUNS = "{feedRuns{edges{node{id}}}}"
LIST = "{bulkOperations{edges{node{id state}} pageInfo{hasNextPage endCursor}}}"


@pytest.fixture
async def owner(db: None) -> Merchant:
    return await factories.merchant()


@pytest.fixture
async def by(owner: Merchant) -> Caller:
    return await bulk.caller(owner)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{feedRuns{edges{node{id}}}", "INVALID"),
        ("{feedRuns{edges{node{nothing}}}}", "INVALID"),
        ("", "INVALID"),
        ("query A{feeds{id}} query B{feeds{id}}", "INVALID"),
        ("{feedRuns{edges{node{id}}} feeds{id}}", "UNFIT"),
        ("{feeds{id}}", "UNFIT"),
        ("{version}", "UNFIT"),
        ('{search(market: "FR"){edges{node{offerCount}}}}', "UNFIT"),
        ("{apiKeys{edges{node{id}}}}", "UNFIT"),
        ("{bulkOperations{edges{node{id}}}}", "UNFIT"),
        ("{feedRuns(first: 9){edges{node{id}}}}", "UNFIT"),
        ("query($a: String){feedRuns(after: $a){edges{node{id}}}}", "UNFIT"),
        ("{feedRuns{pageInfo{hasNextPage}}}", "UNFIT"),
        ("{feedRuns{edges{cursor}}}", "UNFIT"),
        ("{feedRuns{...C}} fragment C on FeedRunConnection{edges{node{id}}}", "UNFIT"),
        ("{feedRuns{edges{node{id}} more: edges{node{state}}}}", "UNFIT"),
        ("{feedRuns @skip(if: true){edges{node{id}}}}", "UNFIT"),
        ("{boucle_page: feedRuns{edges{node{id}}}}", "UNFIT"),
        ("{feedRuns{edges{node{lines(first: 100){edges{node{line}}}}}}}", "TOO_DEAR"),
        ("subscription{jobProgress(runId: 1){id}}", "UNFIT"),
        ("mutation{signOut{__typename}}", "UNFIT"),
        (
            "mutation($i: CreateApiKeyInput!){createApiKey(input: $i){__typename}}",
            "UNFIT",
        ),
        (
            "mutation($i: BulkOperationRunInput!){bulkOperationRun(input: $i){__typename}}",
            "UNFIT",
        ),
        (
            "mutation($r: ID!){applyFeedRun(input: {runId: $r, "
            'idempotencyKey: "k"}){__typename}}',
            "UNFIT",
        ),
        (APPLY.replace("applyFeedRun", "a: applyFeedRun", 1).replace("}}}", "}}"), "INVALID"),
    ],
)  # fmt: skip
async def test_what_cannot_be_run_in_bulk_is_refused_and_nothing_is_written(
    owner: Merchant, document: str, code: str
) -> None:
    by = await bulk.caller(owner, "feeds:read", "feeds:write", "keys:read")
    found = await asked(by, document, await bulk.stage(owner, [b"{}"]))

    assert (found["__typename"], found["code"]) == (
        "BulkDocumentRefused",
        f"BULK_DOCUMENT_{code}",
    ), found
    assert found["message"]
    assert await fetchval("SELECT count(*) FROM bulk_operation") == 0


async def test_a_mutation_needs_a_file_that_its_merchant_staged(
    owner: Merchant, by: Caller
) -> None:
    foreign = await bulk.stage(await factories.merchant("other"), [b"{}"])

    found = [await asked(by, APPLY, file, key=str(file)) for file in (None, foreign)]

    assert [each["code"] for each in found] == ["BULK_FILE_UNKNOWN"] * 2
    assert await fetchval("SELECT count(*) FROM bulk_operation") == 0


async def test_who_may_not_run_a_document_may_not_run_it_in_bulk(owner: Merchant) -> None:
    reader = await bulk.caller(owner, "feeds:read")
    found = await refusal(bulk.RUN, reader, input={"document": APPLY, "idempotencyKey": "k"})
    assert (found["code"], found["reason"], found["scope"]) == (
        "FORBIDDEN", "SCOPE_NOT_GRANTED", "feeds:write",
    )  # fmt: skip
    offers = await bulk.caller(owner, "offers:read")
    found = await refusal(bulk.RUN, offers, input={"document": RUNS, "idempotencyKey": "k"})
    assert found["scope"] == "feeds:read"


async def test_a_person_of_an_outside_issuer_needs_a_key(owner: Merchant) -> None:
    person = Caller(
        kind=CallerKind.MERCHANT,
        merchant_id=owner.id,
        user_id=factories.some_id(),
        scopes=frozenset({"feeds:read"}),
    )

    found = await refusal(bulk.RUN, person, input={"document": RUNS, "idempotencyKey": "k"})

    assert (found["code"], found["reason"]) == ("FORBIDDEN", "KEY_NEEDED")


async def test_one_key_asks_once(owner: Merchant, by: Caller) -> None:
    first, second = await asked(by, RUNS), await asked(by, RUNS)

    assert first == second
    assert await fetchval("SELECT count(*) FROM bulk_operation") == 1
    assert await fetchval("SELECT count(*) FROM outbox_job WHERE job = 'run_bulk'") == 1
    assert await fetchval("SELECT count(*) FROM audit_log WHERE action = 'bulkOperationRun'") == 1
    given = {"document": "{feedRuns{edges{node{state}}}}", "idempotencyKey": "k"}
    assert (await refusal(bulk.RUN, by, input=given))["reason"] == "IDEMPOTENCY_KEY_REUSED"


async def test_five_run_the_sixth_waits_and_takes_the_place_of_the_first_that_ends(
    owner: Merchant, by: Caller
) -> None:
    ids = [await started(by, RUNS, key=str(n)) for n in range(RUNNING_AT_ONCE + 2)]
    states = [(await bulk.stored(bulk_id)).state.value for bulk_id in ids]
    assert states == ["RUNNING"] * RUNNING_AT_ONCE + ["QUEUED"] * 2
    other = await factories.merchant("other")
    theirs = await started(await bulk.caller(other), RUNS)
    assert (await bulk.stored(theirs)).state.value == "RUNNING"

    await bulk.work(ids[2])

    states = [(await bulk.stored(bulk_id)).state.value for bulk_id in ids]
    assert states == ["RUNNING"] * 2 + ["COMPLETED"] + ["RUNNING"] * 3 + ["QUEUED"]
    assert (await bulk.work(ids[5])).state.value == "COMPLETED"


async def test_a_hundred_wait_and_the_next_is_refused(owner: Merchant, by: Caller) -> None:
    ids = [await started(by, RUNS, key=str(n)) for n in range(RUNNING_AT_ONCE + 1)]
    await execute(
        "INSERT INTO bulk_operation (id, merchant_id, kind, state, document, plan, scopes, "
        "key_prefix) SELECT gen_random_uuid(), merchant_id, kind, state, document, plan, scopes, "
        "key_prefix FROM bulk_operation, generate_series(1, $2) WHERE id = $1",
        ids[-1],
        MOST_WAITING - 1,
    )

    found = await asked(by, RUNS, key="more")

    assert (found["code"], found["waiting"]) == ("BULK_QUEUE_FULL", MOST_WAITING)
    await data(CANCEL, by, id=str(ids[-1]), key="c")
    assert (await asked(by, RUNS, key="later"))["__typename"] == "BulkOperationAccepted"


async def test_one_that_waits_is_cancelled_at_once_and_one_that_ended_not_at_all(
    owner: Merchant, by: Caller
) -> None:
    ids = [await started(by, RUNS, key=str(n)) for n in range(RUNNING_AT_ONCE + 1)]
    await bulk.work(ids[0])
    last = await started(by, RUNS, key="last")

    waiting = (await data(CANCEL, by, id=str(last), key="a"))["cancelBulkOperation"]
    ended = (await data(CANCEL, by, id=str(ids[0]), key="b"))["cancelBulkOperation"]
    foreign = await bulk.caller(await factories.merchant("other"))
    unknown = (await data(CANCEL, foreign, id=str(ids[1]), key="c"))["cancelBulkOperation"]

    assert waiting["operation"]["state"] == "CANCELLED"
    assert (ended["code"], ended["from"]) == ("INVALID_TRANSITION", "COMPLETED")
    assert unknown["code"] == "BULK_OPERATION_UNKNOWN"
    assert (await bulk.stored(ids[1])).cancel_asked_at is None


async def test_another_merchant_sees_nothing_of_it(owner: Merchant, by: Caller) -> None:
    bulk_id = await started(by, RUNS)
    other = await bulk.caller(await factories.merchant("other"))
    shown = str(global_id("BulkOperation", bulk_id))

    assert await data(READ, other, id=shown) == {"bulkOperation": None}
    assert await data("query($id: ID!){node(id: $id){id}}", other, id=shown) == {"node": None}
    assert (await data(LIST, other))["bulkOperations"]["edges"] == []
    assert (await data(READ, by, id=shown))["bulkOperation"]["id"] == shown
    assert (await data("query($id: ID!){node(id: $id){id}}", by, id=shown))["node"]["id"] == shown


async def test_operations_are_told_newest_first_and_each_once(owner: Merchant, by: Caller) -> None:
    ids = [await started(by, RUNS, key=str(n)) for n in range(5)]
    query = LIST.replace("{bulkOperations", "query($a: String){bulkOperations(first: 2, after: $a)")

    seen, after = [], None
    while after is not None or not seen:
        page = (await data(query, by, a=after))["bulkOperations"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None

    assert seen == [str(global_id("BulkOperation", each)) for each in reversed(ids)]


async def test_progress_is_told_until_the_end(owner: Merchant, by: Caller) -> None:
    await bulk.held(owner, 3)
    bulk_id = await started(by, RUNS)
    bus = MemoryBus()
    query = f"subscription($id: ID!){{bulkProgress(id: $id){bulk.FACTS}}}"

    async def identify() -> Caller:
        return by

    def prepare(context: Context) -> Context:
        context.bus = bus
        return context

    on_schema = OnSchema(OPERATIONS)
    operation = await on_schema.ready(Asked(query, None, {"id": str(bulk_id)}, None), by, None)
    told: list[Any] = []
    async with aclosing(await subscribe(on_schema, operation, identify, prepare)) as events:
        told.append((await anext(events)).body["data"]["bulkProgress"])
        await bulk.work(bulk_id)
        topic = await fetchval("SELECT topic FROM announcement WHERE topic LIKE 'bulk:%' LIMIT 1")
        following = asyncio.create_task(anext(events))
        await asyncio.sleep(0.05)
        await bus.publish(topic, {})
        told.append((await asyncio.wait_for(following, 5)).body["data"]["bulkProgress"])
        with pytest.raises(StopAsyncIteration):
            await anext(events)

    assert [(each["state"], each["linesRead"]) for each in told] == [
        ("RUNNING", 0), ("COMPLETED", 3),
    ]  # fmt: skip


async def test_a_caller_without_a_merchants_scope_is_refused(owner: Merchant) -> None:
    assert (await refusal(LIST))["code"] == "UNAUTHENTICATED"
    assert (await refusal(LIST, key_of(owner, "schema:read")))["code"] == "FORBIDDEN"
