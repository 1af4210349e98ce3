"""The media of devices and their erasures; whether a device may leave, or be offered.

`released` is the one rule for dispatch, resale and fleets.
Source: docs/passports.md, "Erasure".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from domain.units import UnitEventKind, canonical
from domain.units.erasure import (
    SOLDERED,
    ErasureFault,
    ErasureStandard,
    ErasureState,
    MediumType,
    NotAllowed,
    Standing,
    independent,
    move,
    path,
    shown,
    technique_fault,
)
from domain.units.proofs import (
    Diagnostic,
    Erasure,
    ErasureMethod,
    ErasureResult,
    ErasureTechnique,
    ProofFault,
    diagnostic_fault,
    erasure_fault,
)
from models.base import as_system, fetch, new_id
from models.jobs import Job
from models.outbox import enqueue
from models.sql import statements
from models.units.claims import note_many

SQL = statements(Path(__file__).with_name("erasures.sql"))
S = ErasureState
DIAGNOSTIC_MISSING: Final = "DIAGNOSTIC_MISSING"
ERASURE_PROOF_MISSING: Final = "ERASURE_PROOF_MISSING"


@dataclass(frozen=True, slots=True)
class Medium:
    """What holds data in a device. Units: bytes."""

    type: MediumType
    serial: str
    capacity_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What is told of the erasure of a medium, and how far it came.

    Shapes: `operator` and `validator` are names, seen by who erased alone; `log_sha256` is in
    hexadecimal digits. `encrypted`: there is evidence that the medium was encrypted before.
    """

    medium: Medium
    state: ErasureState
    at: datetime
    method: ErasureMethod | None = None
    technique: ErasureTechnique | None = None
    standard: ErasureStandard | None = None
    revision: str | None = None
    tool: str | None = None
    tool_version: str | None = None
    operator: str | None = None
    started_at: datetime | None = None
    encrypted: bool = False
    verification: str | None = None
    validator: str | None = None
    certificate: str | None = None
    log_sha256: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An erasure as it stands after a report."""

    id: UUID
    medium_id: UUID
    standing: Standing


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a device may not leave: a code, what is wrong, and of which medium."""

    code: str
    reason: ProofFault
    medium: str | None = None


@dataclass(frozen=True, slots=True)
class ErasureRow:
    """An erasure as it is read by who did it."""

    id: UUID
    state: ErasureState
    method: ErasureMethod | None
    tries: int
    facts: Mapping[str, Any]
    updated_at: datetime


@dataclass(slots=True)
class MediumRow:
    """A medium and its erasures, the newest first: 20 at most."""

    id: UUID
    unit_id: UUID
    type: MediumType
    serial: str
    capacity_bytes: int | None
    removed_at: datetime | None
    erasures: list[ErasureRow] = field(default_factory=list)


async def record(unit_id: UUID, report: Report) -> Recorded | NotAllowed | ErasureFault:
    """Take a report on a medium of a unit, in the current transaction, and note it.

    A report tells the end and means the steps before it. What ended is begun again by the next
    report. Refuses: a step that cannot follow; another method than the next; a technique that does
    nothing to such a medium; facts that are missing.
    """
    if fault := _fault(report):
        return fault
    async with as_system() as raw:
        await raw.fetch(SQL["hold"], unit_id)
        now = await raw.fetchrow(SQL["standing"], [unit_id])
        if now is None:
            raise LookupError(f"the unit {unit_id} is gone")
        medium_id = await _medium(raw, now, report.medium)
        current = await raw.fetchrow(SQL["current"], medium_id, now["since"])
        standing = _standing(current)
        if standing.state is S.VALIDATED:
            current, standing = None, Standing()
        after = _after(standing, report)
        if not isinstance(after, Standing):
            return after
        erasure_id = current["id"] if current else new_id()
        whose = [now[name] for name in ("merchant_id", "customer_id", "organisation_id")]
        method = after.method.value if after.method else None
        facts = canonical(_facts(report, after)).decode()
        await raw.execute(
            SQL["keep"], erasure_id, unit_id, now["passport"], medium_id, *whose, now["party_id"],
            now["events"], after.state.value, method, after.tries, facts,
        )  # fmt: skip
    noted = _noted(report, after, medium_id, current)
    await note_many([(unit_id, UnitEventKind.ERASED, report.at, noted)])
    if after.state is S.VALIDATED:
        await ask_certificates([unit_id])
    return Recorded(erasure_id, medium_id, after)


