"""A customer withdraws in two steps: the first changes nothing, the second happens once."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.orders import LineState
from domain.shipments import ShipmentStatus
from integrations.mail import Mail
from models.base import fetch, fetchrow, fetchval
from models.merchants import Merchant
from models.shipments.effects import apply as carrier_tells
from tests import factories, orders
from tests.factories import Item
from tests.fulfilment import ask, buyer, line_id, paid, refunds, state
from tests.orders import Bought
from tests.rules import lawful
from workers.orders.withdrawals import send_receipt

L = LineState
P = "... on Problem{code path}"
REQUEST = f"""mutation($i: RequestWithdrawalInput!){{requestWithdrawal(input: $i){{
  ... on WithdrawalRequested{{token expiresAt legal}} {P} ... on InvalidTransition{{from allowed}}
  ... on WithdrawalExpired{{policyUntil}} ... on CaseAlreadyOpen{{caseId}}}}}}"""
CONFIRM = f"""mutation($i: ConfirmWithdrawalInput!){{confirmWithdrawal(input: $i){{
  ... on WithdrawalConfirmed{{id confirmedAt acknowledgement legal lines{{state}}}} {P}
  ... on WithdrawalTokenInvalid{{expired}}}}}}"""


@pytest.fixture
async def owner(db: None) -> Merchant:
    await lawful()
    return await factories.merchant()


@pytest.fixture
async def item(owner: Merchant) -> Item:
    return (await factories.world(1, 1))[0]


def _wants(of: Bought, **more: Any) -> dict[str, Any]:
    lines = [line_id(each) for each in of.lines]
    return {"orderLines": lines, "name": "Camille Canari",
            "addressForReceipt": "camille@example.com"} | more  # fmt: skip


async def _came(owner: Merchant, item: Item, days_ago: int) -> Bought:
    """An order that was delivered so many days ago."""
    now: datetime = await fetchval("SELECT now()")
    at = now - timedelta(days=days_ago)
    of = await paid(owner, item, L.SHIPPED, at=at - timedelta(days=2))
    await carrier_tells(await orders.parcel(of), ShipmentStatus.DELIVERED, at)
    return of


async def test_a_withdrawal_is_asked_for_confirmed_once_and_its_receipt_mailed(
    owner: Merchant, item: Item
) -> None:
    of = await _came(owner, item, 3)
    customer = buyer(of.customer_id)

    asked = await ask(REQUEST, customer, **_wants(of))
    unchanged = [
        await fetchval(f"SELECT count(*) FROM {t}") for t in ("withdrawal", "after_sales_case")
    ]
    first = await ask(CONFIRM, customer, token=asked["token"])
    again = await ask(CONFIRM, customer, token=asked["token"])
    twice = await ask(REQUEST, customer, **_wants(of))

    assert (asked["legal"], unchanged) == (True, [0, 0])
    assert first == again
    assert first["lines"] == [{"state": "DELIVERED"}]
    assert "Camille Canari" in first["acknowledgement"]
    assert await fetchval("SELECT count(*) FROM withdrawal") == 1
    (job,) = await fetch(
        "SELECT kwargs->>'withdrawal_id' AS id FROM outbox_job WHERE job = 'mail_withdrawal'"
    )
    assert job["id"] == first["id"]
    case = await fetchrow("SELECT id, type, opened_by FROM after_sales_case")
    assert case is not None
    assert (case["type"], case["opened_by"]) == ("WITHDRAWAL", "CUSTOMER")
    assert twice["code"] == "CASE_ALREADY_OPEN"


async def test_the_receipt_goes_to_the_address_given_with_date_and_time(
    owner: Merchant, item: Item
) -> None:
    of = await _came(owner, item, 3)
    customer = buyer(of.customer_id)
    asked = await ask(REQUEST, customer, **_wants(of, addressForReceipt="Other@Example.com"))
    done = await ask(CONFIRM, customer, token=asked["token"])
    sent: list[Mail] = []

    class Folder:
        async def send(self, mail: Mail) -> None:
            sent.append(mail)

    row = await fetchval("SELECT id FROM withdrawal")
    await send_receipt(row, Folder())
    await send_receipt(row, Folder())

    assert {(mail.to, mail.text, mail.language) for mail in sent} == {
        ("other@example.com", done["acknowledgement"], "fr")
    }
    assert datetime.fromisoformat(done["confirmedAt"]) == sent[0].at


async def test_after_the_time_of_the_law_our_own_policy_is_named_and_takes_it_back(
    owner: Merchant, item: Item
) -> None:
    of, old = await _came(owner, item, 21), await _came(owner, item, 32)
    customer = buyer(of.customer_id)

    late = await ask(REQUEST, customer, **_wants(of))
    under = await ask(REQUEST, customer, **_wants(of, underPolicy=True))
    done = await ask(CONFIRM, customer, token=under["token"])
    over = await ask(REQUEST, customer, **_wants(old, underPolicy=True))

    until = await fetchval("SELECT return_until FROM order_line WHERE id = $1", of.lines[0])
    assert (late["code"], datetime.fromisoformat(late["policyUntil"])) == (
        "WITHDRAWAL_EXPIRED",
        until,
    )
    assert (under["legal"], done["legal"]) == (False, False)
    assert (over["code"], over["policyUntil"]) == ("WITHDRAWAL_EXPIRED", None)


async def test_what_was_not_sent_is_cancelled_and_refunded_and_does_not_count(
    owner: Merchant, item: Item
) -> None:
    of = await paid(owner, item, L.ACCEPTED)
    customer = buyer(of.customer_id)
    asked = await ask(REQUEST, customer, **_wants(of))

    done = await ask(CONFIRM, customer, token=asked["token"])

    assert done["lines"] == [{"state": "CANCELLED"}]
    assert await refunds(of.lines[0]) == [("WITHDRAWAL", 301_49)]
    assert await fetchval("SELECT counts FROM order_line WHERE id = $1", of.lines[0]) is False
    assert await fetchval("SELECT count(*) FROM after_sales_case") == 0


async def test_a_token_is_its_customers_for_a_day_and_no_other_text_is_one(
    owner: Merchant, item: Item
) -> None:
    of = await _came(owner, item, 3)
    asked = await ask(REQUEST, buyer(of.customer_id), **_wants(of))
    stranger = buyer(await orders.customer("else@example.com"))

    theirs = await ask(CONFIRM, stranger, token=asked["token"])
    forged = await ask(CONFIRM, buyer(of.customer_id), token=asked["token"][:-2])
    unknown = await ask(REQUEST, stranger, **_wants(of))

    assert (theirs["code"], theirs["expired"]) == ("WITHDRAWAL_TOKEN_INVALID", False)
    assert forged["code"] == "WITHDRAWAL_TOKEN_INVALID"
    assert unknown["code"] == "ORDER_LINE_UNKNOWN"
    assert await fetchval("SELECT count(*) FROM withdrawal") == 0
    assert await state(of.lines[0]) == "DELIVERED"
