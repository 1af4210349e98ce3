"""An organisation reads its fleets: devices, imports, values."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import date
from uuid import UUID

from domain.raas import FleetState
from domain.raas.lines import FleetOutcome
from domain.raas.valuation import HORIZONS, MOST_MONTHS
from models.offers.read import Position
from models.raas import assets as devices
from models.raas import fleets as stored
from models.raas import imports, valuing
from models.raas.assets import Asset, Filters
from models.raas.fleets import Fleet
from models.raas.imports import FleetImport, Line
from models.raas.valuing import Totals
from resolvers import paging
from resolvers.context import BadInput, Context
from resolvers.offers.following import State, Topic, follow, mark

__all__ = ["Filters"]

READ = "fleets:read"
WRITE = "fleets:write"
LAST_LINE = 2**30
_NOBODY = UUID(int=0)


def sites_of(ctx: Context) -> list[UUID] | None:
    """The sites whose devices the caller may see and change; None for all of its organisation."""
    return None if ctx.caller.sites is None else sorted(ctx.caller.sites)


async def fleet(ctx: Context, fleet_id: UUID, scope: str = READ) -> Fleet | None:
    """A fleet of the caller's; None for any other. Whoever just changed it shows `WRITE`.

    Raises: SignInFirst, Forbidden.
    """
    async with ctx.acting_organisation(scope) as organisation_id:
        return await stored.get(fleet_id, organisation_id)


async def fleets(
    ctx: Context, state: FleetState | None, first: int, after: str | None
) -> paging.Page[Fleet]:
    """The caller's fleets, newest first. Raises: SignInFirst, Forbidden, BadInput."""
    owner = ctx.organisation_id(READ)
    size, of = paging.size(first), paging.fingerprint("fleets", owner, state)
    position = paging.opened(after, of, ctx.seal)
    async with ctx.acting_organisation(READ):
        rows = await stored.listed(owner, state, position.id if position else None, size + 1)
    return paging.page([(row, Position(0, 0, row.id)) for row in rows], size, of, ctx.seal)


async def asset(ctx: Context, asset_id: UUID, scope: str = READ) -> Asset | None:
    """A device of the caller's fleets; None for any other. Raises: SignInFirst, Forbidden."""
    async with ctx.acting_organisation(scope) as organisation_id:
        found = await devices.get(asset_id, organisation_id)
    return found if found and reaches(ctx, found) else None


def reaches(ctx: Context, found: Asset) -> bool:
    """Whether a device of the caller's organisation stands at one of the caller's sites."""
    return ctx.caller.sites is None or found.site_id in ctx.caller.sites


async def assets(
    ctx: Context, fleet_id: UUID, wanted: Filters, first: int, after: str | None
) -> paging.Page[Asset]:
    """Devices of a fleet that the caller was given, in the order in which they were declared."""
    wanted = replace(wanted, sites=sites_of(ctx))
    asked = (wanted.state, wanted.site_id, wanted.outcome, wanted.category, wanted.disposition)
    size, of = paging.size(first), paging.fingerprint("assets", fleet_id, *asked)
    position = paging.opened(after, of, ctx.seal)
    async with ctx.acting_organisation(READ):
        rows = await devices.listed(fleet_id, wanted, position.id if position else None, size + 1)
    return paging.page([(row, Position(0, 0, row.id)) for row in rows], size, of, ctx.seal)


async def asset_count(ctx: Context, fleet_id: UUID, of_all: int) -> int:
    """How many devices of a fleet the caller sees; `of_all` are those of all sites."""
    sites = sites_of(ctx)
    if sites is None:
        return of_all

    async with ctx.acting_organisation(READ):
        return (await devices.counts([fleet_id], sites)).get(fleet_id, 0)


async def totals(ctx: Context, fleet_id: UUID, months: int) -> Totals:
    """What a fleet that the caller was given is worth now, later, and in so many months."""
    async with ctx.acting_organisation(READ):
        return await valuing.totals(fleet_id, [*HORIZONS, months], sites_of(ctx))


def months_until(at: date | None, today: date) -> int:
    """Whole months until a day. Raises: BadInput for a day before today or after a year."""
    if at is None:
        return 0
    months = (at.year - today.year) * 12 + at.month - today.month - (at.day < today.day)
    if at < today or months > MOST_MONTHS:
        raise BadInput(f"`at` must be within {MOST_MONTHS} months from today.", argument="at")
    return months


async def run(ctx: Context, import_id: UUID, scope: str = READ) -> FleetImport | None:
    """An import of the caller's; None for any other. Raises: SignInFirst, Forbidden.

    Whoever acts for some sites sees the imports of those who act for no others.
    """
    async with ctx.acting_organisation(scope) as organisation_id:
        found = await imports.get(import_id, organisation_id)
    if found is None or ctx.caller.sites is None:
        return found
    own = found.sites is not None and ctx.caller.sites.issuperset(found.sites)
    return found if own else None


async def runs(
    ctx: Context, fleet_id: UUID, first: int, after: str | None
) -> paging.Page[FleetImport]:
    """The imports of a fleet that the caller was given, newest first."""
    size, of = paging.size(first), paging.fingerprint("fleetImports", fleet_id)
    position = paging.opened(after, of, ctx.seal)
    async with ctx.acting_organisation(READ):
        before = position.id if position else None
        rows = await imports.of_fleet(fleet_id, before, size + 1, sites_of(ctx))
    return paging.page([(row, Position(0, 0, row.id)) for row in rows], size, of, ctx.seal)


async def lines(
    ctx: Context, import_id: UUID, outcome: FleetOutcome | None, first: int, after: str | None
) -> paging.Page[Line]:
    """The lines of an import that the caller was given, in the order of the file."""
    size, of = paging.size(first), paging.fingerprint("fleetLines", import_id, outcome)
    position = paging.opened(after, of, ctx.seal)
    line = min(max(position.key1, 0), LAST_LINE) if position else 0
    async with ctx.acting_organisation(READ):
        rows = await imports.lines(import_id, outcome, line, size + 1)
    return paging.page([(row, Position(row.line, 0, _NOBODY)) for row in rows], size, of, ctx.seal)


async def progress(ctx: Context, import_id: UUID) -> AsyncGenerator[FleetImport]:
    """One of the caller's imports, now and whenever it moves, until it is final.

    Raises: SignInFirst, Forbidden; BadInput for an import that is not the caller's; Unavailable.
    """

    async def read(now: Context) -> State[FleetImport]:
        row = await run(now, import_id)
        if row is None:
            raise BadInput(
                "There is no such import of yours.",
                reason="FLEET_IMPORT_UNKNOWN",
                argument="importId",
            )
        return State(row, mark(row.state, row.lines, row.version), row.state.final)

    return await follow(ctx, [Topic(imports.topic(import_id))], read)
