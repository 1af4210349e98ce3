"""What merchants pay for devices of people, and where that stands."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.trade_in import TradeInGrade
from domain.trade_in.bids import MOST_ITEMS, BidCode, BidOutcome, Item
from domain.trade_in.wording_bids import explain_bid
from resolvers.catalog import language
from resolvers.trade_in import bidding
from resolvers.trade_in.bidding import Filter, ItemCount, Told
from schema.catalog import Variant, variant_of
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    Locale,
    Money,
    PageInfo,
    Problem,
    edges,
    global_id,
    idempotency_key,
    page_info,
    row_id,
)
from schema.rules import MERCHANT, AllOf, Scope, ruled

if TYPE_CHECKING:
    from models.trade_in.bids import BidRow

READ = AllOf((MERCHANT, Scope(bidding.READ)))
WRITE = AllOf((MERCHANT, Scope(bidding.WRITE)))


@ruled(READ)
@strawberry.type
class TradeInBid:
    """What you pay for devices of a variant and grade in a market."""

    id: strawberry.ID = strawberry.field(description="Opaque id.")
    grade: TradeInGrade = strawberry.field(description="The grade bid for.")
    market: str = strawberry.field(description="Code of the market.")
    amount: Money = strawberry.field(description="What you pay; 0 is off.")
    pay_within_days: int = strawberry.field(description="Days until the money is sent.")
    stock_cap: int | None = strawberry.field(description="How many you buy; `null` no limit.")
    taken: int = strawberry.field(description="How many were accepted under this cap.")
    valid_until: datetime | None = strawberry.field(description="When it ends; `null` never.")
    sequence: str | None = strawberry.field(description="Its highest sequence.")
    version: int = strawberry.field(description="Grows with each change.")
    updated_at: datetime = strawberry.field(description="When it was changed last.")
    row: strawberry.Private["BidRow"]

    @strawberry.field
    async def variant(self, info: Info) -> Variant:
        """What is bid for."""
        return await variant_of(info, self.row.variant_id)

    @classmethod
    def of(cls, row: "BidRow") -> Self:
        return cls(
            id=strawberry.ID(str(global_id("TradeInBid", row.id))),
            grade=row.grade,
            market=row.market,
            amount=Money.of(row.amount_minor, row.currency),
            pay_within_days=row.pay_within_days,
            stock_cap=row.stock_cap,
            taken=row.taken,
            valid_until=row.valid_until,
            sequence=None if row.sequence is None else str(row.sequence),
            version=row.version,
            updated_at=row.updated_at,
            row=row,
        )


@ruled(READ)
@strawberry.type
class TradeInBidConnection:
    """Bids, page by page."""

    edges: list[Edge[TradeInBid]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.input
class TradeInBidItem:
    """One bid. What is left out is kept of the bid that stands; a new one pays within 7 days."""

    variant_id: strawberry.ID | None = strawberry.field(default=None, description="What for.")
    gtin: str | None = strawberry.field(default=None, description="Or its GTIN.")
    trade_in_grade: TradeInGrade = strawberry.field(description="The grade bid for.")
    market: str = strawberry.field(description="Code of the market.")
    amount: Decimal = strawberry.field(description="In the market's currency; 0 is off.")
    currency: str | None = strawberry.field(
        default=None, description="Refused if it is not the market's."
    )
    pay_within_days: int | None = strawberry.field(default=None, description="1 to 60.")
    stock_cap: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="How many you buy; `null`: no limit. Another number counts anew.",
    )
    valid_until: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="When it ends; `null`: never."
    )
    sequence: str | None = strawberry.field(
        default=None, description="Grows with your data: a lower or equal one is ignored."
    )
    if_version: int | None = strawberry.field(
        default=None, description="Refused unless your bid is at this version; 0: there is none."
    )

    def item(self) -> Item:
        """The item as the rules take it."""
        wrong = self.sequence is not None and not _is_number(self.sequence)
        cleared = {"stockCap": self.stock_cap, "validUntil": self.valid_until}
        return Item(
            row_id(self.variant_id, "Variant", "variantId"),
            None if self.variant_id else self.gtin,
            self.trade_in_grade,
            self.market,
            self.amount,
            self.currency,
            self.pay_within_days,
            self.stock_cap if self.stock_cap is not strawberry.UNSET else None,
            self.valid_until if self.valid_until is not strawberry.UNSET else None,
            int(self.sequence) if self.sequence is not None and not wrong else None,
            self.if_version,
            frozenset(name for name, value in cleared.items() if value is None),
            BidCode.SEQUENCE_INVALID if wrong else None,
            "sequence" if wrong else None,
        )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 19


@strawberry.input
class SetTradeInBidsInput:
    """Bids to set."""

    items: list[TradeInBidItem] = strawberry.field(description="1 to 1,000.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(WRITE)
@strawberry.type
class TradeInBidResult:
    """What became of one item of a call."""

    index: int = strawberry.field(description="Its place in the call, from 0.")
    outcome: BidOutcome = strawberry.field(description="What became of it.")
    code: BidCode | None = strawberry.field(description="What was wrong.")
    field: str | None = strawberry.field(description="Field that it is about.")
    current: str | None = strawberry.field(
        description="What is known instead: the sequence for `STALE_SEQUENCE`, the version for "
        "`CONFLICT`."
    )
    version: int | None = strawberry.field(description="Version of your bid now.")

    @strawberry.field
    def message(self, locale: Locale = "en") -> str | None:
        """The problem for a person."""
        return explain_bid(self.code, language(locale)).message if self.code else None

    @strawberry.field
    def suggestion(self, locale: Locale = "en") -> str | None:
        """What to change."""
        return explain_bid(self.code, language(locale)).hint if self.code else None

    @classmethod
    def of(cls, index: int, told: Told) -> Self:
        return cls(
            index=index,
            outcome=told.outcome,
            code=told.code,
            field=told.field,
            current=None if told.current is None else str(told.current),
            version=told.version,
        )


@ruled(WRITE)
@strawberry.type
class TradeInBidsSet:
    """What became of each item. Each was judged by itself; new quotes see what was applied."""

    results: list[TradeInBidResult] = strawberry.field(
        description="One for each item, in the order of the call. At most 1000."
    )
    applied: int = strawberry.field(description="Items that stand now.")
    ignored_stale: int = strawberry.field(description="Items older than what is known.")
    rejected: int = strawberry.field(description="Items that were refused.")
    as_of: datetime = strawberry.field(description="When they were judged.")

    @classmethod
    def of(cls, found: bidding.Set) -> Self:
        return cls(
            results=[TradeInBidResult.of(n, told) for n, told in enumerate(found.items)],
            applied=found.count(BidOutcome.APPLIED),
            ignored_stale=found.count(BidOutcome.IGNORED_STALE),
            rejected=found.count(BidOutcome.REJECTED),
            as_of=found.as_of,
        )


@ruled(WRITE)
@strawberry.type
class TradeInItemCountWrong(Problem):
    """The call has no item, or too many; nothing was changed."""

    sent: int = strawberry.field(description="How many there were.")
    limit: int = strawberry.field(description="How many there may be.")


SetTradeInBidsResult = Annotated[
    TradeInBidsSet | TradeInItemCountWrong,
    strawberry.union("SetTradeInBidsResult", description="What became of the items."),
]


@strawberry.input
class TradeInBidFilters:
    """Which bids; what is left out is all."""

    market: str | None = strawberry.field(default=None, description="Code of the market.")
    grade: TradeInGrade | None = strawberry.field(default=None, description="The grade.")
    variant_id: strawberry.ID | None = strawberry.field(default=None, description="What for.")
    only_on: bool = strawberry.field(default=False, description="Without those at 0.")


@strawberry.type
class TradeInBidsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def trade_in_bids(
        self,
        info: Info,
        first: First = 24,
        after: After = None,
        filters: Annotated[
            TradeInBidFilters | None, strawberry.argument(description="Which of them.")
        ] = None,
    ) -> TradeInBidConnection:
        """Your bids, oldest first. Needs a merchant's key with `trade_in:read`."""
        given = filters or TradeInBidFilters()
        variant = row_id(given.variant_id, "Variant", "filters.variantId")
        by = Filter(given.market, given.grade, variant, given.only_on)
        page = await bidding.listed(info.context, by, first, after)
        return TradeInBidConnection(
            edges=edges(page, TradeInBid.of), page_info=page_info(page, after)
        )


@strawberry.type
class TradeInBidsMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def set_trade_in_bids(
        self,
        info: Info,
        input: Annotated[SetTradeInBidsInput, strawberry.argument(description="The bids.")],
    ) -> SetTradeInBidsResult:
        """Say what you pay: 1 to 1,000 bids, each judged by itself."""
        key = idempotency_key(input.idempotency_key)
        items = [each.item() for each in input.items[: MOST_ITEMS + 1]]
        found = await bidding.set_bids(info.context, items, key)
        if isinstance(found, ItemCount):
            return TradeInItemCountWrong(
                code="ITEM_COUNT_WRONG",
                message=f"Send 1 to {MOST_ITEMS} items, not {len(input.items)}.",
                path=["input", "items"],
                hint="Split the call.",
                request_id=strawberry.ID(info.context.request_id),
                sent=len(input.items),
                limit=MOST_ITEMS,
            )
        return TradeInBidsSet.of(found)
