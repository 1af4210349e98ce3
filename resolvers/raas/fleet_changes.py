"""An organisation changes its fleets: makes, imports, values and cancels them.

What is refused is an outcome with a `refused` code and the facts that go with it.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain import InvalidTransition, move
from domain.offers.policy import FeedPolicy
from domain.orders.numbers import HOW_MANY, order_number
from domain.raas import FLEET_MOVES, FleetKind, FleetState
from domain.raas.columns import FIELDS
from models.jobs import Job
from models.offers import files
from models.outbox import enqueue
from models.raas import assets as devices
from models.raas import fleets as stored
from models.raas import imports
from models.raas.fleets import Fleet
from resolvers.context import BadInput, Context, stored_text
from resolvers.effects import Outcome, audited, organisation_once
from resolvers.markets import countries, market
from resolvers.raas.fleets import WRITE, sites_of

NAME_LENGTH = 120
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Draft:
    """A fleet to be made. Shapes: `country` is where the devices are, `market` where they sell."""

    name: str
    kind: FleetKind
    country: str
    market: str


@dataclass(frozen=True, slots=True)
class File:
    """A file for a fleet, and how it is to be read."""

    file_id: UUID
    mapping: Mapping[str, str]
    policy: FeedPolicy
    dry_run: bool
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None

    def settings(self) -> dict[str, str]:
        """What was said of how the file is written."""
        said = {"encoding": self.encoding, "separator": self.separator, "sheet": self.sheet}
        return {name: value for name, value in said.items() if value}


def refused(code: str, **facts: Any) -> Outcome:
    """The outcome of a change that was not made."""
    return {"refused": code, **facts}


def not_allowed(found: InvalidTransition) -> Outcome:
    """The same for a state that does not allow it."""
    return refused(
        "INVALID_TRANSITION",
        state=found.from_state,
        to=found.to_state,
        allowed=list(found.allowed),
    )


async def create(ctx: Context, draft: Draft, key: str) -> Outcome:
    """Make a fleet; its `id`. Raises: SignInFirst, Forbidden, BadInput."""
    name = stored_text(draft.name.strip(), "name")
    if not 0 < len(name) <= NAME_LENGTH:
        raise BadInput(f"`name` must have 1 to {NAME_LENGTH} characters.", argument="name")
    ctx.organisation_id(WRITE, draft.market)

    async def act(organisation_id: UUID) -> Outcome:
        sold_in = await market(stored_text(draft.market, "market"))
        if sold_in is None:
            return refused("FLEET_MARKET_UNKNOWN", path="market")
        if await countries([stored_text(draft.country, "country")]) == [None]:
            return refused("FLEET_MARKET_UNKNOWN", path="country")
        number = f"F-{order_number(secrets.randbelow(HOW_MANY))}"
        where = (draft.country, sold_in.code, sold_in.currency)
        fleet_id = await stored.add(stored.New(organisation_id, number, name, draft.kind, *where))
        after = {"name": name, "kind": draft.kind.value, "market": sold_in.code}
        await audited(ctx, "createFleet", "Fleet", fleet_id, after=after)
        return {"id": str(fleet_id)}

    given = {"name": name, "kind": draft.kind, "country": draft.country, "market": draft.market}
    return await organisation_once(ctx, WRITE, "createFleet", key, given, act)


async def import_file(ctx: Context, fleet_id: UUID, file: File, key: str) -> Outcome:
    """Ask for an import; its `id`, and whether it is `queued` or had been made before.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    wrong = _wrong_mapping(file.mapping)

    async def act(organisation_id: UUID) -> Outcome:
        fleet = await stored.held(fleet_id, organisation_id)
        if fleet is None:
            return refused("FLEET_UNKNOWN")
        kept = await files.of_organisation(organisation_id, file.file_id)
        if kept is None:
            return refused("FLEET_FILE_UNKNOWN")
        if wrong:
            return refused("FLEET_MAPPING_INVALID", columns=wrong)
        new = imports.New(
            fleet_id,
            organisation_id,
            kept.id,
            kept.name,
            kept.sha256,
            kept.size,
            file.policy,
            file.dry_run,
            file.mapping,
            file.settings(),
            sites_of(ctx),
        )
        return await _asked(ctx, fleet, new)

    given = {"fleet": fleet_id, "file": file.file_id, "mapping": dict(file.mapping)} | {
        "policy": file.policy.value,
        "dryRun": file.dry_run,
        "settings": file.settings(),
    }
    return await organisation_once(ctx, WRITE, "importFleet", key, given, act)


