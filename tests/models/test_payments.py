"""A payment and its refunds: whatever is told, in whatever order, the ledger balances."""

import contextlib
import random
from functools import partial
from uuid import UUID

import asyncpg
import pytest

from domain.orders import Actor, LineState
from domain.orders.payments import (
    PaymentState,
    Provider,
    RefundReason,
    RefundState,
    Told,
    ToldRefund,
)
from models.base import as_system, execute, fetch, fetchval, transaction
from models.orders import By, payments, refunds
from models.orders.payments import Payment
from tests import factories, orders
from tests.factories import NOW, Item
from tests.orders import FEE, HOUR, Bought
from tests.payments import Desk, Free, books, captured
from workers.orders import payments as jobs
from workers.runtime import Runtime

S = PaymentState
PRICE = 300_00
BY = By(Actor.PLATFORM, NOW)


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


async def _waiting(item: Item, lines: int = 2) -> Bought:
    owner = await factories.merchant("amber")
    return await orders.bought(owner, item, LineState.RESERVED, lines=lines)


async def _opened(of: Bought, method: str = "tok_ok") -> UUID:
    total = await fetchval("SELECT total_minor FROM purchase WHERE id = $1", of.purchase_id)
    return await payments.open_payment(of.purchase_id, total, "EUR", method, NOW)


async def _write(desk: Desk, payment: Payment, told: Told) -> Payment:
    async with transaction():
        return await payments.apply(payment.id, told, desk.clock())


async def _charged(desk: Desk, payment_id: UUID) -> Payment:
    payment = await payments.claim(payment_id, Provider.SIMULATOR, desk.clock())
    assert payment is not None
    return await payments.charge(desk.till, payment, partial(_write, desk))


def _runtime(desk: Desk) -> Runtime:
    return Runtime(None, None, tills=desk.tills)  # type: ignore[arg-type]


async def _states(of: Bought) -> tuple[str, set[str]]:
    state = await fetchval("SELECT state FROM purchase WHERE id = $1", of.purchase_id)
    rows = await fetch("SELECT state FROM order_line WHERE id = ANY ($1)", of.lines)
    return state, {row["state"] for row in rows}


async def test_money_that_was_taken_pays_the_purchase_and_is_held_for_the_merchant(
    item: Item,
) -> None:
    of, desk = await _waiting(item), Desk()

    payment = await _charged(desk, await _opened(of))

    assert payment.state is S.CAPTURED
    assert await _states(of) == ("PAID", {"PAID"})
    total = 2 * (PRICE + FEE)
    assert await books() == {
        "CLEARING": total, "MERCHANT_HELD": -2 * PRICE, "SERVICE_FEES": -2 * FEE,
    }  # fmt: skip
    facts = await desk.book.read(f"sim_{payment.id.hex}")
    assert facts is not None
    assert (facts["state"], facts["amount"]) == ("CAPTURED", total)


@pytest.mark.parametrize(
    ("method", "code", "retryable"),
    [
        ("tok_declined", "CARD_DECLINED", False),
        ("tok_declined_retryable", "INSUFFICIENT_FUNDS", True),
        ("4242424242424242", "METHOD_UNKNOWN", False),
    ],
)
async def test_a_declined_payment_moves_no_money_and_its_purchase_waits_for_another(
    item: Item, method: str, code: str, retryable: bool
) -> None:
    of, desk = await _waiting(item), Desk()

    payment = await _charged(desk, await _opened(of, method))

    assert (payment.state, payment.code, payment.retryable) == (S.DECLINED, code, retryable)
    assert await _states(of) == ("PENDING_PAYMENT", {"RESERVED"})
    assert await books() == {}
    again = await _charged(desk, await _opened(of))
    assert (again.id == payment.id, again.state) == (False, S.CAPTURED)


async def test_a_purchase_has_one_open_payment_at_a_time(item: Item) -> None:
    of = await _waiting(item)

    assert await _opened(of) == await _opened(of, "tok_3ds")
    assert await fetchval("SELECT count(*) FROM payment") == 1


async def test_a_customer_who_confirms_at_the_bank_has_paid(item: Item) -> None:
    of, desk = await _waiting(item), Desk()

    payment = await _charged(desk, await _opened(of, "tok_3ds"))
    assert payment.state is S.ACTION_REQUIRED
    url, _, proof = str(payment.action_url).partition("?proof=")
    ref = url.rsplit("/", 1)[1]
    assert await desk.simulator.answer(ref, "another proof", approved=True) is None
    back = await desk.simulator.answer(ref, proof, approved=True)
    assert back == f"http://shop.test/?purchase={of.purchase_id}"
    assert await desk.simulator.answer(ref, proof, approved=False) == back  # the first word stays

    payment = await payments.resume(desk.till, payment, partial(_write, desk))

    assert (payment.state, payment.action_url) == (S.CAPTURED, None)
    assert (await _states(of))[0] == "PAID"


