"""An old fleet, and what is bought in its place: value recovered, cost, and each device replaced.

Source: docs/fleets.md, "Refresh".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from domain.money import Currency, Money
from models.base import as_system, fetch
from models.offers.read import Position
from models.raas.refresh import SQL
from resolvers import paging
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome, audited, organisation_once
from resolvers.orders.refusals import Refusal, refusal_of
from resolvers.raas.fleets import sites_of
from resolvers.raas.handovers import some, text

READ, WRITE = "fleets:read", "fleets:write"
MOST_PURCHASES = 50


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be bought: so many devices at a price each."""

    title: str
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Project:
    """A project. Units: minor units of its currency; `planned_minor` is what is not bought yet."""

    id: UUID
    fleet_id: UUID
    name: str
    purchases: Sequence[UUID]
    currency: str
    created_at: datetime
    devices: int
    replaced: int
    settled_minor: int
    expected_minor: int
    bought_minor: int
    planned_minor: int

    @property
    def net_minor(self) -> int:
        """What the change costs: all that is bought, less all that comes back."""
        cost = self.bought_minor + self.planned_minor
        return cost - self.settled_minor - self.expected_minor


@dataclass(frozen=True, slots=True)
class New:
    """A project as it is asked for."""

    fleet_id: UUID
    name: str
    purchases: Sequence[UUID]
    planned: Sequence[Planned]


async def create(ctx: Context, new: New, key: str) -> Project | Refusal:
    """Link a fleet of the caller with purchases of its people, or with what it plans to buy.

    Refuses: a fleet that is not the caller's; a purchase that none of its people made, or of
    another currency. Raises: SignInFirst, Forbidden, BadInput.
    """
    name = text(new.name, "name", needed=True)
    if len(new.purchases) > MOST_PURCHASES or len(new.planned) > MOST_PURCHASES:
        raise BadInput("`purchaseIds` and `planned` are 50 at most.", argument="purchaseIds")
    if any(not 1 <= each.quantity <= 100_000 for each in new.planned):
        raise BadInput("`quantity` is 1 to 100,000.", argument="planned")

    async def act(organisation_id: UUID) -> Outcome:
        wanted = list(dict.fromkeys(new.purchases))
        async with as_system() as raw:
            fleet = await raw.fetchrow(SQL["fleet"], new.fleet_id, organisation_id)
            if fleet is None:
                return Refusal("FLEET_UNKNOWN").outcome()
            currency = fleet["currency"]
            known = await raw.fetch(SQL["purchases"], wanted, organisation_id, currency)
            if len(known) < len(wanted):
                return Refusal("PURCHASE_NOT_YOURS").outcome()
            planned = [_priced(each, Currency(currency)) for each in new.planned]
            made = await raw.fetchval(
                SQL["add"], organisation_id, new.fleet_id, name, wanted,
                orjson.dumps(planned).decode(), currency,
            )  # fmt: skip
        after = {"fleet": str(new.fleet_id), "purchases": len(wanted), "planned": len(planned)}
        await audited(ctx, "createRefreshProject", "RefreshProject", made, after=after)
        return {"id": str(made)}

    given: dict[str, Any] = {"fleet": new.fleet_id, "name": name, "purchases": list(new.purchases)}
    given |= {"planned": [[p.title, p.quantity, str(p.unit_price)] for p in new.planned]}
    outcome = await organisation_once(ctx, WRITE, "createRefreshProject", key, given, act)
    return refusal_of(outcome) or (await _one(ctx, UUID(outcome["id"])))


def _priced(each: Planned, currency: Currency) -> dict[str, Any]:
    try:
        minor = Money.of(each.unit_price, currency).minor
    except ValueError as error:
        raise BadInput(f"`unitPrice`: {error}.", argument="planned") from None
    if minor < 0:
        raise BadInput("`unitPrice` is below 0.", argument="planned")
    return {"title": each.title[:200], "quantity": each.quantity, "unitMinor": minor}


