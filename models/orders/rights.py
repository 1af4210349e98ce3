"""The rights that begin with a delivery, by the rules as they are recorded.

What these return is stored beside the line, with the ids of its rules, when the last parcel
arrives; it is not computed again silently.
"""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from domain.calendars import Calendar
from domain.markets.rules import NoRule
from domain.orders.guarantee import Agreement, Bought, Guarantee, guarantee
from domain.orders.withdrawal import POLICY_DAYS, Purchase, WithdrawalRight, withdrawal
from models.markets import rules


async def withdrawal_right(
    purchase: Purchase, calendar: Calendar, policy_days: int = POLICY_DAYS
) -> WithdrawalRight | NoRule:
    """Until when a buyer may withdraw.

    Shapes: `calendar` is of the buyer's country and region, in the market's zone.
    Refuses: what the registry refuses.
    """
    return withdrawal(purchase, calendar, await rules.book(), policy_days)


async def legal_guarantee(bought: Bought, agreement: Agreement | None = None) -> Guarantee | NoRule:
    """The legal guarantee of a device. Refuses: what the registry refuses."""
    return guarantee(bought, await rules.book(), agreement)


def right_facts(right: WithdrawalRight) -> dict[str, Any]:
    """A right to withdraw as JSON, days and moments as text."""
    return {name: _text(value) for name, value in asdict(right).items()}


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
