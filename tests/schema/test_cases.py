"""Cases that open by themselves, and who sees them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.accounts.roles import CallerKind, Role
from domain.aftersales import CASE_MOVES, CaseState, CaseType, OpenedBy, next_actor
from domain.calendars import Calendar
from domain.orders import LineState
from models.aftersales import open_case
from models.base import execute, fetch, fetchval, transaction
from models.merchants import Merchant
from models.shipments import watch
from resolvers.context import Caller
from tests import factories, orders
from tests.factories import Item
from tests.orders import Bought
from tests.schema.asking import data, key_of, refusal
from workers import aftersales
from workers.lease import Lease
from workers.shipments import zone_name

D = timedelta(days=1)
CASES = """query($n: Int!, $after: String){cases(first: $n, after: $after){
  edges{cursor node{id orderLineId orderId shipmentId type state openedBy because nextActor version
  slaClocks{kind dueAt owner breached}}} pageInfo{hasNextPage endCursor}}}"""


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


@pytest.fixture
async def owner(item: Item) -> Merchant:
    return await factories.merchant("amber")


async def shipped(owner: Merchant, item: Item, **facts: Any) -> tuple[Bought, UUID]:
    of = await orders.bought(owner, item, LineState.SHIPPED, lines=2)
    made = datetime.now(UTC) - 20 * D
    return of, await orders.parcel(of, at=made, **facts)


class _Lease(Lease):
    def transaction(self) -> Any:
        return transaction()


async def run_case_jobs() -> None:
    for row in await fetch(
        "SELECT kwargs->>'shipment_id' AS s, kwargs->>'because' AS b FROM outbox_job "
        "WHERE job = 'open_case'"
    ):
        await aftersales.open_cases(_Lease(UUID(int=0), 1), row["s"], row["b"])


def customer(of: Bought) -> Caller:
    return Caller(
        kind=CallerKind.CUSTOMER, user_id=of.customer_id, roles=frozenset({Role.CUSTOMER})
    )


async def cases(caller: Caller, first: int = 10, after: str | None = None) -> Any:
    found = await data(CASES, caller, n=first, after=after)
    return found["cases"]


async def test_a_late_parcel_opens_a_case_on_each_line_once(owner: Merchant, item: Item) -> None:
    of, it = await shipped(owner, item, promised_by=(datetime.now(UTC) - 9 * D).date())

    for _ in range(2):
        await watch.late_ones(zone_name)
        await run_case_jobs()

    found = [edge["node"] for edge in (await cases(key_of(owner, "cases:read")))["edges"]]
    assert [(c["type"], c["state"], c["because"], c["nextActor"]) for c in found] == [
        ("ITEM_NOT_RECEIVED", "AWAITING_MERCHANT", "LATE", "MERCHANT")
    ] * 2
    assert len({c["orderLineId"] for c in found}) == 2
    assert await fetchval("SELECT late AND urgent FROM shipment WHERE id = $1", it)
    topics = [r["topic"] for r in await fetch("SELECT topic FROM event ORDER BY n")]
    assert topics == ["shipment.late", "case.opened", "case.opened"]
    moves = await fetch("SELECT from_state, to_state FROM after_sales_case_move ORDER BY n")
    assert [tuple(m) for m in moves] == [(None, "OPEN"), ("OPEN", "AWAITING_MERCHANT")] * 2
    assert of.lines


@pytest.mark.parametrize(
    ("facts", "late"),
    [
        ({}, True),
        ({"status": "AVAILABLE_FOR_PICKUP"}, False),
        ({"status": "DELIVERED"}, False),
        ({"promised_by": (datetime.now(UTC) - D).date()}, False),
        ({"promised_by": None}, False),
    ],
)
async def test_late_is_neither_here_nor_waiting_for_the_customer(
    owner: Merchant, item: Item, facts: dict[str, Any], late: bool
) -> None:
    await shipped(owner, item, **{"promised_by": (datetime.now(UTC) - 9 * D).date()} | facts)

    assert await watch.late_ones(zone_name) == late


async def test_a_case_that_is_open_learns_that_its_parcel_is_lost(
    owner: Merchant, item: Item
) -> None:
    of, it = await shipped(owner, item)
    lines, line = of.lines, CaseType.ITEM_NOT_RECEIVED
    await open_case(lines, line, OpenedBy.SYSTEM, because="LATE", shipment_id=it)

    for _ in range(2):
        assert await open_case(lines, line, OpenedBy.SYSTEM, because="LOST") == []

    for edge in (await cases(customer(of)))["edges"]:
        case = edge["node"]
        assert (case["because"], case["version"]) == ("LOST", 2)
        assert [c["kind"] for c in case["slaClocks"]] == ["FIRST_REPLY", "REFUND"]


async def test_the_first_reply_is_due_by_the_merchants_calendar(
    owner: Merchant, item: Item
) -> None:
    of, _ = await shipped(owner, item)

    [first, _] = await open_case(of.lines, CaseType.OTHER, OpenedBy.CUSTOMER)

    due = await fetchval("SELECT first_reply_by FROM after_sales_case WHERE id = $1", first.id)
    opened = await fetchval("SELECT created_at FROM after_sales_case WHERE id = $1", first.id)
    country = owner.country
    zone = "Europe/Paris" if country == "FR" else "Europe/Berlin"
    assert due == Calendar(country, zone).hours_after(opened, 24)


async def test_a_closed_case_does_not_keep_the_customer_from_another(
    owner: Merchant, item: Item
) -> None:
    of, _ = await shipped(owner, item)
    kind = CaseType.FAULT
    assert len(await open_case(of.lines, kind, OpenedBy.CUSTOMER)) == 2
    assert await open_case(of.lines, kind, OpenedBy.CUSTOMER) == []

    await execute("UPDATE after_sales_case SET state = 'CLOSED'")

    assert len(await open_case(of.lines, kind, OpenedBy.CUSTOMER)) == 2


async def test_each_sees_its_own_cases_page_by_page(owner: Merchant, item: Item) -> None:
    of, _ = await shipped(owner, item)
    other = await factories.merchant("birch")
    theirs = await orders.bought(other, item, by=await orders.customer("b@example.com"))
    await open_case(of.lines, CaseType.FAULT, OpenedBy.CUSTOMER)
    await open_case(theirs.lines, CaseType.FAULT, OpenedBy.CUSTOMER)

    first = await cases(key_of(owner, "cases:read"), 1)
    second = await cases(key_of(owner, "cases:read"), 1, first["pageInfo"]["endCursor"])

    assert first["pageInfo"]["hasNextPage"]
    assert not second["pageInfo"]["hasNextPage"]
    ids = {edge["node"]["id"] for page in (first, second) for edge in page["edges"]}
    assert len(ids) == 2
    assert {e["node"]["id"] for e in (await cases(customer(of)))["edges"]} == ids
    [foreign] = (await cases(key_of(other, "cases:read")))["edges"]
    one = "query($id: ID!){case(id: $id){id} node(id: $id){id}}"
    found = await data(one, key_of(owner, "cases:read"), id=foreign["node"]["id"])
    assert found == {"case": None, "node": None}
    assert (await refusal(CASES, key_of(owner, "feeds:read"), n=1))["code"] == "FORBIDDEN"


def test_every_state_that_goes_on_has_somebody_whose_turn_it_is() -> None:
    silent = {state for state in CaseState if next_actor(state) is None}

    assert silent == {CaseState.RESOLVED, CaseState.CLOSED}
    assert set(CASE_MOVES) == set(CaseState) - {CaseState.CLOSED}
