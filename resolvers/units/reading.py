"""Devices as their holders read them, and the passport that anybody with its code may read."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.accounts.roles import CallerKind, Role
from domain.units import ImeiFault, Place, imei, serial
from domain.units.chain import Chain
from domain.units.codes import read_code
from domain.units.status import Checked
from models.base import OPERATIONS
from models.offers.read import Position
from models.units import UnitEvent, erasures, passports, status
from models.units import events as events_of
from models.units.erasures import MediumRow, Missing
from models.units.passports import Device, Held, Holding, Key, Stock, Told
from resolvers import paging
from resolvers.context import BadInput, Context, Forbidden, SignInFirst, stored_text

READ = "orders:read"
FLEETS = "fleets:read"
TRADE_INS = "trade_in:read"
ROLES = (Role.STAFF_SUPPORT, Role.COUNTRY_TEAM)
MOST_EVENTS = 50


@asynccontextmanager
async def sight(ctx: Context) -> AsyncGenerator[Holding]:
    """A transaction in which the caller's devices are seen, and whose they are.

    Raises: SignInFirst for a visitor; Forbidden without the scope or the role.
    """
    caller = ctx.caller
    if caller.kind is CallerKind.CUSTOMER:
        found, presented = Holding(customer_id=ctx.customer_id()), None
    elif caller.kind is CallerKind.STAFF:
        _staff(ctx)
        found, presented = Holding(), OPERATIONS
    elif caller.organisation_id is not None:
        found, presented = Holding(organisation_id=ctx.organisation_id(FLEETS)), None
    else:
        held = (each for each in (READ, TRADE_INS) if each in caller.scopes)
        scope = next(held, READ)
        found, presented = Holding(merchant_id=ctx.merchant_id(scope, _market(ctx, scope))), None
    async with ctx.private(presented):
        yield found


def _market(ctx: Context, scope: str) -> str | None:
    """Some market in which a scope holds: devices are in none."""
    limit = ctx.caller.markets_for(scope)
    return min(limit) if limit else None


def _staff(ctx: Context) -> None:
    refusal: Forbidden | SignInFirst | None = None
    for role in ROLES:
        try:
            ctx.staff_markets(role)
        except (Forbidden, SignInFirst) as error:
            refusal = error
        else:
            return
    raise refusal or SignInFirst("Sign in as a member of staff.")


async def unit(ctx: Context, unit_id: UUID) -> Held | None:
    """A device that the caller has or had; None for any other. Raises: SignInFirst, Forbidden."""

    async def batch(ids: list[UUID]) -> list[Held | None]:
        async with sight(ctx):
            found = await passports.held(ids)
        return [found.get(each) for each in ids]

    return await ctx.loader(batch, "held units").load(unit_id)


async def units(
    ctx: Context, identifier: str | None, first: int, after: str | None
) -> paging.Page[Held]:
    """The devices that the caller has or had, the newest first.

    `identifier`: only those that it knows by this IMEI or serial number.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    size = paging.size(first)
    number = None if identifier is None else _number(identifier)
    async with sight(ctx) as whose:
        if whose == Holding():
            raise BadInput("Staff ask for one `unit` at a time.", argument="first")
        of = paging.fingerprint("units", whose, number)
        position = paging.opened(after, of, ctx.seal)
        rows = await passports.page(whose, number, position.id if position else None, size + 1)
    return paging.page_of(rows, lambda row: Position("", 0, row.unit_id), size, of, ctx.seal)


def _number(text: str) -> str:
    """A number as it is stored. Raises: BadInput."""
    given = stored_text(text.strip(), "identifier")
    found = imei(given)
    read_as = serial(given) if isinstance(found, ImeiFault) else found.digits
    if read_as is None:
        message = "`identifier` is neither an IMEI nor a serial number."
        raise BadInput(message, argument="identifier")
    return read_as


async def events(ctx: Context, unit_id: UUID) -> list[UnitEvent]:
    """What happened to a device in the caller's time, the newest first: 50 at most."""

    async def batch(ids: list[UUID]) -> list[list[UnitEvent]]:
        async with sight(ctx):
            rows = await events_of(ids, MOST_EVENTS)
        return [[row for row in rows if row.unit_id == each] for each in ids]

    return await ctx.loader(batch, "unit events").load(unit_id)


async def code(ctx: Context, passport: Key) -> str:
    """The code of a passport of a device that the caller has read."""

    async def batch(wanted: list[Key]) -> list[str]:
        async with ctx.private():
            found = await passports.codes(wanted)
        return [found[each] for each in wanted]

    return await ctx.loader(batch, "passport codes").load(passport)


async def told(ctx: Context, passport: Key) -> Told:
    """What anybody may read of a passport, which the caller has read or shown the code of."""

    async def batch(wanted: list[Key]) -> list[Told]:
        async with ctx.private():
            found = await passports.told(wanted)
        return [found[each] for each in wanted]

    return await ctx.loader(batch, "passports").load(passport)


async def chain(ctx: Context, unit_id: UUID) -> Chain:
    """Whether the events of a device are what was written."""

    async def batch(ids: list[UUID]) -> list[Chain]:
        async with ctx.private():
            found = await passports.verify_chains(ids)
        return [found[each] for each in ids]

    return await ctx.loader(batch, "unit chains").load(unit_id)


async def media(ctx: Context, unit_id: UUID) -> list[MediumRow]:
    """The media of a device with their erasures, to who erased them."""

    async def batch(ids: list[UUID]) -> list[list[MediumRow]]:
        async with sight(ctx):
            rows = await erasures.media(ids)
        return [[row for row in rows if row.unit_id == each] for each in ids]

    return await ctx.loader(batch, "unit media").load(unit_id)


async def missing(ctx: Context, unit_id: UUID) -> Sequence[Missing]:
    """What still lacks before a device may leave or be offered."""

    async def batch(ids: list[UUID]) -> list[Sequence[Missing]]:
        async with sight(ctx):
            found = await erasures.released(ids, datetime.now(UTC))
        return [found.get(each, ()) for each in ids]

    return await ctx.loader(batch, "unit proofs").load(unit_id)


async def checked(ctx: Context, unit_id: UUID) -> Checked | None:
    """What was last answered about a device to the caller."""
    async with sight(ctx):
        return await status.of_unit(unit_id)


async def stock(ctx: Context, unit_id: UUID) -> Stock | None:
    """What the caller's merchant keeps about a device of its stock."""

    async def batch(ids: list[UUID]) -> list[Stock | None]:
        async with sight(ctx):
            found = await passports.stock(ids)
        return [found.get(each) for each in ids]

    return await ctx.loader(batch, "unit stock").load(unit_id)


async def warranty(ctx: Context, held: Held) -> Mapping[str, Any] | None:
    """The rights that a device was sold with to or by the caller; None where it was not sold."""
    if held.place is not Place.SALE:
        return None

    async def batch(ids: list[UUID]) -> list[Mapping[str, Any] | None]:
        async with sight(ctx):
            found = await passports.warranties(ids)
        return [found.get(each) for each in ids]

    return await ctx.loader(batch, "unit warranties").load(held.place_id)


async def device_of(text: str) -> Device | None:
    """The device whose passport has this code; None for a text that is none."""
    found = read_code(text)
    return None if found is None else await passports.of_code(found)
