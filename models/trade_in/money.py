"""What a trade-in does to the ledger, and what becomes of the money that a person is owed.

Everything is part of the current transaction, runs as the system, and is done once.
"""

from datetime import datetime
from uuid import UUID

import asyncpg

from domain.orders.ledger import Entry, LedgerKind
from domain.trade_in import Payout, TradeInState
from domain.trade_in import money as rules
from domain.trade_in.money import Parties
from domain.trade_in.orders import ACCOUNT_WITHIN, Blame, TradeInActor, compensation
from models.base import as_system
from models.orders import store_credit
from models.orders.ledger import Why, post
from models.trade_in import giving, orders, payouts
from models.trade_in.orders import By, TradeInRow

_ENDS = {
    Payout.BANK: TradeInState.PAID,
    Payout.EXCHANGE_CREDIT: TradeInState.CREDITED,
    Payout.DONATION: TradeInState.DONATED,
}


async def bought(row: TradeInRow, at: datetime) -> None:
    """A device was validated at its final amount: the merchant owes it, the person is owed it."""
    async with as_system() as raw:
        await _post(raw, row, LedgerKind.TRADE_IN, row.id, rules.bought(_final(row), _who(row)), at)


async def lost(row: TradeInRow, blame: Blame, by: By) -> None:
    """A device that the caller holds as lost is paid for by whose loss it is."""
    amount = compensation(row.bid_minor, row.counter_minor, row.suspensions)
    await orders.change(row, by.at, {"final_minor": amount})
    made = await orders.again(row.id)
    async with as_system() as raw:
        entries = rules.compensated(amount, _who(made), blame)
        await _post(raw, made, LedgerKind.TRADE_IN, made.id, entries, by.at)
    await settle(made, by)


async def settle(row: TradeInRow, by: By) -> None:
    """Give a person what it is owed, as it chose; the trade-in ends where it was validated.

    A bank is asked by a job, and the trade-in ends with its answer. Without an account, which only
    a bank's refusal takes away, it becomes a credit.
    """
    if row.payout is Payout.BANK and _final(row):
        if row.account is not None:
            await payouts.ask(row)
            await orders.change(row, by.at, {"deadline_at": None})
            return
        await _credit(row, by.at)
        await _end(row, TradeInState.CREDITED, by)
        return
    if row.payout is Payout.EXCHANGE_CREDIT:
        await _credit(row, by.at)
    if row.payout is Payout.DONATION:
        await _donate(row, by.at)
    await _end(row, _ENDS[row.payout], by)


async def told(payout_id: UUID, problem: str | None, at: datetime) -> bool:
    """What a bank says of a payout, `problem` None where it paid; False where nothing changes."""
    before = await payouts.held(payout_id)
    if before is None:
        return False
    if problem is None and await payouts.paid(payout_id, at):
        await paid(before, at)
        return True
    if problem is not None and await payouts.failed(payout_id, problem, at):
        await refused(before, at)
        return True
    return False


async def paid(payout: payouts.PayoutRow, at: datetime) -> None:
    """A bank took the money: the trade-in is paid."""
    row = await _held(payout.trade_in_id)
    async with as_system() as raw:
        entries = rules.paid(payout.amount_minor, _who(row))
        await _post(raw, row, LedgerKind.TRADE_IN_PAID, payout.id, entries, at)
    await _end(row, TradeInState.PAID, By(TradeInActor.PLATFORM, at))


async def refused(payout: payouts.PayoutRow, at: datetime) -> None:
    """A bank refused the money, or sent it back: another account is asked for.

    The person has 60 days to name one; then the money becomes a credit.
    """
    row = await _held(payout.trade_in_id)
    if payout.paid_at is not None:
        async with as_system() as raw:
            entries = rules.paid_back(payout.amount_minor, _who(row))
            kind = LedgerKind.TRADE_IN_PAYOUT_FAILED
            await _post(raw, row, kind, payout.id, entries, at)
    await orders.set_account(row.id, None, None, row.account_shown)
    await orders.change(row, at, {"deadline_at": at + ACCOUNT_WITHIN}, "PAYOUT_FAILED")


async def _credit(row: TradeInRow, at: datetime) -> None:
    amount = _final(row)
    await store_credit.issue(row.id, row.customer_id, row.currency, amount)
    async with as_system() as raw:
        entries = rules.credited(amount, _who(row))
        await _post(raw, row, LedgerKind.CREDIT_ISSUED, row.id, entries, at)


async def _donate(row: TradeInRow, at: datetime) -> None:
    async with as_system() as raw:
        entries = rules.donated(_final(row), _who(row))
        await _post(raw, row, LedgerKind.DONATION, row.id, entries, at)
    await giving.receipt(row, _final(row), at, device=False)


async def _end(row: TradeInRow, to: TradeInState, by: By) -> None:
    if row.state is TradeInState.VALIDATED:
        await orders.move(row, to, by)
    elif row.deadline_at is not None:
        await orders.change(row, by.at, {"deadline_at": None})


async def _held(trade_in_id: UUID) -> TradeInRow:
    async with as_system():
        found = await orders.hold(trade_in_id)
    if found is None:
        raise LookupError(f"no trade-in {trade_in_id}")
    return found


async def _post(
    raw: asyncpg.Connection,
    row: TradeInRow,
    kind: LedgerKind,
    reference: UUID,
    entries: list[Entry],
    at: datetime,
) -> None:
    await post(raw, Why(kind, reference, None, row.currency, at, row.id), entries)


def _final(row: TradeInRow) -> int:
    if row.final_minor is None:
        raise LookupError(f"the trade-in {row.id} has no final amount")
    return row.final_minor


def _who(row: TradeInRow) -> Parties:
    return Parties(row.merchant_id, row.customer_id)
