"""The programme of a market: set by its team, and how it goes."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.accounts.roles import Role
from domain.trade_in.programme import EVERY_CATEGORY, Programme, ProgrammeFault, fault_of, in_force
from models.announce import EVERYTHING, announce_everything
from models.base import as_system
from models.markets import Market
from models.trade_in import kpis, reference
from models.trade_in.kpis import Figures
from resolvers.context import NOT_KEPT, BadInput, Context, depends, stored_text
from resolvers.effects import Outcome, audited, staff_once
from resolvers.markets import market as market_of
from resolvers.markets import open_market
from resolvers.trade_in.declaring import today
from resolvers.trade_in.refusals import Refusal, refusal_of

ROLE: Final = Role.COUNTRY_TEAM
LEAST_PUBLIC: Final = 5
LONGEST: Final = timedelta(days=366)
_LONGEST_TEXT: Final = 500


@dataclass(frozen=True, slots=True)
class Kpis:
    """How a programme went from one day to another. Both days are the market's."""

    market: str
    currency: str
    since: date
    until: date
    figures: Figures
    as_of: datetime


async def programmes(ctx: Context, code: str) -> list[Programme]:
    """The terms in force in a market: those of every category, and those that differ.

    Raises: BadInput for a market that is not open.
    """
    found = await open_market(code)
    depends(EVERYTHING)
    rows, on = (await reference.reference()).programmes, today(ctx, found)
    named = sorted({row.category for row in rows if row.market == found.code})
    held = [(category, in_force(rows, found.code, category, on)) for category in named]
    return [row for category, row in held if row and row.category == category]


async def set_programme(ctx: Context, wanted: Programme, key: str) -> Programme | Refusal:
    """Set the terms of a market from a day on. What was in force until then stays recorded.

    Refuses: a category that nobody asks about; an age under 18; days out of bounds; no source; a
    day that has passed.
    Raises: SignInFirst, Forbidden; BadInput for a market that is unknown.
    """
    place = await market_of(stored_text(wanted.market, "market"))
    if place is None:
        raise BadInput("There is no such market.", argument="market")
    wanted = replace(wanted, market=place.code, revision=0)
    ctx.staff(ROLE, place.code)
    for name, text in (("source", wanted.source), ("category", wanted.category)):
        if len(stored_text(text, name)) > _LONGEST_TEXT:
            raise BadInput(f"`{name}` has at most {_LONGEST_TEXT} characters.", argument=name)
    known = await reference.reference()
    categories = {EVERY_CATEGORY, *(each.category for each in known.questionnaires)}
    fault = fault_of(wanted, today(ctx, place))
    if wanted.category not in categories:
        fault = ProgrammeFault.CATEGORY_UNKNOWN

    async def act(_user_id: UUID) -> Outcome:
        if fault is not None:
            return Refusal("PROGRAMME_INVALID", {"fault": fault.value}).outcome()
        before = in_force(known.programmes, place.code, wanted.category, wanted.valid_from)
        async with as_system() as raw:
            made, revision = await reference.set_programme(raw, wanted)
            await announce_everything(raw)
        await audited(
            ctx, "setTradeInProgramme", "TradeInProgramme", made, market=place.code,
            before=_told(before) if before else None, after=_told(wanted),
        )  # fmt: skip
        return {"revision": revision}

    outcome = await staff_once(ctx, ROLE, "setTradeInProgramme", key, _told(wanted), act)
    return refusal_of(outcome) or replace(wanted, revision=outcome["revision"])


def _told(of: Programme) -> dict[str, Any]:
    """Terms as JSON."""
    return {
        name: str(value) if isinstance(value := getattr(of, name), date) else value
        for name in Programme.__slots__
    } | {"identity_documents": [each.value for each in of.identity_documents]}


async def kpis_of(ctx: Context, code: str, since: date, until: date) -> Kpis:
    """How a market's programme went, for its team. Raises: SignInFirst, Forbidden, BadInput."""
    found = await _market(code)
    ctx.staff(ROLE, found.code)
    return await _kpis(ctx, found, since, until)


async def figures_of(ctx: Context, code: str, since: date, until: date) -> Kpis:
    """The same for everybody; `schema` leaves out counts of less than `LEAST_PUBLIC`.

    Raises: BadInput for a market that is not open.
    """
    return await _kpis(ctx, await open_market(code), since, until)


async def _market(code: str) -> Market:
    found = await market_of(stored_text(code, "market"))
    if found is None:
        raise BadInput("There is no such market.", argument="market")
    return found


async def _kpis(ctx: Context, found: Market, since: date, until: date) -> Kpis:
    depends(NOT_KEPT)
    if not since < until <= since + LONGEST:
        raise BadInput("`to` is the day after the last, at most 366 days on.", argument="to")
    zone = ZoneInfo(found.time_zone)
    first, end = (datetime.combine(day, time(), zone) for day in (since, until))
    counted = await kpis.figures(found.code, first, end)
    return Kpis(found.code, found.currency, since, until, counted, ctx.now)
