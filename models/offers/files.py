"""Uploaded feed files, kept in PostgreSQL so that any worker can read what any server took."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import UUID

from models.base import connection, execute, fetchval, new_id, transaction

PIECE = 1_048_576


async def store(
    path: Path, merchant_id: UUID, name: str, sha256: str, lines: int | None = None
) -> UUID:
    """Keep a file; return its id. In the current transaction, if there is one."""
    file_id = new_id()
    async with transaction() as raw:
        await raw.execute(
            "INSERT INTO stored_file (id, merchant_id, name, sha256, bytes, lines) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            file_id, merchant_id, name[:255], sha256, path.stat().st_size, lines,
        )  # fmt: skip
        with path.open("rb") as file:
            n = 0
            while piece := await asyncio.to_thread(file.read, PIECE):
                await raw.execute(
                    "INSERT INTO stored_file_chunk VALUES ($1, $2, $3)", file_id, n, piece
                )
                n += 1
    return file_id


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
