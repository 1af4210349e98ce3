"""A merchant sets its feeds up: made, changed, paused, run at once, deleted.

Shapes: `given` holds what the caller sent, by the names of `domain.offers.setup` and `url`,
`credentials` (a kind and its parts) and `host_key`; what is not in it is kept, None clears.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import orjson

from domain.offers.setup import CHECKS, FACTS, MOST_FEEDS, SETTINGS, checked
from domain.offers.sources import (
    CredentialKind,
    Wrong,
    as_stored,
    is_sftp,
    party,
    wrong_credentials,
    wrong_host_key,
    wrong_url,
)
from models.base import new_id
from models.jobs import Job
from models.offers import report, setup
from models.offers.feeds import Feed, FeedRun, start_run, wait_for_pushes
from models.outbox import enqueue
from resolvers.accounts.house import house
from resolvers.context import Context
from resolvers.effects import Outcome, audited, once_only
from resolvers.offers.feeds import WRITE

CHANNEL: Final = "PULL"
PURPOSE: Final = "feed credentials"
EVERY_SECONDS: Final = 3_600
_PROOFS: Final = ("etag", "last_modified", "body_sha256", "read_as", "seen", "seen_at")
_CREDENTIALS: Final = ("credentials", "credentials_kind", "credentials_since")
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NameTaken:
    """Another feed of the merchant has the name."""

    name: str


@dataclass(frozen=True, slots=True)
class TooManyFeeds:
    """The merchant has as many feeds as one may have."""

    limit: int = MOST_FEEDS


@dataclass(frozen=True, slots=True)
class FeedUnknown:
    """There is no such feed of the caller's."""


@dataclass(frozen=True, slots=True)
class RunUnderWay:
    """A run of the feed has not ended."""

    run_id: str


@dataclass(frozen=True, slots=True)
class HasOffers:
    """Offers of the feed are on sale."""

    offers: int


@dataclass(frozen=True, slots=True)
class NotPulled:
    """The feed has no address."""


Refusal = Wrong | NameTaken | TooManyFeeds | FeedUnknown | RunUnderWay | HasOffers | NotPulled
_REFUSALS: Final[Mapping[str, Callable[..., Refusal]]] = {
    kind.__name__: kind
    for kind in (Wrong, NameTaken, TooManyFeeds, FeedUnknown, RunUnderWay, HasOffers, NotPulled)
}


async def create(ctx: Context, given: Given, key: str) -> Feed | Refusal:
    """Make a feed of the caller's merchant.

    Refuses: a value that cannot be, a name that is taken, the 101st feed.
    Raises: SignInFirst, Forbidden; BadInput with reason IDEMPOTENCY_KEY_REUSED.
    """

    async def act(merchant_id: UUID) -> Outcome:
        await setup.wait_for_setup(merchant_id)
        if await setup.count(merchant_id) >= MOST_FEEDS:
            return _refused(TooManyFeeds())
        row = Feed(id=new_id(), merchant_id=merchant_id, settings={})
        return await _written(ctx, row, given, "createFeed")

    outcome = await once_only(ctx, WRITE, "createFeed", key, _hidden(given), act)
    return await _read(ctx, outcome)


async def update(ctx: Context, feed_id: UUID, given: Given, key: str) -> Feed | Refusal:
    """Change a feed: what is not given is kept, None clears.

    Refuses: as `create`; an address of another host while stored credentials are kept.
    Raises: as `create`.
    """

    async def act(row: Feed) -> Outcome:
        return await _written(ctx, row, given, "updateFeed")

    outcome = await _on_feed(ctx, "updateFeed", feed_id, key, _hidden(given), act)
    return await _read(ctx, outcome)


async def pause(ctx: Context, feed_id: UUID, key: str, *, paused: bool) -> Feed | Refusal:
    """Stop pulling a feed, or begin again at once. Refuses: a feed without an address."""
    name = "pauseFeed" if paused else "resumeFeed"

    async def act(row: Feed) -> Outcome:
        if row.url is None:
            return _refused(NotPulled())
        if row.paused is not paused:
            row.paused = paused
            row.next_pull_at = _next(row, ctx.now)
            await row.save(update_fields=["paused", "next_pull_at", "updated_at"])
            await audited(ctx, name, "Feed", row.id, after={"paused": paused})
        return {"feed": row.id}

    return await _read(ctx, await _on_feed(ctx, name, feed_id, key, {}, act))


