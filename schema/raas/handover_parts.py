"""The parts of a lot's way: containers, events, devices, lines of its statement, disputes."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

import orjson
import strawberry

from domain.raas import AssetState, Disposition, LotState
from domain.raas.counting import Counts, Found
from domain.raas.custody import CustodyKind, Holder, IncidentKind, Subject
from domain.raas.disputing import About, DecidedBy, DisputeState
from domain.raas.erasing import MediumState, MediumType
from domain.units.proofs import ErasureMethod, ErasureTechnique
from resolvers.raas import processing
from schema.common import Info, global_id
from schema.rules import OWN, ruled

if TYPE_CHECKING:
    from resolvers.raas.custody import EventRow, PickupRow

for each, name, text in (
    (LotState, "LotState", "Where a lot stands."),
    (CustodyKind, "CustodyEventKind", "What happened on the way."),
    (Subject, "CustodySubject", "What has a chain of its own."),
    (Holder, "CustodyActor", "Who tells."),
    (IncidentKind, "CustodyIncidentKind", "What did not fit."),
    (Found, "ReconciliationOutcome", "What became of a device between two counts."),
    (MediumType, "AssetMediumType", "What data is held on."),
    (MediumState, "AssetMediumState", "How far its data is gone."),
    (About, "LotDisputeSubject", "What is disputed."),
    (DisputeState, "LotDisputeState", "`UPHELD` is for the organisation."),
    (DecidedBy, "LotDisputeDecider", "Who ended it."),
):
    strawberry.enum(each, name=name, description=text)


def asset_id(row: UUID) -> strawberry.ID:
    """The id of an asset as clients know it."""
    return strawberry.ID(str(global_id("Asset", row)))


def files(ids: Any) -> list[strawberry.ID]:
    """The ids of attachments as clients know them."""
    return [strawberry.ID(str(global_id("Attachment", each))) for each in ids or ()]


def certificate(row: UUID | None) -> strawberry.ID | None:
    """The id of a certificate as clients know it."""
    return strawberry.ID(str(global_id("Certificate", row))) if row else None


@ruled(OWN)
@strawberry.type
class Pickup:
    """When a lot is fetched."""

    place: str = strawberry.field(description="Where.")
    site_id: strawberry.ID | None = strawberry.field(description="The site of the organisation.")
    from_: datetime = strawberry.field(name="from", description="From when on.")
    until: datetime = strawberry.field(description="Until when.")
    carrier: str | None = strawberry.field(description="`null`: the organisation brings it.")
    containers: int = strawberry.field(description="How many.")
    state: str = strawberry.field(description="`SCHEDULED` or `COLLECTED`.")
    moved: int = strawberry.field(description="How often it was moved.")

    @classmethod
    def of(cls, row: "PickupRow") -> Self:
        site = strawberry.ID(str(row.site_id)) if row.site_id else None
        return cls(
            place=row.place, site_id=site, from_=row.from_at, until=row.until_at,
            carrier=row.carrier, containers=row.containers, state=row.state, moved=row.moved,
        )  # fmt: skip


@ruled(OWN)
@strawberry.type
class CustodyContainer:
    """A container with its seal and its masses."""

    id: strawberry.ID = strawberry.field(description="Id of its chain.")
    number: str = strawberry.field(description="What stands on it.")
    seal: str | None = strawberry.field(description="The seal that is on it.")
    last_kind: CustodyKind | None = strawberry.field(description="What happened to it last.")
    last_at: datetime | None = strawberry.field(description="When.")
    sent_g: int | None = strawberry.field(description="Its mass when it was closed, in grams.")
    mass_g: int | None = strawberry.field(description="Its mass when last weighed, in grams.")
    events: int = strawberry.field(description="How many events its chain has.")
    devices: int = strawberry.field(description="How many devices were scanned into it.")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        kind = CustodyKind(row["last_kind"]) if row["last_kind"] else None
        names = ("seal", "last_at", "sent_g", "mass_g", "events", "devices")
        facts = {name: row[name] for name in names}
        return cls(id=strawberry.ID(str(row["id"])), number=row["name"], last_kind=kind, **facts)


@ruled(OWN)
@strawberry.type
class CustodyEvent:
    """One step of a chain. `hash` is the SHA-256 of it and of `previous`."""

    chain_id: strawberry.ID = strawberry.field(description="Id of the chain.")
    subject: Subject = strawberry.field(description="Of what.")
    name: str = strawberry.field(description="Number of the container, or id of the asset.")
    n: int = strawberry.field(description="Its number in the chain, from 1.")
    kind: CustodyKind = strawberry.field(description="What happened.")
    at: datetime = strawberry.field(description="When it happened.")
    recorded_at: datetime = strawberry.field(description="When it was told.")
    actor: Holder = strawberry.field(description="Who told it.")
    by: str | None = strawberry.field(description="Who did it, as told.")
    place: str | None = strawberry.field(description="Where.")
    seal: str | None = strawberry.field(description="The seal that was put on or looked at.")
    mass_g: int | None = strawberry.field(description="Mass in grams.")
    signature: str | None = strawberry.field(description="Who signed, as told.")
    photos: list[strawberry.ID] = strawberry.field(description="Attachments. At most 20.")
    previous: str = strawberry.field(description="Hash of the event before, hexadecimal.")
    hash: str = strawberry.field(description="Its hash, hexadecimal.")

    @classmethod
    def of(cls, row: "EventRow") -> Self:
        said = row.data
        return cls(
            chain_id=strawberry.ID(str(row.chain_id)), subject=row.subject, name=row.name, n=row.n,
            kind=row.kind, at=row.at, recorded_at=row.recorded_at, actor=row.actor,
            by=said.get("by"), place=said.get("place"), seal=said.get("seal"),
            mass_g=said.get("massG"), signature=said.get("signature"),
            photos=files(said.get("photos"))[:20], previous=row.previous.hex(),
            hash=row.hash.hex(),
        )  # fmt: skip


@ruled(OWN)
@strawberry.type
class CustodyIncident:
    """Something that did not fit."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    kind: IncidentKind = strawberry.field(description="What.")
    at: datetime = strawberry.field(description="When it was found.")
    subject: Subject | None = strawberry.field(description="Of what.")
    name: str | None = strawberry.field(description="Number of the container, or id of the asset.")
    asset_id: strawberry.ID | None = strawberry.field(description="The device.")
    facts: list[str] = strawberry.field(description="`name: value`, in order. At most 20.")
    resolved_at: datetime | None = strawberry.field(description="When it was cleared up.")
    resolution: str | None = strawberry.field(description="How.")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        return cls(
            id=strawberry.ID(str(row["id"])), kind=IncidentKind(row["kind"]), at=row["at"],
            subject=Subject(row["subject"]) if row["subject"] else None, name=row["name"],
            asset_id=asset_id(row["asset_id"]) if row["asset_id"] else None,
            facts=[f"{name}: {value}" for name, value in sorted(row["facts"].items())],
            resolved_at=row["resolved_at"], resolution=row["resolution"],
        )  # fmt: skip


