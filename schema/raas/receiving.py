"""What arrived of a lot is counted, agreed to or disputed."""

from datetime import datetime
from typing import Annotated, cast

import strawberry

from domain.raas.counting import Found
from resolvers.orders.refusals import Refusal
from resolvers.raas import counting, handovers
from resolvers.raas.counting import ScanAnswer, ScanGiven
from schema.common import ONCE, Info, idempotency_key, row_id
from schema.offers.feed_run_changes import InvalidTransition
from schema.orders.line_problems import ImeiInvalid, SerialInvalid
from schema.raas.custody import attachments, id_of, lot_of
from schema.raas.handover import Handover
from schema.raas.handover_parts import asset_id
from schema.raas.handover_problems import (
    AssetNotInLot,
    AttachmentUnknown,
    FromTheFuture,
    HandoverUnknown,
    IdentityMissing,
    problem,
)
from schema.rules import OWN, Scope, ruled

WRITE = Scope(handovers.WRITE)


@strawberry.input
class AssetScanInput:
    """A device as it was read on arrival: an IMEI, a serial number, its tag, or all of them."""

    at: datetime = strawberry.field(description="When, with its zone.")
    asset_tag: str | None = strawberry.field(default=None, description="The organisation's tag.")
    imei: str | None = strawberry.field(default=None, description="15 digits.")
    serial: str | None = strawberry.field(default=None, description="The maker's serial number.")
    manufacturer: str | None = strawberry.field(
        default=None, description="Code of the brand; needed where the device was not declared."
    )
    variant_id: strawberry.ID | None = strawberry.field(
        default=None, description="The `Variant` that it is."
    )
    place: str | None = strawberry.field(default=None, description="Where it is put.")
    mass_g: int | None = strawberry.field(default=None, description="Mass in grams.")
    photos: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Ids of `Attachment`s. At most 20."
    )

    def given(self) -> ScanGiven:
        """The same for the use case. Raises: BadInput."""
        variant = row_id(self.variant_id, "Variant", "variantId")
        photos = attachments(self.photos)
        named = (self.asset_tag, self.imei, self.serial, self.manufacturer, variant)
        return ScanGiven(self.at, *named, self.place, self.mass_g, photos)