async def add_medium(unit_id: UUID, medium: Medium) -> UUID:
    """Know a medium of a unit, in the current transaction; its id."""
    async with as_system() as raw:
        now = await raw.fetchrow(SQL["standing"], [unit_id])
        if now is None:
            raise LookupError(f"the unit {unit_id} is gone")
        return await _medium(raw, now, medium)


async def remove_medium(unit_id: UUID, serial: str) -> None:
    """A medium was taken out of a unit: its erasure is no longer asked for."""
    async with as_system() as raw:
        now = await raw.fetchrow(SQL["standing"], [unit_id])
        if now is not None:
            await raw.execute(SQL["removed"], unit_id, now["passport"], serial)
    await ask_certificates([unit_id])


async def ask_certificates(unit_ids: Sequence[UUID]) -> None:
    """Have those who traded in these units certified that their data are gone, if it is so.

    A job finds out and issues, once for each trade-in; it is part of the current transaction.
    """
    async with as_system() as raw:
        rows = await raw.fetch(SQL["traded_in"], list(unit_ids))
    for row in rows:
        await enqueue(Job.CERTIFY_TRADE_IN, trade_in_id=str(row["place_id"]))


async def released(unit_ids: Sequence[UUID], now: datetime) -> dict[UUID, tuple[Missing, ...]]:
    """Why each unit may not leave or be offered; nothing for one that may. One statement.

    What counts was noted since the device last left whoever used it: a diagnostic that it passed,
    and where it holds data an erasure that was validated, for each of its media.
    """
    async with as_system() as raw:
        rows = await raw.fetch(SQL["proofs"], list(unit_ids))
    return {row["id"]: tuple(_missing(row, now)) for row in rows}


async def media(unit_ids: Sequence[UUID]) -> list[MediumRow]:
    """The media of units with their erasures, as the current transaction may see them."""
    found: dict[UUID, MediumRow] = {}
    for row in await fetch(SQL["of_units"], list(unit_ids)):
        medium = found.setdefault(
            row["medium_id"],
            MediumRow(
                row["medium_id"], row["unit_id"], MediumType(row["type"]), row["serial"],
                row["capacity_bytes"], row["removed_at"],
            ),
        )  # fmt: skip
        if row["id"] is not None:
            method = ErasureMethod(row["method"]) if row["method"] else None
            facts = orjson.loads(row["facts"])
            told = (S(row["state"]), method, row["tries"], facts, row["updated_at"])
            medium.erasures.append(ErasureRow(row["id"], *told))
    return list(found.values())


async def _medium(raw: asyncpg.Connection, now: asyncpg.Record, medium: Medium) -> UUID:
    whose = [now[name] for name in ("merchant_id", "customer_id", "organisation_id", "party_id")]
    given = (medium.type.value, medium.serial, medium.capacity_bytes)
    found: UUID = await raw.fetchval(SQL["medium"], now["id"], now["passport"], *given, *whose)
    return found


def _standing(row: asyncpg.Record | None) -> Standing:
    if row is None:
        return Standing()
    method = ErasureMethod(row["method"]) if row["method"] else None
    return Standing(S(row["state"]), method, row["tries"])


def _fault(report: Report) -> ErasureFault | None:
    if report.started_at and report.started_at > report.at:
        return ErasureFault.ENDED_BEFORE_IT_BEGAN
    if report.technique and (fault := technique_fault(report.technique, report.medium.type)):
        return fault
    told = (report.standard, report.method, report.technique, report.tool)
    if report.state in {S.SUCCEEDED, S.VERIFIED, S.VALIDATED} and not all(told):
        return ErasureFault.FACTS_MISSING
    if report.state is S.VALIDATED and not (report.validator and report.verification):
        return ErasureFault.FACTS_MISSING
    return None


