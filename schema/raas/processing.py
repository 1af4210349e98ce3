"""A merchant works through the devices of a lot, up to 1,000 a call."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self, cast

import strawberry

from domain.raas import AssetState
from resolvers.orders.refusals import Refusal
from resolvers.raas import handovers, processing
from resolvers.raas.processing import PartnerRow
from schema.common import (
    After,
    Edge,
    First,
    Info,
    PageInfo,
    edges,
    idempotency_key,
    page_info,
)
from schema.offers.feed_run_changes import InvalidTransition
from schema.raas.custody import lot_of
from schema.raas.handover_parts import asset_id
from schema.raas.handover_problems import (
    AssetNotInLot,
    AttachmentUnknown,
    DeviceDestroyed,
    ErasureInvalid,
    ErasureNotValidated,
    EvidenceRequired,
    GradeUnknown,
    HandoverUnknown,
    MediaRequired,
    MediumUnknown,
    PartnerNotCertified,
    PartnerRequired,
    PartnerUnknown,
    ReasonRequired,
    problem,
)
from schema.raas.processing_inputs import (
    AdjustGradesInput,
    CertificationScheme,
    DownstreamPartnerInput,
    PartnerKind,
    RecordDiagnosesInput,
    RecordDispositionsInput,
    RecordErasuresInput,
    ValidateErasuresInput,
)
from schema.rules import MERCHANT, OWN, AllOf, Scope, ruled

WRITE = Scope(handovers.WRITE)


@ruled(OWN)
@strawberry.type
class PartnerCertification:
    """What a partner is certified for."""

    scheme: CertificationScheme = strawberry.field(description="The scheme.")
    number: str = strawberry.field(description="Of the certificate.")
    valid_to: date = strawberry.field(description="Its last day.")
    site: str | None = strawberry.field(description="For which site.")
    appendices: list[str] = strawberry.field(description="Of R2. At most 6.")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        return cls(
            scheme=CertificationScheme(row["scheme"]),
            number=row["number"],
            valid_to=date.fromisoformat(row["validTo"]),
            site=row["site"],
            appendices=row["appendices"],
        )


@ruled(OWN)
@strawberry.type
class DownstreamPartner:
    """Whom devices go to."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    name: str = strawberry.field(description="Its name.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2.")
    kind: PartnerKind = strawberry.field(description="What it does.")
    tier: int = strawberry.field(description="How far down the chain.")
    certifications: list[PartnerCertification] = strawberry.field(
        description="Those that are valid today. At most 20."
    )

    @classmethod
    def of(cls, row: PartnerRow, today: date) -> Self:
        found = [PartnerCertification.of(each) for each in row.certifications]
        return cls(
            id=strawberry.ID(str(row.id)),
            name=row.name,
            country=row.country,
            kind=PartnerKind(row.kind),
            tier=row.tier,
            certifications=[each for each in found if each.valid_to >= today],
        )


