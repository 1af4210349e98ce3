"""Feeds and their runs."""

from typing import Any
from uuid import UUID

from tortoise import fields

from domain.offers.lines import FeedFormat, FeedMode, FeedRunState
from models.base import Row, fetch
from models.merchants import Merchant


class Feed(Row):
    """A merchant's data source: where it comes from, how to read it, what it means.

    `etag`, `last_modified` and `body_sha256` are those of the last applied file.
    """

    merchant: fields.ForeignKeyRelation[Merchant] = fields.ForeignKeyField("models.Merchant")
    merchant_id: UUID
    name = fields.CharField(max_length=64)
    format = fields.CharEnumField(FeedFormat, max_length=16, null=True)
    mode = fields.CharEnumField(FeedMode, max_length=16)
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

    class Meta:
        table = "feed"
        unique_together = (("merchant", "name"),)


class FeedRun(Row):
    """One execution of a feed. `dry_run` previews without writing; `force` lifts a guard."""

    feed: fields.ForeignKeyRelation[Feed] = fields.ForeignKeyField("models.Feed")
    feed_id: UUID
    merchant: fields.ForeignKeyRelation[Merchant] = fields.ForeignKeyField("models.Merchant")
    merchant_id: UUID
    state = fields.CharEnumField(FeedRunState, max_length=16)
    channel = fields.CharField(max_length=8)
    mode = fields.CharEnumField(FeedMode, max_length=16)
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
    stages = fields.JSONField[dict[str, Any]](default=dict)
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


async def take_due(limit: int) -> list[tuple[UUID, UUID]]:
    """Move up to `limit` due pull feeds to their next time; return (feed id, merchant id) of each.

    A feed with a run under way keeps its turn for later. Any number of workers may ask.
    """
    rows = await fetch(
        """
        UPDATE feed f SET next_pull_at = now() + make_interval(secs => f.every_seconds)
        FROM (SELECT id FROM feed WHERE next_pull_at <= now()
              AND NOT EXISTS (SELECT FROM feed_run r WHERE r.feed_id = feed.id AND r.state = ANY ($2))
              ORDER BY next_pull_at LIMIT $1 FOR UPDATE SKIP LOCKED) due
        WHERE f.id = due.id RETURNING f.id, f.merchant_id
        """,
        limit,
        [state.value for state in ACTIVE],
    )
    return [(row["id"], row["merchant_id"]) for row in rows]


async def supersede_older(run: FeedRun) -> int:
    """Full files of the same feed that still wait before `run` are not worth reading any more."""
    return await FeedRun.filter(
        feed_id=run.feed_id,
        id__lt=run.id,
        state=FeedRunState.QUEUED,
        mode=FeedMode.FULL,
        dry_run=False,
    ).update(state=FeedRunState.SUPERSEDED)
