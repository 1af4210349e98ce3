"""What a merchant sends about the devices of a lot."""

from datetime import date, datetime
from enum import StrEnum

import strawberry

from domain.raas import Disposition
from domain.raas.erasing import MediumType, Try, Validation, Verification
from domain.units.proofs import ErasureMethod, ErasureTechnique
from resolvers.raas.processing import (
    Certification,
    Diagnosed,
    Disposed,
    Erased,
    NewMedium,
    NewPartner,
    Regraded,
    Validated,
)
from schema.common import ONCE, row_id
from schema.raas.custody import attachments, id_of
from schema.units.inputs import DiagnosticInput

_LOT = "Id of the `Lot`."
_ASSET = "Id of the `Asset`."
_WHO = "A reference of the person, such as a badge number: certificates name it, no name."


class PartnerKind(StrEnum):
    """What a partner does with devices."""

    RECYCLER = "RECYCLER"
    REFINER = "REFINER"
    DESTRUCTION = "DESTRUCTION"
    REUSE = "REUSE"
    SOLIDARITY = "SOLIDARITY"


class CertificationScheme(StrEnum):
    """What a partner is certified for."""

    R2V3 = "R2V3"
    E_STEWARDS = "E_STEWARDS"
    ISO_14001 = "ISO_14001"
    ADISA = "ADISA"
    RECQ = "RECQ"


strawberry.enum(
    PartnerKind, name="DownstreamPartnerKind", description="What a partner does with devices."
)
strawberry.enum(CertificationScheme, description="What a partner is certified for.")


@strawberry.input
class AssetMediumInput:
    """A medium that was found in a device."""

    serial: str = strawberry.field(description="Its serial number, or the device's if soldered.")
    type: MediumType = strawberry.field(description="What it is.")
    removable: bool = strawberry.field(description="Whether it can be taken out.")
    capacity_gb: int | None = strawberry.field(default=None, description="In gigabytes.")


@strawberry.input
class AssetDiagnosisInput:
    """A device that was tested."""

    asset_id: strawberry.ID = strawberry.field(description=_ASSET)
    diagnostic: DiagnosticInput = strawberry.field(description="The test.")
    media: list[AssetMediumInput] = strawberry.field(
        default_factory=list, description="All that holds data in it. At most 20."
    )

    def item(self) -> Diagnosed:
        """The same for the use case. Raises: BadInput."""
        media = [
            NewMedium(each.serial.strip(), each.type, each.capacity_gb, each.removable)
            for each in self.media[:20]
        ]
        facts = self.diagnostic.said().read().facts()
        return Diagnosed(id_of(self.asset_id, "Asset", "assetId"), facts, media)


@strawberry.input
class ErasureVerificationInput:
    """That the technique ran."""

    method: str = strawberry.field(description="How it was looked at, such as `FULL_READ`.")
    passed: bool = strawberry.field(description="Whether it had.")
    sample_bp: int = strawberry.field(
        default=10_000, description="How much was read back, in basis points."
    )


@strawberry.input
class ErasureValidationInput:
    """That the result suffices, as a person decided; another one, where there is one."""

    by: str = strawberry.field(description=_WHO)
    passed: bool = strawberry.field(description="Whether it does.")
    at: datetime = strawberry.field(description="When, with its zone.")

    def said(self) -> Validation:
        """The same for the use case."""
        return Validation(self.by.strip(), self.passed, self.at)


@strawberry.input
class AssetErasureInput:
    """A try to erase one medium of a device."""

    asset_id: strawberry.ID = strawberry.field(description=_ASSET)
    medium_serial: str = strawberry.field(description="Of the medium.")
    method: ErasureMethod = strawberry.field(description="How thoroughly.")
    technique: ErasureTechnique = strawberry.field(description="What was done.")
    tool: str = strawberry.field(description="Name of the tool or machine.")
    tool_version: str = strawberry.field(description="Its version.")
    operator: str = strawberry.field(description=_WHO)
    operator_role: str = strawberry.field(description="What the person does.")
    place: str = strawberry.field(description="Where.")
    started_at: datetime = strawberry.field(description="From when, with its zone.")
    ended_at: datetime = strawberry.field(description="To when.")
    succeeded: bool = strawberry.field(description="Whether the tool said so.")
    standard: str = strawberry.field(default="NIST_800_88", description="By which standard.")
    revision: str = strawberry.field(default="2", description="Of the standard.")
    encrypted: bool = strawberry.field(
        default=False,
        description="There is evidence that encryption was on: only then is a factory reset a "
        "`PURGE`.",
    )
    log_sha256: str | None = strawberry.field(
        default=None, description="Hash of the tool's log, hexadecimal."
    )
    licence: str | None = strawberry.field(default=None, description="Under which it ran.")
    verification: ErasureVerificationInput | None = strawberry.field(
        default=None, description="That it ran."
    )
    validation: ErasureValidationInput | None = strawberry.field(
        default=None, description="That it suffices; else `validateErasures` says so later."
    )

    def item(self) -> Erased:
        """The same for the use case. Raises: BadInput."""
        ran = self.verification
        verification = Verification(ran.method, ran.sample_bp, ran.passed) if ran else None
        names = (self.tool.strip(), self.tool_version.strip(), self.operator.strip())
        given = Try(
            self.method, self.technique, *names, self.operator_role.strip(), self.place.strip(),
            self.started_at, self.ended_at, self.succeeded, self.standard, self.revision,
            self.encrypted, self.log_sha256, self.licence, verification,
            self.validation.said() if self.validation else None,
        )  # fmt: skip
        asset = id_of(self.asset_id, "Asset", "assetId")
        return Erased(asset, self.medium_serial.strip(), given)