@ruled(OWN)
@strawberry.type
class DownstreamPartnerConnection:
    """Your partners."""

    edges: list[Edge[DownstreamPartner]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(OWN)
@strawberry.type
class AssetProcessed:
    """The device as it is now."""

    asset_id: strawberry.ID = strawberry.field(description="Id of the `Asset`.")
    state: AssetState = strawberry.field(description="Where it stands.")


ProcessAssetResult = Annotated[
    AssetProcessed
    | AssetNotInLot
    | InvalidTransition
    | MediaRequired
    | MediumUnknown
    | ErasureInvalid
    | ErasureNotValidated
    | EvidenceRequired
    | ReasonRequired
    | PartnerRequired
    | PartnerUnknown
    | PartnerNotCertified
    | DeviceDestroyed
    | GradeUnknown,
    strawberry.union("ProcessAssetResult", description="The device, or a refusal."),
]


@ruled(OWN)
@strawberry.type
class AssetsProcessed:
    """An answer for each device."""

    results: list[ProcessAssetResult] = strawberry.field(
        description="In the order of the input. At most 1,000."
    )


ProcessAssetsResult = Annotated[
    AssetsProcessed | HandoverUnknown | InvalidTransition | AttachmentUnknown,
    strawberry.union("ProcessAssetsResult", description="Answers, or a refusal of all."),
]


@strawberry.type
class ProcessingQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": AllOf((Scope(handovers.READ), MERCHANT))})
    async def downstream_partners(
        self, info: Info, first: First = 24, after: After = None
    ) -> DownstreamPartnerConnection:
        """Whom your devices go to. For merchants with `lots:read`."""
        page = await processing.partners(info.context, first, after)
        today = info.context.now.date()
        shown = edges(page, lambda row: DownstreamPartner.of(row, today))
        return DownstreamPartnerConnection(edges=shown, page_info=page_info(page, after))


@strawberry.type
class ProcessingMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def record_diagnoses(
        self,
        info: Info,
        input: Annotated[RecordDiagnosesInput, strawberry.argument(description="Which.")],
    ) -> ProcessAssetsResult:
        """Say what was found of devices, and name what holds data in them.

        For the merchant of the lot, with `lots:write`.
        """
        key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
        items = [each.item() for each in input.items]
        found = await processing.diagnose(info.context, lot, items, key)
        return cast("ProcessAssetsResult", _answered(info, found))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def record_erasures(
        self,
        info: Info,
        input: Annotated[RecordErasuresInput, strawberry.argument(description="Which.")],
    ) -> ProcessAssetsResult:
        """Say how media were erased. A device is `ERASED` when each of its media is validated.

        Two failures of a method put a medium aside for a stronger one, and then for destruction.
        For the merchant of the lot, with `lots:write`.
        """
        key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
        items = [each.item() for each in input.items]
        found = await processing.erase(info.context, lot, items, key)
        return cast("ProcessAssetsResult", _answered(info, found))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def validate_erasures(
        self,
        info: Info,
        input: Annotated[ValidateErasuresInput, strawberry.argument(description="Which.")],
    ) -> ProcessAssetsResult:
        """Say whether erasures that were verified suffice.

        For the merchant of the lot, with `lots:write`.
        """
        key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
        items = [each.item() for each in input.items]
        found = await processing.validate(info.context, lot, items, key)
        return cast("ProcessAssetsResult", _answered(info, found))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def record_dispositions(
        self,
        info: Info,
        input: Annotated[RecordDispositionsInput, strawberry.argument(description="Which.")],
    ) -> ProcessAssetsResult:
        """Say where devices go. The lot is `PROCESSED` when the last is gone.

        Without a validated erasure a device can only be destroyed. For the merchant of the lot,
        with `lots:write`.
        """
        key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
        items = [each.item() for each in input.items]
        found = await processing.dispose(info.context, lot, items, key)
        return cast("ProcessAssetsResult", _answered(info, found))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def adjust_grades(
        self,
        info: Info,
        input: Annotated[AdjustGradesInput, strawberry.argument(description="Which.")],
    ) -> ProcessAssetsResult:
        """Say that devices have another grade than was declared, with evidence.

        What they bring follows by the published factors of grades, up or down. For the merchant of
        the lot, with `lots:write`, until the statement is made.
        """
        key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
        items = [each.item() for each in input.items]
        found = await processing.regrade(info.context, lot, items, key)
        return cast("ProcessAssetsResult", _answered(info, found))

    @strawberry.mutation(metadata={"rule": AllOf((WRITE, MERCHANT))})
    async def set_downstream_partner(
        self,
        info: Info,
        input: Annotated[DownstreamPartnerInput, strawberry.argument(description="Whom.")],
    ) -> DownstreamPartner:
        """Name whom devices go to, with certificates; an expired one counts for nothing.

        For merchants with `lots:write`.
        """
        key = idempotency_key(input.idempotency_key)
        row = await processing.set_partner(info.context, input.said(), key)
        return DownstreamPartner.of(row, info.context.now.date())


def _answered(info: Info, found: processing.Answers) -> object:
    if isinstance(found, Refusal):
        return problem(info, found, ["input", "lotId"])
    return AssetsProcessed(
        results=[
            problem(info, each.refused, ["input", "items", str(n)])
            if each.refused
            else AssetProcessed(asset_id=asset_id(each.asset_id), state=_state(each))
            for n, each in enumerate(found)
        ]
    )


def _state(answer: processing.Answer) -> AssetState:
    if answer.state is None:
        raise LookupError("what was done has a state")
    return answer.state
