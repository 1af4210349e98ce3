"""A person sells a device: accepted, sent, looked at, paid, or back; nothing is lost on the way."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
from stdnum import iban

from domain.shipments import ShipmentStatus
from integrations.payouts.simulator import SimulatedBank
from models.base import execute, fetch, fetchval, transaction
from models.jobs import Job
from models.trade_in import clock
from models.units.attachments import Owner
from resolvers.accounts.house import house
from resolvers.trade_in.quoting import hash_of
from tests import trade_ins as t
from tests.factories import Item
from tests.jobs import work
from tests.schema.asking import data
from tests.trade_ins import Stand
from workers.trade_in.orders import collect


@pytest.fixture
async def items(db: None) -> list[Item]:
    return await t.market()


@pytest.fixture
async def of(items: list[Item], monkeypatch: Any) -> AsyncGenerator[Stand]:
    async with t.a_desk() as made:

        class _Runtime:
            labels = made

        monkeypatch.setattr("workers.shipments.labels.runtime", _Runtime)
        yield await t.stand(items[0])


async def test_a_device_is_sold_and_paid_from_the_bid_to_the_bank(of: Stand) -> None:
    made = await t.begun(of)
    found = await t.confirmed(of, made)
    assert found["tradeIn"]["state"] == "LABEL_SENT"
    [label] = found["tradeIn"]["labels"]
    assert (label["purpose"], label["state"]) == ("TRADE_IN", "ALIVE")
    assert label["documentUrl"].startswith("/documents/")
    await t.told(made, ShipmentStatus.IN_TRANSIT)
    assert await t.state(made) == "SENT"
    await t.told(made, ShipmentStatus.DELIVERED)
    assert await t.state(made) == "RECEIVED"
    for step, name in ((t.INSPECT, "INSPECTING"), (t.VALIDATE, "VALIDATED")):
        answered = await t.ask(step, of.buyer, tradeInId=t.gid(made))
        assert answered["tradeIn"]["state"] == name
    assert await t.balances() == {
        "MERCHANT_OWED": 200_00 + t.LABEL_COST,
        "CUSTOMERS_OWED": -200_00,
        "CARRIERS_OWED": -t.LABEL_COST,
    }


class Lease:
    """Steps in the test's own transaction."""

    def step(self) -> Any:
        return transaction()


async def pay(of: Stand) -> None:
    """Let the payment fall due, and the bank be asked."""
    await t.later(of, timedelta(days=8))
    await clock.tick()
    await collect(Lease(), SimulatedBank(["EUR"]), house().vault, await t.now_of(of))


async def test_the_bank_is_asked_when_the_payment_is_due_and_the_ledger_says_so(of: Stand) -> None:
    made = await t.to_inspection(of)
    await t.ask(t.VALIDATE, of.buyer, tradeInId=t.gid(made))
    await clock.tick()
    assert await fetchval("SELECT count(*) FROM trade_in_payout") == 0
    await pay(of)
    assert await t.state(made) == "PAID"
    found = (await data(t.MINE, of.seller, id=t.gid(made)))["tradeIn"]
    assert found["payment"] == {"state": "PAID", "account": "FR•• •••• 0189", "problem": None}
    assert await t.balances() == {
        "MERCHANT_OWED": 200_00 + t.LABEL_COST,
        "CLEARING": -200_00,
        "CARRIERS_OWED": -t.LABEL_COST,
    }
    [(stored,)] = [tuple(row) for row in await fetch("SELECT account FROM trade_in_payout")]
    assert t.IBAN.encode() not in bytes(stored)


