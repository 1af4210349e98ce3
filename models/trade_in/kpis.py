"""How the programme of a market goes, counted from its orders."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from domain.trade_in import TradeInState
from models.base import as_system
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of the orders made between two moments.

    Units: `paid_minor` what people got of `paid` orders; `pay_days` the sum of begun days from
    validation to payment of `pay_n` orders.
    """

    states: dict[TradeInState, int]
    orders: int
    in_country: int
    inspected: int
    counter_offers: int
    paid: int
    paid_minor: int
    pay_days: int
    pay_n: int


async def figures(market: str, since: datetime, until: datetime) -> Figures:
    """The counts of a market; two statements."""
    async with as_system() as raw:
        rows = await raw.fetch(SQL["states"], market, since, until)
        [row] = await raw.fetch(SQL["figures"], market, since, until)
    states = {TradeInState(each["state"]): each["n"] for each in rows}
    return Figures(states, **{name: row[name] for name in Figures.__slots__ if name != "states"})
