"""Accounts with carriers: what they may be asked, whether they work, and their secrets.

All that processes share is here, in PostgreSQL: the budget of a day and the pace of a second
outlive every process and every cache. All times are the database's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import orjson

from domain.shipments.carriers import API_OF, TrackingApi
from domain.shipments.polling import QUOTAS, Quota, Unit, elapsed, pace
from models.base import execute, fetch, fetchrow, transaction
from models.sql import statements
from models.vault import Cell, Vault

SQL = statements(Path(__file__).with_suffix(".sql"))
OPEN_AFTER: Final = 10
OPEN_FOR: Final = timedelta(minutes=5)
MARGIN: Final = 1.1
"""By how much calls lie further apart than a carrier asks for: ours may be late on their way."""


@dataclass(frozen=True, slots=True)
class CarrierAccount:
    """An account as a worker uses it, at the moment `at` of the database.

    Units: `used` counts `quota.unit` on the carrier's day; `quota` is what this account may do.
    """

    id: UUID
    api: TrackingApi
    merchant_id: UUID | None
    url: str | None
    token_url: str | None
    closed: bytes | None = field(repr=False)
    quota: Quota
    used: int
    failures: int
    open_until: datetime | None
    paused_until: datetime | None
    disabled_at: datetime | None
    at: datetime

    @property
    def usable(self) -> bool:
        """Whether calls may go out; a circuit that is half open lets one through."""
        paused = self.paused_until is not None and self.paused_until > self.at
        return self.disabled_at is None and not paused

    @property
    def broken(self) -> bool:
        """Whether its circuit is open, or half open: 10 calls in a row failed."""
        return self.failures >= OPEN_AFTER

    @property
    def interval(self) -> float:
        """Seconds between calls."""
        return MARGIN / self.quota.per_second

    def cap(self, *, urgent: bool) -> int | None:
        """The most of the day's budget that may be used by now; None where a day has no limit."""
        if self.quota.per_day is None:
            return None
        part = 1.0 if urgent else pace(elapsed(self.at, self.quota.zone))
        return int(self.quota.per_day * part)

    def size(self, numbers: int) -> int:
        """What a call about so many numbers takes of the day's budget."""
        return numbers if self.quota.unit is Unit.NUMBERS else 1

    def secrets(self, vault: Vault) -> dict[str, str]:
        """Its secrets, opened. Raises: SecretLost."""
        return opened(self.closed, vault, secrets_cell(self.id))


@dataclass(frozen=True, slots=True)
class Granted:
    """Calls that may go out: how many, and when the first may; each other an interval later.

    `ahead` is by how much the database's clock, whose time `first_at` is, was seen ahead of ours:
    at least by so much, for the answer took its time.
    """

    calls: int
    first_at: datetime
    ahead: timedelta


def secrets_cell(account_id: UUID) -> Cell:
    """Where the secrets of an account stand."""
    return Cell("carrier_account", "secrets", account_id)


def push_secrets_cell(account_id: UUID) -> Cell:
    """Where the secrets of its pushes stand."""
    return Cell("carrier_account", "push_secrets", account_id)


def closed(secrets: Mapping[str, str] | Sequence[str], vault: Vault, cell: Cell) -> bytes:
    """Secrets as they are stored."""
    return vault.close(orjson.dumps(secrets), cell)


def opened(stored: bytes | None, vault: Vault, cell: Cell) -> dict[str, str]:
    """Secrets by name, as they were given. Raises: SecretLost."""
    found: dict[str, str] = orjson.loads(vault.open(stored, cell)) if stored else {}
    return found


def push_secrets(stored: bytes | None, vault: Vault, account_id: UUID) -> list[str]:
    """The secrets of its pushes, newest first. Raises: SecretLost."""
    if stored is None:
        return []
    found: list[str] = orjson.loads(vault.open(stored, push_secrets_cell(account_id)))
    return found


async def account(account_id: UUID) -> CarrierAccount | None:
    """An account as it is now; None for one that is gone."""
    row = await fetchrow(SQL["one"], account_id)
    return _account(row) if row else None


def _account(row: asyncpg.Record) -> CarrierAccount:
    api = TrackingApi(row["api"])
    return CarrierAccount(
        id=row["id"],
        api=api,
        merchant_id=row["merchant_id"],
        url=row["url"],
        token_url=row["token_url"],
        closed=row["secrets"],
        quota=quota_of(api, row["per_second"], row["per_day"], row["day_zone"]),
        used=row["used"] or 0,
        failures=row["failures"],
        open_until=row["open_until"],
        paused_until=row["paused_until"],
        disabled_at=row["disabled_at"],
        at=row["at"],
    )


