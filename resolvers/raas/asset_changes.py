"""An organisation changes the devices of its fleets: by hand, one by one or by their words."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from domain.offers.values import clean_text, sku_key
from domain.raas import FLEET_MOVES, FleetState
from domain.raas.conditions import condition_of
from domain.raas.declared import EARLIEST, TAG_LENGTH
from models.base import connection
from models.raas import assets as devices
from models.raas import fleets as stored
from models.raas.assets import Asset, Change
from resolvers.context import BadInput, Context, stored_text
from resolvers.effects import Outcome, audited, organisation_once
from resolvers.raas.fleet_changes import refused
from resolvers.raas.fleets import WRITE, reaches, sites_of

MOST_ASSETS = 500
CHANGING = frozenset({FleetState.REVIEW, FleetState.VALUED})
_TEXT = 255


@dataclass(frozen=True, slots=True)
class Words:
    """The words by which devices were declared. A `storage` of None is any."""

    manufacturer: str | None
    model: str
    storage: str | None


async def update(
    ctx: Context, asset_id: UUID, expected: int | None, said: Mapping[str, Any], key: str
) -> Outcome:
    """Change what was declared of a device; its `id`.

    Shapes: `said` may hold `tag`, `condition`, `purchased_on`, `site_id`; None clears.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    today = ctx.now.date()

    async def act(organisation_id: UUID) -> Outcome:
        found = await _open(ctx, asset_id, organisation_id)
        if not isinstance(found, Asset):
            return found
        if expected is not None and expected != found.version:
            return refused("STALE", version=found.version)
        to = await _changed(ctx, found, said, today)
        if not isinstance(to, Change):
            return to
        await devices.change(found, to)
        await _tell(found.fleet_id)
        after = {name: str(value) for name, value in said.items()}
        await audited(ctx, "updateAsset", "Asset", asset_id, after=after)
        return {"id": str(asset_id)}

    given = {"asset": asset_id, "expected": expected, **said}
    return await organisation_once(ctx, WRITE, "updateAsset", key, given, act)


async def _open(ctx: Context, asset_id: UUID, organisation_id: UUID) -> Asset | Outcome:
    """A device that may be changed, held; or what is refused."""
    found = await devices.get(asset_id, organisation_id, lock=True)
    if found is None or not reaches(ctx, found):
        return refused("ASSET_UNKNOWN")
    fleet = await stored.get(found.fleet_id, organisation_id)
    if fleet is None or fleet.state not in CHANGING:
        state = fleet.state if fleet else FleetState.CANCELLED
        allowed = sorted(each.value for each in FLEET_MOVES.get(state, ()))
        return refused("INVALID_TRANSITION", state=state.value, to="REVIEW", allowed=allowed)
    if found.state.value not in devices.OPEN:
        return refused("INVALID_TRANSITION", state=found.state.value, to="MATCHED", allowed=[])
    return found


async def _changed(
    ctx: Context, found: Asset, said: Mapping[str, Any], today: date
) -> Change | Outcome:
    """What a device is from now on; or what is refused."""
    old_tag = sku_key(found.tag) if found.tag else None
    facts = (found.condition, found.grade, found.purchased_on, found.site_id)
    to = Change(found.tag, old_tag, *facts)
    for name, change in _CHANGES.items():
        if name in said:
            changed = await change(ctx, found, to, said[name])
            if not isinstance(changed, Change):
                return changed
            to = changed
    if to.purchased_on is not None and not EARLIEST <= to.purchased_on <= today:
        raise BadInput("`purchaseDate` is a day to come, or too old.", argument="purchaseDate")
    return to


async def _tagged(_ctx: Context, found: Asset, to: Change, text: str | None) -> Change | Outcome:
    tag = clean_text(stored_text(text or "", "assetTag")) or None
    if tag and len(tag) > TAG_LENGTH:
        raise BadInput(f"`assetTag` has more than {TAG_LENGTH}.", argument="assetTag")
    key = sku_key(tag) if tag else None
    if key and await devices.tag_taken(found, key):
        return refused("ASSET_TAG_TAKEN")
    return replace(to, tag=tag, tag_key=key)


async def _graded(_ctx: Context, _found: Asset, to: Change, text: str | None) -> Change | Outcome:
    said = clean_text(stored_text(text or "", "condition"))[:_TEXT] or None
    grade = condition_of(said) if said else None
    if said and grade is None:
        return refused("ASSET_CONDITION_UNKNOWN")
    return replace(to, condition=said, grade=grade)


async def _dated(_ctx: Context, _found: Asset, to: Change, day: date | None) -> Change | Outcome:
    return replace(to, purchased_on=day)


