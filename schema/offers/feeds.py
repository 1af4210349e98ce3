"""A merchant's feeds, for the merchant's own key."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

import strawberry

from domain.offers.lines import FeedFormat, FeedMode, FeedPolicy
from resolvers.offers import feeds as resolvers
from schema.common import Info, Node, global_id
from schema.offers.feed_shapes import FeedCredentials, FeedSettings, credentials_of
from schema.rules import Scope, ruled

if TYPE_CHECKING:
    from models.offers.feeds import Feed as FeedRow

READ = Scope(resolvers.READ)


@ruled(READ)
@strawberry.type
class Feed(Node):
    """A source of your offers."""

    name: str = strawberry.field(description="Your name for it.")
    format: FeedFormat | None = strawberry.field(description="`null` is detected at each run.")
    mode: FeedMode = strawberry.field(description="What its lines mean.")
    policy: FeedPolicy = strawberry.field(description="What its runs do about lines that fail.")
    url: str | None = strawberry.field(description="Where it is pulled from.")
    every_seconds: int | None = strawberry.field(description="How often it is pulled.")
    next_pull_at: datetime | None = strawberry.field(description="When it is pulled next.")
    last_success_at: datetime | None = strawberry.field(description="Last run that succeeded.")
    stale: bool = strawberry.field(description="Whether its offers are paused for silence.")
    stale_after_seconds: int = strawberry.field(description="How long it may be silent.")
    paused: bool = strawberry.field(description="Whether it is not pulled until `resumeFeed`.")
    credentials: FeedCredentials | None = strawberry.field(
        description="Which credentials it is pulled with."
    )
    host_key: str | None = strawberry.field(
        description="Fingerprint of the SFTP server's key that you confirmed."
    )
    found_host_key: str | None = strawberry.field(
        description="Fingerprint that the server showed last, where it was refused: if it is "
        "your server's, confirm it with `updateFeed`."
    )
    settings: FeedSettings = strawberry.field(description="How its files are read.")

    @classmethod
    def of(cls, row: "FeedRow") -> Self:
        return cls(
            id=global_id("Feed", row.id),
            name=row.name,
            format=row.format,
            mode=row.mode,
            policy=row.policy,
            url=row.url,
            every_seconds=row.every_seconds,
            next_pull_at=row.next_pull_at,
            last_success_at=row.last_success_at,
            stale=row.stale,
            stale_after_seconds=row.stale_after_seconds,
            paused=row.paused,
            credentials=credentials_of(row),
            host_key=row.host_key,
            found_host_key=row.found_host_key,
            settings=FeedSettings.of(row.settings),
        )


@strawberry.type
class FeedsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def feeds(self, info: Info) -> list[Feed]:
        """Your feeds, by name. Needs a merchant's key with `feeds:read`. At most 100."""
        return [Feed.of(row) for row in await resolvers.feeds(info.context)]