@pytest.mark.parametrize(
    ("ends", "state", "before"), [("0001", "VALIDATED", False), ("0002", "PAID", True)]
)
async def test_money_that_a_bank_refuses_or_returns_is_owed_again_and_sent_to_another_account(
    of: Stand, ends: str, state: str, before: bool
) -> None:
    account = {"iban": iban_ending(ends), "name": "Camille Canari"}
    made = await t.begun(of, payoutAccount=account)
    await t.confirmed(of, made)
    await t.told(made, ShipmentStatus.DELIVERED)
    for step in (t.INSPECT, t.VALIDATE):
        await t.ask(step, of.buyer, tradeInId=t.gid(made))
    await pay(of)
    assert await t.state(made) == state
    found = (await data(t.MINE, of.seller, id=t.gid(made)))["tradeIn"]
    assert found["payment"]["state"] == "FAILED"
    assert (await t.balances())["CUSTOMERS_OWED"] == -200_00
    other = {"iban": t.IBAN, "name": "Camille Canari"}
    named = await t.ask(t.ACCOUNT, of.seller, tradeInId=t.gid(made), payoutAccount=other)
    assert named["__typename"] == "TradeInChanged", named
    await pay(of)
    assert await t.state(made) == "PAID"
    assert "CUSTOMERS_OWED" not in await t.balances()


async def test_a_refused_account_and_silence_end_as_a_credit(of: Stand) -> None:
    account = {"iban": iban_ending("0001"), "name": "Camille Canari"}
    made = await t.begun(of, payoutAccount=account)
    await t.confirmed(of, made)
    await t.told(made, ShipmentStatus.DELIVERED)
    for step in (t.INSPECT, t.VALIDATE):
        await t.ask(step, of.buyer, tradeInId=t.gid(made))
    await pay(of)
    await t.later(of, timedelta(days=61))
    await clock.tick()
    assert await t.state(made) == "CREDITED"
    assert (await t.balances())["CREDITS_ISSUED"] == -200_00


async def test_a_counter_offer_is_made_once_with_proofs_and_answered_by_its_owner(
    of: Stand,
) -> None:
    made = await t.to_inspection(of)
    proof = await t.photo(Owner(merchant_id=of.merchant.id))
    offer = {"tradeInId": t.gid(made), "amount": "120.00", "reasons": ["SCREEN_CRACKED"],
             "proofs": [proof]}  # fmt: skip
    no_proof = await t.ask(t.COUNTER, of.buyer, **offer | {"proofs": []})
    assert no_proof["code"] == "PROOF_REQUIRED"
    theirs = await t.photo(Owner(customer_id=of.customer))
    assert (await t.ask(t.COUNTER, of.buyer, **offer | {"proofs": [theirs]}))["code"] == (
        "ATTACHMENT_UNKNOWN"
    )
    for amount in ("-1.00", "200.00", "250.00", "0.001"):
        found = await t.ask(t.COUNTER, of.buyer, **offer | {"amount": amount})
        assert found["code"] == "AMOUNT_INVALID", amount
    found = await t.ask(t.COUNTER, of.buyer, **offer)
    assert found["tradeIn"]["state"] == "COUNTER_OFFERED"
    seen = (await data(t.READ, of.seller, id=t.gid(made)))["tradeIn"]["counterOffer"]
    assert seen["amount"]["amount"] == "120.00"
    assert len(seen["photos"]) == 1
    taken = await t.ask(t.VALIDATE, of.buyer, tradeInId=t.gid(made))
    assert taken["code"] == "INVALID_TRANSITION", "that is the customer's to say"
    yes = await t.ask(t.ANSWER, of.seller, tradeInId=t.gid(made), accept=True)
    assert yes["tradeIn"]["finalAmount"]["amount"] == "120.00"
    assert (await t.balances())["CUSTOMERS_OWED"] == -120_00


async def test_a_reason_that_the_owner_had_said_is_not_held_against_the_device(
    items: list[Item], of: Stand
) -> None:
    cracked = await t.stand(items[1], "cracked", grade="FUNCTIONAL_CRACKED")
    made = await t.to_inspection(cracked)
    proof = await t.photo(Owner(merchant_id=cracked.merchant.id))
    found = await t.ask(
        t.COUNTER, cracked.buyer, tradeInId=t.gid(made), amount="1.00",
        reasons=["SCREEN_CRACKED", "BATTERY_WORN"], proofs=[proof],
    )  # fmt: skip
    assert (found["code"], found["reasons"]) == ("REASON_NOT_ALLOWED", ["SCREEN_CRACKED"])


