"""A merchant gives money back for a line, and reads what it earned."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.accounts.roles import CallerKind, Role
from domain.orders import LineState
from models.base import fetch, fetchval
from models.merchants import Merchant
from models.orders import ledger
from resolvers.context import Caller
from schema.common import global_id
from tests import factories, orders
from tests.factories import Item
from tests.identity import person
from tests.orders import DAY, Bought
from tests.payments import books, captured
from tests.schema.asking import Json, counted, data, key_of, refusal

PRICE = 300_00
PREVIEW = """query($id: ID!, $amount: Decimal) { refundPreview(orderLineId: $id, amount: $amount) {
  __typename
  ... on RefundPreview { amount { amount currency } max { amount } fromEarnings { amount }
    fromServiceFee { amount } fromTaxes { amount } endsLine }
  ... on Problem { code path hint }
  ... on RefundExceedsPaid { max { amount } explanation(locale: "fr") }
  ... on NotRefundable { reason explanation(locale: "fr") }
  ... on InvalidTransition { from to allowed } } }"""
REFUND = """mutation($input: RefundOrderLineInput!) { refundOrderLine(input: $input) {
  __typename ... on OrderLineRefunded { refund { id amount { amount } reason state } }
  ... on Problem { code } ... on RefundExceedsPaid { max { amount } }
  ... on NotRefundable { reason } } }"""
REFUNDS = "query($id: ID!) { refunds(orderLineId: $id) { amount { amount } reason state } }"
PURCHASE = """query($id: ID!) { purchase(id: $id) { payment { state amount { amount }
  refunded { amount } actionUrl declineCode explanation }
  refunds { amount { amount } reason orderLineId } } }"""
LEDGER = """query($first: Int! = 24, $after: String) { ledger(first: $first, after: $after) {
  balances { currency held { amount } owed { amount } } pageInfo { hasNextPage endCursor }
  edges { node { kind account amount { amount } balance { amount } orderLineId } } } }"""
STATEMENTS = """{ statements { edges { node { month currency lines sales { amount }
  refunds { amount } released { amount } } } } }"""


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


async def _sold(
    item: Item, state: LineState = LineState.DELIVERED, **more: Any
) -> tuple[Bought, Caller]:
    """Lines that were paid a while ago, and the key of their merchant."""
    owner = await factories.merchant("amber")
    at = more.pop("at", datetime.now(UTC) - 5 * DAY)
    of = await orders.bought(owner, item, state, at=at, **more)
    await captured(of, at)
    return of, key_of(owner, "orders:read", "orders:write", "finance:read")


def _id(of: Bought, n: int = 0) -> str:
    return str(global_id("OrderLine", of.lines[n]))


async def _tried(of: Bought, caller: Caller, amount: str | None = None) -> Json:
    found: Json = (await data(PREVIEW, caller, id=_id(of), amount=amount))["refundPreview"]
    return found


async def _refunded(of: Bought, caller: Caller, key: str, **more: Any) -> Json:
    given = {"orderLineId": _id(of), "reason": "GOODWILL", "idempotencyKey": key} | more
    found: Json = (await data(REFUND, caller, input=given))["refundOrderLine"]
    return found


async def test_a_preview_tells_whose_money_goes_back_and_changes_nothing(item: Item) -> None:
    of, caller = await _sold(item)
    before = await books()

    part, whole = await _tried(of, caller, "100.00"), await _tried(of, caller)

    assert (part["amount"], part["endsLine"]) == ({"amount": "100.00", "currency": "EUR"}, False)
    assert part["fromServiceFee"] == {"amount": "0.00"}
    assert (whole["amount"]["amount"], whole["max"]["amount"]) == ("301.49", "301.49")
    assert (whole["fromEarnings"], whole["fromServiceFee"]) == (
        {"amount": "300.00"},
        {"amount": "1.49"},
    )
    assert whole["endsLine"] is True
    assert await books() == before
    assert await fetchval("SELECT count(*) FROM refund") == 0


async def test_a_refund_has_one_effect_for_its_key_and_ends_the_line_in_full(item: Item) -> None:
    of, caller = await _sold(item)

    first = await _refunded(of, caller, "a", amount="100.00")
    again = await _refunded(of, caller, "a", amount="100.00")
    rest = await _refunded(of, caller, "b", reason="FAULT")

    assert first == again
    assert first["refund"]["amount"]["amount"] == "100.00"
    assert rest["refund"]["amount"]["amount"] == "201.49"
    assert await fetchval("SELECT state FROM order_line") == "REFUNDED"
    assert (await _refunded(of, caller, "c"))["reason"] == "ALREADY_REFUNDED"
    listed = (await data(REFUNDS, caller, id=_id(of)))["refunds"]
    assert [(each["amount"]["amount"], each["reason"]) for each in listed] == [
        ("201.49", "FAULT"), ("100.00", "GOODWILL"),
    ]  # fmt: skip
    audit = await fetch("SELECT action FROM audit_log WHERE action = 'refundOrderLine'")
    assert len(audit) == 2
    customer = Caller(kind=CallerKind.CUSTOMER, user_id=of.customer_id)
    assert len((await data(REFUNDS, customer, id=_id(of)))["refunds"]) == 2
    purchase = str(global_id("Purchase", of.purchase_id))
    bought = (await data(PURCHASE, customer, id=purchase))["purchase"]
    assert bought["payment"] == {
        "state": "CAPTURED", "amount": {"amount": "301.49"}, "refunded": {"amount": "301.49"},
        "actionUrl": None, "declineCode": None, "explanation": None,
    }  # fmt: skip
    assert [each["orderLineId"] for each in bought["refunds"]] == [_id(of), _id(of)]
    assert (await data(PURCHASE, await person(Role.CUSTOMER), id=purchase))["purchase"] is None


async def test_more_than_was_paid_is_refused_and_nothing_is_written(item: Item) -> None:
    of, caller = await _sold(item)

    told = await _tried(of, caller, "301.50")
    assert (told["code"], told["max"]) == ("REFUND_EXCEEDS_PAID", {"amount": "301.49"})
    assert told["explanation"].startswith("Le montant")
    assert (await _refunded(of, caller, "a", amount="301.50"))["max"] == {"amount": "301.49"}
    assert await fetchval("SELECT count(*) FROM refund") == 0
    assert await fetchval("SELECT refunded_minor FROM order_line") == 0
    for amount in ("0", "-1.00", "1.001", "1e30"):
        given = {"orderLineId": _id(of), "reason": "GOODWILL", "idempotencyKey": "b"}
        refused = await refusal(REFUND, caller, input=given | {"amount": amount})
        assert refused["argument"] == "amount", amount


async def test_rights_that_ended_and_money_that_was_never_taken_are_not_refunded(
    item: Item,
) -> None:
    of, caller = await _sold(item, at=datetime.now(UTC) - 800 * DAY)
    assert (await _tried(of, caller))["reason"] == "PERIOD_EXPIRED"
    assert (await _refunded(of, caller, "a", amount="1.00"))["reason"] == "PERIOD_EXPIRED"

    unpaid = await orders.bought(await Merchant.get(slug="amber"), item, LineState.RESERVED)
    assert (await _tried(unpaid, caller))["reason"] == "UNCAPTURED"


@pytest.mark.parametrize("state", [LineState.PAID, LineState.ACCEPTED, LineState.SHIPPED])
async def test_a_line_on_its_way_is_refunded_in_part_and_not_in_full(
    item: Item, state: LineState
) -> None:
    of, caller = await _sold(item, state)

    told = await _tried(of, caller)
    assert (told["__typename"], told["from"]) == ("InvalidTransition", state)
    assert "REFUNDED" not in told["allowed"]
    assert (await _refunded(of, caller, "a", amount="20.00"))["__typename"] == "OrderLineRefunded"
    assert await fetchval("SELECT state FROM order_line") == state


async def test_a_line_of_another_merchant_is_not_there(item: Item) -> None:
    of, _ = await _sold(item)
    other = key_of(
        await factories.merchant("basalt"), "orders:read", "orders:write", "finance:read"
    )

    assert (await _tried(of, other))["code"] == "REFUND_LINE_UNKNOWN"
    assert (await _refunded(of, other, "a"))["code"] == "REFUND_LINE_UNKNOWN"
    assert (await data(REFUNDS, other, id=_id(of)))["refunds"] == []
    assert (await data(LEDGER, other))["ledger"]["edges"] == []
    stranger = await person(Role.CUSTOMER)
    assert (await data(REFUNDS, stranger, id=_id(of)))["refunds"] == []
    assert (await refusal(LEDGER, key_of(await factories.merchant("coral"), "orders:read")))[
        "scope"
    ] == "finance:read"


async def test_a_merchant_reads_what_is_held_what_is_owed_and_why(item: Item) -> None:
    of, caller = await _sold(item, lines=2, at=datetime.now(UTC) - 40 * DAY)
    await _refunded(of, caller, "a", amount="50.00")
    await ledger.release_due(datetime.now(UTC))

    found = (await data(LEDGER, caller))["ledger"]
    assert found["balances"] == [
        {"currency": "EUR", "held": {"amount": "0.00"}, "owed": {"amount": "550.00"}}
    ]
    entries = [(e["node"]["kind"], e["node"]["amount"]["amount"]) for e in found["edges"]]
    assert sorted(entries) == sorted([
        ("CAPTURE", "300.00"), ("CAPTURE", "300.00"), ("REFUND", "-50.00"), ("RELEASE", "-250.00"),
        ("RELEASE", "250.00"), ("RELEASE", "-300.00"), ("RELEASE", "300.00"),
    ])  # fmt: skip
    assert found["edges"][0]["node"]["balance"] == {"amount": "550.00"}
    walked, after = [], None
    while True:
        page = (await data(LEDGER, caller, first=2, after=after))["ledger"]
        walked += page["edges"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert walked == found["edges"]
    months = [each["node"] for each in (await data(STATEMENTS, caller))["statements"]["edges"]]
    total = {
        k: sum(Decimal(m[k]["amount"]) for m in months) for k in ("sales", "refunds", "released")
    }
    assert total == {"sales": 600, "refunds": 50, "released": 550}
    assert sum(month["lines"] for month in months) == 2


async def test_a_page_of_the_ledger_takes_the_same_statements_whatever_its_size(
    item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, caller = await _sold(item, lines=3)
    with counted(monkeypatch) as one:
        await data(LEDGER, caller, first=1)
    with counted(monkeypatch) as many:
        await data(LEDGER, caller, first=100)

    assert sum(one.values()) == sum(many.values()) <= 4


async def test_fifty_refunds_at_once_give_back_no_more_than_was_paid(
    fresh_db: str, migrated: None
) -> None:
    item = (await factories.world(1, 1))[0]
    of, caller = await _sold(item)

    async def one(n: int) -> str:
        found = await _refunded(of, caller, f"k{n}", amount="10.00")
        return str(found["__typename"])

    answers = Counter(await asyncio.gather(*[one(n) for n in range(50)]))

    assert answers == {"OrderLineRefunded": 30, "RefundExceedsPaid": 20}
    assert await fetchval("SELECT refunded_minor FROM order_line") == 300_00
    assert await fetchval("SELECT refunded_minor FROM payment") == 300_00
    assert await fetchval("SELECT sum(amount_minor) FROM refund") == 300_00
