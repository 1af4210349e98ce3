"""Pushes of carriers: stored raw and once, then read by a worker; and the subscriptions to them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from domain.shipments.carriers import AGGREGATORS, API_OF, CarrierCode, TrackingApi
from domain.shipments.scans import Told
from models.base import execute, fetch, fetchrow
from models.shipments import accounts
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
KEPT_DAYS = 30


@dataclass(frozen=True, slots=True)
class PushedTo:
    """An account that a push names. `stored` are its encrypted push secrets."""

    id: UUID
    api: str
    merchant_id: UUID | None
    stored: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A push that was stored. `merchant_id` is whose account it came through, if a merchant's.

    `url` is the root of that account's API, where it is not the published one.
    """

    id: UUID
    account_id: UUID
    api: TrackingApi
    merchant_id: UUID | None
    body: bytes
    at: datetime
    url: str | None = None


async def pushed_to(account_id: UUID) -> PushedTo | None:
    """The account of a push, in a transaction that presents it; None where there is none."""
    row = await fetchrow(accounts.SQL["pushed"], account_id)
    return PushedTo(row["id"], row["api"], row["merchant_id"], row["push_secrets"]) if row else None


async def store(of: PushedTo, delivery_key: str, body: bytes) -> UUID | None:
    """Store a push whose proof was checked; None for one that was stored before."""
    row = await fetchrow(accounts.SQL["store_push"], of.id, of.api, delivery_key[:200], body)
    return row["id"] if row else None


async def delivery(delivery_id: UUID) -> Delivery | None:
    """A stored push to be read, locked; None for one that was read, or is gone."""
    row = await fetchrow(SQL["one"], delivery_id)
    if row is None or row["processed_at"] is not None:
        return None
    return Delivery(
        row["id"],
        row["account_id"],
        TrackingApi(row["api"]),
        row["merchant_id"],
        row["body"],
        row["at"],
        row["url"],
    )


async def match(of: Delivery, told: Sequence[Told]) -> list[UUID | None]:
    """The parcel that each of these is about, in their order; None for an unknown number.

    A number is used again over the years: it is the newest parcel that was made no more than three
    days after the news. An aggregator follows any carrier's. A merchant's account speaks of that
    merchant's parcels alone.
    """
    newest = [max((s.occurred_at for s in each.scans), default=each.status_at) for each in told]
    every = of.api in AGGREGATORS
    carriers = [each.value for each in CarrierCode if every or API_OF.get(each) is of.api]
    rows = await fetch(
        SQL["match"],
        [each.number.upper() for each in told],
        newest,
        of.api,
        of.account_id,
        of.merchant_id,
        carriers,
    )
    found = {row["place"] - 1: row["id"] for row in rows}
    return [found.get(place) for place in range(len(told))]


async def wake(parcels: Sequence[UUID]) -> None:
    """Have the carrier asked about these parcels at once, but those that nobody asks about."""
    await execute(SQL["wake"], list(parcels))


async def read(of: Delivery, parcels: int, unknown: int, problem: str | None = None) -> None:
    """Note that a push was read, and of how many known parcels and unknown numbers it told."""
    await execute(SQL["done"], of.id, parcels, unknown, problem)


async def purge(limit: int = 5_000) -> int:
    """Forget raw pushes, and counts of unmapped codes, after 30 days; return how many rows."""
    gone = await execute(SQL["purge_codes"], KEPT_DAYS)
    while found := await execute(SQL["purge"], KEPT_DAYS, limit):
        gone += found
    return gone


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """Parcels of an account that is pushed to, whose subscription is missing or ends soon."""

    account_id: UUID
    api: TrackingApi
    parcels: Sequence[UUID]
    numbers: Sequence[str]


async def unsubscribed(
    apis: Collection[TrackingApi], within: timedelta, most: int
) -> list[Unsubscribed]:
    """The parcels to subscribe to, at most so many of an account."""
    rows = await fetch(
        SQL["subscribable"], [api.value for api in apis], within, most, accounts.OPEN_AFTER
    )
    return [
        Unsubscribed(row["id"], TrackingApi(row["api"]), row["parcels"], row["numbers"])
        for row in rows
    ]


async def subscribed(parcels: Sequence[UUID], lives: timedelta) -> None:
    """Note that these parcels are pushed for so long: they are polled four times less often."""
    await execute(SQL["subscribed"], list(parcels), lives)
