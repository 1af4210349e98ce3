"""What a merchant sends about a device that is on its table."""

from datetime import datetime
from decimal import Decimal

import strawberry

from domain.units import SupplyChannel
from domain.units.erasure import ErasureStandard, ErasureState, MediumType
from domain.units.facts import (
    Fault,
    GradingScheme,
    Part,
    PartOrigin,
    PartReplaced,
    RepairAction,
    UnitActor,
)
from domain.units.proofs import ErasureMethod, ErasureTechnique
from resolvers.context import BadInput
from resolvers.units import footprint, given, records
from schema.common import ONCE
from schema.units.inputs import AcquisitionInput, DiagnosticInput

_UNIT = "Id of the `Unit`."
_AT = "When, with its zone."


@strawberry.input
class MediumInput:
    """What holds data in a device."""

    type: MediumType = strawberry.field(description="What it is.")
    serial: str = strawberry.field(description="Its serial number, 120 characters at most.")
    capacity_bytes: str | None = strawberry.field(
        default=None, description="Bytes, as a text of digits."
    )

    def read(self) -> records.Medium:
        """The same for the use case. Raises: BadInput."""
        capacity = self.capacity_bytes
        if capacity is not None and not (capacity.isascii() and capacity.isdigit()):
            raise BadInput("`capacityBytes` is a number.", argument="medium.capacityBytes")
        size = int(capacity[:20]) if capacity else None
        if size is not None and not 0 < size < 2**60:
            raise BadInput("`capacityBytes` is out of range.", argument="medium.capacityBytes")
        return records.Medium(self.type, given.said(self.serial, "medium.serial"), size)


@strawberry.input
class RegisterUnitInput:
    """A device that you take into your stock. Give an IMEI, a serial number, or all there are."""

    variant: strawberry.ID = strawberry.field(description="Id of the `Variant`.")
    idempotency_key: str = strawberry.field(description=ONCE)
    imei: str | None = strawberry.field(default=None, description="15 digits.")
    imei2: str | None = strawberry.field(default=None, description="That of the second SIM.")
    meid: str | None = strawberry.field(default=None, description="14 hexadecimal digits.")
    serial: str | None = strawberry.field(default=None, description="The maker's serial number.")
    channel: SupplyChannel | None = strawberry.field(default=None, description="Where from.")
    sku: str | None = strawberry.field(default=None, description="Your own key of it.")
    acquisition: AcquisitionInput | None = strawberry.field(
        default=None, description="What you paid for it: nobody but you sees it."
    )
    diagnostic: DiagnosticInput | None = strawberry.field(default=None, description="A test of it.")
    media: list[MediumInput] = strawberry.field(
        default_factory=list, description="What holds data in it, 20 at most."
    )
    passport_code: str | None = strawberry.field(
        default=None,
        description="The code that came with it: its passport goes on. Without, another begins.",
    )


