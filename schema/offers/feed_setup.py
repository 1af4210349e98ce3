"""A merchant sets its feeds up, for the merchant's own key."""

from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import strawberry
from strawberry.utils.str_converters import to_camel_case

from domain.offers.sources import Wrong
from resolvers.offers import feed_setup as resolvers
from schema.common import Info, Problem, global_id, idempotency_key, row_id
from schema.offers.feed_inputs import (
    CreateFeedInput,
    DeleteFeedInput,
    FeedIdInput,
    RunFeedNowInput,
    UpdateFeedInput,
    given_in,
)
from schema.offers.feed_run_changes import WRITE
from schema.offers.feed_runs import FeedRun
from schema.offers.feeds import Feed
from schema.rules import OWN, ruled

if TYPE_CHECKING:
    from models.offers.feeds import Feed as FeedRow
    from models.offers.feeds import FeedRun as FeedRunRow


@ruled(OWN)
@strawberry.type
class FeedCreated:
    """The feed was made."""

    feed: Feed = strawberry.field(description="The feed.")


@ruled(OWN)
@strawberry.type
class FeedUpdated:
    """The feed is as you asked."""

    feed: Feed = strawberry.field(description="The feed.")


@ruled(OWN)
@strawberry.type
class FeedDeleted:
    """The feed is gone; its runs can still be read for 30 days."""

    id: strawberry.relay.GlobalID = strawberry.field(description="Id that it had.")


@ruled(OWN)
@strawberry.type
class FeedRunStarted:
    """The feed is pulled now."""

    run: FeedRun = strawberry.field(description="The run; follow it with `feedRun`.")


@ruled(OWN)
@strawberry.type
class FeedUnknown(Problem):
    """There is no such feed of yours."""


@ruled(OWN)
@strawberry.type
class FeedNameTaken(Problem):
    """Another feed of yours has this name."""

    name: str = strawberry.field(description="The name.")


@ruled(OWN)
@strawberry.type
class TooManyFeeds(Problem):
    """You have as many feeds as you may have."""

    limit: int = strawberry.field(description="How many that is.")


@ruled(OWN)
@strawberry.type
class FeedSettingInvalid(Problem):
    """A feed cannot be told this. `hint` says what would do."""

    field: str = strawberry.field(description="What it is about: `url`, `settings.encoding`.")
    value: str | None = strawberry.field(description="What was sent; never a secret.")


@ruled(OWN)
@strawberry.type
class FeedRunUnderWay(Problem):
    """A run of the feed has not ended yet."""

    run_id: strawberry.relay.GlobalID = strawberry.field(description="Id of that run.")


@ruled(OWN)
@strawberry.type
class FeedHasOffers(Problem):
    """Offers of the feed are on sale, and nothing would keep them true."""

    offers: int = strawberry.field(description="How many, live or paused.")


@ruled(OWN)
@strawberry.type
class FeedNotPulled(Problem):
    """The feed has no address: files are pushed to it."""


CreateFeedResult = Annotated[
    FeedCreated | FeedNameTaken | TooManyFeeds | FeedSettingInvalid,
    strawberry.union("CreateFeedResult", description="The feed, or a refusal."),
]
UpdateFeedResult = Annotated[
    FeedUpdated | FeedUnknown | FeedNameTaken | FeedSettingInvalid,
    strawberry.union("UpdateFeedResult", description="The feed, or a refusal."),
]
PauseFeedResult = Annotated[
    FeedUpdated | FeedUnknown | FeedNotPulled,
    strawberry.union("PauseFeedResult", description="The feed, or a refusal."),
]
RunFeedNowResult = Annotated[
    FeedRunStarted | FeedUnknown | FeedNotPulled | FeedRunUnderWay,
    strawberry.union("RunFeedNowResult", description="The run, or a refusal."),
]
DeleteFeedResult = Annotated[
    FeedDeleted | FeedUnknown | FeedRunUnderWay | FeedHasOffers,
    strawberry.union("DeleteFeedResult", description="The id that is free, or a refusal."),
]


