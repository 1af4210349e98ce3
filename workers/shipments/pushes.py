"""Reads pushes that were stored, and keeps the subscriptions to them alive."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from domain.shipments.carriers import TrackingApi
from integrations.carriers.base import Account, CredentialRefused, PushReader, Throttled
from integrations.carriers.calls import Tokens
from integrations.carriers.ups_alerts import LIVES_DAYS, MOST, Callback, subscribe
from integrations.http import Outbound, Rejected, Unavailable
from models.base import fetchval, transaction
from models.shipments import accounts, pushes
from models.shipments.ingest import Heard, Source, ZoneOf, ingest
from models.shipments.pushes import Unsubscribed
from models.vault import SecretLost, Vault
from workers.shipments.poller import real

log = structlog.get_logger()

LIVES: Final = timedelta(days=LIVES_DAYS)
RENEW_WITHIN: Final = timedelta(days=3)
SUBSCRIBING: Final = (TrackingApi.UPS,)
"""APIs whose pushes are asked for parcel by parcel; others push whatever the account has."""

_tokens = Tokens()


async def read_push(
    delivery_id: UUID,
    readers: Mapping[TrackingApi, PushReader],
    zone_of: ZoneOf,
    speed_of: Callable[[str | None], float] = real,
) -> None:
    """Take in what a stored push tells, in the current transaction; one that was read is left.

    Through the platform's own accounts it is news. A merchant knows the secret of its own account's
    pushes and could write one: such a push only has the carrier asked at once.
    """
    of = await pushes.delivery(delivery_id)
    if of is None:
        return
    reader = readers.get(of.api)
    try:
        told = reader.read(of.body, of.at) if reader else ()
    except Rejected as error:
        await pushes.read(of, 0, 0, str(error)[:200])
        log.warning("carrier.push_unreadable", api=of.api, delivery_id=str(of.id))
        return
    known = await pushes.match(of, told)
    pairs = [(parcel, each) for parcel, each in zip(known, told, strict=True) if parcel]
    if of.merchant_id is None:
        heard = [Heard(parcel, each, Source.WEBHOOK) for parcel, each in pairs]
        await ingest(heard, zone_of, speed_of(of.url))
    else:
        await pushes.wake([parcel for parcel, _ in pairs])
    await pushes.read(of, len(pairs), len(told) - len(pairs))


async def subscribe_all(
    http: Outbound, vault: Vault, public_url: str, urls: Mapping[TrackingApi, str]
) -> int:
    """Subscribe to the parcels that are not, or not for long; return how many are now."""
    count = 0
    for waiting in await pushes.unsubscribed(SUBSCRIBING, RENEW_WITHIN, MOST):
        try:
            count += await _subscribe(waiting, http, vault, public_url, urls)
        except (CredentialRefused, SecretLost) as error:
            log.warning("carrier.not_subscribed", api=waiting.api, error=type(error).__name__)
        except (Throttled, Unavailable, Rejected) as error:
            log.warning("carrier.not_subscribed", api=waiting.api, error=str(error))
    return count


async def _subscribe(
    waiting: Unsubscribed,
    http: Outbound,
    vault: Vault,
    public_url: str,
    urls: Mapping[TrackingApi, str],
) -> int:
    of = await accounts.account(waiting.account_id)
    stored = await fetchval(
        "SELECT push_secrets FROM carrier_account WHERE id = $1", waiting.account_id
    )
    secrets = accounts.push_secrets(stored, vault, waiting.account_id)
    url = (of.url if of else None) or urls.get(waiting.api)
    if of is None or url is None or not secrets:
        return 0
    granted = await accounts.take(of, [1], urgent=True, within=1.0)
    if not granted.calls:
        return 0
    opened = Account(str(of.id), url, of.secrets(vault), of.token_url)
    callback = Callback(push_address(public_url, of.api, of.id), secrets[0])
    found = await subscribe(http, opened, _tokens, waiting.numbers, callback)
    pairs = zip(waiting.parcels, waiting.numbers, strict=True)
    valid = [parcel for parcel, number in pairs if number in found.valid]
    async with transaction():
        await pushes.subscribed(valid, LIVES)
    return len(valid)


def push_address(public_url: str, api: TrackingApi, account_id: UUID) -> str:
    """Where an account is pushed to."""
    return f"{public_url.rstrip('/')}/webhooks/carriers/{api.lower()}/{account_id}"
