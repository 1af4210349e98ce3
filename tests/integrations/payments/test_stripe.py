"""Our client of Stripe, against a stand-in of its documented API."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from domain.orders.payments import PaymentState, RefundState, Told
from integrations.http import Answer, Outbound, Rejected, Request, Unavailable, outbound, place
from integrations.payments.base import BadSignature, Charge, Return
from integrations.payments.signatures import sign, verify
from integrations.payments.stripe import SIGNATURE, Stripe
from tests.integrations.payments.stripe_server import KEY, StripeServer, stripe_server

S = PaymentState
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECRETS = ["whsec_0123456789abcdef", "whsec_the_one_before_"]
ID = UUID("01a2089a-0000-7000-8000-000000000001")
CHARGE = Charge(ID, 301_49, "EUR", "pm_card_visa", "https://shop.test/?purchase=1")


@pytest.fixture
async def server() -> AsyncIterator[StripeServer]:
    async with stripe_server() as made:
        yield made


@pytest.fixture
async def client(server: StripeServer) -> AsyncIterator[Stripe]:
    url = URL(server.url)
    async with outbound(allowed=[place(str(url.host), url.port)]) as out:
        yield Stripe(out, KEY, SECRETS, server.url)


async def test_a_payment_is_held_then_taken_and_its_fee_told(
    server: StripeServer, client: Stripe
) -> None:
    held = await client.authorise(CHARGE)
    assert held == Told(S.AUTHORISED, "pi_1")
    named = replace(CHARGE, ref="pi_1")

    assert await client.capture(named) == Told(S.CAPTURED, "pi_1", fee_minor=35)
    assert await client.find(named) == Told(S.CAPTURED, "pi_1", fee_minor=35)
    assert (await client.cancel(named)).state is S.CAPTURED  # too late, and it says so

    method, path, form = server.calls[0]
    assert (method, path) == ("POST", "/v1/payment_intents")
    assert form == {
        "amount": "30149", "currency": "eur", "capture_method": "manual", "confirm": "true",
        "payment_method": "pm_card_visa", "payment_method_types[]": "card",
        "return_url": CHARGE.return_url, "metadata[payment]": str(ID),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "code", "retryable"),
    [
        ("pm_card_chargeDeclined", "CARD_DECLINED", False),
        ("pm_card_chargeDeclinedInsufficientFunds", "INSUFFICIENT_FUNDS", True),
        ("pm_card_chargeDeclinedExpiredCard", "EXPIRED_CARD", False),
        ("pm_card_chargeDeclinedIncorrectCvc", "INCORRECT_DETAILS", True),
        ("pm_card_chargeDeclinedLostCard", "CARD_DECLINED", False),
        ("pm_card_chargeDeclinedProcessingError", "TRY_AGAIN", True),
    ],
)
async def test_a_decline_is_an_answer_in_our_words(
    client: Stripe, method: str, code: str, retryable: bool
) -> None:
    told = await client.authorise(replace(CHARGE, method=method))

    assert told == Told(S.DECLINED, "pi_1", code, retryable)
    assert await client.find(replace(CHARGE, ref="pi_1")) == told


async def test_a_step_at_the_bank_is_where_the_customer_goes(client: Stripe) -> None:
    charge = replace(CHARGE, method="pm_card_threeDSecure2Required")

    told = await client.authorise(charge)

    assert (told.state, told.action_url) == (S.ACTION_REQUIRED, "https://hooks.stripe.com/3d")
    assert (await client.cancel(replace(charge, ref=told.ref))).state is S.CANCELLED


@pytest.mark.parametrize("fault", ["503", "429", "409", "html", "lost", "500 kept"])
async def test_a_lost_answer_leaves_one_payment_however_often_it_is_asked_for(
    server: StripeServer, client: Stripe, fault: str
) -> None:
    server.faults = [fault]
    with pytest.raises(Unavailable):
        await client.authorise(CHARGE)
    if fault == "500 kept":  # Stripe answers so for a day: the payment is looked for instead
        with pytest.raises(Unavailable):
            await client.authorise(CHARGE)
        assert await client.find(CHARGE) is None
        return

    assert (await client.authorise(CHARGE)).state is S.AUTHORISED
    assert await client.find(CHARGE) == Told(S.AUTHORISED, "pi_1")
    assert len(server.intents) == 1


async def test_the_same_step_in_other_words_is_no_second_payment(
    server: StripeServer, client: Stripe
) -> None:
    await client.authorise(CHARGE)
    with pytest.raises(Unavailable, match="other words"):
        await client.authorise(replace(CHARGE, return_url="https://other.test/"))
    assert len(server.intents) == 1


async def test_an_intent_of_another_payment_is_not_ours(
    server: StripeServer, client: Stripe
) -> None:
    await client.authorise(CHARGE)
    for other in (replace(CHARGE, id=uuid4()), replace(CHARGE, amount_minor=1)):
        with pytest.raises(Rejected, match="another payment"):
            await client.find(replace(other, ref="pi_1"))
    with pytest.raises(Rejected):
        await client.find(replace(CHARGE, ref="pi_9/../pi_1"))
    server.intents["pi_1"] |= {"status": "succeeded", "amount_received": 1}
    with pytest.raises(Rejected, match="another amount"):
        await client.find(replace(CHARGE, ref="pi_1"))


async def test_a_key_that_is_refused_says_nothing_of_the_payment(server: StripeServer) -> None:
    url = URL(server.url)
    async with outbound(allowed=[place(str(url.host), url.port)]) as out:
        with pytest.raises(Unavailable, match="key"):
            await Stripe(out, "sk_test_wrong", SECRETS, server.url).authorise(CHARGE)
    assert server.intents == {}


async def test_money_goes_back_once_and_its_end_is_asked_for(
    server: StripeServer, client: Stripe
) -> None:
    await client.authorise(CHARGE)
    await client.capture(replace(CHARGE, ref="pi_1"))
    given = Return(uuid4(), "pi_1", 100_00, "EUR")

    server.faults = ["", "lost"]
    with pytest.raises(Unavailable):
        await client.refund(given)
    told = await client.refund(given)
    assert told.state is RefundState.SENT
    server.kept.clear()  # a day later
    assert await client.refund(given) == told
    assert len(server.refunds) == 1
    server.refunds[str(told.ref)] |= {"status": "failed", "failure_reason": "lost_or_stolen_card"}
    ended = await client.refund(replace(given, ref=told.ref))
    assert (ended.state, ended.code) == (RefundState.FAILED, "lost_or_stolen_card")
    with pytest.raises(Rejected):
        await client.refund(Return(uuid4(), "pi_1", 300_00, "EUR"))


async def test_kronur_are_asked_for_in_hundredths(server: StripeServer, client: Stripe) -> None:
    krona = replace(CHARGE, currency="ISK", amount_minor=5)
    await client.authorise(krona)
    assert server.calls[0][2]["amount"] == "500"
    assert (await client.capture(replace(krona, ref="pi_1"))).fee_minor == 0
    await client.refund(Return(uuid4(), "pi_1", 2, "ISK"))
    assert server.calls[-1][2]["amount"] == "200"
    yen = replace(CHARGE, currency="JPY", id=uuid4())
    await client.authorise(yen)
    assert server.calls[-1][2]["amount"] == "30149"


def _event(kind: str, about: dict[str, Any]) -> bytes:
    return orjson.dumps({"id": "evt_1", "type": kind, "data": {"object": about}})


@pytest.mark.parametrize(
    ("about", "ref"),
    [
        ({"object": "payment_intent", "id": "pi_1"}, "pi_1"),
        ({"object": "charge", "id": "ch_1", "payment_intent": "pi_1"}, "pi_1"),
        ({"object": "refund", "id": "re_1", "payment_intent": "pi_1"}, "pi_1"),
        ({"object": "payout", "id": "po_1"}, None),
    ],
)
def test_a_webhook_names_the_payment_that_it_is_about(
    about: dict[str, Any], ref: str | None
) -> None:
    body, client = _event("charge.refunded", about), _offline()
    told = client.event({SIGNATURE: sign(SECRETS[1], body, NOW)}, body, NOW)
    assert (told.event_id, told.kind, told.payment_ref) == ("evt_1", "charge.refunded", ref)


BODY = _event("payment_intent.succeeded", {"object": "payment_intent", "id": "pi_1"})
GOOD = sign(SECRETS[0], BODY, NOW)


@pytest.mark.parametrize(
    ("header", "body"),
    [
        pytest.param(None, BODY, id="no proof"),
        pytest.param("", BODY, id="an empty proof"),
        pytest.param(GOOD, BODY + b" ", id="another body"),
        pytest.param(sign("whsec_of_somebody_else", BODY, NOW), BODY, id="another secret"),
        pytest.param(sign(SECRETS[0], BODY, NOW - timedelta(seconds=301)), BODY, id="old"),
        pytest.param(sign(SECRETS[0], BODY, NOW + timedelta(seconds=301)), BODY, id="future"),
        pytest.param(GOOD.replace("v1=", "v0="), BODY, id="another scheme"),
        pytest.param(f"t=1,{GOOD}", BODY, id="two times"),
        pytest.param(GOOD.split(",")[1], BODY, id="no time"),
        pytest.param("t=,v1=,,=", BODY, id="nonsense"),
        pytest.param("t=1,v1=é", BODY, id="not ascii"),
    ],
)
def test_a_webhook_without_its_proof_is_not_read(header: str | None, body: bytes) -> None:
    with pytest.raises(BadSignature):
        _offline().event({} if header is None else {SIGNATURE: header}, body, NOW)


def test_no_secret_is_no_door() -> None:
    with pytest.raises(BadSignature):
        verify(sign("", BODY, NOW), BODY, [], NOW)


def test_one_of_two_proofs_is_enough_while_a_secret_is_changed() -> None:
    old = GOOD.split(",")[1].replace("v1=", "v1=00")
    verify(f"{GOOD},{old}", BODY, SECRETS, NOW)


def _offline() -> Stripe:
    return Stripe(None, KEY, SECRETS)  # type: ignore[arg-type]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10**12, 10**12) | st.text(max_size=20)
    | st.sampled_from(["succeeded", "requires_action", "pi_1", "eur", str(ID)]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["id", "status", "amount", "currency", "metadata", "error", "data",
                         "payment", "next_action", "latest_charge", "payment_intent", "type"]),
        inner, max_size=6,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(status=st.sampled_from([200, 200, 201, 302, 400, 402, 404, 500]), body=JSON | st.binary())
async def test_no_body_raises_anything_but_our_two_and_none_of_them_is_money(
    status: int, body: Any
) -> None:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    client, named = _answering(status, raw), replace(CHARGE, ref="pi_1")
    asks: list[Callable[[], Any]] = [
        lambda: client.authorise(CHARGE),
        lambda: client.capture(named),
        lambda: client.cancel(named),
        lambda: client.find(named),
        lambda: client.find(CHARGE),
        lambda: client.refund(Return(ID, "pi_1", 5, "EUR")),
    ]
    for ask in asks:
        try:
            told = await ask()
        except (Unavailable, Rejected):
            continue
        assert told is None or told.state not in {S.CAPTURED, S.AUTHORISED}, raw


def _answering(status: int, raw: bytes) -> Stripe:
    async def send(_out: Outbound, _request: Request) -> Answer:
        return Answer(status, {}, raw)

    return Stripe(None, KEY, SECRETS, send=send)  # type: ignore[arg-type]
