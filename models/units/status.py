"""What lists of stolen devices and of locks say of a device: asked once, kept, asked again in time.

Whom this process asks is installed at its start; everything works where it asks nobody. Nothing
here waits for the network inside a transaction: `check` first, then `keep` inside.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

import asyncpg
import orjson

from domain.units import DeviceStatus, Identifier, IdentifierKind
from domain.units.claiming import Party
from domain.units.status import (
    NOBODY,
    Checked,
    CheckMoment,
    Lock,
    LockState,
    StatusAnswer,
    joined,
    unknown_locks,
    worst,
)
from models.base import as_system, fetchrow
from models.sql import statements

SQL = statements(Path(__file__).with_name("status.sql"))
_LISTED = frozenset({IdentifierKind.IMEI, IdentifierKind.IMEI2})
_LOCKED = _LISTED | {IdentifierKind.SERIAL, IdentifierKind.MEID}


class DeviceStatusProvider(Protocol):
    """Somebody who says whether a device is on a list of stolen ones."""

    @property
    def source(self) -> str:
        """What the answers are noted under."""
        ...

    async def status(self, imei: str) -> StatusAnswer:
        """What the list says of an IMEI; `UNKNOWN` where it says nothing. Never raises."""
        ...


class LockProvider(Protocol):
    """Somebody who says which locks are on a device."""

    @property
    def source(self) -> str:
        """What the answers are noted under."""
        ...

    async def locks(self, number: str) -> Mapping[Lock, LockState]:
        """The locks of a device by an IMEI or a serial number. Never raises."""
        ...


class _Process:
    """Holds whom this process asks."""

    status: DeviceStatusProvider | None = None
    locks: LockProvider | None = None


def install(provider: DeviceStatusProvider | None) -> DeviceStatusProvider | None:
    """Ask this list from now on, or with None nobody; whom was asked before."""
    before, _Process.status = _Process.status, provider
    return before


def install_locks(provider: LockProvider | None) -> LockProvider | None:
    """Ask this one about locks from now on, or with None nobody; whom was asked before."""
    before, _Process.locks = _Process.locks, provider
    return before


async def check(identifiers: Sequence[Identifier]) -> Checked:
    """What is known of a device by its numbers: the last answer while it holds, else a new one.

    The worst of what is said of each number counts. Call it outside a transaction.
    """
    now = datetime.now(UTC)
    source = _source()
    kept = await latest(identifiers) if source != NOBODY else None
    if kept is not None and kept.source == source and kept.holds(now):
        return kept
    return await _ask(identifiers, source, now)


async def latest(identifiers: Sequence[Identifier]) -> Checked | None:
    """The last answer about any of these numbers, whoever asked."""
    keys = [each.key for each in identifiers]
    async with as_system() as raw:
        row = await raw.fetchrow(SQL["latest"], keys)
    return _checked(row) if row else None


async def of_unit(unit_id: UUID) -> Checked | None:
    """The last answer about a unit that the current transaction may see."""
    row = await fetchrow(SQL["of_unit"], unit_id)
    return _checked(row) if row else None


async def keep(
    checked: Checked,
    identifiers: Sequence[Identifier],
    moment: CheckMoment,
    of: Party,
    unit_id: UUID | None = None,
) -> None:
    """Store an answer for who asked, in the current transaction; each number has a row."""
    locks = orjson.dumps({str(lock): str(state) for lock, state in checked.locks.items()}).decode()
    keys = [each.key for each in identifiers if each.kind in _LOCKED]
    async with as_system() as raw:
        await raw.execute(
            SQL["keep"], keys, unit_id, of.merchant_id, of.customer_id, of.organisation_id,
            moment.value, checked.status.value, checked.reason, locks, checked.source,
            checked.checked_at, checked.expires_at,
        )  # fmt: skip
        if unit_id is not None:
            told = (checked.status.value, checked.source, checked.checked_at)
            await raw.execute(SQL["tell"], unit_id, *told)


def _source() -> str:
    named = [each.source for each in (_Process.status, _Process.locks) if each is not None]
    return "+".join(dict.fromkeys(named)) or NOBODY


async def _ask(identifiers: Sequence[Identifier], source: str, now: datetime) -> Checked:
    status, locks = _Process.status, _Process.locks
    listed = [each.value for each in identifiers if each.kind in _LISTED]
    lockable = [each.value for each in identifiers if each.kind in _LOCKED]
    answers = await asyncio.gather(*(status.status(n) for n in listed)) if status else []
    held = await asyncio.gather(*(locks.locks(n) for n in lockable)) if locks else []
    found = worst(answers)
    return Checked(found.status, found.reason, source, now, now + found.good_for, joined(held))


def _checked(row: asyncpg.Record) -> Checked:
    said = orjson.loads(row["locks"])
    locks = unknown_locks() | {Lock(lock): LockState(state) for lock, state in said.items()}
    return Checked(
        DeviceStatus(row["status"]), row["reason"], row["source"], row["checked_at"],
        row["expires_at"], locks,
    )  # fmt: skip