async def _placed(ctx: Context, found: Asset, to: Change, site: UUID | None) -> Change | Outcome:
    known = site is None or await devices.site_exists(site, found.organisation_id)
    if not known or not (ctx.caller.sites is None or site in ctx.caller.sites):
        return refused("ASSET_SITE_UNKNOWN")
    return replace(to, site_id=site)


_CHANGES: Mapping[str, Callable[[Context, Asset, Change, Any], Awaitable[Change | Outcome]]] = {
    "tag": _tagged,
    "condition": _graded,
    "purchased_on": _dated,
    "site_id": _placed,
}


async def match(ctx: Context, asset_id: UUID, variant_id: UUID, key: str) -> Outcome:
    """Match a device by hand; its `id`. Raises: SignInFirst, Forbidden, BadInput."""

    async def act(organisation_id: UUID) -> Outcome:
        found = await _open(ctx, asset_id, organisation_id)
        if not isinstance(found, Asset):
            return found
        if not await devices.variant_exists(variant_id):
            return refused("ASSET_VARIANT_UNKNOWN")
        await devices.match([asset_id], variant_id, {"by": "HAND"})
        await _tell(found.fleet_id)
        before, after = {"variant": str(found.variant_id)}, {"variant": str(variant_id)}
        await audited(ctx, "matchAsset", "Asset", asset_id, before=before, after=after)
        return {"id": str(asset_id)}

    given = {"asset": asset_id, "variant": variant_id}
    return await organisation_once(ctx, WRITE, "matchAsset", key, given, act)


async def match_words(
    ctx: Context, fleet_id: UUID, words: Words, variant_id: UUID, key: str
) -> Outcome:
    """Match all devices of a fleet that were declared with these words; `id`, and how many.

    Raises: SignInFirst, Forbidden, BadInput.
    """

    async def act(organisation_id: UUID) -> Outcome:
        blocked = await _blocked(fleet_id, organisation_id)
        if blocked is not None:
            return blocked
        if not await devices.variant_exists(variant_id):
            return refused("ASSET_VARIANT_UNKNOWN")
        said = (words.manufacturer, words.model, words.storage)
        found = await devices.of_words(fleet_id, *said, sites_of(ctx))
        await devices.match(found, variant_id, {"by": "HAND"})
        await _tell(fleet_id)
        after = {"model": words.model, "variant": str(variant_id), "assets": len(found)}
        await audited(ctx, "matchAssets", "Fleet", fleet_id, after=after)
        return {"id": str(fleet_id), "count": len(found)}

    given = {"fleet": fleet_id, "variant": variant_id} | {
        "words": [words.manufacturer, words.model, words.storage]
    }
    return await organisation_once(ctx, WRITE, "matchAssets", key, given, act)


async def remove(ctx: Context, fleet_id: UUID, assets: Sequence[UUID], key: str) -> Outcome:
    """Take devices out of a fleet; `removed` are those that were there and in no lot.

    Raises: SignInFirst, Forbidden, BadInput.
    """
    if not 0 < len(assets) <= MOST_ASSETS:
        raise BadInput(f"`assetIds` must hold 1 to {MOST_ASSETS} ids.", argument="assetIds")

    async def act(organisation_id: UUID) -> Outcome:
        blocked = await _blocked(fleet_id, organisation_id)
        if blocked is not None:
            return blocked
        gone = await devices.remove(fleet_id, assets, sites_of(ctx))
        await _tell(fleet_id)
        after = {"assets": [str(each) for each in gone]}
        await audited(ctx, "removeAssets", "Fleet", fleet_id, after=after)
        return {"id": str(fleet_id), "removed": [str(each) for each in gone]}

    given = {"fleet": fleet_id, "assets": sorted(str(each) for each in assets)}
    return await organisation_once(ctx, WRITE, "removeAssets", key, given, act)


async def _blocked(fleet_id: UUID, organisation_id: UUID) -> Outcome | None:
    """Why the devices of a fleet may not be changed; the fleet is held where they may."""
    fleet = await stored.held(fleet_id, organisation_id)
    if fleet is None:
        return refused("FLEET_UNKNOWN")
    if fleet.state not in CHANGING:
        allowed = sorted(each.value for each in FLEET_MOVES.get(fleet.state, ()))
        return refused("INVALID_TRANSITION", state=fleet.state.value, to="REVIEW", allowed=allowed)
    return None


async def _tell(fleet_id: UUID) -> None:
    async with connection() as raw:
        await stored.changed(raw, fleet_id)
