"""A trade-in pays for a purchase: expected before the inspection, true after it, to the cent."""

from collections.abc import AsyncGenerator, Iterator
from typing import Any
from uuid import UUID

import pytest

from domain.orders import Actor
from domain.orders.payments import RefundReason
from domain.shipments import ShipmentStatus
from models.base import fetch, fetchval
from models.jobs import Job
from models.orders import By, refunds
from models.orders.purchases import expired
from models.units.attachments import Owner
from resolvers.orders.payments import install, tills
from schema.common import global_id
from tests import factories
from tests import trade_ins as t
from tests.checkout import Buyer, FakeTill, with_cart
from tests.factories import NOW, Item
from tests.jobs import work
from tests.rules import lawful
from tests.schema.asking import data
from tests.schema.selling import sells
from tests.trade_ins import Stand

PRICE = "201.39"
APPLY = """mutation($i: ApplyTradeInCreditInput!){applyTradeInCredit(input: $i){__typename
  ... on Problem{code} ... on TradeInBecause{reason}}}"""
DIFFERENCE = """mutation($i: PayTradeInDifferenceInput!){payTradeInDifference(input: $i){__typename
  ... on TradeInDifferencePaid{declined tradeIn{credit{due{amount}}}} ... on Problem{code}}}"""
SHOWN = """query($id: ID!){checkoutPreview(cartId: $id){ready payable{amount}
  totals{total{amount}} credit{expected amount{amount}}}}"""


@pytest.fixture(autouse=True)
def till() -> Iterator[FakeTill]:
    before, made = tills(), FakeTill()
    install({made.name: made})
    yield made
    install(before)


@pytest.fixture
async def items(db: None) -> list[Item]:
    await lawful()
    return await t.market()


@pytest.fixture
async def of(items: list[Item], monkeypatch: Any) -> AsyncGenerator[Stand]:
    async with t.a_desk() as made:

        class _Runtime:
            labels = made

        monkeypatch.setattr("workers.shipments.labels.runtime", _Runtime)
        yield await t.stand(items[0], amount=150_00)


@pytest.fixture
async def buyer(of: Stand, items: list[Item]) -> Buyer:
    seller = await factories.merchant("amber")
    [offer] = await sells(seller, items[1:2])
    return await with_cart({offer: PRICE}, email="reprise@example.com")


async def applied(of: Stand, buyer: Buyer, trade_in: UUID) -> Any:
    found = await t.ask(APPLY, of.seller, cartId=buyer.cart, tradeInId=t.gid(trade_in))
    assert found["__typename"] == "TradeInCreditApplied", found
    return (await data(SHOWN, of.seller, id=buyer.cart))["checkoutPreview"]


async def credit(of: Stand, trade_in: UUID) -> dict[str, str]:
    found = (await data(t.MINE, of.seller, id=t.gid(trade_in)))["tradeIn"]["credit"]
    amounts = {name: found[name]["amount"] for name in ("amount", "left", "due")}
    return {"state": found["state"], **amounts}


async def countered(of: Stand, trade_in: UUID, amount: str, *, accept: bool) -> None:
    """The device is worth less, and its owner answers."""
    await t.confirmed(of, trade_in)
    await t.told(trade_in, ShipmentStatus.DELIVERED)
    await t.ask(t.INSPECT, of.buyer, tradeInId=t.gid(trade_in))
    proof = await t.photo(Owner(merchant_id=of.merchant.id))
    await t.ask(
        t.COUNTER, of.buyer, tradeInId=t.gid(trade_in), amount=amount,
        reasons=["SCREEN_CRACKED"], proofs=[proof],
    )  # fmt: skip
    await t.ask(t.ANSWER, of.seller, tradeInId=t.gid(trade_in), accept=accept)


async def test_a_credit_lowers_what_is_payable_and_its_purchase_is_paid_in_full(
    of: Stand, buyer: Buyer
) -> None:
    made = await t.to_inspection(of, "EXCHANGE_CREDIT")
    await t.ask(t.VALIDATE, of.buyer, tradeInId=t.gid(made))
    assert await t.state(made) == "CREDITED"
    shown = await applied(of, buyer, made)
    assert shown["credit"] == {"expected": False, "amount": {"amount": "150.00"}}
    assert (shown["payable"]["amount"], shown["totals"]["total"]["amount"]) == ("51.39", PRICE)
    done = await buyer.buy()
    assert (done["purchase"]["state"], done["purchase"]["total"]["amount"]) == ("PAID", PRICE)
    assert await fetchval("SELECT amount_minor FROM payment") == 51_39
    assert await credit(of, made) == {
        "state": "ISSUED", "amount": "150.00", "left": "0.00", "due": "0.00",
    }  # fmt: skip
    found = await t.balances()
    assert (found["CLEARING"], found.get("CREDITS_ISSUED")) == (51_39, None)
    assert found["MERCHANT_HELD"] + found["SERVICE_FEES"] == -201_39