@strawberry.input
class MediumValidationInput:
    """A person's word on the last try of a medium."""

    asset_id: strawberry.ID = strawberry.field(description=_ASSET)
    medium_serial: str = strawberry.field(description="Of the medium.")
    validation: ErasureValidationInput = strawberry.field(description="What was decided.")

    def item(self) -> Validated:
        """The same for the use case. Raises: BadInput."""
        asset = id_of(self.asset_id, "Asset", "assetId")
        return Validated(asset, self.medium_serial.strip(), self.validation.said())


@strawberry.input
class AssetDispositionInput:
    """Where a device goes."""

    asset_id: strawberry.ID = strawberry.field(description=_ASSET)
    disposition: Disposition = strawberry.field(description="What becomes of it.")
    reason: str | None = strawberry.field(
        default=None, description="Why nothing better; needed from `DONATE` on."
    )
    partner_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who takes it; needed for `DONATE` `RECYCLE` `DESTROY`."
    )
    proof: strawberry.ID | None = strawberry.field(
        default=None, description="`Attachment` that shows it; needed from `DONATE` on."
    )
    mass_g: int | None = strawberry.field(default=None, description="Its mass in grams.")

    def item(self) -> Disposed:
        """The same for the use case. Raises: BadInput."""
        partner = row_id(self.partner_id, "DownstreamPartner", "partnerId")
        proof = row_id(self.proof, "Attachment", "proof")
        asset = id_of(self.asset_id, "Asset", "assetId")
        reason = (self.reason or "").strip()[:1_000] or None
        return Disposed(asset, self.disposition, reason, partner, proof, self.mass_g)


@strawberry.input
class AssetGradeInput:
    """The grade that a device turned out to have."""

    asset_id: strawberry.ID = strawberry.field(description=_ASSET)
    grade: str = strawberry.field(
        description="`PREMIUM` `EXCELLENT` `VERY_GOOD` `GOOD` `FAIR` `DAMAGED` `BROKEN`."
    )
    reason: str = strawberry.field(description="What differs from what was declared.")
    evidence: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="`Attachment`s that show it. 1 to 20."
    )

    def item(self) -> Regraded:
        """The same for the use case. Raises: BadInput."""
        files = attachments(self.evidence, "evidence")
        asset = id_of(self.asset_id, "Asset", "assetId")
        return Regraded(asset, self.grade.strip().upper(), self.reason.strip()[:1_000], files)


@strawberry.input
class RecordDiagnosesInput:
    """Devices that were tested."""

    lot_id: strawberry.ID = strawberry.field(description=_LOT)
    items: list[AssetDiagnosisInput] = strawberry.field(description="1 to 1,000.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class RecordErasuresInput:
    """Media that were erased, or not."""

    lot_id: strawberry.ID = strawberry.field(description=_LOT)
    items: list[AssetErasureInput] = strawberry.field(description="1 to 1,000.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class ValidateErasuresInput:
    """Erasures that somebody looked at."""

    lot_id: strawberry.ID = strawberry.field(description=_LOT)
    items: list[MediumValidationInput] = strawberry.field(description="1 to 1,000.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class RecordDispositionsInput:
    """Where devices go."""

    lot_id: strawberry.ID = strawberry.field(description=_LOT)
    items: list[AssetDispositionInput] = strawberry.field(description="1 to 1,000.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class AdjustGradesInput:
    """Grades that were found."""

    lot_id: strawberry.ID = strawberry.field(description=_LOT)
    items: list[AssetGradeInput] = strawberry.field(description="1 to 1,000.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class CertificationInput:
    """What a partner is certified for."""

    scheme: CertificationScheme = strawberry.field(description="The scheme.")
    number: str = strawberry.field(description="Of the certificate.")
    valid_to: date = strawberry.field(description="Its last day.")
    site: str | None = strawberry.field(default=None, description="For which site.")
    appendices: list[str] = strawberry.field(
        default_factory=list, description="Of R2: `A` to `F`. At most 6."
    )

    def said(self) -> Certification:
        """The same for the use case."""
        facts = (self.scheme.value, self.number, self.valid_to, self.site)
        return Certification(*facts, self.appendices[:6])


@strawberry.input
class DownstreamPartnerInput:
    """Whom devices go to; one of the same name is changed."""

    name: str = strawberry.field(description="Its name, up to 200 characters.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2.")
    kind: PartnerKind = strawberry.field(description="What it does.")
    idempotency_key: str = strawberry.field(description=ONCE)
    tier: int = strawberry.field(default=1, description="How far down the chain: 1 to 5.")
    certifications: list[CertificationInput] = strawberry.field(
        default_factory=list, description="At most 20."
    )

    def said(self) -> NewPartner:
        """The same for the use case."""
        found = [each.said() for each in self.certifications[:20]]
        return NewPartner(self.name, self.country, self.kind.value, self.tier, found)
