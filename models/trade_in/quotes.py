"""Quotes that people got for their devices, and the devices that they keep an eye on.

An anonymous quote is opened by its token, whose hash the transaction presents as `presented`; a
customer's by who the customer is. Policies hide the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from domain.trade_in import TradeInGrade
from domain.trade_in.locks import Lock, LockKind, LockState
from domain.trade_in.questionnaire import Said
from domain.units import DeviceStatus
from models.base import execute, fetch, fetchrow, fetchval
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))
MOST_SAVED: Final = 100
PURGED_AT_ONCE: Final = 1_000


def presented(token_sha256: str) -> str:
    """What a transaction presents to reach the quote of a token."""
    return f"quote:{token_sha256}"


@dataclass(frozen=True, slots=True)
class QuotedBid:
    """A bid as it stood when the quote was made, taken apart.

    Units: money in minor units; `rate_bp` and `cut_bp` the counter-offers that are reckoned with,
    in parts of ten thousand; `merit` and the terms in basis points.
    """

    bid_id: UUID
    merchant_id: UUID
    rank: int
    amount_minor: int
    expected_minor: int
    value_minor: int
    merit: int
    in_country_bp: int
    days_bp: int
    pay_within_days: int
    in_country: bool
    rate_bp: int
    cut_bp: int
    inspections: int
    name: str
    legal_name: str
    kind: str
    country: str

    def stored(self) -> dict[str, Any]:
        """As JSON."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "QuotedBid":
        """Read back."""
        ids = {name: UUID(stored[name]) for name in ("bid_id", "merchant_id")}
        return cls(**stored | ids)


@dataclass(frozen=True, slots=True)
class Given:
    """What a quote is made of. The token's hash is that of an anonymous one."""

    customer_id: UUID | None
    token_sha256: str | None
    market: str
    category: str
    variant_id: UUID
    grade: TradeInGrade
    questionnaire: str
    answers: Said
    imei: str | None
    serial: str | None
    currency: str
    locks: Sequence[Lock]
    device_status: DeviceStatus
    device_status_at: datetime | None
    device_status_source: str | None
    bids: Sequence[QuotedBid]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote as it is kept. `taken_at`: when one of its bids was accepted."""

    id: UUID
    given: Given
    taken_at: datetime | None
    created_at: datetime

    def bid(self, bid_id: UUID) -> QuotedBid | None:
        """One of its bids."""
        return next((each for each in self.given.bids if each.bid_id == bid_id), None)


@dataclass(frozen=True, slots=True)
class SavedDevice:
    """A device of a customer's, as it was described."""

    id: UUID
    market: str
    category: str
    variant_id: UUID
    grade: TradeInGrade
    questionnaire: str
    answers: Said
    name: str | None
    created_at: datetime
    released: date | None
    brand_code: str


async def add(given: Given) -> UUID:
    """Keep a quote; its id."""
    locks = [[each.kind.value, each.state.value] for each in given.locks]
    found: UUID = await fetchval(
        SQL["add"],
        *(given.customer_id, given.token_sha256, given.market, given.category, given.variant_id),
        *(given.grade.value, given.questionnaire, _json(list(map(list, given.answers)))),
        *(given.imei, given.serial, given.currency, _json(locks), given.device_status.value),
        *(given.device_status_at, given.device_status_source),
        *(_json([bid.stored() for bid in given.bids]), given.expires_at),
    )
    return found


async def quote(quote_id: UUID, *, locked: bool = False) -> Quote | None:
    """A quote that the transaction may see; `locked` keeps others from changing it."""
    if locked:
        await execute(SQL["hold"], quote_id)
    row = await fetchrow(SQL["quote"], quote_id)
    return _quote(row) if row else None


def _quote(row: asyncpg.Record) -> Quote:
    given = Given(
        row["customer_id"],
        None,
        row["market"],
        row["category"],
        row["variant_id"],
        TradeInGrade(row["grade"]),
        row["questionnaire"],
        _said(row["answers"]),
        row["imei"],
        row["serial"],
        row["currency"],
        [Lock(LockKind(k), LockState(s)) for k, s in orjson.loads(row["locks"])],
        DeviceStatus(row["device_status"]),
        row["device_status_at"],
        row["device_status_source"],
        [QuotedBid.of(each) for each in orjson.loads(row["bids"])],
        row["expires_at"],
    )
    return Quote(row["id"], given, row["taken_at"], row["created_at"])


async def claim(quote_id: UUID, customer_id: UUID) -> bool:
    """Make an anonymous quote a customer's; its token opens nothing any more."""
    return await fetchval(SQL["claim"], quote_id, customer_id) is not None


async def purge(before: datetime) -> int:
    """Delete quotes that ended unused before a moment, a thousand at a time; how many."""
    return await execute(SQL["purge"], before, PURGED_AT_ONCE)


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device that a customer wants to keep an eye on."""

    market: str
    category: str
    variant_id: UUID
    grade: TradeInGrade
    questionnaire: str
    answers: Said
    name: str | None


async def save_device(customer_id: UUID, new: NewDevice) -> UUID | None:
    """Keep a device of a customer's; None where it has `MOST_SAVED` already."""
    found: UUID | None = await fetchval(
        SQL["save_device"],
        *(customer_id, new.market, new.category, new.variant_id, new.grade.value),
        *(new.questionnaire, _json(list(map(list, new.answers))), new.name, MOST_SAVED),
    )
    return found


async def saved_devices(
    after: UUID | None, limit: int, device_id: UUID | None = None
) -> list[SavedDevice]:
    """The caller's devices, the newest first; or the one of an id."""
    rows = await fetch(SQL["saved_devices"], device_id, after, limit)
    return [
        SavedDevice(
            row["id"],
            row["market"],
            row["category"],
            row["variant_id"],
            TradeInGrade(row["grade"]),
            row["questionnaire"],
            _said(row["answers"]),
            row["name"],
            row["created_at"],
            row["release_date"],
            row["brand_code"],
        )
        for row in rows
    ]


async def forget_device(device_id: UUID) -> bool:
    """Delete one of the caller's devices."""
    return await fetchval(SQL["forget_device"], device_id) is not None


def _json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


def _said(text: str) -> Said:
    return [(question, answer) for question, answer in orjson.loads(text)]
