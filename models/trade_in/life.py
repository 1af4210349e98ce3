"""The steps of a trade-in with all that follows: its device, its bid, its credit and its money.

Each takes a trade-in that the caller holds, and is part of the current transaction.
"""

from typing import Any

from domain import InvalidTransition
from domain.trade_in import Payout, TradeInState
from domain.trade_in.orders import Blame
from domain.units import UnitEventKind
from models.base import as_system
from models.orders import store_credit
from models.shipments import labels
from models.trade_in import giving, identity, money, orders
from models.trade_in.orders import SQL, By, TradeInRow

_S = TradeInState
_NEVER_SENT = frozenset({_S.CANCELLED, _S.EXPIRED})


async def step(row: TradeInRow, to: TradeInState, by: By, **facts: Any) -> TradeInRow:
    """A move that the caller knows to be allowed. Raises: LookupError where it is not."""
    made = await orders.move(row, to, by, **facts)
    if isinstance(made, InvalidTransition):
        raise LookupError(f"a trade-in is {made.from_state} and cannot become {made.to_state}")
    return made


async def received(row: TradeInRow, by: By) -> TradeInRow:
    """The device came to its merchant."""
    made = await step(row, _S.RECEIVED, by, received_at=by.at)
    await identity.note(made, UnitEventKind.RECEIVED, by.at, {"tradeIn": made.number})
    return made


async def validate(row: TradeInRow, amount_minor: int, by: By) -> TradeInRow:
    """The device is bought at an amount: from now on it is the merchant's. Units: minor units.

    A person who wanted a credit has it at once, and so has whoever a donation is for.
    """
    facts = {"final_minor": amount_minor, "validated_at": by.at}
    made = await step(row, _S.VALIDATED, by, **facts)
    await money.bought(made, by.at)
    await identity.hand_over(made, by.at)
    await identity.release(made)
    if made.payout is not Payout.BANK or not amount_minor:
        await money.settle(made, by)
    return made


async def end(row: TradeInRow, to: TradeInState, by: By) -> TradeInRow:
    """It ends without a sale: the device is free, and so is what was taken of the bid."""
    made = await step(row, to, by)
    await _let_go(made)
    if to in _NEVER_SENT:
        await labels.end_unused(row.id)
        async with as_system() as raw:
            await raw.execute(SQL["give_bid_back"], row.bid_id)
    return made


async def lost(row: TradeInRow, blame: Blame, by: By) -> None:
    """The device is lost: its owner is paid for it by whose loss it is."""
    made = await step(row, _S.LOST, by)
    await identity.release(made)
    await money.lost(made, blame, by)


async def give(row: TradeInRow, by: By) -> TradeInRow:
    """A device on its way back is given to a partner instead, with a receipt for its owner."""
    if row.partner_id is None:
        found = await giving.partner(row.market, row.days.day_of(by.at))
        await orders.change(row, by.at, {"partner_id": found.id if found else None})
        row = await orders.again(row.id)
    made = await step(row, _S.DONATED, by)
    await identity.note(made, UnitEventKind.DONATED, by.at, {"tradeIn": made.number})
    await _let_go(made)
    if made.partner_id is not None:
        await giving.receipt(made, 0, by.at, device=True)
    return made


async def _let_go(row: TradeInRow) -> None:
    await identity.release(row)
    await store_credit.end(row.id)
