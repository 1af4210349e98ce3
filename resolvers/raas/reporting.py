"""An organisation's impact statement of a period, as figures and as documents.

Source: docs/fleets.md, "Statement".
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import orjson

from domain.impact import Indicator, InputFault, Range
from domain.impact.engine import category_of
from domain.impact.factors import FactorSet
from domain.impact.fleets import FleetStatement, FleetUnit, fleet_statement
from domain.raas.reporting import Period, Report, scope_lines
from domain.raas.reports import as_csv, as_json
from models.base import transaction
from models.impact import SUMS, Retired, drawn_sum, factor_set, in_use
from models.raas import reporting
from models.raas.reporting import Proved
from resolvers.context import BadInput, Context, stored_text
from resolvers.units import documents
from resolvers.units.documents import Document

READ: Final = "fleets:read"
CSV, JSON, PDF = "impact_csv", "impact_json", "impact_pdf"
Printer = Callable[[Report, str], bytes]
"""Makes the PDF of a statement in a language. It blocks."""


class _Process:
    printer: Printer | None = None


def install(printer: Printer) -> None:
    """Let this print the statements of the process."""
    _Process.printer = printer


async def statement(
    ctx: Context,
    organisation_id: UUID,
    period: Period,
    set_id: str | None,
    indicator: Indicator = Indicator.GWP,
) -> Report | None:
    """What the caller's organisation reports of a period; None for any other organisation.

    Raises: SignInFirst, Forbidden; BadInput with ALL_SITES_NEEDED, PERIOD_INVALID,
    PERIOD_TOO_LONG, PERIOD_OPEN, FACTOR_SET_UNKNOWN or FACTOR_SET_RETIRED.
    """
    mine = ctx.organisation_id(READ)
    if ctx.caller.sites is not None:
        message = "A statement is of the whole organisation, and you act for some of its sites."
        raise BadInput(message, reason="ALL_SITES_NEEDED")
    _in_time(period, ctx.now.date())
    factors = _factors(set_id, ctx.now.date())
    if mine != organisation_id:
        return None
    async with ctx.acting_organisation(READ):
        found = await reporting.proved(mine, period, ctx.now, indicator)
    return None if found is None else await _made(found, period, factors, ctx.now.date())


def _in_time(period: Period, today: date) -> None:
    fault = period.fault(today)
    said = {
        "PERIOD_INVALID": "The first day of the period is after its last: exchange them.",
        "PERIOD_TOO_LONG": "A statement is of 5 years at most: ask for a shorter period.",
        "PERIOD_OPEN": f"The period has not ended: ask again after {period.last}.",
    }
    if fault == "PERIOD_OPEN":
        ends = period.last.isoformat()
        raise BadInput(said[fault], reason=fault, argument="period", endsOn=ends)
    if fault:
        raise BadInput(said[fault], reason=fault, argument="period")


def _factors(set_id: str | None, today: date) -> FactorSet:
    if set_id is None:
        return factor_set(SUMS)
    try:
        return in_use(stored_text(set_id, "factorSet"), today)
    except Retired as retired:
        raise BadInput(
            f"{retired}: ask by that one.",
            reason="FACTOR_SET_RETIRED",
            argument="factorSet",
            replacedBy=retired.replaced_by,
        ) from retired
    except KeyError as unknown:
        message = f"There is no factor set `{set_id[:40]}`: leave it out, or see `factorSet`."
        raise BadInput(message, reason="FACTOR_SET_UNKNOWN", argument="factorSet") from unknown


async def _made(found: Proved, period: Period, factors: FactorSet, on: date) -> Report:
    return await asyncio.to_thread(_computed, found, period, factors, on)


def _computed(found: Proved, period: Period, factors: FactorSet, on: date) -> Report:
    whole = _stated(found.units, factors)
    by_category: dict[str, list[FleetUnit]] = {}
    for unit in found.units:
        by_category.setdefault(category_of(unit.inputs), []).append(unit)
    ranges: dict[str, Range] = {}
    for name, units in by_category.items():
        drawn = _stated(units, factors).net_range if len(by_category) > 1 else whole.net_range
        if drawn is not None:
            ranges[name] = drawn
    scopes = scope_lines(found.bought, found.units, factors)
    return Report(
        found.name, found.legal_id, period, whole, ranges, scopes, found.waiting, on
    )  # fmt: skip


def _stated(units: "tuple[FleetUnit, ...] | list[FleetUnit]", factors: FactorSet) -> FleetStatement:
    made = fleet_statement(units, factors, drawn_sum)
    if isinstance(made, InputFault):
        raise ValueError(f"a fleet has {made}")
    return made


def link(
    ctx: Context, kind: str, organisation_id: UUID, found: Report, language: str = "en"
) -> str:
    """The path of a statement as a document for whoever is handed it, for 15 minutes."""
    said = [
        found.period.first.isoformat(), found.period.last.isoformat(), found.avoided.factor_set,
        found.avoided.indicator.value, language,
    ]  # fmt: skip
    return documents.link(ctx, kind, organisation_id, about=orjson.dumps(said).decode())


async def _read(organisation_id: UUID, about: str) -> tuple[Report, str] | None:
    first, last, set_id, indicator, language = orjson.loads(about)
    period = Period(date.fromisoformat(first), date.fromisoformat(last))
    now = datetime.now(UTC)
    async with transaction():
        found = await reporting.proved(organisation_id, period, now, Indicator(indicator))
    if found is None:
        return None
    return await _made(found, period, factor_set(set_id), now.date()), language


async def _document(kind: str, organisation_id: UUID, about: str) -> Document | None:
    read = await _read(organisation_id, about)
    if read is None:
        return None
    found, language = read
    name = f"impact-{found.period.first}-{found.period.last}"
    if kind == CSV:
        return Document("text/csv", f"{name}.csv", as_csv(found))
    if kind == JSON:
        return Document("application/json", f"{name}.json", as_json(found))
    if _Process.printer is None:
        return None
    made: Any = await asyncio.to_thread(_Process.printer, found, language)
    return Document("application/pdf", f"{name}.pdf", made)


for each in (CSV, JSON, PDF):
    documents.register_detailed(each, partial(_document, each))
