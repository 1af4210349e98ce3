"""Where the file of a pulled feed comes from: the merchant's web server, or its SFTP server."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson

from domain.offers.lines import FileCode
from domain.offers.sources import CredentialKind, is_sftp
from integrations.feeds.fetch import (
    Auth,
    Basic,
    Bearer,
    Fetched,
    FetchFailed,
    Limits,
    NotChanged,
    QueryKey,
    Source,
    fetch,
)
from integrations.http import Outbound
from models.offers.feeds import Feed, FeedRun
from models.offers.setup import cell
from models.vault import SecretLost, Vault

LOST: Final = "the stored credentials cannot be read any more: send them again"


async def fetch_feed(
    run: FeedRun, feed: Feed, http: Outbound, vault: Vault, into: Path, now: datetime
) -> Fetched | NotChanged:
    """Bring the file of a feed onto this disk, unless it is the one that was applied last.

    A dry run fetches it whatever is known of it, and so does a run that reads it in another way.
    Raises: FetchFailed; Unavailable when another try may succeed.
    """
    if feed.url is None:
        raise FetchFailed(FileCode.NOT_FOUND, "the feed has no address and the run no file")
    known = not run.dry_run and feed.read_as in {None, feed.reading()}
    secret = _secret(feed, vault)
    if is_sftp(feed.url):
        return await _by_sftp(feed, http, secret, into, now, known=known)
    source = Source(feed.url, auth=_auth(secret))
    if known:
        source = replace(
            source,
            etag=feed.etag,
            last_modified=feed.last_modified,
            body_sha256=feed.body_sha256,
        )
    return await fetch(http, source, into, Limits())


async def _by_sftp(
    feed: Feed,
    http: Outbound,
    secret: dict[str, str],
    into: Path,
    now: datetime,
    *,
    known: bool,
) -> Fetched | NotChanged:
    from integrations.feeds import sftp  # noqa: PLC0415 - most workers never need it

    source = sftp.SftpSource(
        feed.url or "",
        host_key=feed.host_key,
        password=secret.get("password"),
        private_key=secret.get("private_key"),
        etag=feed.etag if known else None,
        body_sha256=feed.body_sha256 if known else None,
        seen=feed.seen,
        seen_at=feed.seen_at,
    )
    try:
        return await sftp.fetch(http.guard, source, into, Limits(), now)
    except sftp.HostKeyRefused as refused:
        await Feed.filter(id=feed.id).update(found_host_key=refused.found)
        raise


def _secret(feed: Feed, vault: Vault) -> dict[str, str]:
    if feed.credentials is None:
        return {}
    try:
        opened: dict[str, str] = orjson.loads(vault.open(bytes(feed.credentials), cell(feed.id)))
    except SecretLost as error:
        raise FetchFailed(FileCode.AUTH_FAILED, LOST) from error
    return opened


def _auth(secret: dict[str, str]) -> Auth | None:
    match secret.get("kind"):
        case CredentialKind.BASIC:
            return Basic(secret["user"], secret["password"])
        case CredentialKind.BEARER:
            return Bearer(secret["token"])
        case CredentialKind.QUERY_KEY:
            return QueryKey(secret["name"], secret["value"])
        case _:
            return None