def _after(standing: Standing, report: Report) -> Standing | NotAllowed | ErasureFault:
    method = report.method
    if method and report.technique:
        method = shown(method, report.technique, encrypted=report.encrypted)
    for to in path(standing, report.state):
        after = move(standing, to, method)
        if not isinstance(after, Standing):
            return after
        standing = after
    return standing


def _facts(report: Report, after: Standing) -> dict[str, Any]:
    """What is stored of a report: names of people stay with who erased."""
    told = {
        "claimed": report.method,
        "method": after.method,
        "technique": report.technique,
        "standard": report.standard,
        "revision": report.revision,
        "tool": report.tool,
        "toolVersion": report.tool_version,
        "operator": report.operator,
        "startedAt": report.started_at,
        "endedAt": report.at,
        "encrypted": report.encrypted or None,
        "verification": report.verification,
        "validator": report.validator,
        "certificate": report.certificate,
        "logSha256": report.log_sha256,
        "place": report.place,
    }
    return {name: value for name, value in told.items() if value is not None}


def _noted(
    report: Report, after: Standing, medium_id: UUID, before: asyncpg.Record | None
) -> dict[str, Any]:
    kept = orjson.loads(before["facts"]) if before else {}
    operator = report.operator or kept.get("operator")
    told = {
        "result": after.state,
        "mediumId": str(medium_id),
        "medium": report.medium.type,
        "method": after.method,
        "technique": report.technique,
        "standard": report.standard,
        "revision": report.revision,
        "tool": report.tool,
        "tries": after.tries,
        "at": report.at.isoformat(),
    }
    if after.state is S.VALIDATED:
        told["independent"] = independent(operator, report.validator)
    return {name: value for name, value in told.items() if value is not None}


def _missing(row: asyncpg.Record, now: datetime) -> list[Missing]:
    found = []
    tested = _diagnostic(row["diagnosed"])
    if fault := diagnostic_fault(tested, now):
        found.append(Missing(DIAGNOSTIC_MISSING, fault))
    media = orjson.loads(row["media"])
    erased = erasure_fault(_erasure(row["erased"]), now, storage=row["storage"])
    whole = row["erased"] is not None and erased is None
    if not media:
        return found + ([Missing(ERASURE_PROOF_MISSING, erased)] if erased else [])
    for medium in media if row["storage"] else []:
        fault = _medium_fault(medium, whole=whole and len(media) == 1)
        if fault is not None:
            found.append(Missing(ERASURE_PROOF_MISSING, fault, medium["serial"]))
    return found


def _medium_fault(medium: Mapping[str, Any], *, whole: bool) -> ProofFault | None:
    state, soldered = medium["state"], MediumType(medium["type"]) in SOLDERED
    if state is None:
        return None if whole else ProofFault.NONE_GIVEN
    gone = state == S.DESTROYED or (state == S.VALIDATED and medium["method"] == "DESTROY")
    if gone:
        return ProofFault.DEVICE_DESTROYED if soldered else None
    return None if state == S.VALIDATED else ProofFault.NOT_VALIDATED


def _diagnostic(text: str | None) -> Diagnostic | None:
    if text is None:
        return None
    said = orjson.loads(text)
    at = datetime.fromisoformat(said["at"])
    health = said.get("battery_health")
    return Diagnostic(said.get("protocol", ""), said["passed"], at, health, said.get("tests", {}))


def _erasure(text: str | None) -> Erasure | None:
    if text is None:
        return None
    said = orjson.loads(text)
    method, technique = said.get("method"), said.get("technique")
    return Erasure(
        ErasureResult(said["result"]), datetime.fromisoformat(said["at"]), said.get("standard"),
        ErasureMethod(method) if method else None,
        ErasureTechnique(technique) if technique else None, said.get("tool"),
        said.get("certificate"), said.get("encrypted", False),
    )  # fmt: skip
