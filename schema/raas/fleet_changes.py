"""An organisation makes, imports, values and cancels fleets, and changes their devices."""

from typing import Annotated, Any
from uuid import UUID

import strawberry

from resolvers.raas import asset_changes, fleet_changes
from resolvers.raas import fleets as reading
from schema.accounts.organisations import Stale
from schema.common import Info, global_id, idempotency_key, row_id
from schema.offers.feed_run_changes import InvalidTransition
from schema.raas.asset_shapes import Asset
from schema.raas.fleet_imports import FleetImport
from schema.raas.fleet_inputs import (
    CreateFleetInput,
    ImportFleetInput,
    MatchAssetInput,
    MatchAssetsInput,
    OneFleetInput,
    RemoveAssetsInput,
    UpdateAssetInput,
)
from schema.raas.fleet_problems import (
    AssetConditionUnknown,
    AssetSiteUnknown,
    AssetTagTaken,
    AssetUnknown,
    AssetVariantUnknown,
    FleetFileUnknown,
    FleetMappingInvalid,
    FleetMarketUnknown,
    FleetUnknown,
    problem,
)
from schema.raas.fleets import Fleet
from schema.rules import ORGANISATION, OWN, AllOf, Scope, ruled

WRITE = AllOf((ORGANISATION, Scope(reading.WRITE)))


@ruled(OWN)
@strawberry.type
class FleetCreated:
    """The fleet is made, and empty."""

    fleet: Fleet = strawberry.field(description="The fleet.")


@ruled(OWN)
@strawberry.type
class FleetImportStarted:
    """The file will be read: follow `fleetImportProgress`."""

    fleet_import: FleetImport = strawberry.field(description="The import.", name="import")
    queued: bool = strawberry.field(
        description="False where the same file was imported before and nothing has changed since."
    )


@ruled(OWN)
@strawberry.type
class FleetValuationStarted:
    """The devices are being valued: `valuedAt` of the fleet tells when they were."""

    fleet: Fleet = strawberry.field(description="The fleet.")


@ruled(OWN)
@strawberry.type
class FleetCancelled:
    """The fleet is given up; its devices may be declared again."""

    fleet: Fleet = strawberry.field(description="The fleet.")


@ruled(OWN)
@strawberry.type
class AssetChanged:
    """The device is changed; its value is gone where that depends on the change."""

    asset: Asset = strawberry.field(description="The device.")


@ruled(OWN)
@strawberry.type
class AssetsMatched:
    """The devices of these words are matched."""

    fleet: Fleet = strawberry.field(description="The fleet.")
    count: int = strawberry.field(description="How many.")


@ruled(OWN)
@strawberry.type
class AssetsRemoved:
    """The devices left the fleet, those apart that are in a lot or were never there."""

    fleet: Fleet = strawberry.field(description="The fleet.")
    removed: list[strawberry.ID] = strawberry.field(description="Ids of `Asset`s. At most 500.")


CreateFleetResult = Annotated[
    FleetCreated | FleetMarketUnknown,
    strawberry.union("CreateFleetResult", description="The fleet, or a refusal."),
]
ImportFleetResult = Annotated[
    FleetImportStarted | FleetUnknown | FleetFileUnknown | FleetMappingInvalid | InvalidTransition,
    strawberry.union("ImportFleetResult", description="The import, or a refusal."),
]
ValueFleetResult = Annotated[
    FleetValuationStarted | FleetUnknown | InvalidTransition,
    strawberry.union("ValueFleetResult", description="The fleet, or a refusal."),
]
CancelFleetResult = Annotated[
    FleetCancelled | FleetUnknown | InvalidTransition,
    strawberry.union("CancelFleetResult", description="The fleet, or a refusal."),
]
UpdateAssetResult = Annotated[
    AssetChanged
    | AssetUnknown
    | AssetTagTaken
    | AssetConditionUnknown
    | AssetSiteUnknown
    | InvalidTransition
    | Stale,
    strawberry.union("UpdateAssetResult", description="The device, or a refusal."),
]
MatchAssetResult = Annotated[
    AssetChanged | AssetUnknown | AssetVariantUnknown | InvalidTransition,
    strawberry.union("MatchAssetResult", description="The device, or a refusal."),
]
MatchAssetsResult = Annotated[
    AssetsMatched | FleetUnknown | AssetVariantUnknown | InvalidTransition,
    strawberry.union("MatchAssetsResult", description="How many were matched, or a refusal."),
]
RemoveAssetsResult = Annotated[
    AssetsRemoved | FleetUnknown | InvalidTransition,
    strawberry.union("RemoveAssetsResult", description="What was taken out, or a refusal."),
]


def _id(value: strawberry.ID, kind: str, argument: str) -> UUID:
    found = row_id(value, kind, argument)
    if found is None:
        raise LookupError("a non-null id was null")
    return found


async def _fleet(info: Info, outcome: dict[str, Any]) -> Fleet:
    row = await reading.fleet(info.context, UUID(outcome["id"]), reading.WRITE)
    if row is None:
        raise LookupError("the fleet that was just changed is gone")
    return Fleet.of(row)


async def _asset(info: Info, outcome: dict[str, Any]) -> AssetChanged:
    row = await reading.asset(info.context, UUID(outcome["id"]), reading.WRITE)
    fleet = await reading.fleet(info.context, row.fleet_id, reading.WRITE) if row else None
    if row is None or fleet is None:
        raise LookupError("the device that was just changed is gone")
    return AssetChanged(asset=Asset.of(row, fleet.currency))


