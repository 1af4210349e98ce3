"""What many devices count: of the platform, a customer, a merchant, and of what is ordered."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from domain.impact import (
    ImpactGrade,
    ImpactReason,
    ImpactStatus,
    Indicator,
    InputFault,
    Inputs,
    Range,
)
from domain.impact.fleets import FleetOutcome, FleetStatement, FleetUnit, fleet_statement
from domain.impact.register import TotalBasis, TotalScope
from domain.impact.totals import Line, Total, total
from models.impact import drawn_sum, factor_set, register
from models.impact.register import Period, Published, Whose
from resolvers import markets
from resolvers.context import NOT_KEPT, BadInput, Context, depends
from resolvers.impact.devices import named_set

MOST_MONTHS: Final = 36
MOST_PLACES: Final = 100
_MONTH: Final = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])")
_PERIOD: Final = re.compile(r"|[12][0-9]{3}(-(0[1-9]|1[0-2]))?")


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum as it is shown. Units: of the indicator, at six places."""

    status: ImpactStatus
    reasons: tuple[ImpactReason, ...]
    indicator: Indicator
    units: int
    returned: int
    counted: int
    units_without_number: int
    gross: Decimal
    net: Decimal
    net_range: Range | None
    share_not_positive: Decimal | None
    grade: ImpactGrade | None
    lines: tuple[Line, ...]
    factor_set: str
    factor_set_sha256: str
    method: str
    rebound: Decimal
    graded_ab: int | None = None


@dataclass(frozen=True, slots=True)
class PublishedSum:
    """A total of the platform for a period, with what was reported at the time, by each set."""

    scope: TotalScope
    place: str
    period: str
    as_of: datetime
    restated: Sum
    as_reported: tuple[Sum, ...]


@dataclass(frozen=True, slots=True)
class Platform:
    """What is asked of the platform's totals."""

    scope: TotalScope
    place: str
    indicator: Indicator
    set_id: str


def _of_total(found: Total) -> Sum:
    return Sum(
        found.status,
        found.reasons,
        found.indicator,
        found.units,
        found.returned,
        found.counted,
        found.units_without_number,
        found.gross,
        found.net,
        found.net_range,
        found.share_not_positive,
        found.grade,
        found.lines,
        found.factor_set,
        found.factor_set_sha256,
        found.method,
        factor_set(found.factor_set).need("BETA").value,
        found.graded_ab,
    )


def _of_statement(found: FleetStatement) -> Sum:
    lines = tuple(
        Line(x.category, x.outcomes.get(FleetOutcome.RESOLD, 0), x.gross, x.net)
        for x in found.categories
    )
    return Sum(
        found.status,
        found.reasons,
        found.indicator,
        found.units,
        0,
        found.counted,
        found.units_without_number,
        found.gross,
        found.net,
        found.net_range,
        found.share_not_positive,
        found.grade,
        lines,
        found.factor_set,
        found.factor_set_sha256,
        found.method,
        factor_set(found.factor_set).need("BETA").value,
    )


async def of_devices(
    devices: Sequence[tuple[Inputs, int]], indicator: Indicator, set_id: str | None
) -> Sum:
    """What so many devices would avoid, once each is used again: nothing of it is counted yet.

    Raises: BadInput for an unknown set.
    """
    factors = factor_set(named_set(set_id))
    units = [FleetUnit(FleetOutcome.RESOLD, inputs, times) for inputs, times in devices]
    found = await asyncio.to_thread(fleet_statement, units, factors, drawn_sum)
    if isinstance(found, InputFault):
        raise ValueError(f"a device has {found}")
    if not units:
        return _of_total(total((), (), indicator, factors, drawn_sum))
    return _of_statement(found)


async def mine(whose: Whose, indicator: Indicator, set_id: str | None) -> Sum:
    """What a customer's or a merchant's devices count, whose rows the caller was found to see.

    Raises: BadInput for an unknown set.
    """
    named = named_set(set_id)
    classes, lines = await register.of(whose, indicator, named)
    given = (classes, lines, indicator, factor_set(named), drawn_sum)
    return _of_total(await asyncio.to_thread(total, *given))


def months_between(first: str | None, last: str | None) -> tuple[date | None, date | None]:
    """The first day of the first month, and that of the month after the last.

    Raises: BadInput for what is no month, and for a last before the first.
    """
    for name, text in (("from", first), ("to", last)):
        if text is not None and not _MONTH.fullmatch(text):
            raise BadInput(
                f"`{name}` is a month, as `2026-05`.", argument=name, reason="NOT_A_MONTH"
            )
    if first and last and first > last:
        raise BadInput("`from` is after `to`.", argument="from", reason="REVERSED")
    start = Period(first).bounds()[0] if first else None
    return start, Period(last).bounds()[1] if last else None


