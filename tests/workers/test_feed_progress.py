"""What is seen of a run while its file is read."""

import asyncio
from contextvars import copy_context
from pathlib import Path

import polars as pl
import pytest

from domain.offers.lines import FeedRunState, LineCode
from integrations.feeds.contract import Chunk, LineProblem
from models.base import execute, fetch
from models.offers.feeds import FeedRun
from tests import factories
from tests.factories import NOW, line
from workers.offers import progress, reading
from workers.offers import run as runs
from workers.offers.progress import Progress


def chunk(first: int, bad: int, lines: int = 1_000) -> Chunk:
    problems = [
        LineProblem(n, f"S{n}", "price", LineCode.PRICE_INVALID, "x", fatal=True)
        for n in range(first, first + bad)
    ]
    return Chunk(pl.DataFrame(), problems, lines)


async def _reading() -> FeedRun:
    run = await factories.queued(await factories.feed(await factories.merchant()))
    await run.update_from_dict({"state": FeedRunState.READING}).save()
    return run


async def test_lines_and_first_rejections_are_seen_while_a_file_is_read(db: None) -> None:
    run = await _reading()
    shown = Progress(run.id, copy_context(), every_seconds=0)
    await shown.read(chunk(2, bad=60))
    await shown.read(chunk(1_002, bad=70))

    seen = await FeedRun.get(id=run.id)
    assert (seen.lines_read, seen.rejected) == (2_000, 130)
    assert seen.problems == {"PRICE_INVALID": 130}
    rows = await fetch("SELECT line, outcome, code FROM feed_line ORDER BY line")
    assert len(rows) == progress.SHOWN
    assert {(row["outcome"], row["code"]) for row in rows} == {("REJECTED", "PRICE_INVALID")}


async def test_nothing_is_shown_before_its_time_or_of_a_run_that_is_not_read(db: None) -> None:
    run = await _reading()
    await Progress(run.id, copy_context()).read(chunk(2, bad=1))
    assert (await FeedRun.get(id=run.id)).lines_read == 0

    await execute("UPDATE feed_run SET state = 'HELD'")
    await Progress(run.id, copy_context(), every_seconds=0).read(chunk(2, bad=1))
    assert (await FeedRun.get(id=run.id)).lines_read == 0
    assert await fetch("SELECT 1 FROM feed_line") == []


async def test_another_connection_sees_it_before_the_run_commits(
    fresh_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the record that the run leaves takes the place of what was shown."""
    items = await factories.world(1, 1)
    feed = await factories.feed(await factories.merchant())
    rows = [line(items[0], f"S{n}", "x" if n == 3 else "100.00") for n in range(400)]
    factories.write_csv(tmp_path / "feed", rows)
    run = await factories.queued(feed, sha256="0")
    await run.update_from_dict({"state": FeedRunState.READING}).save()
    monkeypatch.setattr(reading, "BLOCK_BYTES", 4_096)
    monkeypatch.setattr(progress.Progress.__init__, "__defaults__", (0.0,))
    outside, seen = copy_context(), []

    async def look() -> None:
        row = await FeedRun.get(id=run.id)
        lines = await fetch("SELECT line, outcome FROM feed_line WHERE run_id = $1", run.id)
        seen.append((row.state, row.lines_read, [tuple(each) for each in lines]))

    read = Progress.read

    async def read_and_look(self: Progress, part: Chunk) -> None:
        await read(self, part)
        await asyncio.create_task(look(), context=outside.copy())

    monkeypatch.setattr(Progress, "read", read_and_look)
    done = await runs.execute(run, tmp_path / "feed", NOW)

    state, lines, rejected = seen[-2]
    assert state is FeedRunState.READING
    assert 0 < lines < 400
    assert rejected == [(5, "REJECTED")]
    assert (done.state, done.lines_read, done.rejected) == (FeedRunState.COMPLETED, 400, 1)
    assert await factories.counted_once(done)


async def test_a_file_that_turns_out_broken_leaves_no_line(db: None, tmp_path: Path) -> None:
    await factories.world(1, 1)
    run = await _reading()
    await Progress(run.id, copy_context(), every_seconds=0).read(chunk(2, bad=5))
    (tmp_path / "feed").write_bytes(b"\n")
    done = await runs.execute(run, tmp_path / "feed", NOW)

    assert (done.state, done.lines_read, done.rejected) == (FeedRunState.FAILED, 0, 0)
    assert await fetch("SELECT 1 FROM feed_line") == []