@strawberry.input
class ReceiveAssetsInput:
    """Devices that arrived."""

    lot_id: strawberry.ID = strawberry.field(description="Id of the `Lot`.")
    scans: list[AssetScanInput] = strawberry.field(
        description="1 to 1,000; each has an answer of its own."
    )
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class LotStepInput:
    """Which lot."""

    lot_id: strawberry.ID = strawberry.field(description="Id of the `Lot`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class DecideExtraAssetInput:
    """What becomes of a device that nobody declared."""

    lot_id: strawberry.ID = strawberry.field(description="Id of the `Lot`.")
    asset_id: strawberry.ID = strawberry.field(description="Id of the `Asset`.")
    keep: bool = strawberry.field(
        description="Whether it is processed with the others, for nothing; else it goes back."
    )
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(OWN)
@strawberry.type
class AssetScanned:
    """What a scan is."""

    asset_id: strawberry.ID = strawberry.field(description="Id of the `Asset`.")
    found: Found = strawberry.field(description="As declared, with differences, or undeclared.")
    reasons: list[str] = strawberry.field(
        description="`SERIAL_DIFFERS` `MODEL_DIFFERS` `TAG_DIFFERS`. At most 3."
    )
    again: bool = strawberry.field(description="It was scanned before; nothing was changed.")
    elsewhere: bool = strawberry.field(
        description="The same number is live in another place: an incident."
    )


AssetScanResult = Annotated[
    AssetScanned | ImeiInvalid | SerialInvalid | IdentityMissing | FromTheFuture,
    strawberry.union("AssetScanResult", description="What a scan is, or a refusal."),
]


@ruled(OWN)
@strawberry.type
class AssetsScanned:
    """An answer for each scan."""

    results: list[AssetScanResult] = strawberry.field(
        description="In the order of the input. At most 1,000."
    )


ReceiveAssetsResult = Annotated[
    AssetsScanned | HandoverUnknown | InvalidTransition | AttachmentUnknown,
    strawberry.union("ReceiveAssetsResult", description="Answers, or a refusal of all."),
]


@ruled(OWN)
@strawberry.type
class HandoverChanged:
    """The lot as it is now."""

    handover: Handover = strawberry.field(description="The lot.")


HandoverStepResult = Annotated[
    HandoverChanged | HandoverUnknown | InvalidTransition,
    strawberry.union("HandoverStepResult", description="The lot, or a refusal."),
]
DecideExtraAssetResult = Annotated[
    HandoverChanged | HandoverUnknown | InvalidTransition | AssetNotInLot,
    strawberry.union("DecideExtraAssetResult", description="The lot, or a refusal."),
]


@strawberry.type
class ReceivingMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def receive_assets(
        self,
        info: Info,
        input: Annotated[ReceiveAssetsInput, strawberry.argument(description="Which.")],
    ) -> ReceiveAssetsResult:
        """Count devices that arrived. One that nobody declared is an `EXTRA` asset of the lot.

        For the merchant that the lot was awarded to, with `lots:write`.
        """
        key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
        scans = [each.given() for each in input.scans]
        found = await counting.receive(info.context, lot, scans, key)
        if isinstance(found, Refusal):
            return cast("ReceiveAssetsResult", problem(info, found, ["input", "lotId"]))
        return AssetsScanned(results=[_scanned(info, each, n) for n, each in enumerate(found)])

    @strawberry.mutation(metadata={"rule": WRITE})
    async def complete_receipt(
        self, info: Info, input: Annotated[LotStepInput, strawberry.argument(description="Which.")]
    ) -> HandoverStepResult:
        """Say that nothing more arrives: what was not scanned is `MISSING`.

        Where all came and nothing else did the lot is reconciled at once; else its organisation has
        5 working days. For the merchant of the lot, with `lots:write`.
        """
        key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
        return stepped(info, await counting.complete(info.context, lot, key))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def accept_reconciliation(
        self, info: Info, input: Annotated[LotStepInput, strawberry.argument(description="Which.")]
    ) -> HandoverStepResult:
        """Agree to what was counted: it stands once nothing of it is disputed.

        For the organisation of the lot, with `lots:write`.
        """
        key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
        return stepped(info, await counting.agree(info.context, lot, key))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def decide_extra_asset(
        self,
        info: Info,
        input: Annotated[DecideExtraAssetInput, strawberry.argument(description="Which.")],
    ) -> DecideExtraAssetResult:
        """Say what becomes of a device that you did not declare; unless you do, it goes back.

        For the organisation of the lot, with `lots:write`.
        """
        key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
        asset = id_of(input.asset_id, "Asset", "assetId")
        found = await counting.decide_extra(info.context, lot, asset, key, keep=input.keep)
        return cast("DecideExtraAssetResult", stepped(info, found))


def _scanned(info: Info, each: ScanAnswer, n: int) -> AssetScanResult:
    if each.refused or each.asset_id is None or each.found is None:
        refused = each.refused or Refusal("IDENTITY_MISSING")
        return cast("AssetScanResult", problem(info, refused, ["input", "scans", str(n)]))
    return AssetScanned(
        asset_id=asset_id(each.asset_id),
        found=each.found,
        reasons=list(each.reasons),
        again=each.again,
        elsewhere=each.elsewhere,
    )


def stepped(info: Info, found: object) -> HandoverStepResult:
    """The lot after a step, or its refusal."""
    if isinstance(found, Refusal):
        return cast("HandoverStepResult", problem(info, found, ["input", "lotId"]))
    return HandoverChanged(handover=Handover.of(found))  # type: ignore[arg-type]