@strawberry.type
class FleetsMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def create_fleet(
        self,
        info: Info,
        input: Annotated[CreateFleetInput, strawberry.argument(description="The fleet.")],
    ) -> CreateFleetResult:
        """Make a fleet. Needs the scope `fleets:write`."""
        draft = fleet_changes.Draft(input.name, input.kind, input.country, input.market)
        key = idempotency_key(input.idempotency_key)
        outcome = await fleet_changes.create(info.context, draft, key)
        return problem(info, outcome) or FleetCreated(fleet=await _fleet(info, outcome))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def import_fleet(
        self,
        info: Info,
        input: Annotated[ImportFleetInput, strawberry.argument(description="The file.")],
    ) -> ImportFleetResult:
        """Declare the devices of a file: one outcome for each line. Needs `fleets:write`."""
        key, file = idempotency_key(input.idempotency_key), input.file()
        fleet_id = _id(input.fleet_id, "Fleet", "fleetId")
        if file is None:
            raise LookupError("a non-null id was null")
        outcome = await fleet_changes.import_file(info.context, fleet_id, file, key)
        if refusal := problem(info, outcome):
            return refusal  # type: ignore[no-any-return]
        row = await reading.run(info.context, UUID(outcome["id"]), reading.WRITE)
        if row is None:
            raise LookupError("the import that was just asked for is gone")
        return FleetImportStarted(fleet_import=FleetImport.of(row), queued=outcome["queued"])

    @strawberry.mutation(metadata={"rule": WRITE})
    async def value_fleet(
        self,
        info: Info,
        input: Annotated[OneFleetInput, strawberry.argument(description="Which fleet.")],
    ) -> ValueFleetResult:
        """Value every device of a fleet and say what best becomes of it. Needs `fleets:write`."""
        key, fleet_id = (
            idempotency_key(input.idempotency_key),
            _id(input.fleet_id, "Fleet", "fleetId"),
        )
        outcome = await fleet_changes.value(info.context, fleet_id, key)
        return problem(info, outcome) or FleetValuationStarted(fleet=await _fleet(info, outcome))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def cancel_fleet(
        self,
        info: Info,
        input: Annotated[OneFleetInput, strawberry.argument(description="Which fleet.")],
    ) -> CancelFleetResult:
        """Give a fleet up before anything of it is sold. Needs the scope `fleets:write`."""
        key, fleet_id = (
            idempotency_key(input.idempotency_key),
            _id(input.fleet_id, "Fleet", "fleetId"),
        )
        outcome = await fleet_changes.cancel(info.context, fleet_id, key)
        return problem(info, outcome) or FleetCancelled(fleet=await _fleet(info, outcome))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def update_asset(
        self,
        info: Info,
        input: Annotated[UpdateAssetInput, strawberry.argument(description="What changes.")],
    ) -> UpdateAssetResult:
        """Change what was declared of a device. Needs the scope `fleets:write`."""
        key, asset_id = (
            idempotency_key(input.idempotency_key),
            _id(input.asset_id, "Asset", "assetId"),
        )
        said, expected = input.said(), input.expected_version
        outcome = await asset_changes.update(info.context, asset_id, expected, said, key)
        return problem(info, outcome) or await _asset(info, outcome)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def match_asset(
        self,
        info: Info,
        input: Annotated[MatchAssetInput, strawberry.argument(description="Which is which.")],
    ) -> MatchAssetResult:
        """Say which variant a device is. Needs the scope `fleets:write`."""
        key = idempotency_key(input.idempotency_key)
        asset_id = _id(input.asset_id, "Asset", "assetId")
        variant_id = _id(input.variant_id, "Variant", "variantId")
        outcome = await asset_changes.match(info.context, asset_id, variant_id, key)
        return problem(info, outcome) or await _asset(info, outcome)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def match_assets(
        self,
        info: Info,
        input: Annotated[MatchAssetsInput, strawberry.argument(description="Which is which.")],
    ) -> MatchAssetsResult:
        """Say which variant all devices of the same words are. Needs `fleets:write`."""
        key = idempotency_key(input.idempotency_key)
        fleet_id = _id(input.fleet_id, "Fleet", "fleetId")
        variant_id = _id(input.variant_id, "Variant", "variantId")
        words = asset_changes.Words(input.manufacturer, input.model, input.storage)
        outcome = await asset_changes.match_words(info.context, fleet_id, words, variant_id, key)
        if refusal := problem(info, outcome):
            return refusal  # type: ignore[no-any-return]
        return AssetsMatched(fleet=await _fleet(info, outcome), count=outcome["count"])

    @strawberry.mutation(metadata={"rule": WRITE})
    async def remove_assets(
        self,
        info: Info,
        input: Annotated[RemoveAssetsInput, strawberry.argument(description="Which devices.")],
    ) -> RemoveAssetsResult:
        """Take devices out of a fleet; they may be declared again. Needs `fleets:write`."""
        key = idempotency_key(input.idempotency_key)
        fleet_id = _id(input.fleet_id, "Fleet", "fleetId")
        ids = [_id(each, "Asset", "assetIds") for each in input.asset_ids]
        outcome = await asset_changes.remove(info.context, fleet_id, ids, key)
        if refusal := problem(info, outcome):
            return refusal  # type: ignore[no-any-return]
        removed = [
            strawberry.ID(str(global_id("Asset", UUID(each)))) for each in outcome["removed"]
        ]
        return AssetsRemoved(fleet=await _fleet(info, outcome), removed=removed)
