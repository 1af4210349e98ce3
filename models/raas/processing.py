"""What is done to each device of a lot: it is diagnosed, and its data is erased.

Each function takes many devices and answers for each in order; a refusal does not stop the others,
and the number of statements does not depend on how many there are.
Source: docs/fleets.md, "Processing".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.raas import ASSET_MOVES, AssetState
from domain.raas.custody import CustodyKind, Subject, Told
from domain.raas.erasing import (
    ErasingFault,
    Medium,
    MediumState,
    MediumType,
    Try,
    Validation,
    erased,
    tried,
    validated,
)
from domain.topics import Topic
from domain.units import UnitEventKind
from domain.units.proofs import ErasureMethod
from models.events import Event, emit_all
from models.raas import handover, identities
from models.raas.custody import Book, By, Item
from models.raas.handover import Lot, Terms
from models.sql import statements

SQL = statements(Path(__file__).with_name("processing.sql"))
_A = AssetState
UNKNOWN = "ASSET_NOT_IN_LOT"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one item: refused with a code and facts, or the state that the asset has."""

    refused: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    state: AssetState | None = None


@dataclass(frozen=True, slots=True)
class NewMedium:
    """A medium that was found in a device."""

    serial: str
    type: MediumType
    capacity_gb: int | None
    removable: bool


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """A device that was looked at: `facts` of its test, and what holds data in it."""

    asset_id: UUID
    facts: Mapping[str, Any]
    media: Sequence[NewMedium]


@dataclass(frozen=True, slots=True)
class Erased:
    """A try to erase a medium of a device."""

    asset_id: UUID
    serial: str
    given: Try


@dataclass(frozen=True, slots=True)
class Validated:
    """A person's word on the last try of a medium."""

    asset_id: UUID
    serial: str
    given: Validation


@dataclass(slots=True)
class Device:
    """A counted device of a lot, with its media by their serial numbers: id, how far, tries."""

    id: UUID
    state: AssetState
    version: int
    declared_grade: str | None
    unit_id: UUID | None
    storage: bool | None
    holds_data: bool
    media: dict[str, tuple[UUID, Medium, int]] = field(default_factory=dict)


async def devices_of(
    raw: asyncpg.Connection, lot: Lot, assets: Iterable[UUID], *, media: bool = False
) -> dict[UUID, Device]:
    """Counted devices of a lot, by id; `media` with what holds data in them."""
    wanted = list(assets)
    found = {}
    for row in await raw.fetch(SQL["work"], lot.id, wanted):
        names = ("id", "version", "declared_grade", "unit_id", "storage", "holds_data")
        found[row["id"]] = Device(state=_A(row["state"]), **{name: row[name] for name in names})
    for row in await raw.fetch(SQL["media"], list(found)) if media else ():
        method = ErasureMethod(row["method"]) if row["method"] else None
        state, kind = MediumState(row["state"]), MediumType(row["type"])
        medium = Medium(kind, state, method, row["failures"], row["removable"])
        found[row["asset_id"]].media[row["serial"]] = (row["id"], medium, row["tries"])
    return found


def not_from(device: Device | None, to: AssetState) -> Done | None:
    """Why a device cannot come to a state from where it is; None if it can."""
    if device is None:
        return Done(UNKNOWN)
    if to in ASSET_MOVES.get(device.state, ()):
        return None
    allowed = sorted(state.value for state in ASSET_MOVES.get(device.state, ()))
    facts = {"from": device.state.value, "to": to.value, "allowed": allowed}
    return Done("INVALID_TRANSITION", facts)