def quota_of(api: TrackingApi, per_second: Decimal | None, per_day: int | None, zone: str) -> Quota:
    """What an account may do: by its own contract, else as the carrier allows everybody."""
    usual = QUOTAS[api]
    return Quota(
        float(per_second) if per_second is not None else usual.per_second,
        per_day if per_day is not None else usual.per_day,
        usual.unit,
        zone,
        usual.least_wait,
    )


async def take(of: CarrierAccount, sizes: Sequence[int], *, urgent: bool, within: float) -> Granted:
    """Take calls of these sizes out of the budget, in their order; as many as may go now.

    They are paid for from here on, whether they go out or not. Units: `within` are the seconds that
    a call may have to wait for its turn.
    """
    async with transaction() as raw:
        row = await raw.fetchrow(
            SQL["take"], of.id, list(sizes), of.cap(urgent=urgent), of.interval, within
        )
        if row is None:
            return Granted(0, of.at, timedelta())
        ahead = row["now"] - datetime.now(UTC)
        if not row["calls"]:
            return Granted(0, of.at, ahead)
        after = row["at"] + timedelta(seconds=of.interval * row["calls"])
        await raw.execute(SQL["spend"], of.id, row["units"], after)
    return Granted(row["calls"], row["at"], ahead)


async def trial(account_id: UUID) -> bool:
    """Whether the caller may make the one call that tries a circuit. Nobody else may for 5 min."""
    return await fetchrow(SQL["trial"], account_id, OPEN_AFTER, OPEN_FOR) is not None


async def worked(of: CarrierAccount) -> None:
    """Note that a carrier answered: its circuit closes."""
    await execute(SQL["worked"], of.id)


async def failed(of: CarrierAccount, times: int) -> datetime | None:
    """Note calls without an answer; until when nothing goes out, if the circuit is open now."""
    row = await fetchrow(SQL["failed"], of.id, times, OPEN_AFTER, OPEN_FOR)
    found: datetime | None = row["open_until"] if row else None
    return found


async def pause(of: CarrierAccount, wait: timedelta) -> datetime:
    """Ask nothing of a carrier for a time, as it said; until when."""
    row = await fetchrow(SQL["paused"], of.id, wait)
    return row["paused_until"] if row else of.at


async def disable(of: CarrierAccount, because: str) -> bool:
    """Use an account no more until it is set again; False where somebody did before."""
    return await fetchrow(SQL["disabled"], of.id, because) is not None


@dataclass(frozen=True, slots=True)
class Set:
    """What the owner of an account says of it. Secrets None: those it has.

    Shapes: `per_second` and `per_day` None: what the carrier allows everybody.
    """

    api: TrackingApi
    merchant_id: UUID | None
    name: str = ""
    url: str | None = None
    token_url: str | None = None
    secrets: Mapping[str, str] | None = field(default=None, repr=False)
    push_secrets: Sequence[str] | None = field(default=None, repr=False)
    pushes: bool = False
    per_second: Decimal | None = None
    per_day: int | None = None


async def store(account_id: UUID, given: Set, vault: Vault) -> bool:
    """Make an account, or change one; parcels that waited for it are asked about.

    It works again, whatever had become of it. False where the id is that of another's account.
    """
    secrets, pushes = given.secrets, given.push_secrets
    row = await fetchrow(
        SQL["set"],
        account_id,
        given.api,
        given.merchant_id,
        given.name,
        given.url,
        given.token_url,
        None if secrets is None else closed(secrets, vault, secrets_cell(account_id)),
        None if pushes is None else closed(pushes, vault, push_secrets_cell(account_id)),
        given.pushes,
        given.per_second,
        given.per_day,
        QUOTAS[given.api].zone,
    )
    if row is None:
        return False
    carriers = [carrier.value for carrier, api in API_OF.items() if api is given.api]
    await execute(SQL["wake"], given.merchant_id, carriers or None)
    return True


@dataclass(frozen=True, slots=True)
class Listed:
    """An account as its owner sees it: never a secret."""

    id: UUID
    api: TrackingApi
    merchant_id: UUID | None
    name: str
    url: str | None
    pushes: bool
    push_secret: bool
    per_second: Decimal | None
    per_day: int | None
    day_zone: str
    failures: int
    open_until: datetime | None
    paused_until: datetime | None
    disabled_at: datetime | None
    disabled_because: str | None
    created_at: datetime
    updated_at: datetime


async def owned(merchant_id: UUID | None, account_id: UUID | None = None) -> list[Listed]:
    """The accounts of a merchant, or of the platform; at most 100, or the one of an id."""
    rows = await fetch(SQL["list"], merchant_id, account_id)
    return [Listed(**{**row, "api": TrackingApi(row["api"])}) for row in rows]


async def remove(account_id: UUID) -> None:
    """Forget an account, its secrets and its pushes; its parcels get another one when due."""
    await execute("DELETE FROM carrier_account WHERE id = $1", account_id)