async def test_what_was_expected_and_came_to_less_is_paid_by_the_customer(
    of: Stand, buyer: Buyer
) -> None:
    made = await t.begun(of, "EXCHANGE_CREDIT")
    shown = await applied(of, buyer, made)
    assert shown["credit"]["expected"] is True
    assert (await buyer.buy())["purchase"]["state"] == "PAID"
    early = await t.ask(DIFFERENCE, of.seller, tradeInId=t.gid(made), payment={"method": "ok"})
    assert early["code"] == "NOTHING_DUE"
    await countered(of, made, "100.00", accept=True)
    assert await credit(of, made) == {
        "state": "ISSUED", "amount": "100.00", "left": "0.00", "due": "50.00",
    }  # fmt: skip
    assert (await t.balances())["CREDITS_ISSUED"] == 50_00
    paid = await t.ask(DIFFERENCE, of.seller, tradeInId=t.gid(made), payment={"method": "ok"})
    assert paid["tradeIn"]["credit"]["due"]["amount"] == "0.00"
    found = await t.balances()
    assert (found["CLEARING"], found.get("CREDITS_ISSUED")) == (51_39 + 50_00, None)


async def test_a_declined_counter_offer_makes_all_that_was_spent_due(
    of: Stand, buyer: Buyer
) -> None:
    made = await t.begun(of, "EXCHANGE_CREDIT")
    await applied(of, buyer, made)
    await buyer.buy()
    await countered(of, made, "100.00", accept=False)
    await work(Job.ISSUE_LABEL)
    await t.told(made, ShipmentStatus.DELIVERED, "SEND_BACK")
    assert await t.state(made) == "RETURNED"
    assert await credit(of, made) == {
        "state": "ENDED", "amount": "0.00", "left": "0.00", "due": "150.00",
    }  # fmt: skip


async def test_a_credit_that_covers_everything_needs_no_money_and_goes_back_as_credit(
    items: list[Item], of: Stand
) -> None:
    rich = await t.stand(items[0], "rich", amount=300_00)
    seller = await factories.merchant("birch")
    [offer] = await sells(seller, items[1:2])
    buyer = await with_cart({offer: PRICE}, email="rich@example.com")
    made = await t.to_inspection(rich, "EXCHANGE_CREDIT")
    await t.ask(t.VALIDATE, rich.buyer, tradeInId=t.gid(made))
    shown = await applied(rich, buyer, made)
    assert shown["payable"]["amount"] == "0.00"
    assert (await buyer.buy(method="declined"))["purchase"]["state"] == "PAID"
    assert (await credit(rich, made))["left"] == "98.61"
    [line] = [row["id"] for row in await fetch("SELECT id FROM order_line")]
    by = By(Actor.MERCHANT, NOW)
    await refunds.ask([line], RefundReason.GOODWILL, by, NOW)
    assert (await credit(rich, made))["left"] == "300.00"
    found = await t.balances()
    assert (found["CREDITS_ISSUED"], found.get("CLEARING"), found.get("REFUNDS_DUE")) == (
        -300_00, None, None,
    )  # fmt: skip
    assert await fetchval("SELECT state FROM refund") == "SUCCEEDED"


async def test_money_goes_back_before_credit(of: Stand, buyer: Buyer) -> None:
    made = await t.to_inspection(of, "EXCHANGE_CREDIT")
    await t.ask(t.VALIDATE, of.buyer, tradeInId=t.gid(made))
    await applied(of, buyer, made)
    await buyer.buy()
    [line] = [row["id"] for row in await fetch("SELECT id FROM order_line")]
    by = By(Actor.MERCHANT, NOW)
    await refunds.ask({line: 60_00}, RefundReason.GOODWILL, by, NOW)
    assert [tuple(row) for row in await fetch("SELECT amount_minor, credit_minor FROM refund")] == [
        (60_00, 8_61)
    ]
    assert (await credit(of, made))["left"] == "8.61"
    assert (await t.balances())["REFUNDS_DUE"] == -51_39


async def test_a_purchase_that_was_never_paid_leaves_the_credit_in_its_cart(
    of: Stand, buyer: Buyer
) -> None:
    made = await t.to_inspection(of, "EXCHANGE_CREDIT")
    await t.ask(t.VALIDATE, of.buyer, tradeInId=t.gid(made))
    await applied(of, buyer, made)
    await buyer.buy(method="declined")
    assert (await credit(of, made))["left"] == "0.00"
    purchase = await fetchval("SELECT id FROM purchase")
    await expired(purchase, NOW)
    assert (await credit(of, made))["left"] == "150.00"
    assert (await buyer.buy())["purchase"]["state"] == "PAID"


async def test_a_credit_of_somebody_else_is_not_there(
    of: Stand, buyer: Buyer, items: list[Item]
) -> None:
    other = await t.stand(items[1], "other")
    made = await t.begun(other, "EXCHANGE_CREDIT")
    found = await t.ask(APPLY, of.seller, cartId=buyer.cart, tradeInId=t.gid(made))
    assert found["code"] == "TRADE_IN_UNKNOWN"
    bank = await t.begun(of)
    found = await t.ask(APPLY, of.seller, cartId=buyer.cart, tradeInId=t.gid(bank))
    assert (found["code"], found["reason"]) == ("CREDIT_NOT_AVAILABLE", "NONE")
    strange = str(global_id("Cart", made))
    found = await t.ask(APPLY, of.seller, cartId=strange, tradeInId=t.gid(bank))
    assert found["reason"] == "CART_UNKNOWN"