async def test_silence_on_a_counter_offer_is_a_no_and_the_device_comes_back(of: Stand) -> None:
    made = await t.to_inspection(of)
    proof = await t.photo(Owner(merchant_id=of.merchant.id))
    await t.ask(
        t.COUNTER, of.buyer, tradeInId=t.gid(made), amount="0.00", reasons=["LIQUID_DAMAGE"],
        proofs=[proof],
    )  # fmt: skip
    await t.later(of, timedelta(days=14, minutes=1))
    late = await t.ask(t.ANSWER, of.seller, tradeInId=t.gid(made), accept=True)
    assert late["code"] == "ANSWER_TOO_LATE"
    await clock.tick()
    assert await t.state(made) == "RETURNING"
    await work(Job.ISSUE_LABEL)
    await t.told(made, ShipmentStatus.DELIVERED, "SEND_BACK")
    assert await t.state(made) == "RETURNED"
    assert await t.balances() == {
        "MERCHANT_OWED": 2 * t.LABEL_COST,
        "CARRIERS_OWED": -2 * t.LABEL_COST,
    }


async def test_the_last_place_under_a_cap_is_taken_once_and_given_back_by_who_cancels(
    of: Stand,
) -> None:
    await execute("UPDATE trade_in_bid SET stock_cap = 1 WHERE id = $1", of.bid_id)
    codes = []
    for _ in range(5):
        found = await t.ask(t.ACCEPT, of.seller, **t.accepted(of, await t.quote(of)))
        codes.append(found.get("code", found["__typename"]))
    assert codes == ["TradeInChanged", *["CAP_REACHED"] * 4]
    assert await fetchval("SELECT taken FROM trade_in_bid WHERE id = $1", of.bid_id) == 1
    made = await t.latest(of)
    await t.ask(t.CANCEL, of.seller, tradeInId=t.gid(made))
    assert await fetchval("SELECT taken FROM trade_in_bid WHERE id = $1", of.bid_id) == 0


async def test_what_cannot_be_accepted_is_refused_by_its_code_and_nothing_is_written(
    of: Stand,
) -> None:
    quote_id = await t.quote(of)
    given = t.accepted(of, quote_id)
    kinds = ["OWNERSHIP", "ERASURE_CONSENT", "DATA_WARNING"]
    young = await t.ask(t.ACCEPT, of.seller, **given | {"declarations": kinds})
    assert (young["code"], young["minimumAge"]) == ("AGE_REQUIRED", 18)
    silent = await t.ask(t.ACCEPT, of.seller, **given | {"declarations": ["AGE"]})
    assert (silent["code"], silent["missing"]) == ("DECLARATION_MISSING", kinds)
    wrong = {"iban": "FR7630006000011234567890188", "name": "C"}
    bad = await t.ask(t.ACCEPT, of.seller, **given | {"payoutAccount": wrong})
    assert (bad["code"], bad["reason"]) == ("PAYOUT_ACCOUNT_INVALID", "CHECK_DIGITS")
    await execute("UPDATE trade_in_programme SET identity_documents = '{ID_FRONT,ID_BACK}'")
    unknown = await t.ask(t.ACCEPT, of.seller, **given)
    assert (unknown["code"], unknown["documents"]) == ("KYC_REQUIRED", ["ID_FRONT", "ID_BACK"])
    await execute("UPDATE trade_in_programme SET is_open = false")
    closed = await t.ask(t.ACCEPT, of.seller, **given)
    assert closed["code"] == "PROGRAMME_NOT_AVAILABLE"
    await execute("UPDATE trade_in_programme SET is_open = true, identity_documents = '{}'")
    await execute("UPDATE trade_in_bid SET amount_minor = 0")
    assert (await t.ask(t.ACCEPT, of.seller, **given))["code"] == "BID_WITHDRAWN"
    await t.later(of, timedelta(days=22))
    assert (await t.ask(t.ACCEPT, of.seller, **given))["code"] == "QUOTE_EXPIRED"
    assert await fetchval("SELECT count(*) FROM trade_in_order") == 0
    assert await fetchval("SELECT count(*) FROM unit_identifier WHERE place = 'TRADE_IN'") == 0