async def diagnose(
    raw: asyncpg.Connection, lot: Lot, items: Sequence[Diagnosed], by: By, terms: Terms
) -> list[Done]:
    """Note what was found of devices, and their media; one without data is `ERASED` at once.

    Refuses, by item: an unknown asset; another state; no medium where its category has one.
    """
    devices = await devices_of(raw, lot, [item.asset_id for item in items])
    answers, good = [], []
    for item in items:
        device = devices.get(item.asset_id)
        refused = not_from(device, _A.DIAGNOSED)
        if refused or device is None:
            answers.append(refused or Done(UNKNOWN))
            continue
        if device.holds_data and not item.media:
            answers.append(Done("MEDIA_REQUIRED"))
            continue
        device.state, device.storage = _A.DIAGNOSED, bool(item.media)
        good.append(item)
        answers.append(Done(state=_A.DIAGNOSED if item.media else _A.ERASED))
    await _write_diagnoses(raw, lot, good)
    clean = [item.asset_id for item in good if not item.media]
    await _reach(raw, lot, [devices[each] for each in clean], _A.ERASED, by, terms)
    at, units = by.now, [devices[item.asset_id] for item in good]
    await note(units, UnitEventKind.DIAGNOSED, at, {"lot": lot.number})
    return answers


async def _write_diagnoses(raw: asyncpg.Connection, lot: Lot, good: Sequence[Diagnosed]) -> None:
    ids = [item.asset_id for item in good]
    await handover.move_assets(raw, ids, _A.DIAGNOSED)
    facts = [orjson.dumps(dict(item.facts), default=str).decode() for item in good]
    await raw.execute(SQL["diagnosed"], ids, facts, [bool(item.media) for item in good])
    media = [(item.asset_id, medium) for item in good for medium in item.media]
    await raw.execute(
        SQL["add_media"], *lot.owners, [asset for asset, _ in media],
        [m.serial for _, m in media], [m.type.value for _, m in media],
        [m.capacity_gb for _, m in media], [m.removable for _, m in media],
    )  # fmt: skip


async def erase(
    raw: asyncpg.Connection, lot: Lot, items: Sequence[Erased], by: By, terms: Terms
) -> list[Done]:
    """Note tries to erase media; a device is `ERASED` when each of its media is validated.

    Refuses, by item: an unknown asset or medium; a device that was not diagnosed; what
    `domain.raas.erasing.tried` does.
    """
    devices = await devices_of(raw, lot, [item.asset_id for item in items], media=True)
    answers: list[Done] = []
    tries: list[tuple[Any, ...]] = []
    touched: dict[UUID, Device] = {}
    for item in items:
        device = devices.get(item.asset_id)
        made = _tried(device, item, by)
        if isinstance(made, Done) or device is None:
            answers.append(made if isinstance(made, Done) else Done(UNKNOWN))
            continue
        medium_id, medium, n = device.media[item.serial] = made
        method = medium.method.value if medium.method else None
        proof = _validation(item.given.validation)
        facts = orjson.dumps(item.given.facts()).decode()
        tries.append((medium_id, device.id, n, method, medium.state.value, facts, proof))
        touched[device.id] = device
        answers.append(Done(state=_next(device)))
    columns = list(zip(*tries, strict=True)) or [()] * 7
    await raw.execute(SQL["add_erasures"], *lot.owners, *map(list, columns))
    await _after_media(raw, lot, list(touched.values()), by, terms)
    return answers


def _tried(device: Device | None, item: Erased, by: By) -> tuple[UUID, Medium, int] | Done:
    if device is None:
        return Done(UNKNOWN)
    if device.state not in {_A.DIAGNOSED, _A.ERASURE_FAILED}:
        return not_from(device, _A.ERASED) or Done(UNKNOWN)
    known = device.media.get(item.serial)
    if known is None:
        return Done("MEDIUM_UNKNOWN")
    medium_id, medium, n = known
    made = tried(medium, item.given, by.now)
    if isinstance(made, ErasingFault):
        return Done("ERASURE_INVALID", {"reason": made.value})
    return medium_id, made, n + 1


