"""What a merchant may bid: each item of a call is judged by itself.

Source: docs/trade-in.md, "Bids".
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final
from uuid import UUID

from domain.money import Currency, Money
from domain.trade_in import TradeInGrade

MOST_ITEMS: Final = 1_000
MOST: Final = Decimal(10_000_000)
MOST_PIECES: Final = 1_000_000
LONGEST_PAY_DAYS: Final = 60
USUAL_PAY_DAYS: Final = 7
HIGHEST_SEQUENCE: Final = 2**63 - 1


class BidOutcome(StrEnum):
    """What became of an item."""

    APPLIED = "APPLIED"
    IGNORED_STALE = "IGNORED_STALE"
    REJECTED = "REJECTED"


class BidCode(StrEnum):
    """What was wrong with an item."""

    PRODUCT_UNKNOWN = "PRODUCT_UNKNOWN"
    GTIN_INVALID = "GTIN_INVALID"
    GRADE_UNKNOWN = "GRADE_UNKNOWN"
    MARKET_NOT_OPEN = "MARKET_NOT_OPEN"
    MARKET_NOT_GRANTED = "MARKET_NOT_GRANTED"
    MARKET_NOT_ALLOWED = "MARKET_NOT_ALLOWED"
    PROGRAMME_NOT_AVAILABLE = "PROGRAMME_NOT_AVAILABLE"
    CURRENCY_NOT_ALLOWED = "CURRENCY_NOT_ALLOWED"
    PRICE_MISSING = "PRICE_MISSING"
    PRICE_INVALID = "PRICE_INVALID"
    PRICE_AMBIGUOUS = "PRICE_AMBIGUOUS"
    PAY_DAYS_INVALID = "PAY_DAYS_INVALID"
    STOCK_CAP_INVALID = "STOCK_CAP_INVALID"
    DATE_INVALID = "DATE_INVALID"
    SEQUENCE_INVALID = "SEQUENCE_INVALID"
    LINE_UNREADABLE = "LINE_UNREADABLE"
    DUPLICATE_ITEM = "DUPLICATE_ITEM"
    STALE_SEQUENCE = "STALE_SEQUENCE"
    CONFLICT = "CONFLICT"


@dataclass(frozen=True, slots=True)
class Item:
    """One bid as it was sent. What is None was left out, and is kept of the bid that stands.

    Shapes: the variant by its id or by a GTIN; `grade` None is a word that means none; `clears`
    names fields that were sent as nothing: `stockCap` without a limit, `validUntil` without an end.
    """

    variant_id: UUID | None
    gtin: str | None
    grade: TradeInGrade | None
    market: str
    amount: Decimal | None
    currency: str | None = None
    pay_within_days: int | None = None
    stock_cap: int | None = None
    valid_until: datetime | None = None
    sequence: int | None = None
    if_version: int | None = None
    clears: frozenset[str] = frozenset()
    fault: BidCode | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A merchant's bid as it stands. `stock_cap` None is no limit, `valid_until` None no end."""

    amount_minor: int
    pay_within_days: int
    stock_cap: int | None
    valid_until: datetime | None
    sequence: int | None
    version: int


