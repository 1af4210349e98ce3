"""What becomes of a run whose lines are resolved: applied, held, previewed or refused."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import asyncpg

from domain.offers.guards import Facts, Held, all_or_nothing, held
from domain.offers.lines import FeedMode, FeedRunState, FileCode
from models.offers import apply, preview
from models.offers.feeds import Feed, FeedRun
from workers.offers.bad_rows import keep
from workers.offers.reading import Plan, Staged

WAITS = frozenset({FeedRunState.PREVIEWED, FeedRunState.HELD})


async def decide(raw: asyncpg.Connection, run: FeedRun, feed: Feed, staged: Staged) -> None:
    """Move the run to its end and write what that means, but for the report of its lines.

    Source: docs/feeds.md, "Policies" and "Guards".
    """
    found = await apply.counts(raw, staged.skipped)
    _describe(run, staged, found)
    said = staged.problems or found.rejected or found.ignored
    run.problems = await apply.codes(raw) if said else {}
    if run.policy.refuses(found.rejected):
        _refuse(run, found.rejected)
        return
    full = run.mode is FeedMode.FULL
    facts = await apply.guards(raw, run.merchant_id, run.feed_id, staged.skipped) if full else None
    stopped = _held(run, facts) if facts and not run.force else []
    _stopped_by(run, stopped)
    missing = facts.missing if facts else 0
    if run.dry_run or stopped:
        run.state = FeedRunState.PREVIEWED if run.dry_run else FeedRunState.HELD
        run.absent = missing
        would = found.created, found.updated, found.unchanged, found.deleted + missing
        run.diff = (await preview.diff(raw, *would)).stored()
        return
    means = apply.Meaning(full, missing > 0, feed.stale, run.policy.counts_failed)
    whose = run.merchant_id, feed.id, run.id
    run.absent, _ = await apply.apply(raw, *whose, means, staged.skipped)
    run.state = FeedRunState.COMPLETED


async def report(
    raw: asyncpg.Connection, run: FeedRun, staged: Staged, path: Path, plan: Plan
) -> None:
    """Store the outcome of every line, what those of a waiting run would change, and bad rows."""
    refused = run.policy.refuses(run.rejected)
    if refused:
        await apply.record_refused(raw, run.id, staged.skipped)
    else:
        await apply.record_lines(raw, run.id, staged.skipped)
    if run.state in WAITS and not refused:
        await preview.record_changes(raw, run.merchant_id, run.id)
    run.bad_rows = await keep(raw, run, path, plan.read) if run.rejected else None


def _describe(run: FeedRun, staged: Staged, found: apply.Counts) -> None:
    reading = staged.reading
    run.format, run.encoding = reading.format.value, reading.encoding
    run.separator, run.unknown_columns = reading.separator, list(reading.unknown_columns)
    run.lines_read, run.diff = staged.lines, None
    for name, value in asdict(found).items():
        setattr(run, name, value)


def _refuse(run: FeedRun, rejected: int) -> None:
    """Every line is rejected because some are: none of them changes an offer."""
    _stopped_by(run, [all_or_nothing(rejected, run.lines_read)])
    run.update_from_dict(asdict(apply.Counts(rejected=run.lines_read)))
    run.state = FeedRunState.PREVIEWED if run.dry_run else FeedRunState.FAILED
    run.diff = preview.NOTHING.stored() if run.dry_run else None


def _stopped_by(run: FeedRun, guards: Sequence[Held]) -> None:
    run.guards = [[each.guard.value, each.n, each.total, each.limit] for each in guards]
    detail = "; ".join(f"{each.guard} {each.n}/{each.total}" for each in guards)
    code = FileCode.GUARD_HELD.value if guards else None
    run.update_from_dict({"file_code": code, "detail": detail or None})


def _held(run: FeedRun, facts: apply.Guards) -> list[Held]:
    return list(held(Facts(
        live=facts.live, missing=facts.missing, known=facts.known, jumped=facts.jumped,
        lines=run.lines_read, rejected=run.rejected,
    ), run.policy))  # fmt: skip
