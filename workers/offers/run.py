"""One run over a feed: from a file on disk to committed offers, one outcome for every line."""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextvars import copy_context
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from domain.offers.lines import FeedRunState, FileCode
from integrations.feeds.contract import FileRefused
from models.base import transaction
from models.merchants import Merchant
from models.offers import apply, stage
from models.offers.feeds import Feed, FeedRun
from models.offers.proposals import ask_to_propose
from models.offers.runs import tell
from workers.offers import verdict
from workers.offers.progress import Progress
from workers.offers.reading import OnLines, Plan, Watch, plan_of, stage_file

log = structlog.get_logger()

Effect = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]
STATEMENT_TIMEOUT = "10min"


class Stages:
    """Seconds spent in each stage of a run."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.perf_counter()

    def done(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] = round(now - self._since, 4)
        self._since = now


async def execute(
    run: FeedRun,
    path: Path,
    now: datetime,
    effect: Effect = transaction,
    on_lines: OnLines = int,
    as_of: datetime | None = None,
) -> FeedRun:
    """Read, check and apply a file for `run`, in one transaction, one run per merchant at a time.

    A dry run does all but write offers, and tells which guard would hold it. A file that cannot be
    used ends the run `FAILED` with its code and changes no offer. `as_of` is when the file was
    true, at the latest when the run was asked for: our sales since then are subtracted from its
    stock. Returns the run as stored.
    """
    feed = await Feed.get(id=run.feed_id)
    merchant = await Merchant.get(id=run.merchant_id)
    plan = await plan_of(merchant, run.mode, feed.format, feed.settings, now)
    plan = replace(plan, as_of=min(as_of or run.created_at, run.created_at))
    watch = Watch(on_lines, Progress(run.id, copy_context()))
    try:
        async with effect() as raw:
            await _in_transaction(raw, run, feed, path, plan, watch)
            await _finish(run, feed, now)
    except FileRefused as refused:
        await fail(run, refused.code, refused.detail, now, effect)
    log.info(
        "feed.run_ended", run_id=str(run.id), state=run.state, lines=run.lines_read, **run.stages
    )
    return run


async def _in_transaction(
    raw: asyncpg.Connection, run: FeedRun, feed: Feed, path: Path, plan: Plan, watch: Watch
) -> None:
    stages = Stages()
    await raw.execute(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
    await raw.execute(f"SET LOCAL lock_timeout = '{STATEMENT_TIMEOUT}'")  # another run of theirs
    await raw.execute("SET LOCAL work_mem = '128MB'")
    await raw.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 7))", str(run.merchant_id))
    stages.done("lock")
    await stage.open_stage(raw)
    staged = await stage_file(raw, path, plan, run.merchant_id, watch)
    stages.done("read")
    await stage.resolve(raw, run.merchant_id, run.mode.value, plan.defaults, plan.as_of)
    stages.done("resolve")
    await verdict.decide(raw, run, feed, staged)
    stages.done("apply")
    await verdict.report(raw, run, staged, path, plan)
    stages.done("report")
    run.stages = stages.seconds


async def _finish(run: FeedRun, feed: Feed, now: datetime) -> None:
    ended = now + timedelta(seconds=sum(run.stages.values()))
    run.finished_at = None if run.state is FeedRunState.HELD else ended
    await run.save()
    await tell(run)
    if run.state is not FeedRunState.COMPLETED:
        return
    if run.pending:
        await ask_to_propose(run.merchant_id)
    changes: dict[str, Any] = {"last_success_at": now, "stale": False}
    if run.sha256:
        changes["body_sha256"] = run.sha256
    await Feed.filter(id=feed.id).update(**changes)


async def fail(
    run: FeedRun, code: FileCode, detail: str, now: datetime, effect: Effect = transaction
) -> None:
    """End the run without having changed an offer; the code and the detail are the merchant's."""
    async with effect() as raw:
        await apply.forget(raw, run.id)
        run.update_from_dict(asdict(apply.Counts()))
        run.lines_read, run.problems, run.diff, run.guards, run.bad_rows = 0, {}, None, [], None
        run.state, run.file_code, run.detail = FeedRunState.FAILED, code.value, detail[:500]
        run.finished_at = now
        await run.save()
        await tell(run)