async def test_a_market_that_asks_for_papers_takes_those_of_the_seller_alone(of: Stand) -> None:
    await execute("UPDATE trade_in_programme SET identity_documents = '{ID_FRONT,ID_BACK}'")
    given = t.accepted(of, await t.quote(of))
    theirs = await t.photo(Owner(merchant_id=of.merchant.id))
    paper = [{"kind": "PASSPORT", "attachmentId": theirs}]
    found = await t.ask(t.ACCEPT, of.seller, **given | {"documents": paper})
    assert found["code"] == "ATTACHMENT_UNKNOWN"
    own = [{"kind": "PASSPORT", "attachmentId": await t.photo(Owner(customer_id=of.customer))}]
    found = await t.ask(t.ACCEPT, of.seller, **given | {"documents": own})
    assert found["__typename"] == "TradeInChanged"
    row = await fetch("SELECT documents, declarations::text AS said FROM trade_in_order")
    assert row[0]["documents"] == ["PASSPORT"]
    assert "birth" not in row[0]["said"]


async def test_one_device_is_in_one_trade_in_until_that_one_ends(of: Stand) -> None:
    number = t.imei_number(4711)
    first = await t.ask(t.ACCEPT, of.seller, **t.accepted(of, await t.quote(of, imei=number)))
    again = t.accepted(of, await t.quote(of, imei=number))
    assert (await t.ask(t.ACCEPT, of.seller, **again))["code"] == "DEVICE_ELSEWHERE"
    await t.ask(t.CANCEL, of.seller, tradeInId=first["tradeIn"]["id"])
    assert (await t.ask(t.ACCEPT, of.seller, **again))["__typename"] == "TradeInChanged"


async def test_a_locked_or_listed_device_waits_for_its_owner_who_is_told_how(of: Stand) -> None:
    made = await t.begun(of)
    await t.confirmed(of, made)
    await t.told(made, ShipmentStatus.DELIVERED)
    locks = [{"kind": "ACTIVATION", "state": "ON"}, {"kind": "CARRIER", "state": "OFF"}]
    found = await t.ask(t.RECEIVE, of.buyer, tradeInId=t.gid(made), locks=locks)
    [action] = found["tradeIn"]["actions"]
    assert (found["tradeIn"]["state"], action["reason"]) == ("SUSPENDED", "ACTIVATION_LOCK_ON")
    assert len(action["steps"]) > 1
    wrong = await t.ask(t.RESOLVE, of.seller, tradeInId=t.gid(made), action="WRONG_DEVICE")
    assert (wrong["code"], wrong["allowed"]) == ("ACTION_UNKNOWN", ["ACTIVATION_LOCK_ON"])
    done = await t.ask(t.RESOLVE, of.seller, tradeInId=t.gid(made), action="ACTIVATION_LOCK_ON")
    assert done["tradeIn"]["state"] == "INSPECTING"


async def test_to_anybody_else_a_trade_in_is_not_there(of: Stand, items: list[Item]) -> None:
    made = await t.begun(of)
    other = await t.stand(items[1], "other")
    for caller in (other.seller, other.buyer):
        assert (await data(t.READ.split("checklist")[0].split("moves")[0] + "}}", caller,
                           id=t.gid(made)))["tradeIn"] is None  # fmt: skip
    for step in (t.INSPECT, t.VALIDATE, t.RECEIVE):
        found = await t.ask(step, other.buyer, tradeInId=t.gid(made))
        assert found["code"] == "TRADE_IN_UNKNOWN"
    for step in (t.CANCEL, t.GIVE):
        assert (await t.ask(step, other.seller, tradeInId=t.gid(made)))[
            "code"
        ] == "TRADE_IN_UNKNOWN"
    assert await t.state(made) == "CREATED"