async def test_money_for_a_purchase_that_expired_goes_back_and_sells_nothing(item: Item) -> None:
    of, desk = await _waiting(item), Desk()
    payment_id = await _opened(of)
    held = await payments.claim(payment_id, Provider.SIMULATOR, NOW)
    assert held is not None
    told = await desk.till.authorise(held)
    assert told is not None
    held = await _write(desk, held, told)
    taken = await desk.till.capture(held)
    assert taken is not None
    await payments.purchases.expired(of.purchase_id, NOW)

    await _write(desk, held, taken)

    assert await _states(of) == ("FAILED", {"EXPIRED"})
    total = 2 * (PRICE + FEE)
    assert await books() == {"CLEARING": total, "REFUNDS_DUE": -total}
    [refund] = await fetch("SELECT id, reason, amount_minor FROM refund")
    assert (refund["reason"], refund["amount_minor"]) == ("PURCHASE_EXPIRED", total)
    await jobs.send(Free(), _runtime(desk), refund["id"], NOW)  # type: ignore[arg-type]
    assert await books() == {}
    facts = await desk.book.read(f"sim_{payment_id.hex}")
    assert facts is not None
    assert sum(facts["refunds"].values()) == total


async def test_an_authorisation_that_is_not_wanted_any_more_is_let_go(item: Item) -> None:
    of, desk = await _waiting(item), Desk()
    payment = await _charged(desk, await _opened(of, "tok_slow"))
    assert payment.state is S.CREATED
    await payments.purchases.expired(of.purchase_id, NOW)

    desk.clock.later(minutes=2)
    assert await jobs.reconcile(Free(), _runtime(desk), desk.clock()) == 1  # type: ignore[arg-type]

    assert await fetchval("SELECT state FROM payment") == "CANCELLED"
    facts = await desk.book.read(f"sim_{payment.id.hex}")
    assert facts is not None
    assert facts["state"] == "CANCELLED"
    assert await books() == {}


class _Killed(Exception):
    """The process ended here."""


@pytest.mark.parametrize("method", ["tok_ok", "tok_timeout", "tok_timeout_capture", "tok_slow"])
@pytest.mark.parametrize("dies_before", range(4))
async def test_a_process_that_dies_between_answer_and_note_loses_and_doubles_nothing(
    item: Item, method: str, dies_before: int
) -> None:
    of, desk, writes = await _waiting(item), Desk(), 0
    payment_id = await _opened(of, method)

    async def dying(payment: Payment, told: Told) -> Payment:
        nonlocal writes
        writes += 1
        if writes > dies_before:
            raise _Killed
        return await _write(desk, payment, told)

    payment = await payments.claim(payment_id, Provider.SIMULATOR, NOW)
    assert payment is not None
    with contextlib.suppress(_Killed):
        await payments.charge(desk.till, payment, dying)
    for _ in range(4):
        desk.clock.later(minutes=5)
        await jobs.reconcile(Free(), _runtime(desk), desk.clock())  # type: ignore[arg-type]

    assert await fetchval("SELECT state FROM payment") == "CAPTURED"
    assert await _states(of) == ("PAID", {"PAID"})
    assert await fetchval("SELECT count(*) FROM ledger_transaction") == 1
    assert (await books())["CLEARING"] == 2 * (PRICE + FEE)
    assert await fetchval("SELECT count(*) FROM simulated_payment") == 1
    assert await fetchval("SELECT count(*) FROM event WHERE topic = 'order.created'") == 1


async def test_a_payment_that_nobody_was_asked_about_is_asked_for_by_the_job(item: Item) -> None:
    of, desk = await _waiting(item), Desk()
    await _opened(of)  # and the process dies

    desk.clock.later(minutes=2)
    await jobs.reconcile(Free(), _runtime(desk), desk.clock())  # type: ignore[arg-type]

    assert await _states(of) == ("PAID", {"PAID"})


NEWS = [
    Told(S.CREATED, "r"),
    Told(S.ACTION_REQUIRED, "r", action_url="https://bank.test/"),
    Told(S.AUTHORISED, "r"),
    Told(S.CAPTURED, "r", fee_minor=7),
    Told(S.CAPTURED, "r"),
    Told(S.DECLINED, "r", "CARD_DECLINED"),
]
RETURNS = [
    ToldRefund(RefundState.SENT, "x"),
    ToldRefund(RefundState.SUCCEEDED, "x"),
    ToldRefund(RefundState.SUCCEEDED, "x"),
    ToldRefund(RefundState.FAILED, "x", "ACCOUNT_CLOSED"),
]


@pytest.mark.parametrize("seed", range(12))
async def test_the_end_depends_on_what_was_told_and_not_on_its_order(item: Item, seed: int) -> None:
    chance, of = random.Random(seed), await _waiting(item)
    payment_id = await _opened(of)
    await payments.claim(payment_id, Provider.SIMULATOR, NOW)
    news = [*NEWS, *chance.sample(NEWS, 3)]
    chance.shuffle(news)
    for told in news:
        await payments.apply(payment_id, told, NOW)

    assert await fetchval("SELECT state FROM payment") == "CAPTURED"
    total = 2 * (PRICE + FEE)
    assert await books() == {
        "CLEARING": total - 7, "PROVIDER_FEES": 7,
        "MERCHANT_HELD": -2 * PRICE, "SERVICE_FEES": -2 * FEE,
    }  # fmt: skip

    [refund] = await refunds.ask([of.lines[0]], RefundReason.GOODWILL, BY, NOW)
    returns = [*RETURNS, *chance.sample(RETURNS, 2)]
    chance.shuffle(returns)
    for back in returns:
        await refunds.apply(refund, back, NOW)

    assert await fetchval("SELECT state FROM refund") == "FAILED"
    after = await books()
    assert (after["CLEARING"], after["REFUNDS_DUE"]) == (total - 7, -(PRICE + FEE))
    assert await _unbalanced() == 0