@strawberry.input
class RecordDiagnosticInput:
    """A test of a device, passed or not."""

    unit: strawberry.ID = strawberry.field(description=_UNIT)
    diagnostic: DiagnosticInput = strawberry.field(description="The test.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class RecordErasureInput:
    """How far the erasure of one medium came."""

    unit: strawberry.ID = strawberry.field(description=_UNIT)
    medium: MediumInput = strawberry.field(description="Which.")
    state: ErasureState = strawberry.field(
        description="What it has come to. It means the steps before: `VALIDATED` that it ran, was "
        "verified and was found to suffice."
    )
    at: datetime = strawberry.field(description=_AT)
    idempotency_key: str = strawberry.field(description=ONCE)
    method: ErasureMethod | None = strawberry.field(default=None, description="How thoroughly.")
    technique: ErasureTechnique | None = strawberry.field(default=None, description="How.")
    standard: ErasureStandard | None = strawberry.field(default=None, description="By which book.")
    revision: str | None = strawberry.field(default=None, description="Its revision, as `2`.")
    tool: str | None = strawberry.field(default=None, description="Name of the tool.")
    tool_version: str | None = strawberry.field(default=None, description="Its version.")
    operator: str | None = strawberry.field(
        default=None, description="Who erased: seen by you alone."
    )
    started_at: datetime | None = strawberry.field(default=None, description="When it began.")
    encrypted: bool = strawberry.field(
        default=False,
        description="There is evidence that the medium was encrypted before: only then is a "
        "factory reset a `PURGE`.",
    )
    verification: str | None = strawberry.field(
        default=None, description="How it was verified, such as `full read`."
    )
    validator: str | None = strawberry.field(
        default=None,
        description="Who validated, another person where there are two: seen by you alone.",
    )
    certificate: str | None = strawberry.field(default=None, description="The tool's number.")
    log_sha256: str | None = strawberry.field(
        default=None, description="Of the tool's log, in hexadecimal digits."
    )
    place: str | None = strawberry.field(default=None, description="Where, such as a site's name.")

    def read(self) -> records.Report:
        """The same for the use case. Raises: BadInput."""
        texts = {
            name: given.maybe(getattr(self, name), name)
            for name in (
                *("revision", "tool", "tool_version", "operator", "verification"),
                *("validator", "certificate", "log_sha256", "place"),
            )
        }
        began = None if self.started_at is None else given.zoned(self.started_at, "startedAt")
        return records.Report(
            medium=self.medium.read(),
            state=self.state,
            at=given.zoned(self.at, "at"),
            method=self.method,
            technique=self.technique,
            standard=self.standard,
            started_at=began,
            encrypted=self.encrypted,
            **texts,
        )


@strawberry.input
class PartInput:
    """A part that was replaced."""

    part: Part = strawberry.field(description="What.")
    origin: PartOrigin = strawberry.field(description="New, second hand, or not known.")
    removed_medium: str | None = strawberry.field(
        default=None, description="Serial number of storage that was taken out."
    )
    supplier_reference: str | None = strawberry.field(
        default=None, description="Its number at its supplier."
    )
    capacity_gb: int | None = strawberry.field(
        default=None, description="Of new storage: without it nothing can be said of its impact."
    )
    spinning: bool = strawberry.field(default=False, description="New storage is a hard disk.")
    factor_kg: Decimal | None = strawberry.field(
        default=None, description="Your own footprint of the part, kg CO2e, with its evidence."
    )
    factor_evidence: str | None = strawberry.field(
        default=None, description="What shows it; needed beside a footprint."
    )
    mass_share: Decimal | None = strawberry.field(
        default=None, description="Its share of the device's mass, above 0 and up to 1."
    )

    def read(self) -> PartReplaced:
        """The same for the use case. Raises: BadInput."""
        part = PartReplaced(
            self.part,
            self.origin,
            given.maybe(self.removed_medium, "removedMedium"),
            given.maybe(self.supplier_reference, "supplierReference"),
            self.capacity_gb,
            self.spinning,
            given.finite(self.factor_kg, "part.factorKg"),
            given.maybe(self.factor_evidence, "part.factorEvidence"),
            given.finite(self.mass_share, "part.massShare"),
        )
        footprint.part(part)
        return part


@strawberry.input
class RecordPartInput:
    """A part that was replaced in a device."""

    unit: strawberry.ID = strawberry.field(description=_UNIT)
    part: PartInput = strawberry.field(description="Which.")
    at: datetime = strawberry.field(description=_AT)
    idempotency_key: str = strawberry.field(description=ONCE)
    medium: MediumInput | None = strawberry.field(
        default=None, description="Storage that is new in it: it is erased before the device goes."
    )


@strawberry.input
class RecordRepairInput:
    """A repair of a device."""

    unit: strawberry.ID = strawberry.field(description=_UNIT)
    fault: Fault = strawberry.field(description="What was wrong.")
    action: RepairAction = strawberry.field(description="What was done.")
    at: datetime = strawberry.field(description=_AT)
    idempotency_key: str = strawberry.field(description=ONCE)
    by: UnitActor = strawberry.field(default=UnitActor.MERCHANT, description="In which role.")
    warranty_months: int | None = strawberry.field(
        default=None, description="How long the work is vouched for: 0 to 120."
    )
    parts: list[PartInput] = strawberry.field(
        default_factory=list, description="What it took, 20 at most."
    )


@strawberry.input
class GradeUnitInput:
    """How a device looks."""

    unit: strawberry.ID = strawberry.field(description=_UNIT)
    grade: str = strawberry.field(description="A grade of the book, such as `GOOD`.")
    at: datetime = strawberry.field(description=_AT)
    idempotency_key: str = strawberry.field(description=ONCE)
    scheme: GradingScheme = strawberry.field(
        default=GradingScheme.BOUCLE, description="By which book."
    )
    version: str = strawberry.field(default="1", description="Its version.")
    by: UnitActor = strawberry.field(default=UnitActor.MERCHANT, description="In which role.")


@strawberry.input
class OfferUnitInput:
    """A device that you offer from now on."""

    unit: strawberry.ID = strawberry.field(description=_UNIT)
    idempotency_key: str = strawberry.field(description=ONCE)