async def run_now(
    ctx: Context, feed_id: UUID, key: str, *, dry_run: bool, force: bool
) -> FeedRun | Refusal:
    """Pull a feed at once. Refuses: a feed without an address, and while a run is under way."""

    async def act(row: Feed) -> Outcome:
        if row.url is None:
            return _refused(NotPulled())
        await wait_for_pushes(row.id)
        if (running := await setup.under_way(row.id)) is not None:
            return _refused(RunUnderWay(str(running.id)))
        run = await start_run(row, CHANNEL, dry_run=dry_run, force=force)
        await audited(ctx, "runFeedNow", "FeedRun", run.id, after={"dryRun": dry_run})
        return {"feed": row.id, "run": run.id}

    given = {"dryRun": dry_run, "force": force}
    outcome = await _on_feed(ctx, "runFeedNow", feed_id, key, given, act)
    if (refused := _refusal(outcome)) is not None:
        return refused
    async with ctx.acting(WRITE) as merchant_id:
        return await report.run(merchant_id, UUID(str(outcome["run"]))) or FeedUnknown()


async def delete(ctx: Context, feed_id: UUID, key: str, *, retire_offers: bool) -> UUID | Refusal:
    """Delete a feed, its address and its credentials; its runs can still be read.

    Refuses: while a run is under way; while offers of it are on sale, unless `retire_offers` takes
    them off.
    """

    async def act(row: Feed) -> Outcome:
        await wait_for_pushes(row.id)
        if (running := await setup.under_way(row.id)) is not None:
            return _refused(RunUnderWay(str(running.id)))
        offers = await setup.offers_on_sale(row.merchant_id, row.id)
        if offers and not retire_offers:
            return _refused(HasOffers(offers))
        before = {"name": row.name, "url": _without_query(row.url), "offers": offers}
        await _emptied(row, ctx.now)
        if offers:
            await enqueue(Job.RETIRE_OFFERS, feed_id=str(row.id))
        await audited(ctx, "deleteFeed", "Feed", row.id, before=before)
        return {"deleted": row.id}

    given = {"retireOffers": retire_offers}
    outcome = await _on_feed(ctx, "deleteFeed", feed_id, key, given, act)
    return _refusal(outcome) or UUID(str(outcome["deleted"]))


async def _emptied(row: Feed, now: datetime) -> None:
    """Leave of a feed what its runs need. Its name is free again."""
    await setup.end_waiting_runs(row.id)
    gone = ("host_key", "found_host_key", "url", "every_seconds", "next_pull_at")
    row.update_from_dict(dict.fromkeys((*_PROOFS, *_CREDENTIALS, *gone)))
    row.update_from_dict({"name": str(row.id), "settings": {}, "deleted_at": now})
    await row.save()


async def _read(ctx: Context, outcome: Outcome) -> Feed | Refusal:
    """The feed of an outcome, with what the caller may see of it now; or the refusal."""
    if (refused := _refusal(outcome)) is not None:
        return refused
    async with ctx.acting(WRITE) as merchant_id:
        found = await report.feed(merchant_id, UUID(str(outcome["feed"])))
    return found or FeedUnknown()


async def _on_feed(
    ctx: Context,
    name: str,
    feed_id: UUID,
    key: str,
    given: Given,
    act: Callable[[Feed], Awaitable[Outcome]],
) -> Outcome:
    """What became of an act on a feed of the caller's."""

    async def begun(merchant_id: UUID) -> Outcome:
        await setup.wait_for_setup(merchant_id)
        row = await setup.lock(merchant_id, feed_id)
        return _refused(FeedUnknown()) if row is None else await act(row)

    return await once_only(ctx, WRITE, name, key, {"feed": feed_id, **given}, begun)


async def _written(ctx: Context, row: Feed, given: Given, name: str) -> Outcome:
    """Check and store a feed; note what differs."""
    new = row.created_at is None
    told = checked({name: value for name, value in given.items() if name in CHECKS})
    if isinstance(told, Wrong):
        return _refused(told)
    if wrong := await _wrong_market(row, told) or _wrong_source(row, given):
        return _refused(wrong)
    if "name" in told and await setup.name_taken(row.merchant_id, told["name"], row.id):
        return _refused(NameTaken(told["name"]))
    before = _facts(row)
    if wrong := _changed(row, told, given, ctx.now):
        return _refused(wrong)
    after = _facts(row)
    await row.save(force_create=new)
    differ = [each for each in after if before[each] != after[each]]
    if "credentials" in given:
        differ.append("credentials")
    await audited(
        ctx,
        name,
        "Feed",
        row.id,
        before=None if new else {each: before[each] for each in differ},
        after={each: after[each] for each in differ},
    )
    return {"feed": row.id}