async def pair(
    ctx: Context, project_id: UUID, pairs: Sequence[tuple[UUID, UUID]], key: str
) -> Project | Refusal:
    """Say which line replaces which device, one by one; said again it is another.

    Refuses, as a whole: a project that is not the caller's; a device of another fleet; a line of
    no purchase of the project, or that replaces another device.
    Raises: SignInFirst, Forbidden; BadInput for none, more than 1,000, or one named twice.
    """
    some(pairs, "pairs")
    assets, lines = [asset for asset, _ in pairs], [line for _, line in pairs]
    if len(set(assets)) < len(assets) or len(set(lines)) < len(lines):
        raise BadInput("A device or a line is named twice.", argument="pairs")

    async def act(organisation_id: UUID) -> Outcome:
        async with as_system() as raw:
            rows = await raw.fetch(SQL["read"], [project_id])
            if not rows or rows[0]["organisation_id"] != organisation_id:
                return Refusal("REFRESH_UNKNOWN").outcome()
            project = rows[0]
            known = await raw.fetch(SQL["assets"], assets, project["fleet_id"], sites_of(ctx))
            if len(known) < len(assets):
                return Refusal("ASSET_NOT_IN_LOT").outcome()
            if len(await raw.fetch(SQL["lines"], lines, project["purchases"])) < len(lines):
                return Refusal("LINE_NOT_OF_PROJECT").outcome()
            if await raw.fetch(SQL["taken"], project_id, lines, assets):
                return Refusal("LINE_TAKEN").outcome()
            await raw.execute(SQL["unpair"], project_id, assets)
            await raw.execute(SQL["pair"], project_id, organisation_id, assets, lines)
        after = {"pairs": len(pairs)}
        await audited(ctx, "pairRefreshDevices", "RefreshProject", project_id, after=after)
        return {}

    given = {"project": project_id, "pairs": [list(each) for each in pairs]}
    outcome = await organisation_once(ctx, WRITE, "pairRefreshDevices", key, given, act)
    return refusal_of(outcome) or await _one(ctx, project_id)


async def project(ctx: Context, project_id: UUID) -> Project | None:
    """A project of the caller; None for any other. Raises: SignInFirst, Forbidden."""
    async with ctx.acting_organisation(READ):
        return next(iter(await _read([project_id])), None)


async def projects(ctx: Context, first: int, after: str | None) -> paging.Page[Project]:
    """The caller's projects, the newest first. Raises: SignInFirst, Forbidden, BadInput."""
    size = paging.size(first)
    of = paging.fingerprint("refresh", ctx.caller.organisation_id)
    at = paging.opened(after, of, ctx.seal)
    async with ctx.acting_organisation(READ) as organisation_id:
        rows = await fetch(SQL["page"], organisation_id, at.id if at else None, size + 1)
        found = {each.id: each for each in await _read([row["id"] for row in rows])}
    made = [found[row["id"]] for row in rows]
    return paging.page_of(made, lambda row: Position("", 0, row.id), size, of, ctx.seal)


async def pairs_of(
    ctx: Context, project_id: UUID, first: int, after: str | None
) -> paging.Page[Mapping[str, Any]]:
    """The devices of a project that were replaced, and by which lines."""
    size = paging.size(first)
    of = paging.fingerprint("refresh pairs", project_id)
    at = paging.opened(after, of, ctx.seal)
    async with ctx.acting_organisation(READ):
        rows = await fetch(SQL["pairs"], project_id, at.id if at else None, size + 1)
    made: list[Mapping[str, Any]] = [dict(row) for row in rows]
    return paging.page_of(made, lambda row: Position("", 0, row["asset_id"]), size, of, ctx.seal)


async def _one(ctx: Context, project_id: UUID) -> Project:
    async with ctx.private():
        [found] = await _read([project_id])
    return found


async def _read(ids: Sequence[UUID]) -> list[Project]:
    """Projects that the transaction sees, with what they come to, in three statements."""
    rows = await fetch(SQL["read"], list(ids))
    async with as_system() as raw:
        fleets = {
            row["id"]: row
            for row in await raw.fetch(SQL["recovered"], [row["fleet_id"] for row in rows])
        }
        bought = {
            row["id"]: row["cost"]
            for row in await raw.fetch(SQL["cost"], [row["id"] for row in rows])
        }
    return [
        _project(dict(row), dict(fleets[row["fleet_id"]]), bought.get(row["id"], 0)) for row in rows
    ]


def _project(row: Mapping[str, Any], fleet: Mapping[str, Any], bought: int) -> Project:
    planned = sum(each["quantity"] * each["unitMinor"] for each in orjson.loads(row["planned"]))
    names = ("id", "fleet_id", "name", "purchases", "currency", "created_at", "replaced")
    also = ("devices", "settled_minor", "expected_minor")
    facts = {name: row[name] for name in names} | {name: fleet[name] for name in also}
    return Project(**facts, bought_minor=bought, planned_minor=planned)
