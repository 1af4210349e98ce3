"""Attachments: kept by hash for their owner, shared with the other side, forgotten when unused.

Source: docs/certificates.md, "Attachments".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from domain.units.attachments import UNCLAIMED_KEPT, AttachmentPurpose, Kept, MediaType
from models.base import as_system, execute, fetch, fetchrow, fetchval, new_id
from models.sql import statements

SQL = statements(Path(__file__).with_name("attachments.sql"))


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an attachment is, or with whom it is shared: exactly one of the three."""

    customer_id: UUID | None = None
    organisation_id: UUID | None = None
    merchant_id: UUID | None = None

    @property
    def parts(self) -> tuple[UUID | None, UUID | None, UUID | None]:
        """Customer, organisation, merchant."""
        return self.customer_id, self.organisation_id, self.merchant_id


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attachment without its bytes. `sha256` is of what was sent; `size` of what is kept.

    Units: `size` in bytes; `width` and `height` in pixels.
    """

    id: UUID
    customer_id: UUID | None
    organisation_id: UUID | None
    merchant_id: UUID | None
    purpose: AttachmentPurpose
    media_type: MediaType
    size: int
    sha256: bytes
    width: int | None
    height: int | None
    claimed: bool
    created_at: datetime
    kept_until: datetime


@dataclass(frozen=True, slots=True)
class New:
    """A file that is to be kept."""

    owner: Owner
    purpose: AttachmentPurpose
    sha256: bytes
    kept: Kept
    at: datetime


async def same(owner: Owner, sha256: bytes, purpose: AttachmentPurpose) -> Attachment | None:
    """The attachment that the owner made of these very bytes before."""
    row = await fetchrow(SQL["same"], *owner.parts, sha256, purpose.value)
    return _attachment(row) if row else None


async def unclaimed(owner: Owner) -> int:
    """How many attachments of an owner nothing refers to yet."""
    found: int = await fetchval(SQL["unclaimed"], *owner.parts)
    return found


async def add(new: New) -> Attachment:
    """Keep a file for two days, or until `claim` says longer, in the current transaction.

    The same bytes for the same purpose are the attachment that is there.
    """
    kept = new.kept
    await execute(
        SQL["add"],
        new_id(),
        *new.owner.parts,
        new.purpose.value,
        kept.media_type.value,
        len(kept.data),
        new.sha256,
        kept.width,
        kept.height,
        kept.data,
        new.at,
        new.at + UNCLAIMED_KEPT,
    )
    found = await same(new.owner, new.sha256, new.purpose)
    if found is None:
        raise LookupError("the attachment was just kept")
    return found


async def of_owner(ids: Sequence[UUID], owner: Owner) -> list[Attachment]:
    """Those of these attachments that are the owner's, in the order asked for.

    A use case that takes ids refuses where fewer come back.
    """
    rows = await fetch(SQL["of_owner"], list(ids), *owner.parts)
    found = {row["id"]: _attachment(row) for row in rows}
    return [found[each] for each in dict.fromkeys(ids) if each in found]


async def read(ids: Sequence[UUID]) -> dict[UUID, Attachment]:
    """Attachments by id, as the current transaction may see them. One statement."""
    return {row["id"]: _attachment(row) for row in await fetch(SQL["read"], list(ids))}


async def data(attachment_id: UUID) -> tuple[MediaType, bytes] | None:
    """The bytes of an attachment, as the current transaction may see it."""
    row = await fetchrow(SQL["data"], attachment_id)
    return None if row is None else (MediaType(row["media_type"]), bytes(row["data"]))


async def claim(ids: Iterable[UUID], until: datetime) -> None:
    """Keep attachments until then at least: something refers to them, in the same transaction.

    Call it from the use case that takes the ids, after `of_owner`. What nobody claimed is
    forgotten two days after it came.
    """
    async with as_system() as raw:
        await raw.execute(SQL["claim"], list(ids), until)


async def share(ids: Iterable[UUID], party: Owner, subject_type: str, subject_id: UUID) -> None:
    """Let the other party of a trade-in, a case or a settlement read attachments.

    Call it after `of_owner`: it does not ask whose they are.
    """
    async with as_system() as raw:
        await raw.execute(SQL["share"], list(ids), *party.parts, subject_type, subject_id)


async def about(subjects: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The ids of the attachments that were shared about objects, as the transaction sees them."""
    found: dict[UUID, list[UUID]] = {each: [] for each in subjects}
    for row in await fetch(SQL["about"], list(subjects)):
        found[row["subject_id"]].append(row["attachment_id"])
    return found


async def purge(now: datetime, most: int = 200) -> int:
    """Forget up to `most` attachments whose time is over; return how many. A job calls it."""
    return await execute(SQL["purge"], now, most)


def _attachment(row: asyncpg.Record) -> Attachment:
    kinds = {
        "purpose": AttachmentPurpose(row["purpose"]),
        "media_type": MediaType(row["media_type"]),
        "sha256": bytes(row["sha256"]),
    }
    return Attachment(**{**row} | kinds)
