"""Feeds and their runs."""

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from tortoise import fields

from domain.offers.lines import FeedFormat, FeedMode, FeedPolicy, FeedRunState
from domain.offers.sources import CredentialKind
from models.base import Row, execute, fetch
from models.jobs import Job
from models.merchants import Merchant
from models.outbox import enqueue

POLICY = FeedPolicy.REJECT_FAILED_ROWS


class Feed(Row):
    """A merchant's data source: where it comes from, how to read it, what it means.

    `etag`, `last_modified` and `body_sha256` are those of the last applied file, which was read as
    `read_as` says; `seen` is a file that was not ready yet. `credentials` are encrypted, and go to
    nobody but the host of `url`. `host_key` is the one that the merchant confirmed. A feed that was
    deleted keeps its row, for its runs, and nothing else.
    """

    merchant: fields.ForeignKeyRelation[Merchant] = fields.ForeignKeyField("models.Merchant")
    merchant_id: UUID
    name = fields.CharField(max_length=64)
    format = fields.CharEnumField(FeedFormat, max_length=16, null=True)
    mode = fields.CharEnumField(FeedMode, max_length=16)
    policy = fields.CharEnumField(FeedPolicy, max_length=24, default=POLICY, db_default=POLICY)
    url = fields.TextField(null=True)
    every_seconds = fields.IntField(null=True)
    next_pull_at = fields.DatetimeField(null=True)
    settings = fields.JSONField[dict[str, Any]](default=dict)
    etag = fields.TextField(null=True)
    last_modified = fields.TextField(null=True)
    body_sha256 = fields.TextField(null=True)
    last_success_at = fields.DatetimeField(null=True)
    stale_after_seconds = fields.IntField(default=86_400)
    stale = fields.BooleanField(default=False)
    paused = fields.BooleanField(default=False, db_default=False)
    credentials = fields.BinaryField(null=True)
    credentials_kind = fields.CharEnumField(CredentialKind, max_length=16, null=True)
    credentials_since = fields.DatetimeField(null=True)
    host_key = fields.TextField(null=True)
    found_host_key = fields.TextField(null=True)
    read_as = fields.TextField(null=True)
    seen = fields.TextField(null=True)
    seen_at = fields.DatetimeField(null=True)
    deleted_at = fields.DatetimeField(null=True)

    def reading(self) -> str:
        """A digest of all that decides how a file of this feed is read."""
        said = [self.format, self.mode, self.settings]
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()

    class Meta:
        table = "feed"
        unique_together = (("merchant", "name"),)


class FeedRun(Row):
    """One execution of a feed. `dry_run` previews without writing; `force` lifts a guard.

    Shapes: `guards` are those that stopped it, as [guard, n, total, limit]; `problems` how many
    times each code was said; `diff` is of a run that waits, as `models.offers.preview` makes it.
    `bad_rows` is the stored file of the rejected records, as `integrations.feeds.frames` has them.
    `read_as` is how its feed was to be read when the run was asked for.
    """

    version = fields.IntField(default=1, db_default=1)  # the database counts each change up
    feed: fields.ForeignKeyRelation[Feed] = fields.ForeignKeyField("models.Feed")
    feed_id: UUID
    merchant: fields.ForeignKeyRelation[Merchant] = fields.ForeignKeyField("models.Merchant")
    merchant_id: UUID
    state = fields.CharEnumField(FeedRunState, max_length=16)
    channel = fields.CharField(max_length=8)
    mode = fields.CharEnumField(FeedMode, max_length=16)
    policy = fields.CharEnumField(FeedPolicy, max_length=24, default=POLICY, db_default=POLICY)
    dry_run = fields.BooleanField(default=False)
    force = fields.BooleanField(default=False)
    file = fields.UUIDField(null=True)
    file_code = fields.CharField(max_length=32, null=True)
    detail = fields.TextField(null=True)
    bytes = fields.BigIntField(null=True)
    sha256 = fields.TextField(null=True)
    format = fields.CharField(max_length=16, null=True)
    encoding = fields.CharField(max_length=32, null=True)
    separator = fields.CharField(max_length=4, null=True)
    unknown_columns = fields.JSONField[list[str]](default=list)
    lines_read = fields.IntField(default=0)
    created = fields.IntField(default=0)
    updated = fields.IntField(default=0)
    unchanged = fields.IntField(default=0)
    deleted = fields.IntField(default=0)
    ignored = fields.IntField(default=0)
    pending = fields.IntField(default=0)
    rejected = fields.IntField(default=0)
    absent = fields.IntField(default=0)
    guards = fields.JSONField[list[list[Any]] | None](null=True)
    problems = fields.JSONField[dict[str, int] | None](null=True)
    diff = fields.JSONField[dict[str, Any] | None](null=True)
    bad_rows = fields.UUIDField(null=True)
    stages = fields.JSONField[dict[str, Any]](default=dict)
    read_as = fields.TextField(null=True)
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "feed_run"