def _wrong_mapping(mapping: Mapping[str, str]) -> list[str]:
    """The columns of a mapping that lead to no field, or to one that another leads to."""
    if len(mapping) > MOST_COLUMNS:
        raise BadInput(f"`mapping` may hold {MOST_COLUMNS} columns.", argument="mapping")
    named = [field for field in mapping.values() if field]
    return sorted(
        column
        for column, field in mapping.items()
        if field and (field not in FIELDS or named.count(field) > 1)
    )


async def _asked(ctx: Context, fleet: Fleet, new: imports.New) -> Outcome:
    before = await imports.same(new)
    if before is not None:
        return {"id": str(before), "queued": False}
    if new.dry_run:
        found = move(FLEET_MOVES, fleet.state, FleetState.IMPORTING)
        blocked = found if isinstance(found, InvalidTransition) else None
    elif fleet.state is FleetState.IMPORTING:
        allowed = tuple(sorted(FLEET_MOVES[fleet.state]))
        blocked = InvalidTransition(fleet.state, FleetState.IMPORTING, allowed)
    else:
        blocked = await stored.moved(fleet, FleetState.IMPORTING)
    if blocked is not None:
        return not_allowed(blocked)
    import_id = await imports.ask(new)
    after = {"import": str(import_id), "sha256": new.sha256, "dry_run": new.dry_run}
    await audited(ctx, "importFleet", "Fleet", fleet.id, after=after)
    return {"id": str(import_id), "queued": True}


async def value(ctx: Context, fleet_id: UUID, key: str) -> Outcome:
    """Ask for the value of every device of a fleet; the `id` of the fleet.

    Raises: SignInFirst, Forbidden, BadInput.
    """

    async def act(organisation_id: UUID) -> Outcome:
        fleet = await stored.held(fleet_id, organisation_id)
        if fleet is None:
            return refused("FLEET_UNKNOWN")
        if fleet.state is not FleetState.VALUED:
            found = move(FLEET_MOVES, fleet.state, FleetState.VALUED)
            if isinstance(found, InvalidTransition):
                return not_allowed(found)
        await enqueue(Job.VALUE_FLEET, dedup_key=f"value:{fleet_id}", fleet_id=str(fleet_id))
        await audited(ctx, "valueFleet", "Fleet", fleet_id)
        return {"id": str(fleet_id)}

    return await organisation_once(ctx, WRITE, "valueFleet", key, {"fleet": fleet_id}, act)


async def cancel(ctx: Context, fleet_id: UUID, key: str) -> Outcome:
    """Give a fleet up; its devices may be declared again. The `id` of the fleet.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    if ctx.caller.sites is not None:
        raise BadInput("A fleet is cancelled by who acts for all sites.", reason="ALL_SITES_NEEDED")

    async def act(organisation_id: UUID) -> Outcome:
        fleet = await stored.held(fleet_id, organisation_id)
        if fleet is None:
            return refused("FLEET_UNKNOWN")
        found = move(FLEET_MOVES, fleet.state, FleetState.CANCELLED)
        if isinstance(found, InvalidTransition):
            return not_allowed(found)
        gone = await devices.remove(fleet_id, None)
        await stored.moved(fleet, FleetState.CANCELLED)
        before, after = {"state": fleet.state.value}, {"state": "CANCELLED", "assets": len(gone)}
        await audited(ctx, "cancelFleet", "Fleet", fleet_id, before=before, after=after)
        return {"id": str(fleet_id)}

    return await organisation_once(ctx, WRITE, "cancelFleet", key, {"fleet": fleet_id}, act)
