"""Rights that begin with a delivery: giving back, withdrawing, guarantee and warranty."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import orjson

from domain.calendars import Calendar, months_after
from domain.orders.deadlines import return_until
from domain.orders.guarantee import Bought, Guarantee
from domain.orders.withdrawal import Purchase, WithdrawalRight
from models.base import as_system
from models.orders.rights import legal_guarantee, right_facts, withdrawal_right
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


async def begin(orders: Sequence[UUID]) -> None:
    """Write the dates of the delivered lines of these orders, in the current transaction.

    The days to give back count from the last device of an order that came; guarantee and warranty
    of each from its own delivery. What the law says stands with the ids of its rules; where no
    rule is known only our own policy binds. A date that was told does not come earlier.
    """
    async with as_system() as raw:
        rows = await raw.fetch(SQL["delivered"], orders)
        for row in rows:
            right = await _right(row)
            until = return_until(row["last"], row["zone"])
            legal = right.ends_at if right else None
            warranty, law = await _warranty(row)
            rights = {"withdrawal": right_facts(right) if right else None, "guarantee": law}
            await raw.execute(
                SQL["begin"],
                row["id"],
                max(until, legal) if legal else until,
                legal,
                orjson.dumps(warranty).decode(),
                orjson.dumps(rights).decode(),
            )


async def _right(row: asyncpg.Record) -> WithdrawalRight | None:
    contract = _day(row["bought_at"], row["zone"])
    came = (_day(row["last"], row["zone"]),)
    purchase = Purchase(row["country"], contract, came, informed_on=contract)
    found = await withdrawal_right(purchase, Calendar(row["country"], row["zone"]))
    return found if isinstance(found, WithdrawalRight) else None


async def _warranty(row: asyncpg.Record) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was promised in months with the days on which it ends, and the rules of the law.

    The promise at purchase binds; where the law gives more, the law does. Where no rule may be
    used the months of the promise stay, and the fact says that nobody verified them.
    """
    facts: dict[str, Any] = orjson.loads(row["warranty"])
    day = _day(row["delivered_at"], row["zone"])
    for months, until in (("legalMonths", "legalUntil"), ("commercialMonths", "commercialUntil")):
        if facts.get(months):
            facts[until] = months_after(day, int(facts[months])).isoformat()
    bought = Bought(row["country"], _day(row["bought_at"], row["zone"]), day)
    law = await legal_guarantee(bought)
    if not isinstance(law, Guarantee):
        return facts, {"rule_ids": [], "unverified": [], "verified": False}
    if law.ends_on is not None:
        facts["legalUntil"] = max(law.ends_on.isoformat(), facts.get("legalUntil", ""))
    return facts, {
        "rule_ids": list(law.rule_ids),
        "unverified": list(law.unverified),
        "verified": not law.unverified,
    }


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()