@strawberry.type
class FeedSetupMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def create_feed(
        self,
        info: Info,
        input: Annotated[CreateFeedInput, strawberry.argument(description="What it shall be.")],
    ) -> CreateFeedResult:
        """Make a feed. Needs a merchant's key with `feeds:write`."""
        key = idempotency_key(input.idempotency_key)
        found = await resolvers.create(info.context, given_in(input), key)
        refused: Any = _refused(info, found)
        return refused or FeedCreated(feed=_feed(found))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def update_feed(
        self,
        info: Info,
        input: Annotated[UpdateFeedInput, strawberry.argument(description="What to change.")],
    ) -> UpdateFeedResult:
        """Change a feed. Needs a merchant's key with `feeds:write`."""
        key, feed_id = idempotency_key(input.idempotency_key), _feed_id(input.id)
        found = await resolvers.update(info.context, feed_id, given_in(input), key)
        refused: Any = _refused(info, found)
        return refused or FeedUpdated(feed=_feed(found))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def pause_feed(
        self, info: Info, input: Annotated[FeedIdInput, strawberry.argument(description="Which.")]
    ) -> PauseFeedResult:
        """Stop pulling a feed until `resumeFeed`. Needs a merchant's key with `feeds:write`.

        Pushes are still read, and silence makes it stale.
        """
        result: PauseFeedResult = await _paused(info, input, paused=True)
        return result

    @strawberry.mutation(metadata={"rule": WRITE})
    async def resume_feed(
        self, info: Info, input: Annotated[FeedIdInput, strawberry.argument(description="Which.")]
    ) -> PauseFeedResult:
        """Pull a paused feed again, beginning now. Needs a merchant's key with `feeds:write`."""
        result: PauseFeedResult = await _paused(info, input, paused=False)
        return result

    @strawberry.mutation(metadata={"rule": WRITE})
    async def run_feed_now(
        self,
        info: Info,
        input: Annotated[RunFeedNowInput, strawberry.argument(description="Which, and how.")],
    ) -> RunFeedNowResult:
        """Pull a feed at once. Needs a merchant's key with `feeds:write`."""
        key, feed_id = idempotency_key(input.idempotency_key), _feed_id(input.id)
        found = await resolvers.run_now(
            info.context, feed_id, key, dry_run=input.dry_run, force=input.force
        )
        refused: Any = _refused(info, found)
        return refused or FeedRunStarted(run=FeedRun.of(cast("FeedRunRow", found)))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def delete_feed(
        self,
        info: Info,
        input: Annotated[DeleteFeedInput, strawberry.argument(description="Which.")],
    ) -> DeleteFeedResult:
        """Delete a feed, its address and its credentials. Needs a key with `feeds:write`."""
        key, feed_id = idempotency_key(input.idempotency_key), _feed_id(input.id)
        found = await resolvers.delete(
            info.context, feed_id, key, retire_offers=input.retire_offers
        )
        refused: Any = _refused(info, found)
        return refused or FeedDeleted(id=global_id("Feed", feed_id))


async def _paused(info: Info, input: FeedIdInput, *, paused: bool) -> Any:
    key, feed_id = idempotency_key(input.idempotency_key), _feed_id(input.id)
    found = await resolvers.pause(info.context, feed_id, key, paused=paused)
    return _refused(info, found) or FeedUpdated(feed=_feed(found))


def _feed(found: object) -> Feed:
    return Feed.of(cast("FeedRow", found))


def _feed_id(value: strawberry.ID) -> Any:
    return row_id(value, "Feed", "id")


_WORDS: Final[dict[type, tuple[type[Problem], str, str, list[str], str]]] = {
    resolvers.FeedUnknown: (
        FeedUnknown,
        "FEED_UNKNOWN",
        "There is no such feed.",
        ["input", "id"],
        "`feeds` lists yours.",
    ),
    resolvers.NameTaken: (
        FeedNameTaken,
        "FEED_NAME_TAKEN",
        "Another feed of yours has this name.",
        ["input", "name"],
        "Choose another name, or change the feed that has it.",
    ),
    resolvers.TooManyFeeds: (
        TooManyFeeds,
        "TOO_MANY_FEEDS",
        "You have as many feeds as you may have.",
        ["input"],
        "Delete a feed that is not used: `lastSuccessAt` tells which.",
    ),
    resolvers.RunUnderWay: (
        FeedRunUnderWay,
        "FEED_RUN_UNDER_WAY",
        "A run of this feed has not ended yet.",
        ["input", "id"],
        "Wait until `feedRun` tells that it ended.",
    ),
    resolvers.HasOffers: (
        FeedHasOffers,
        "FEED_HAS_OFFERS",
        "Offers of this feed are on sale.",
        ["input", "retireOffers"],
        "Send `retireOffers: true` to take them off sale with it.",
    ),
    resolvers.NotPulled: (
        FeedNotPulled,
        "FEED_NOT_PULLED",
        "This feed has no address to pull from.",
        ["input", "id"],
        "Give it a `url` with `updateFeed`, or push a file.",
    ),
}


def _refused(info: Info, found: object) -> Problem | None:
    """The problem of a refusal; None for what was asked for."""
    request_id = strawberry.ID(info.context.request_id)
    match found:
        case Wrong(field, value, fix):
            names = [to_camel_case(part) for part in field.split(".")]
            return FeedSettingInvalid(
                code="FEED_SETTING_INVALID",
                message=f"`{'.'.join(names)}` cannot be this.",
                path=["input", *names],
                hint=fix,
                request_id=request_id,
                field=".".join(names),
                value=value,
            )
        case _ if type(found) in _WORDS:
            kind, code, message, path, hint = _WORDS[type(found)]
            return kind(
                code=code,
                message=message,
                path=path,
                hint=hint,
                request_id=request_id,
                **_facts(found),
            )
        case _:
            return None


def _facts(found: object) -> dict[str, Any]:
    match found:
        case resolvers.NameTaken(name):
            return {"name": name}
        case resolvers.TooManyFeeds(limit):
            return {"limit": limit}
        case resolvers.RunUnderWay(run_id):
            return {"run_id": global_id("FeedRun", run_id)}
        case resolvers.HasOffers(offers):
            return {"offers": offers}
        case _:
            return {}