async def validate(
    raw: asyncpg.Connection, lot: Lot, items: Sequence[Validated], by: By, terms: Terms
) -> list[Done]:
    """Note what persons decided about erasures that were verified.

    Refuses, by item: an unknown asset or medium; one that was not verified.
    """
    devices = await devices_of(raw, lot, [item.asset_id for item in items], media=True)
    answers: list[Done] = []
    made: list[tuple[UUID, int, str, str | None]] = []
    touched: dict[UUID, Device] = {}
    for item in items:
        device = devices.get(item.asset_id)
        known = device.media.get(item.serial) if device else None
        if device is None or known is None:
            answers.append(Done("MEDIUM_UNKNOWN" if device else UNKNOWN))
            continue
        medium_id, medium, n = known
        after = validated(medium, item.given)
        if isinstance(after, ErasingFault):
            answers.append(Done("ERASURE_INVALID", {"reason": after.value}))
            continue
        device.media[item.serial] = (medium_id, after, n)
        made.append((medium_id, n, after.state.value, _validation(item.given)))
        touched[device.id] = device
        answers.append(Done(state=_next(device)))
    await raw.execute(SQL["validate"], *map(list, list(zip(*made, strict=True)) or [()] * 4))
    await _after_media(raw, lot, list(touched.values()), by, terms)
    return answers


def _next(device: Device) -> AssetState:
    """Where a device stands by its media now."""
    media = [medium for _, medium, _ in device.media.values()]
    return erased(media, storage=bool(device.media)) or device.state


def _validation(given: Validation | None) -> str | None:
    if given is None:
        return None
    facts = {"by": given.by, "passed": given.passed, "at": given.at.isoformat()}
    return orjson.dumps(facts).decode()


async def _after_media(
    raw: asyncpg.Connection, lot: Lot, touched: Sequence[Device], by: By, terms: Terms
) -> None:
    media = [each for device in touched for each in device.media.values()]
    await raw.execute(
        SQL["set_media"], [media_id for media_id, _, _ in media],
        [m.state.value for _, m, _ in media],
        [m.method.value if m.method else None for _, m, _ in media],
        [m.failures for _, m, _ in media], [n for _, _, n in media],
    )  # fmt: skip
    failed = [d for d in touched if _next(d) in {_A.ERASURE_FAILED, _A.DESTROYED}]
    await handover.move_assets(raw, [device.id for device in failed], _A.ERASURE_FAILED)
    for state in (_A.ERASED, _A.DESTROYED):
        await _reach(raw, lot, [d for d in touched if _next(d) is state], state, by, terms)


async def _reach(
    raw: asyncpg.Connection,
    lot: Lot,
    devices: Sequence[Device],
    to: AssetState,
    by: By,
    terms: Terms,
) -> None:
    """Devices whose data is gone: their chains, passports and both sides are told."""
    moved = set(await handover.move_assets(raw, [device.id for device in devices], to))
    gone = [device for device in devices if device.id in moved]
    if not gone:
        return
    await chain_on(raw, lot, [(device.id, CustodyKind.ERASED, None) for device in gone], by, terms)
    kind = UnitEventKind.ERASED if to is _A.ERASED else UnitEventKind.DESTROYED
    await note(gone, kind, by.now, {"lot": lot.number})
    told = {"lot": lot.number, "state": to.value}
    whose: Sequence[tuple[UUID | None, UUID | None]] = (
        (lot.merchant_id, None),
        (None, lot.organisation_id),
    )
    await emit_all(
        [
            Event(
                Topic.ASSET_ERASED, merchant, "Asset", device.id, device.version + 1, told,
                organisation_id=organisation,
            )
            for device in gone
            for merchant, organisation in whose
        ]
    )  # fmt: skip


async def note(
    devices: Sequence[Device], kind: UnitEventKind, at: Any, data: Mapping[str, Any]
) -> None:
    """Tell the passports of those devices that have one."""
    known = [device.unit_id for device in devices if device.unit_id is not None]
    await identities.note(known, kind, at, data)


async def chain_on(
    raw: asyncpg.Connection,
    lot: Lot,
    happened: Sequence[tuple[UUID, CustodyKind, int | None]],
    by: By,
    terms: Terms,
) -> None:
    """Each device's chain of custody goes on."""
    book = Book(raw, lot, by, terms.balance_bp)
    await book.open(devices=True, names=[str(asset) for asset, _, _ in happened])
    for asset, kind, mass_g in happened:
        why = "recorded by what was done to the device"
        told = Told(kind, by.now, mass_g=mass_g, why_gap=why)
        book.take(Item(Subject.DEVICE, str(asset), told))
    await book.write()
