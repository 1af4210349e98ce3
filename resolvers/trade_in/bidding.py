"""A merchant says what it pays for devices of people: many bids at once, each judged by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from domain.catalog import GtinProblem, gtin14
from domain.merchants import may_sell
from domain.money import Currency
from domain.offers.lines import FileCode
from domain.trade_in import TradeInGrade
from domain.trade_in.bids import (
    MOST_ITEMS,
    BidCode,
    BidOutcome,
    GradeCodes,
    Ground,
    Item,
    Judged,
    Key,
    Standing,
    judged,
)
from models.base import retried
from models.markets import Market
from models.merchants import Merchant
from models.offers.read import Position
from models.trade_in import bids
from models.trade_in.bids import BidRow, Named
from models.trade_in.reference import Reference, grade_codes, reference
from resolvers import paging
from resolvers.context import Context, stored_text
from resolvers.effects import Outcome, audited, once_only
from resolvers.markets import is_open, markets
from resolvers.trade_in.declaring import today

READ = "trade_in:read"
WRITE = "trade_in:write"


@dataclass(frozen=True, slots=True)
class ItemCount:
    """A call has no item, or more than `MOST_ITEMS`. `sent` is how many."""

    sent: int


@dataclass(frozen=True, slots=True)
class Told:
    """What became of an item. `current` is the version or the sequence that is known instead."""

    outcome: BidOutcome
    code: BidCode | None
    field: str | None
    current: int | None
    version: int | None


@dataclass(frozen=True, slots=True)
class Set:
    """What became of each item, in the order of the call, and when."""

    items: list[Told]
    as_of: datetime

    def count(self, outcome: BidOutcome) -> int:
        """How many items had this outcome."""
        return sum(item.outcome is outcome for item in self.items)


async def set_bids(
    ctx: Context, items: Sequence[Item], key: str | None, name: str = "setTradeInBids"
) -> Set | ItemCount:
    """Set bids; with a key once for however many calls. A constant number of statements.

    Refuses: no item, or more than 1,000.
    Raises: SignInFirst, Forbidden; BadInput with reason IDEMPOTENCY_KEY_REUSED.
    """
    some = one_market(ctx, WRITE)
    ctx.merchant_id(WRITE, some)
    if not 1 <= len(items) <= MOST_ITEMS:
        return ItemCount(len(items))
    known = await reference()
    places = {row.code: row for row in await markets() if is_open(row.stage)}

    async def act(merchant_id: UUID) -> Outcome:
        told = await write(ctx, merchant_id, items, known, places)
        counts = {each.value: sum(t.outcome is each for t in told) for each in BidOutcome}
        await audited(ctx, name, "TradeInBid", None, after={"outcomes": counts})
        return {"items": [asdict(each) for each in told], "as_of": ctx.now.isoformat()}

    async def once() -> Outcome:
        if key is not None:
            given = {"items": [asdict(item) for item in items]}
            return await once_only(ctx, WRITE, name, key, given, act, some)
        async with ctx.acting(WRITE, some) as merchant_id:
            return await act(merchant_id)

    return _set(await retried(once))


HEADER_MISSING = FileCode.HEADER_MISSING


@dataclass(frozen=True, slots=True)
class FileTerms:
    """What lines of a file are read by: the words of a scale, the currencies of open markets."""

    codes: GradeCodes
    currencies: Mapping[str, str]


def may_set(ctx: Context) -> None:
    """Whether the caller may set bids in some market. Raises: SignInFirst, Forbidden."""
    ctx.merchant_id(WRITE, one_market(ctx, WRITE))


async def terms_of_files(scheme: str) -> FileTerms | None:
    """The terms for files that use a scale; None where nobody knows the scale."""
    codes = await grade_codes(stored_text(scheme, "scheme"))
    places = {row.code: row.currency for row in await markets() if is_open(row.stage)}
    return None if codes is None else FileTerms(codes, places)


def one_market(ctx: Context, scope: str) -> str | None:
    """A market that a scope holds in; None where it holds in all."""
    return next(iter(sorted(ctx.caller.markets_for(scope) or ())), None)


def _set(outcome: Outcome) -> Set:
    told = [
        Told(
            BidOutcome(each["outcome"]),
            BidCode(each["code"]) if each["code"] else None,
            each["field"],
            each["current"],
            each["version"],
        )
        for each in outcome["items"]
    ]
    return Set(told, datetime.fromisoformat(outcome["as_of"]))


async def write(
    ctx: Context,
    merchant_id: UUID,
    items: Sequence[Item],
    known: Reference,
    places: Mapping[str, Market],
) -> list[Told]:
    """Judge items and write those that are good, in the transaction of the merchant."""
    gtins = [_gtin(item.gtin) for item in items]
    found = await bids.named(
        sorted({item.variant_id for item in items if item.variant_id is not None}),
        sorted({each for each in gtins if each}),
    )
    merchant = await Merchant.filter(id=merchant_id).only("id", "markets").first()
    ours = set(merchant.markets) if merchant else set()
    bench = _Bench(ctx, known, places, frozenset(ours))
    seats = [
        bench.seat(item, _of(item, gtin, found)) for item, gtin in zip(items, gtins, strict=True)
    ]
    keys = sorted({key for _, key, _ in seats if key is not None})
    stands = await bids.standing(merchant_id, keys)
    told, fresh = _judged(seats, stands, ctx.now)
    await bids.write(merchant_id, fresh, {code: row.currency for code, row in places.items()})
    return told


def _gtin(text: str | None) -> str | None:
    """A GTIN of 14 digits; an empty text for one that is none."""
    if text is None:
        return None
    found = gtin14(text)
    return "" if isinstance(found, GtinProblem) else found


def _of(item: Item, gtin: str | None, found: Mapping[str, Named]) -> Named | BidCode:
    """The variant that an item names."""
    if gtin == "":
        return BidCode.GTIN_INVALID
    name = str(item.variant_id) if item.variant_id is not None else gtin or ""
    return found.get(name, BidCode.PRODUCT_UNKNOWN)


Seat = tuple[Item, Key | None, Ground]


@dataclass(frozen=True, slots=True)
class _Bench:
    """What all items of a call are judged on."""

    ctx: Context
    known: Reference
    places: Mapping[str, Market]
    ours: frozenset[str]

    def seat(self, item: Item, named: Named | BidCode) -> Seat:
        """An item with the key of its bid, if it names one, and what it is judged on."""
        code = item.market.upper()
        place = self.places.get(code)
        device = named if isinstance(named, Named) else None
        granted = self.ctx.caller.markets_for(WRITE)
        ground = Ground(
            device.variant_id if device else None,
            Currency(place.currency) if place else None,
            granted is None or code in granted,
            code in self.ours,
            bool(device and place and self._bought(place, device.category)),
        )
        if named is BidCode.GTIN_INVALID:
            item = _faulty(item, named, "gtin")
        sure = device is not None and item.grade is not None and place is not None
        key = (device.variant_id, item.grade, code) if sure and device and item.grade else None
        return item, key, ground

    def _bought(self, place: Market, category: str) -> bool:
        return category in self.known.open_categories(place.code, self._day(place))

    def _day(self, place: Market) -> date:
        return today(self.ctx, place)


def _faulty(item: Item, code: BidCode, field: str) -> Item:
    return Item(item.variant_id, item.gtin, item.grade, item.market, None, fault=code, field=field)


def _judged(
    seats: Sequence[Seat], stands: Mapping[Key, Standing], now: datetime
) -> tuple[list[Told], dict[Key, Standing]]:
    """What becomes of each item; of two that name one bid, the second is refused."""
    told: list[Told] = []
    fresh: dict[Key, Standing] = {}
    seen: set[Key] = set()
    for item, key, ground in seats:
        if key is not None and key in seen:
            code = BidCode.DUPLICATE_ITEM
            told.append(Told(BidOutcome.REJECTED, code, "variant", None, None))
            continue
        before = stands.get(key) if key is not None else None
        found = judged(item, ground, before, now)
        if key is not None:
            seen.add(key)
            if found.bid is not None:
                fresh[key] = found.bid
        told.append(_told(found, before))
    return told, fresh


def _told(found: Judged, before: Standing | None) -> Told:
    bid = found.bid or before
    return Told(found.outcome, found.code, found.field, found.current, bid.version if bid else None)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which bids are listed; what is None is all."""

    market: str | None = None
    grade: TradeInGrade | None = None
    variant_id: UUID | None = None
    only_on: bool = False


async def listed(ctx: Context, by: Filter, first: int, after: str | None) -> paging.Page[BidRow]:
    """The caller's bids, oldest first. Raises: SignInFirst, Forbidden, BadInput."""
    merchant_id = ctx.merchant_id(READ, one_market(ctx, READ))
    market = by.market.upper() if by.market else None
    size = paging.size(first)
    of = paging.fingerprint("tradeInBids", merchant_id, market, by.grade, by.variant_id, by.only_on)
    at = paging.opened(after, of, ctx.seal)
    async with ctx.private():
        rows = await bids.listed(
            merchant_id,
            at.id if at else None,
            size + 1,
            market=market,
            grade=by.grade,
            variant_id=by.variant_id,
            only_on=by.only_on,
        )
    return paging.page([(row, Position(0, 0, row.id)) for row in rows], size, of, ctx.seal)


def still_buys(row: bids.OwnBid) -> bool:
    """Whether a merchant may bid in a market at all."""
    return row.allowed and may_sell(row.state)