async def _wrong_market(row: Feed, told: Mapping[str, Any]) -> Wrong | None:
    asked = told.get("markets") or []
    if not asked:
        return None
    own = await setup.markets_of(row.merchant_id)
    if (beyond := next((code for code in asked if code not in own), None)) is None:
        return None
    return Wrong("settings.markets", beyond[:80], f"Name markets of yours: {', '.join(own)}.")


def _wrong_source(row: Feed, given: Given) -> Wrong | None:
    """Why the address, the credentials and the host key cannot stand together."""
    allowed, url = house().feed_hosts, given.get("url", row.url)
    if url is not None and "url" in given and (wrong := wrong_url(url, allowed)):
        return wrong
    if (credentials := given.get("credentials")) is not None:
        kind, parts = credentials
        return wrong_credentials(kind, parts, url, allowed) or _wrong_key(given, url)
    kept = row.credentials is not None and "credentials" not in given and url is not None
    if kept and party(url) != party(row.url):
        fix = "The address is another server's: send its credentials, or null for none."
        return Wrong("credentials", None, fix)
    return _wrong_key(given, url)


def _wrong_key(given: Given, url: str | None) -> Wrong | None:
    if (text := given.get("host_key")) is None:
        return None
    if not is_sftp(url):
        return Wrong("host_key", text[:80], "Only an sftp:// address has a host key.")
    return wrong_host_key(text)


def _changed(row: Feed, told: Mapping[str, Any], given: Given, now: datetime) -> Wrong | None:
    """Give a row its new values; what it knew of its last file is forgotten where that is void."""
    source, reading, every = row.url, row.reading() if row.mode else "", row.every_seconds
    settings = row.settings | {name: told[name] for name in SETTINGS if name in told}
    row.settings = {name: value for name, value in settings.items() if value is not None}
    row.update_from_dict({name: told[name] for name in FACTS if name in told})
    row.url = given.get("url", row.url)
    if row.url is None and told.get("every_seconds") is not None:
        return Wrong("every_seconds", str(row.every_seconds), "Only a feed with a url is pulled.")
    row.every_seconds = (row.every_seconds or EVERY_SECONDS) if row.url else None
    if row.url != source or row.reading() != reading:
        row.update_from_dict(dict.fromkeys(_PROOFS))
    if (row.url, row.every_seconds) != (source, every):
        row.next_pull_at = _next(row, now)
    if party(row.url) != party(source):
        row.update_from_dict({"host_key": None, "found_host_key": None})
    if given.get("host_key", row.host_key) != row.host_key:
        row.host_key, row.next_pull_at = given["host_key"], _next(row, now)
    _with_credentials(row, given, now)
    return None


def _with_credentials(row: Feed, given: Given, now: datetime) -> None:
    if "credentials" not in given and row.url is not None:
        return
    credentials: tuple[CredentialKind, Mapping[str, str]] | None = given.get("credentials")
    if credentials is None:
        row.update_from_dict(dict.fromkeys(_CREDENTIALS))
        return
    text = orjson.dumps(as_stored(*credentials))
    row.credentials = house().vault.close(text, setup.cell(row.id))
    row.credentials_kind, row.credentials_since = credentials[0], now


def _next(row: Feed, now: datetime) -> datetime | None:
    return now if row.url is not None and not row.paused else None


def _facts(row: Feed) -> dict[str, Any]:
    """What the audit log is told of a feed: no secret, and no part of an address that may be."""
    return {
        "name": row.name,
        "mode": row.mode,
        "format": row.format,
        "url": _without_query(row.url),
        "everySeconds": row.every_seconds,
        "staleAfterSeconds": row.stale_after_seconds,
        "settings": row.settings,
        "hostKey": row.host_key,
        "credentials": row.credentials_kind,
    }


def _without_query(url: str | None) -> str | None:
    return url if url is None or is_sftp(url) else urlsplit(url)._replace(query="").geturl()


def _hidden(given: Given) -> Given:
    """What was sent, with a keyed hash where secrets were: a plain one could be guessed."""
    if given.get("credentials") is None:
        return given
    secret = house().vault.secrets(PURPOSE)[0]
    kind, parts = given["credentials"]
    text = orjson.dumps([kind, parts], option=orjson.OPT_SORT_KEYS)
    return {**given, "credentials": hmac.new(secret, text, hashlib.sha256).hexdigest()}


def _refused(refusal: Refusal) -> Outcome:
    return {"refused": type(refusal).__name__, "facts": asdict(refusal)}


def _refusal(outcome: Outcome) -> Refusal | None:
    name = outcome.get("refused")
    return _REFUSALS[name](**outcome["facts"]) if name else None