@ruled(OWN)
@strawberry.type
class BrokenChain:
    """A chain that does not hold: something of it was changed, left out or moved."""

    subject: Subject = strawberry.field(description="Of what.")
    name: str = strawberry.field(description="Number of the container, or id of the asset.")
    n: int = strawberry.field(description="The first event that does not fit.")


@ruled(OWN)
@strawberry.type
class Reconciliation:
    """What was declared against what was counted: `declared` is the sum of the next four."""

    declared: int = strawberry.field(description="Devices that were declared.")
    received: int = strawberry.field(description="Came as declared.")
    mismatched: int = strawberry.field(description="Came, and differ in serial number or model.")
    missing: int = strawberry.field(description="Did not come.")
    uncounted: int = strawberry.field(description="Without an outcome yet.")
    extra: int = strawberry.field(description="Came, and nobody declared them.")
    counted_at: datetime | None = strawberry.field(description="When the count was complete.")
    stands_at: datetime | None = strawberry.field(
        description="When it stands by itself, unless something is disputed."
    )

    @classmethod
    def of(cls, row: Counts, counted: datetime | None, until: datetime | None) -> Self:
        return cls(
            declared=row.declared, received=row.received, mismatched=row.mismatched,
            missing=row.missing, uncounted=row.uncounted, extra=row.extra, counted_at=counted,
            stands_at=until,
        )  # fmt: skip


@ruled(OWN)
@strawberry.type
class AssetErasure:
    """One try to erase a medium."""

    n: int = strawberry.field(description="From 1.")
    method: ErasureMethod = strawberry.field(description="What it counts as.")
    technique: ErasureTechnique = strawberry.field(description="What was done.")
    standard: str = strawberry.field(description="Such as `NIST_800_88`.")
    revision: str = strawberry.field(description="Of the standard.")
    tool: str = strawberry.field(description="Name of the tool.")
    tool_version: str = strawberry.field(description="Its version.")
    operator: str = strawberry.field(description="Who did it, as a reference.")
    started_at: datetime = strawberry.field(description="From when.")
    ended_at: datetime = strawberry.field(description="To when.")
    state: MediumState = strawberry.field(description="What it came to.")
    verification: str | None = strawberry.field(description="How it was looked at that it ran.")
    validated_by: str | None = strawberry.field(description="Who decided, as a reference.")
    validated_at: datetime | None = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        said = orjson.loads(row["facts"])
        word = orjson.loads(row["validation"]) if row["validation"] else None
        names = ("standard", "revision", "tool", "tool_version", "operator")
        return cls(
            n=row["n"], method=ErasureMethod(row["method"]), state=MediumState(row["state"]),
            technique=ErasureTechnique(said["technique"]),
            started_at=datetime.fromisoformat(said["started_at"]),
            ended_at=datetime.fromisoformat(said["ended_at"]),
            verification=said["verification"]["method"] if said["verification"] else None,
            validated_by=word["by"] if word else None,
            validated_at=datetime.fromisoformat(word["at"]) if word else None,
            **{name: said[name] for name in names},
        )  # fmt: skip