async def test_a_device_that_is_lost_is_paid_for_by_whose_loss_it_is(of: Stand) -> None:
    made = await t.begun(of)
    await t.confirmed(of, made)
    await t.told(made, ShipmentStatus.IN_TRANSIT)
    await t.told(made, ShipmentStatus.LOST)
    assert await t.state(made) == "LOST"
    await collect(Lease(), SimulatedBank(["EUR"]), house().vault, await t.now_of(of))
    assert await t.balances() == {
        "MERCHANT_OWED": t.LABEL_COST,
        "CARRIERS_OWED": 200_00 - t.LABEL_COST,
        "CLEARING": -200_00,
    }


async def test_a_donation_is_owed_to_the_partner_and_has_a_receipt(of: Stand) -> None:
    made = await t.to_inspection(of, "DONATION")
    await t.ask(t.VALIDATE, of.buyer, tradeInId=t.gid(made))
    assert await t.state(made) == "DONATED"
    found = (await data(t.MINE, of.seller, id=t.gid(made)))["tradeIn"]["receipt"]
    assert (found["partner"], found["amount"]["amount"]) == ("Atelier", "200.00")
    assert (await t.balances())["DONATIONS_OWED"] == -200_00


async def test_a_refused_device_goes_back_by_itself_or_is_given_away(of: Stand) -> None:
    made = await t.to_inspection(of)
    proof = await t.photo(Owner(merchant_id=of.merchant.id))
    given = {"tradeInId": t.gid(made), "reason": "COUNTERFEIT", "proofs": [proof]}
    assert (await t.ask(t.REFUSE, of.buyer, **given))["tradeIn"]["state"] == "REFUSED"
    await clock.tick()
    assert await t.state(made) == "RETURNING"
    found = await t.ask(t.GIVE, of.seller, tradeInId=t.gid(made))
    assert found["tradeIn"]["state"] == "DONATED"
    receipt = (await data(t.MINE, of.seller, id=t.gid(made)))["tradeIn"]["receipt"]
    assert receipt["device"] is True


async def test_the_label_is_not_printed_before_every_step_is_ticked(of: Stand) -> None:
    made = await t.begun(of)
    found = await t.confirmed(of, made, ticked=["BACKUP", "SIM_OUT"])
    assert (found["code"], found["missing"]) == ("CHECKLIST_INCOMPLETE", ["SIGN_OUT", "LOCK_OFF"])
    abroad = t.ADDRESS | {"country": "DE"}
    assert (await t.confirmed(of, made, address=abroad))["reason"] == "country"
    assert await t.state(made) == "CREATED"
    assert await fetchval("SELECT count(*) FROM shipping_label") == 0


async def test_an_anonymous_quote_is_taken_over_by_its_token(of: Stand) -> None:
    token = "bcq_secret"
    quote_id = await t.quote(of, customer_id=None, token_sha256=hash_of(token))
    given = t.accepted(of, quote_id)
    assert (await t.ask(t.ACCEPT, of.seller, **given))["code"] == "QUOTE_UNKNOWN"
    found = await t.ask(t.ACCEPT, of.seller, **given | {"token": token})
    assert found["__typename"] == "TradeInChanged"
    again = await t.ask(t.ACCEPT, of.seller, **given)
    assert again["code"] == "QUOTE_TAKEN"


def iban_ending(digits: str) -> str:
    """A French IBAN with these last digits."""
    bban = f"3000600001123456789{digits}"
    for key in range(97):
        candidate = f"{bban[:-4]}{bban[-4:]}"
        check = iban.calc_check_digits(f"FR00{candidate}")
        number = f"FR{check}{candidate}"
        if iban.is_valid(number):
            return number
        bban = f"30006000{key:02d}123456789{digits}"
    raise AssertionError(digits)