async def platform(
    market: str | None, country: str | None, indicator: Indicator, set_id: str | None
) -> Platform:
    """What is asked: all, a market or a country.

    Raises: BadInput for an unknown one, and for two at once.
    """
    depends(NOT_KEPT)
    named = named_set(set_id)
    if market is not None and country is not None:
        raise BadInput("Ask for a market or for a country.", argument="country", reason="TWICE")
    if market is not None:
        row = await markets.market(market)
        if row is None:
            raise BadInput("`market` is no market.", argument="market", reason="UNKNOWN_MARKET")
        return Platform(TotalScope.MARKET, row.code, indicator, named)
    if country is None:
        return Platform(TotalScope.PLATFORM, "", indicator, named)
    code = country.upper()
    if not code.isascii() or (await markets.countries([code]))[0] is None:
        raise BadInput(
            "`country` is no ISO 3166-1 alpha-2 code.",
            argument="country",
            reason="UNKNOWN_COUNTRY",
        )
    return Platform(TotalScope.COUNTRY, code, indicator, named)


def period(text: str) -> str:
    """A month, a year, or empty for all time. Raises: BadInput for anything else."""
    if not _PERIOD.fullmatch(text):
        raise BadInput(
            "`period` is a month, as `2026-05`, a year, as `2026`, or empty.",
            argument="period",
            reason="NOT_A_PERIOD",
        )
    return text


async def one(asked: Platform, text: str) -> PublishedSum | None:
    """The total of a period; None where nothing counted in it."""
    found = await _published(asked.scope, asked.place, asked, [period(text)], 10)
    return found[0] if found else None


async def by_month(asked: Platform, first: str | None, last: str | None) -> list[PublishedSum]:
    """The totals of months in which something counted, the oldest first: the last 36 at most."""
    start, after = months_between(first, last)
    known = [
        each
        for each in await register.months(asked.scope, asked.place, 1_200)
        if (start is None or Period(each).bounds()[0] >= start)
        and (after is None or Period(each).bounds()[0] < after)
    ][:MOST_MONTHS]
    found = await _published(asked.scope, asked.place, asked, known, MOST_MONTHS * 4)
    return sorted(found, key=lambda each: each.period)


async def by_country(asked: Platform, text: str) -> list[PublishedSum]:
    """The totals of the countries for a period, the largest first. Raises: BadInput."""
    if asked.scope is not TotalScope.PLATFORM:
        return []
    rows = await _published(TotalScope.COUNTRY, None, asked, [period(text)], MOST_PLACES * 4)
    return sorted(rows, key=lambda each: (-each.restated.net, each.place))[:MOST_PLACES]


async def _published(
    scope: TotalScope, place: str | None, asked: Platform, periods: Sequence[str], limit: int
) -> list[PublishedSum]:
    rows = await register.published(
        scope, place, asked.indicator, asked.set_id, list(periods), limit
    )
    found: dict[tuple[str, str], list[Published]] = {}
    for row in rows:
        found.setdefault((row.place, row.period), []).append(row)
    made = []
    for (where, when), of in found.items():
        now = [x for x in of if x.basis is TotalBasis.RESTATED]
        then = [x for x in of if x.basis is TotalBasis.AS_REPORTED]
        if now:
            made.append(
                PublishedSum(
                    scope,
                    where,
                    when,
                    now[0].as_of,
                    _of_total(now[0].total),
                    tuple(_of_total(x.total) for x in then),
                )
            )
    return made


async def of_merchant(
    ctx: Context,
    scope: str,
    market: str | None,
    months: tuple[str | None, str | None],
    indicator: Indicator,
    set_id: str | None,
) -> Sum:
    """What the devices that the caller's merchant sold count.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    start, after = months_between(*months)
    async with ctx.acting(scope, market) as merchant_id:
        whose = Whose(merchant_id=merchant_id, market=market, first=start, after=after)
        return await mine(whose, indicator, set_id)


async def of_customer(ctx: Context, indicator: Indicator, set_id: str | None) -> Sum:
    """What the devices of the customer who asks count. Raises: SignInFirst, BadInput."""
    customer_id = ctx.customer_id()
    async with ctx.private():
        return await mine(Whose(customer_id=customer_id), indicator, set_id)
