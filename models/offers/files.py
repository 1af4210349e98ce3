"""Uploaded files of merchants and organisations, in PostgreSQL: any worker reads what was taken."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from models.base import connection, execute, fetchrow, fetchval, new_id, transaction

PIECE = 1_048_576


async def store(
    path: Path,
    merchant_id: UUID | None,
    name: str,
    sha256: str,
    lines: int | None = None,
    *,
    organisation_id: UUID | None = None,
) -> UUID:
    """Keep a file of a merchant, or of an organisation; return its id.

    In the current transaction, if there is one.
    """
    file_id = new_id()
    async with transaction() as raw:
        await raw.execute(
            "INSERT INTO stored_file (id, merchant_id, name, sha256, bytes, lines, "
            "organisation_id) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            file_id, merchant_id, name[:255], sha256, path.stat().st_size, lines, organisation_id,
        )  # fmt: skip
        with path.open("rb") as file:
            n = 0
            while piece := await asyncio.to_thread(file.read, PIECE):
                await raw.execute(
                    "INSERT INTO stored_file_chunk VALUES ($1, $2, $3)", file_id, n, piece
                )
                n += 1
    return file_id


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as it is kept. Units: `size` in bytes, as inflated."""

    id: UUID
    name: str
    sha256: str
    size: int


async def of_organisation(organisation_id: UUID, file_id: UUID) -> Kept | None:
    """A file of an organisation; None for any other."""
    row = await fetchrow(
        "SELECT id, name, sha256, bytes FROM stored_file WHERE id = $1 AND organisation_id = $2",
        file_id,
        organisation_id,
    )
    return None if row is None else Kept(*row)


async def same(organisation_id: UUID, sha256: str) -> Kept | None:
    """The file of the same content that the organisation sent in the last day."""
    row = await fetchrow(
        "SELECT id, name, sha256, bytes FROM stored_file WHERE organisation_id = $1 "
        "AND sha256 = $2 AND created_at > now() - interval '1 day' "
        "ORDER BY created_at DESC LIMIT 1",
        organisation_id,
        sha256,
    )
    return None if row is None else Kept(*row)


async def load(file_id: UUID, into: Path) -> bool:
    """Write a stored file to `into`; False if it is not kept any more."""
    if not await fetchval("SELECT EXISTS (SELECT FROM stored_file WHERE id = $1)", file_id):
        return False
    async with connection() as raw:
        with into.open("wb") as file:
            n = 0
            while piece := await raw.fetchval(
                "SELECT data FROM stored_file_chunk WHERE file_id = $1 AND n = $2", file_id, n
            ):
                await asyncio.to_thread(file.write, piece)
                n += 1
    return True


async def pieces(file_id: UUID, position: int) -> AsyncGenerator[bytes]:
    """A stored file from a byte on, a MiB at a time; nothing of a file that is not kept."""
    n = position // PIECE
    skipped = position % PIECE
    while piece := await fetchval(
        "SELECT data FROM stored_file_chunk WHERE file_id = $1 AND n = $2", file_id, n
    ):
        yield piece[skipped:]
        n, skipped = n + 1, 0


async def piece(file_id: UUID, n: int) -> bytes | None:
    """A piece of a stored file, the first being 0; None beyond the last, or if it is not kept."""
    found: bytes | None = await fetchval(
        "SELECT data FROM stored_file_chunk WHERE file_id = $1 AND n = $2", file_id, n
    )
    return found


async def purge(days: int) -> int:
    """Forget files older than `days`; return how many."""
    return await execute(
        "DELETE FROM stored_file WHERE created_at < now() - make_interval(days => $1)", days
    )
