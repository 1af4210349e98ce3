"""An organisation makes lots of its devices, changes them, and puts them to bid."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.orders.numbers import HOW_MANY, order_number
from domain.raas import FleetState, LotBidState, LotState
from domain.raas.lots import AssetFilter, LotActor, LotEventKind, LotRules, fault_of
from models.base import new_id
from models.jobs import Job
from models.outbox import enqueue
from models.raas import bids, drafting, lots, telling
from models.raas.drafting import OPEN_STATES, Found
from models.raas.lots import By, LotRow
from resolvers.accounts.house import house
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome, audited, organisation_once
from resolvers.raas.fleets import sites_of
from resolvers.raas.refusals import (
    LONGEST_TITLE,
    LOT_UNKNOWN,
    Refusal,
    refusal_of,
    words,
    wrong_state,
)

READ, WRITE = "lots:read", "lots:write"
MOST_ASSETS = 50_000
MOST_NAMED = 5_000
SELLING = frozenset({FleetState.VALUED, FleetState.IN_SALE})
TOLD_OF = 100
BEFORE_CONTRACT = (LotState.DRAFT, LotState.PUBLISHED, LotState.BIDDING_CLOSED, LotState.AWARDED)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to change of a lot; nothing of what is left out."""

    title: str | None = None
    add: Sequence[UUID] = ()
    remove: Sequence[UUID] = ()
    rules: LotRules | None = None
    currency: str | None = None
    expected_version: int | None = None


def by(ctx: Context, at: datetime, reason: str | None = None, note: str | None = None) -> By:
    """The caller, as an organisation's."""
    return By(LotActor.ORGANISATION, at, ctx.caller.user_id, reason, note)