ACTIVE = (
    FeedRunState.QUEUED,
    FeedRunState.FETCHING,
    FeedRunState.READING,
    FeedRunState.STAGED,
    FeedRunState.APPLYING,
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A stored file that a run is to read; `sha256` and `bytes` are of the file as inflated."""

    file: UUID
    sha256: str
    bytes: int


async def take_due(limit: int) -> list[tuple[UUID, UUID]]:
    """Move up to `limit` due pull feeds to their next time; return (feed id, merchant id) of each.

    A feed with a run under way keeps its turn for later. Any number of workers may ask.
    """
    rows = await fetch(
        """
        UPDATE feed f
        SET next_pull_at = boucle_now(f.merchant_id) + make_interval(secs => f.every_seconds)
        FROM (SELECT id FROM feed
              WHERE next_pull_at <= now() + COALESCE((SELECT max(ahead) FROM sandbox), '0')
              AND next_pull_at <= boucle_now(merchant_id)
              AND NOT EXISTS (
                SELECT FROM feed_run r WHERE r.feed_id = feed.id AND r.state = ANY ($2))
              ORDER BY next_pull_at LIMIT $1 FOR UPDATE SKIP LOCKED) due
        WHERE f.id = due.id RETURNING f.id, f.merchant_id
        """,
        limit,
        [state.value for state in ACTIVE],
    )
    return [(row["id"], row["merchant_id"]) for row in rows]


async def line_codes(run_id: UUID) -> dict[str, int]:
    """How often each problem stands in the lines of a run, the most frequent first."""
    rows = await fetch(
        "SELECT code, count(*)::int AS n FROM feed_line WHERE run_id = $1 AND code IS NOT NULL "
        "GROUP BY code ORDER BY n DESC, code",
        run_id,
    )
    return {row["code"]: row["n"] for row in rows}


async def release(run_id: UUID) -> bool:
    """Have a held or previewed run applied after all, in the current transaction.

    False for any other run, for a preview whose file is not kept, and if a later file of the feed
    was applied since.
    """
    run = await FeedRun.get_or_none(id=run_id)
    if run is None or run.state not in {FeedRunState.HELD, FeedRunState.PREVIEWED}:
        return False
    later = FeedRun.filter(feed_id=run.feed_id, id__gt=run.id, state=FeedRunState.COMPLETED)
    previewed = run.state is FeedRunState.PREVIEWED
    if (previewed and run.file is None) or await later.exists():
        return False
    wanted = {"dry_run": False} if previewed else {"force": True}
    if not await FeedRun.filter(id=run.id, state=run.state).update(**wanted):
        return False
    await enqueue(Job.RUN_FEED, dedup_key=f"release:{run.id}", run_id=str(run.id))
    return True


async def start_run(
    feed: Feed,
    channel: str,
    *,
    mode: FeedMode | None = None,
    policy: FeedPolicy | None = None,
    upload: Upload | None = None,
    dry_run: bool = False,
    force: bool = False,
) -> FeedRun:
    """Write a queued run and ask for it, in the current transaction."""
    run = await FeedRun.create(
        feed_id=feed.id,
        merchant_id=feed.merchant_id,
        state=FeedRunState.QUEUED,
        channel=channel,
        mode=mode or feed.mode,
        policy=policy or feed.policy,
        file=upload.file if upload else None,
        sha256=upload.sha256 if upload else None,
        bytes=upload.bytes if upload else None,
        dry_run=dry_run,
        force=force,
        read_as=feed.reading(),
    )
    await enqueue(Job.RUN_FEED, run_id=str(run.id))
    return run


async def wait_for_pushes(feed_id: UUID) -> None:
    """Let one push of a feed at a time decide, until the transaction ends; no worker waits."""
    await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 8))", str(feed_id))


async def latest_run(feed_id: UUID) -> FeedRun | None:
    """The run of a feed that was asked for last."""
    return await FeedRun.filter(feed_id=feed_id).order_by("-id").first()
