"""What time does to trade-ins where somebody stays silent: nobody is ever stuck."""

from uuid import UUID

from domain.trade_in import TradeInState
from domain.trade_in.orders import Blame, TradeInActor, blame
from models.base import as_system
from models.trade_in import life, money, orders, parcels
from models.trade_in.orders import By, TradeInRow

_S = TradeInState
AT_ONCE = 100


async def tick(limit: int = AT_ONCE) -> int:
    """Move trade-ins whose deadline has passed, one step each; how many."""
    async with as_system():
        found = await orders.due(limit)
        for trade_in_id in found:
            await overdue(trade_in_id)
    return len(found)


async def overdue(trade_in_id: UUID) -> None:
    """One whose deadline may have passed, in the current transaction; else it stays."""
    row = await orders.hold(trade_in_id)
    if row is None:
        return
    now = await orders.now_of(row.merchant_id)
    if row.deadline_at is not None and row.deadline_at <= now:
        await _move(row, By(TradeInActor.CLOCK, now, reason=_REASONS.get(row.state)))


async def _move(row: TradeInRow, by: By) -> None:
    match row.state:
        case _S.CREATED | _S.LABEL_SENT:
            await life.end(row, _S.EXPIRED, by)
        case _S.SENT:
            await life.lost(row, Blame.CARRIER, by)
        case _S.RECEIVED:
            await life.step(row, _S.INSPECTING, by)
        case _S.INSPECTING:
            await life.validate(row, row.bid_minor, by)
        case _S.SUSPENDED | _S.COUNTER_OFFERED | _S.REFUSED:
            await go_back(row, by)
        case _S.RETURNING:
            await _not_back(row, by)
        case _:
            await money.settle(row, by)


async def go_back(row: TradeInRow, by: By) -> TradeInRow:
    """The device goes back to its owner, with a label by itself."""
    made = await life.step(row, _S.RETURNING, by)
    await parcels.send_back(made, by.at)
    return await orders.again(row.id)


async def _not_back(row: TradeInRow, by: By) -> None:
    """A device that did not come back: nobody took it in twice, or it is lost."""
    if await parcels.came_back(row.id):
        await life.give(row, by)
        return
    scanned = await parcels.scanned_back(row.id)
    await life.lost(row, blame(scanned=scanned, back=True), by)


_REASONS = {
    _S.CREATED: "QUOTE_ENDED",
    _S.LABEL_SENT: "NOT_SENT",
    _S.SENT: "NO_NEWS",
    _S.RECEIVED: "NOT_BEGUN",
    _S.INSPECTING: "NOT_DECIDED",
    _S.SUSPENDED: "ACTIONS_NOT_DONE",
    _S.COUNTER_OFFERED: "NOT_ANSWERED",
    _S.REFUSED: "REFUSED",
    _S.RETURNING: "NOT_RETURNED",
    _S.VALIDATED: "DUE",
}