async def create(
    ctx: Context,
    fleet_id: UUID,
    title: str,
    assets: Sequence[UUID] | None,
    given: AssetFilter,
    key: str,
) -> LotRow | Refusal:
    """Make a lot of devices of a fleet: of these, or of all that fit. It is a draft.

    Refuses: a fleet that is not the caller's, or is not valued yet; devices that are in another
    lot or not matched; devices without an identity; none.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    named = _title(title)
    ids = None if assets is None else _ids(assets, "assets")

    async def act(_: UUID) -> Outcome:
        fleet = await drafting.fleet(fleet_id)
        if fleet is None:
            return Refusal("FLEET_UNKNOWN").outcome()
        if fleet.state not in SELLING:
            return Refusal("FLEET_NOT_VALUED", {"state": fleet.state.value}).outcome()
        found = await drafting.wanted(fleet, ids, given, MOST_ASSETS, sites_of(ctx))
        if refusal := _not_these(found) or _none(found):
            return refusal.outcome()
        lot_id = new_id()
        await drafting.add(lot_id, order_number(secrets.randbelow(HOW_MANY)), fleet, named)
        await drafting.take_in(lot_id, found.free)
        await drafting.recount(lot_id, None, 0)
        after = {"title": named, "assets": len(found.free), "fleet": str(fleet_id)}
        await audited(ctx, "createLot", "Lot", lot_id, after=after, market=fleet.market)
        return {"lot": str(lot_id)}

    asked = {"fleet": fleet_id, "title": named, "assets": ids, "filter": _said(given)}
    return await _answered(ctx, await organisation_once(ctx, WRITE, "createLot", key, asked, act))


def _said(given: AssetFilter) -> dict[str, Any]:
    return {"d": given.dispositions, "c": given.categories, "s": given.sites}


def _title(title: str) -> str:
    found = words(title, "title", LONGEST_TITLE)
    if found is None:
        raise BadInput("`title` is missing.", argument="title")
    return found


def _ids(given: Sequence[UUID], argument: str) -> list[UUID]:
    if len(given) > MOST_NAMED or len(set(given)) != len(given):
        message = f"`{argument}` are up to {MOST_NAMED}, each once; a filter takes more."
        raise BadInput(message, argument=argument)
    return sorted(given)


def _none(found: Found) -> Refusal | None:
    if len(found.free) > MOST_ASSETS:
        return Refusal("LOT_TOO_LARGE", {"most": MOST_ASSETS})
    return None if found.free else Refusal("LOT_EMPTY")


def _not_these(found: Found) -> Refusal | None:
    for code, which in (
        ("ASSET_NOT_AVAILABLE", found.not_available),
        ("ASSET_WITHOUT_IDENTITY", found.without_identity),
    ):
        if which:
            told = [str(each) for each in which[:TOLD_OF]]
            return Refusal(code, {"assets": told, "count": len(which)})
    return None


async def _answered(ctx: Context, outcome: Outcome) -> LotRow | Refusal:
    return refusal_of(outcome) or await own_lot(ctx, UUID(outcome["lot"]))


async def own_lot(ctx: Context, lot_id: UUID) -> LotRow:
    """A lot that the caller has just acted on, as it is now."""
    async with ctx.private():
        found = await lots.one(lot_id)
    if found is None:
        raise LookupError(f"the lot {lot_id} is gone")
    return found


async def publish(
    ctx: Context, lot_id: UUID, rules: LotRules, currency: str | None, key: str
) -> LotRow | Refusal:
    """Put a draft to bid under these rules.

    Refuses: a lot that is not the caller's; another state; rules that cannot be; none to sell.
    Raises: SignInFirst, Forbidden.
    """

    async def act(_: UUID) -> Outcome:
        lot = await lots.hold(lot_id)
        if lot is None:
            return Refusal(LOT_UNKNOWN).outcome()
        if lot.state is not LotState.DRAFT:
            return wrong_state(lot, LotState.PUBLISHED).outcome()
        if not lot.assets:
            return Refusal("LOT_EMPTY").outcome()
        now = await lots.clock()
        if refusal := _faulty(lot, rules, currency, now):
            return refusal.outcome()
        await drafting.publish(lot, rules, now, house().vault)
        moved = await lots.move(lot, LotState.PUBLISHED, by(ctx, now))
        if moved is None:
            raise LookupError(f"the lot {lot_id} moved")
        await _tell(lot_id, moved.revision)
        after = {"state": LotState.PUBLISHED.value, "rules": rules.stored()}
        before = {"state": lot.state.value}
        await audited(ctx, "publishLot", "Lot", lot_id, before=before, after=after)
        return {"lot": str(lot_id)}

    asked = {"lot": lot_id, "rules": rules.stored()}
    return await _answered(ctx, await organisation_once(ctx, WRITE, "publishLot", key, asked, act))


def _faulty(lot: LotRow, rules: LotRules, currency: str | None, now: datetime) -> Refusal | None:
    if currency not in (None, lot.currency):
        return Refusal("LOT_RULES_INVALID", _fault("currency", "OTHER_CURRENCY"))
    fault = fault_of(rules, now)
    return Refusal("LOT_RULES_INVALID", _fault(fault.field, fault.reason)) if fault else None


def _fault(name: str, reason: str) -> dict[str, str]:
    return {"field": name, "reason": reason}


async def _tell(lot_id: UUID, revision: int, voided: Sequence[UUID] = ()) -> None:
    """Those who may bid hear of a lot as it is now; it is closed when its time has come."""
    lot = await lots.one(lot_id)
    if lot is None or lot.bids_until is None:
        raise LookupError(f"the lot {lot_id} is not published")
    first = True if lot.ess_until is not None and lot.ess_until > await lots.clock() else None
    await telling.published(lot, revision, voided, ess=first)
    await enqueue(Job.CLOSE_LOTS, due_at=lot.bids_until, lot_id=str(lot_id))


async def change(ctx: Context, lot_id: UUID, wanted: Change, key: str) -> LotRow | Refusal:
    """Change a draft, or a lot that takes bids: that is a new version, and its bids are void.

    Refuses: a lot that is not the caller's; another state, or bidding that has ended; another
    version than the one expected; devices as for `create`; rules that cannot be, or a draft's.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    title = words(wanted.title, "title", LONGEST_TITLE)
    wanted = replace(wanted, title=title, add=_ids(wanted.add, "addAssets"))
    wanted = replace(wanted, remove=_ids(wanted.remove, "removeAssets"))
    if not (title or wanted.add or wanted.remove or wanted.rules):
        raise BadInput("Say what is to change.", argument="input")

    async def act(_: UUID) -> Outcome:
        lot = await lots.hold(lot_id)
        if refusal := await _unchangeable(lot, wanted):
            return refusal.outcome()
        if lot is None:
            raise LookupError(f"the lot {lot_id} is gone")
        if refusal := await _swapped(ctx, lot, wanted):
            return refusal.outcome()
        version, assets = await drafting.recount(lot_id, title, 1)
        voided = 0
        if lot.state is LotState.PUBLISHED:
            voided = await _again(ctx, lot, wanted, version)
        before = {"version": lot.version, "assets": lot.assets}
        after = {"version": version, "assets": assets, "bidsInvalidated": voided > 0}
        await audited(ctx, "changeLot", "Lot", lot_id, before=before, after=after)
        return {"lot": str(lot_id)}

    rules = wanted.rules.stored() if wanted.rules else None
    asked = {"lot": lot_id, "title": title, "add": wanted.add, "remove": wanted.remove,
             "rules": rules, "expected": wanted.expected_version}  # fmt: skip
    return await _answered(ctx, await organisation_once(ctx, WRITE, "changeLot", key, asked, act))


