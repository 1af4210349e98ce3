"""Keeps the rejected records of a run, for the file by which its merchant corrects them."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import asyncpg
import structlog

from integrations.feeds.bad_rows import bad_rows
from integrations.feeds.contract import ReadSettings
from models.offers import files, report
from models.offers.feeds import FeedRun

log = structlog.get_logger()

NAME = "bad rows"


async def keep(
    raw: asyncpg.Connection, run: FeedRun, path: Path, settings: ReadSettings
) -> UUID | None:
    """Store the records that the report of the run rejects; return the id of what was stored.

    A file that cannot be cut up is no reason to fail its run: then nothing is kept.
    """
    everything = run.rejected == run.lines_read
    lines = None if everything else await report.rejected(raw, run.id)
    into = path.with_name(f"{path.name}.bad")
    try:
        sha256 = await asyncio.to_thread(_cut, path, settings, lines, into)
    except Exception:
        log.exception("feed.bad_rows_not_kept", run_id=str(run.id))
        return None
    return await files.store(into, run.merchant_id, NAME, sha256)


def _cut(path: Path, settings: ReadSettings, lines: Sequence[int] | None, into: Path) -> str:
    digest = hashlib.sha256()
    with into.open("wb") as file:
        for frame in bad_rows(path, settings, lines):
            packed = frame.packed()
            digest.update(packed)
            file.write(packed)
    return digest.hexdigest()