@ruled(OWN)
@strawberry.type
class AssetMedium:
    """A medium of a device, and how its data was erased."""

    serial: str = strawberry.field(description="Its serial number.")
    type: MediumType = strawberry.field(description="What it is.")
    capacity_gb: int | None = strawberry.field(description="Capacity in gigabytes.")
    removable: bool = strawberry.field(description="Whether it can be taken out of the device.")
    state: MediumState = strawberry.field(description="How far its data is gone.")
    erasures: list[AssetErasure] = strawberry.field(description="Each try. At most 20.")


def media_of(rows: list[Mapping[str, Any]]) -> list[AssetMedium]:
    """Media of rows of their tries, in order."""
    found: dict[UUID, AssetMedium] = {}
    for row in rows:
        medium = found.setdefault(
            row["medium_id"],
            AssetMedium(
                serial=row["serial"], type=MediumType(row["type"]), capacity_gb=row["capacity_gb"],
                removable=row["removable"], state=MediumState(row["medium_state"]), erasures=[],
            ),
        )  # fmt: skip
        if row["n"] is not None:
            medium.erasures.append(AssetErasure.of(row))
    return list(found.values())


@ruled(OWN)
@strawberry.type
class HandoverAsset:
    """A device of a lot: what was declared, what was found, what was done."""

    id: strawberry.ID = strawberry.field(description="Id of the `Asset`.")
    tag: str | None = strawberry.field(description="Its organisation's tag.")
    imei: str | None = strawberry.field(description="As declared.")
    serial: str | None = strawberry.field(description="As declared.")
    model: str | None = strawberry.field(description="As declared.")
    state: AssetState = strawberry.field(description="Where it stands.")
    found: Found | None = strawberry.field(description="`null` until it is counted.")
    reasons: list[str] = strawberry.field(
        description="`SERIAL_DIFFERS` `MODEL_DIFFERS` `TAG_DIFFERS`. At most 3."
    )
    counted_at: datetime | None = strawberry.field(description="When it was counted.")
    declared_grade: str | None = strawberry.field(description="As declared.")
    grade: str | None = strawberry.field(description="As found, where it differs.")
    grade_reason: str | None = strawberry.field(description="Why.")
    grade_evidence: list[strawberry.ID] = strawberry.field(description="Files. At most 20.")
    disposition: Disposition | None = strawberry.field(description="Where it went.")
    disposition_reason: str | None = strawberry.field(description="Why nothing better.")
    partner_id: strawberry.ID | None = strawberry.field(description="To whom.")
    proof: strawberry.ID | None = strawberry.field(description="The file that shows it.")
    disposed_at: datetime | None = strawberry.field(description="When.")
    certificate_id: strawberry.ID | None = strawberry.field(
        description="The `Certificate` that its data is gone."
    )
    row: strawberry.Private[UUID]

    @strawberry.field
    async def media(self, info: Info) -> list[AssetMedium]:
        """What holds data in it, with every try to erase it. At most 20."""
        return media_of(await processing.media(info.context, self.row))[:20]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        plain = ("tag", "imei", "serial", "model", "counted_at", "declared_grade", "grade")
        also = ("grade_reason", "disposed_at")
        partner = strawberry.ID(str(row["partner_id"])) if row["partner_id"] else None
        return cls(
            id=asset_id(row["id"]), row=row["id"], state=AssetState(row["state"]),
            found=Found(row["found"]) if row["found"] else None, reasons=list(row["reasons"] or ()),
            grade_evidence=files(row["grade_evidence"])[:20],
            disposition=Disposition(row["disposition"]) if row["disposition"] else None,
            disposition_reason=row["reason"], partner_id=partner,
            proof=next(iter(files([row["proof"]] if row["proof"] else ())), None),
            certificate_id=certificate(row["certificate_id"]),
            **{name: row[name] for name in (*plain, *also)},
        )  # fmt: skip