async def _unchangeable(lot: LotRow | None, wanted: Change) -> Refusal | None:
    if lot is None:
        return Refusal(LOT_UNKNOWN)
    if lot.state not in OPEN_STATES:
        return wrong_state(lot, lot.state)
    now = await lots.clock()
    if lot.bids_until is not None and lot.bids_until <= now:
        return Refusal("BIDDING_CLOSED", {"bidsUntil": lot.bids_until.isoformat()})
    if wanted.expected_version not in (None, lot.version):
        return Refusal("STALE", {"currentVersion": lot.version})
    return _other_rules(lot, wanted, now)


def _other_rules(lot: LotRow, wanted: Change, now: datetime) -> Refusal | None:
    if wanted.rules is None:
        return None
    if lot.state is LotState.DRAFT:
        return Refusal("LOT_RULES_INVALID", _fault("rules", "LOT_IS_A_DRAFT"))
    return _faulty(lot, wanted.rules, wanted.currency, now)


async def _swapped(ctx: Context, lot: LotRow, wanted: Change) -> Refusal | None:
    """Take devices in and out, once all can be."""
    fleet = await drafting.fleet(lot.fleet_id)
    if fleet is None:
        raise LookupError(f"the fleet {lot.fleet_id} is gone")
    found = Found([], [], [])
    if wanted.add:
        given = AssetFilter()
        found = await drafting.wanted(fleet, wanted.add, given, MOST_NAMED, sites_of(ctx))
    if refusal := _not_these(found):
        return refusal
    held = set(await drafting.held(lot.id, wanted.remove, sites_of(ctx)))
    if missing := [str(each) for each in wanted.remove if each not in held]:
        return Refusal("ASSET_NOT_AVAILABLE", {"assets": missing[:100], "count": len(missing)})
    left = lot.assets + len(found.free) - len(held)
    if not 0 < left <= MOST_ASSETS:
        return Refusal("LOT_EMPTY") if left < 1 else Refusal("LOT_TOO_LARGE", {"most": MOST_ASSETS})
    if held:
        await lots.release(lot.id, sorted(held))
    await drafting.take_in(lot.id, found.free)
    return None


async def _again(ctx: Context, lot: LotRow, wanted: Change, version: int) -> int:
    """Publish a new version of a lot; the bids on the one before are void. How many."""
    now = await lots.clock()
    voided = await bids.end(lot.id, LotBidState.INVALIDATED, "LOT_CHANGED")
    rules = wanted.rules or lot.rules
    if rules is None:
        raise LookupError(f"the lot {lot.id} has no rules")
    await drafting.publish(replace(lot, version=version), rules, now, house().vault)
    revision = await lots.note(lot, LotEventKind.CHANGED, by(ctx, now))
    await _tell(lot.id, revision, voided)
    return len(voided)


async def cancel(ctx: Context, lot_id: UUID, reason: str, key: str) -> LotRow | Refusal:
    """Take a lot back before its contract: its bids are void, its devices are free.

    Refuses: a lot that is not the caller's; one that is contracted, or has ended.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    said = words(reason, "reason")

    async def act(_: UUID) -> Outcome:
        lot = await lots.hold(lot_id)
        if lot is None:
            return Refusal(LOT_UNKNOWN).outcome()
        if lot.state not in BEFORE_CONTRACT:
            return wrong_state(lot, LotState.CANCELLED).outcome()
        now = await lots.clock()
        voided = await bids.void(lot_id, "LOT_CANCELLED")
        moved = await lots.move(lot, LotState.CANCELLED, by(ctx, now, "CANCELLED", said))
        await lots.release(lot_id)
        if moved is not None and lot.state is not LotState.DRAFT:
            await telling.cancelled(lot, moved.revision, voided)
        before = {"state": lot.state.value}
        after = {"state": LotState.CANCELLED.value, "reason": said}
        await audited(ctx, "cancelLot", "Lot", lot_id, before=before, after=after)
        return {"lot": str(lot_id)}

    asked = {"lot": lot_id, "reason": said}
    return await _answered(ctx, await organisation_once(ctx, WRITE, "cancelLot", key, asked, act))