async def _unbalanced() -> int:
    found: int = await fetchval(
        "SELECT count(*) FROM (SELECT FROM ledger_posting GROUP BY transaction_id, currency "
        "HAVING sum(amount_minor) <> 0) x"
    )
    return found


async def test_a_transaction_that_does_not_balance_is_refused(item: Item) -> None:
    of = await _waiting(item)
    made = await fetchval(
        "INSERT INTO ledger_transaction (kind, reference, at) VALUES ('REFUND', $1, now()) "
        "RETURNING id",
        of.purchase_id,
    )
    posted = (
        "INSERT INTO ledger_posting (transaction_id, account, purchase_id, kind, at, amount_minor, "
        "currency) VALUES ($1, 'CLEARING', $2, 'REFUND', now(), $3, $4)"
    )
    await execute(posted, made, of.purchase_id, 5, "EUR")
    await execute(posted, made, of.purchase_id, -5, "USD")

    with pytest.raises(asyncpg.CheckViolationError, match="does not balance"):
        await execute("SET CONSTRAINTS ALL IMMEDIATE")  # as a commit does


async def test_what_is_posted_stays_as_it_is(item: Item) -> None:
    of = await orders.bought(await factories.merchant("amber"), item)
    await captured(of)

    for change in ("UPDATE ledger_posting SET amount_minor = 1", "DELETE FROM ledger_transaction"):
        with pytest.raises(asyncpg.PostgresError, match="append"):
            async with transaction():
                await execute(change)


async def test_a_webhook_is_stored_once_and_only_the_provider_is_believed(item: Item) -> None:
    of, desk = await _waiting(item), Desk()
    payment = await _charged(desk, await _opened(of, "tok_webhook_twice"))
    assert payment.state is S.CREATED
    ref = f"sim_{payment.id.hex}"
    says = (Provider.SIMULATOR, "evt_1", "payment.captured", ref, b"{}", NOW)
    assert await payments.hear(*says) is True
    assert await payments.hear(*says) is False
    webhook = await fetchval("SELECT id FROM payment_webhook")

    await jobs.read(Free(), _runtime(desk), webhook, NOW)  # type: ignore[arg-type]
    assert await fetchval("SELECT state FROM payment") == "CREATED"  # so says the provider
    await payments.hear(Provider.SIMULATOR, "evt_2", "payment.authorised", ref, b"{}", NOW)
    desk.clock.later(seconds=5)
    for row in await fetch("SELECT id FROM payment_webhook"):
        await jobs.read(Free(), _runtime(desk), row["id"], NOW)  # type: ignore[arg-type]

    assert await _states(of) == ("PAID", {"PAID"})
    assert await fetchval("SELECT count(*) FROM payment_webhook WHERE processed_at IS NULL") == 0


@pytest.mark.parametrize(
    ("method", "first", "last", "due"),
    [
        ("tok_ok", "SUCCEEDED", "SUCCEEDED", 0),
        ("tok_refund_slow", "SENT", "SUCCEEDED", 0),
        ("tok_refund_fails", "FAILED", "FAILED", -(PRICE + FEE)),
    ],
)
async def test_a_refund_is_sent_once_and_what_failed_stays_due(
    item: Item, method: str, first: str, last: str, due: int
) -> None:
    of, desk = await _waiting(item, lines=1), Desk()
    payment = await _charged(desk, await _opened(of, method))
    [refund] = await refunds.ask(of.lines, RefundReason.CANCELLED, BY, NOW)

    seen = []
    for _ in range(3):
        await jobs.send(Free(), _runtime(desk), refund, NOW + HOUR)  # type: ignore[arg-type]
        seen.append(await fetchval("SELECT state FROM refund"))

    assert (seen[0], seen[-1]) == (first, last)
    assert (await books()).get("REFUNDS_DUE", 0) == due
    facts = await desk.book.read(f"sim_{payment.id.hex}")
    assert facts is not None
    assert list(facts["refunds"].values()) == [PRICE + FEE]


async def test_requests_cannot_read_what_a_provider_knows(item: Item) -> None:
    of = await orders.bought(await factories.merchant("amber"), item)
    await captured(of)
    async with as_system():
        assert await fetchval("SELECT method FROM payment") == "tok_ok"
    for hidden in ("method", "provider_ref", "fee_minor"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _as_a_request(f"SELECT {hidden} FROM payment")


async def _as_a_request(sql: str) -> None:
    async with transaction():
        await execute("SET LOCAL ROLE boucle_app")
        await fetchval(sql)
