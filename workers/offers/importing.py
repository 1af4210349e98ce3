"""Import a file of this machine as the feed of one merchant, now and in this process."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.money import Currency
from domain.offers.lines import FeedFormat, FeedMode, FeedRunState, FileCode, explain_file
from integrations.feeds.contract import FileRefused, ReadSettings
from integrations.feeds.reading import open_feed
from models.clock import ahead_of
from models.merchants import Merchant
from models.offers import files
from models.offers.feeds import Feed, FeedRun, line_codes
from workers.offers.run import execute

FEED = "import"
CHANNEL = "FILE"
COLUMNS = frozenset({"grade_column", "mapping", "sheet"})
KEPT = frozenset({FeedRunState.HELD, FeedRunState.PREVIEWED})  # runs that a person may apply later
STOPPED = frozenset({FeedRunState.FAILED, FeedRunState.HELD})

OnProgress = Callable[[int, int], object]


class UnknownMerchant(Exception):
    """No merchant has this slug. The message names those there are."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: the counts of its lines by outcome, and of their problems by code.

    `code`, `detail` and `hint` are empty unless the file changed no offer.
    """

    run_id: UUID
    state: FeedRunState
    format: str
    encoding: str
    lines: int
    created: int
    updated: int
    unchanged: int
    deleted: int
    ignored: int
    pending: int
    rejected: int
    absent: int
    problems: dict[str, int]
    code: str
    detail: str
    hint: str

    @property
    def stopped(self) -> bool:
        """Whether the file was refused, or waits for a person."""
        return self.state in STOPPED


async def import_file(
    *,
    path: Path,
    merchant_slug: str,
    mode: str,
    format: str | None,  # noqa: A002  (the word of the domain)
    dry_run: bool,
    on_progress: OnProgress,
) -> Imported:
    """Read a file as `merchant_slug`'s, apply it unless `dry_run`, and tell what became of it.

    Shapes: `mode` and `format` are names of `FeedMode` and `FeedFormat`; None tells the format from
    the file. `on_progress` is told lines read, and of how many: 0, as nobody knows.
    Raises: UnknownMerchant.
    """
    merchant = await _merchant(merchant_slug)
    now = datetime.now(UTC) + await ahead_of(merchant.id)
    feed = await _feed(
        merchant, path, FeedMode(mode.upper()), FeedFormat(format) if format else None
    )
    run = await FeedRun.create(
        feed_id=feed.id,
        merchant_id=merchant.id,
        state=FeedRunState.READING,
        channel=CHANNEL,
        mode=feed.mode,
        dry_run=dry_run,
        bytes=path.stat().st_size,
        sha256=await asyncio.to_thread(_sha256, path),
        started_at=now,
    )
    await execute(run, path, now, on_lines=lambda lines: on_progress(lines, 0))
    if run.state in KEPT:
        run.file = await files.store(path, merchant.id, path.name, run.sha256 or "")
        await run.save(update_fields=["file"])
    return await _report(run)


async def _merchant(slug: str) -> Merchant:
    merchant = await Merchant.get_or_none(slug=slug)
    if merchant is None:
        known = [row.slug for row in await Merchant.all().only("slug").order_by("slug").limit(50)]
        names = ", ".join(known) or "none yet, `make seed` loads the demo's"
        raise UnknownMerchant(f"no merchant {slug!r}; known: {names}")
    return merchant


async def _feed(
    merchant: Merchant, path: Path, mode: FeedMode, file_format: FeedFormat | None
) -> Feed:
    """The merchant's feed for imports; it reads files as the merchant's first feed does."""
    like = await Feed.filter(merchant_id=merchant.id).exclude(name=FEED).order_by("id").first()
    settings: dict[str, Any] = {"markets": list(merchant.markets)}
    if like is not None:
        found = file_format or await asyncio.to_thread(_detected, path, mode)
        settings = _fitting(like, found)
    feed, _ = await Feed.update_or_create(
        merchant_id=merchant.id,
        name=FEED,
        defaults={"mode": mode, "format": file_format, "settings": settings},
    )
    return feed


def _fitting(like: Feed, found: FeedFormat | None) -> dict[str, Any]:
    """The settings of a feed, without what is said of its columns for a file with others."""
    if found is None or like.format is None or found.of_google == like.format.of_google:
        return like.settings
    return {key: value for key, value in like.settings.items() if key not in COLUMNS}


def _detected(path: Path, mode: FeedMode) -> FeedFormat | None:
    """How the file is written; None for one that the run will refuse and explain."""
    try:
        return open_feed(path, ReadSettings(mode, Currency.EUR, ())).format
    except FileRefused:
        return None


async def _report(run: FeedRun) -> Imported:
    hint = explain_file(FileCode(run.file_code), "", "en")[1] if run.file_code else ""
    return Imported(
        run_id=run.id,
        state=run.state,
        format=run.format or "",
        encoding=run.encoding or "",
        lines=run.lines_read,
        created=run.created,
        updated=run.updated,
        unchanged=run.unchanged,
        deleted=run.deleted,
        ignored=run.ignored,
        pending=run.pending,
        rejected=run.rejected,
        absent=run.absent,
        problems=await line_codes(run.id),
        code=run.file_code or "",
        detail=run.detail or "",
        hint=hint,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