@dataclass(frozen=True, slots=True)
class Ground:
    """What an item is judged on.

    Shapes: `variant_id` is the one that the item names, if it is known; `currency` that of the
    market, None where there is no such open market. `granted`: the caller's key opens the market;
    `allowed`: the merchant is one of the market; `programme`: the market buys such devices.
    """

    variant_id: UUID | None
    currency: Currency | None
    granted: bool
    allowed: bool
    programme: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of an item: the bid that will stand, or what was wrong with it."""

    outcome: BidOutcome
    bid: Standing | None = None
    code: BidCode | None = None
    field: str | None = None
    current: int | None = None


Key = tuple[UUID, TradeInGrade, str]


def judged(item: Item, ground: Ground, stands: Standing | None, now: datetime) -> Judged:
    """What becomes of an item beside the bid that stands.

    A bid of 0 is off, and may be set where new ones are refused.
    Refuses: every fault has a code of `BidCode` and the field that it is about.
    """
    refused = _of_place(item, ground) or _of_order(item, stands) or _of_values(item, now)
    if refused is not None:
        return refused
    minor = _minor(item, ground)
    if isinstance(minor, Judged):
        return minor
    if minor and not ground.programme:
        return _no(BidCode.PROGRAMME_NOT_AVAILABLE, "market")
    bid = _changed(item, minor, stands or Standing(0, USUAL_PAY_DAYS, None, None, None, 0))
    new = stands is None or bid != stands
    return Judged(BidOutcome.APPLIED, replace(bid, version=bid.version + new))


def _changed(item: Item, minor: int, before: Standing) -> Standing:
    """The bid with what the item says."""
    cap = before.stock_cap if item.stock_cap is None else item.stock_cap
    until = before.valid_until if item.valid_until is None else item.valid_until
    return Standing(
        minor,
        before.pay_within_days if item.pay_within_days is None else item.pay_within_days,
        None if "stockCap" in item.clears else cap,
        None if "validUntil" in item.clears else until,
        before.sequence if item.sequence is None else item.sequence,
        before.version,
    )


def _of_place(item: Item, ground: Ground) -> Judged | None:
    """What is wrong with what is named."""
    if item.fault is not None:
        return _no(item.fault, item.field)
    if ground.variant_id is None:
        return _no(BidCode.PRODUCT_UNKNOWN, "variant")
    if item.grade is None:
        return _no(BidCode.GRADE_UNKNOWN, "tradeInGrade")
    if ground.currency is None:
        return _no(BidCode.MARKET_NOT_OPEN, "market")
    if not ground.granted:
        return _no(BidCode.MARKET_NOT_GRANTED, "market")
    return None if ground.allowed else _no(BidCode.MARKET_NOT_ALLOWED, "market")


def _of_order(item: Item, stands: Standing | None) -> Judged | None:
    """What is wrong with the order of words."""
    version = stands.version if stands else 0
    if item.sequence is not None and not 0 <= item.sequence <= HIGHEST_SEQUENCE:
        return _no(BidCode.SEQUENCE_INVALID, "sequence")
    if item.if_version is not None and item.if_version != version:
        return Judged(BidOutcome.REJECTED, None, BidCode.CONFLICT, "ifVersion", version)
    known = stands.sequence if stands else None
    if item.sequence is not None and known is not None and item.sequence <= known:
        return Judged(BidOutcome.IGNORED_STALE, None, BidCode.STALE_SEQUENCE, "sequence", known)
    return None


def _of_values(item: Item, now: datetime) -> Judged | None:
    days, cap, until = item.pay_within_days, item.stock_cap, item.valid_until
    if days is not None and not 1 <= days <= LONGEST_PAY_DAYS:
        return _no(BidCode.PAY_DAYS_INVALID, "payWithinDays")
    if cap is not None and not 0 <= cap <= MOST_PIECES:
        return _no(BidCode.STOCK_CAP_INVALID, "stockCap")
    if until is not None and (until.tzinfo is None or until <= now):
        return _no(BidCode.DATE_INVALID, "validUntil")
    return None


def _minor(item: Item, ground: Ground) -> int | Judged:
    currency = ground.currency
    if currency is None:
        return _no(BidCode.MARKET_NOT_OPEN, "market")
    if item.currency is not None and item.currency.upper() != currency.value:
        return _no(BidCode.CURRENCY_NOT_ALLOWED, "currency")
    amount = item.amount
    if amount is None:
        return _no(BidCode.PRICE_MISSING, "amount")
    if not amount.is_finite() or amount < 0 or amount > MOST:
        return _no(BidCode.PRICE_INVALID, "amount")
    try:
        return Money.of(amount, currency).minor
    except (ValueError, InvalidOperation):
        return _no(BidCode.PRICE_INVALID, "amount")


def _no(code: BidCode, field: str | None) -> Judged:
    return Judged(BidOutcome.REJECTED, None, code, field)


GradeCodes = Mapping[str, TradeInGrade]
"""Words of one partner's scale, in capitals, with the grades that they stand for."""


def grade_of(word: str, codes: GradeCodes) -> TradeInGrade | None:
    """The grade of a word, whatever its case; None for one that the scale does not have."""
    return codes.get(word.strip().upper().replace("-", "_").replace(" ", "_"))
