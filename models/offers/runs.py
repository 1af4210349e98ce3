"""How runs end without being applied, and what their merchant is told of the end of any run."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.offers.lines import FeedMode, FeedRunState
from domain.topics import Topic
from models.base import fetch, fetchval, transaction
from models.events import Event, emit
from models.offers.feeds import FeedRun

EXPIRED_AT_ONCE = 500
PREVIEW_HOURS = 24
_COUNTS = (
    *("lines_read", "created", "updated", "unchanged", "deleted"),
    *("ignored", "pending", "rejected", "absent"),
)
_EXPIRE = """
UPDATE feed_run SET state = 'EXPIRED', updated_at = now() WHERE id IN (
  SELECT id FROM feed_run WHERE state = 'PREVIEWED' AND dry_run
    AND finished_at < boucle_now(merchant_id) - make_interval(hours => $1)
  ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


async def tell(run: FeedRun) -> None:
    """Tell the merchant that a run has ended, or waits for a person; in the current transaction.

    Shapes: `data` has the counts, how many times each problem was said, and the guards.
    """
    version: int = await fetchval("SELECT version FROM feed_run WHERE id = $1", run.id)
    held = run.state is FeedRunState.HELD
    topic = Topic.FEED_HELD if held else Topic.FEED_RUN_FINISHED
    await emit(Event(topic, run.merchant_id, "FeedRun", run.id, version, _facts(run)))


def _facts(run: FeedRun) -> dict[str, Any]:
    return {
        "feed_id": str(run.feed_id),
        "state": run.state.value,
        "mode": run.mode.value,
        "policy": run.policy.value,
        "dry_run": run.dry_run,
        "file_code": run.file_code,
        "counts": {name: getattr(run, name) for name in _COUNTS},
        "problems": run.problems or {},
        "guards": [
            dict(zip(("guard", "n", "total", "limit"), each, strict=True))
            for each in run.guards or []
        ],
    }


async def supersede_older(run: FeedRun) -> int:
    """Full files of the same feed that still wait before `run` are not worth reading any more."""
    async with transaction():
        rows = await fetch(
            "UPDATE feed_run SET state = 'SUPERSEDED', finished_at = now(), updated_at = now() "
            "WHERE feed_id = $1 AND id < $2 AND state = 'QUEUED' AND mode = $3 AND NOT dry_run "
            "RETURNING id",
            run.feed_id,
            run.id,
            FeedMode.FULL.value,
        )
        await _told_all([row["id"] for row in rows])
    return len(rows)


async def expire_previews() -> int:
    """End the previews that nobody applied within a day; return how many."""
    rows = await fetch(_EXPIRE, PREVIEW_HOURS, EXPIRED_AT_ONCE)
    await _told_all([row["id"] for row in rows])
    return len(rows)


async def _told_all(run_ids: list[UUID]) -> None:
    if run_ids:
        for run in await FeedRun.filter(id__in=run_ids).order_by("id"):
            await tell(run)


@dataclass(frozen=True, slots=True)
class NotCancelled:
    """The run does not wait: a worker has it, it was released, or it is over."""

    state: FeedRunState


async def cancel(run: FeedRun) -> FeedRun | NotCancelled:
    """Give up a run that waits for a worker or for a person, in the current transaction.

    Refuses: every other run, a held one among them that was released.
    """
    rows = await fetch(
        "UPDATE feed_run SET state = 'CANCELLED', finished_at = now(), updated_at = now() "
        "WHERE id = $1 AND (state = 'QUEUED' OR state = 'HELD' AND NOT force) RETURNING id",
        run.id,
    )
    row = await FeedRun.get(id=run.id)
    if not rows:
        return NotCancelled(row.state)
    await tell(row)
    return row
