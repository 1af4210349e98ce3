"""What merchants pay for devices of people, and where that stands."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.ranking.explain import CompetitionState
from domain.trade_in import TradeInGrade
from domain.trade_in.bids import MOST_ITEMS, BidCode, BidOutcome, Item
from domain.trade_in.wording_bids import explain_bid
from resolvers.catalog import language
from resolvers.trade_in import bidding, competing
from resolvers.trade_in.bidding import Filter, ItemCount, Told
from resolvers.trade_in.competing import NotCompeting, Place
from schema.catalog import Variant, variant_of
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    Locale,
    MarketCode,
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
strawberry.enum(BidOutcome, name="TradeInBidOutcome", description="What became of an item.")
strawberry.enum(BidCode, name="TradeInBidCode", description="What was wrong with an item.")
strawberry.enum(
    NotCompeting, name="TradeInBidReason", description="Why a bid is not among those ranked."
)
Grade = Annotated[TradeInGrade, strawberry.argument(description="The grade bid for.")]


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


@ruled(READ)
@strawberry.type
class TradeInCompetition:
    """Where you stand for a variant, a grade and a market. Nobody else is named."""

    variant_id: strawberry.ID = strawberry.field(description="What is bid for.")
    grade: TradeInGrade = strawberry.field(description="The grade bid for.")
    market: str = strawberry.field(description="Code of the market.")
    state: CompetitionState = strawberry.field(
        description="`WON`, `ELIGIBLE`, or `INELIGIBLE` with its reasons."
    )
    reasons: list[NotCompeting] = strawberry.field(
        description="Why your bid is not ranked. At most 10."
    )
    rank: int | None = strawberry.field(description="Your place from 1, if you compete.")
    of: int = strawberry.field(description="How many bids compete.")
    amount: Money = strawberry.field(description="What you bid.")
    expected_amount: Money = strawberry.field(
        description="What can be expected of it, as often and as much as you offer less."
    )
    value: Money = strawberry.field(description="What it is ranked by.")
    counter_offer_rate: Decimal = strawberry.field(
        description="How often you offer less, of 1; few cases are reckoned as usual."
    )
    counter_offer_cut: Decimal = strawberry.field(
        description="What part of the bid you take off then."
    )
    inspections: int = strawberry.field(description="Inspections that this rests on.")
    in_country_share: Decimal = strawberry.field(description="What a short way adds to the value.")
    days_share: Decimal = strawberry.field(
        description="What quick money adds to the value, or slow takes off."
    )
    leader_bid_value: Money | None = strawberry.field(
        description="What the leader's bid is ranked by; `null` where nobody bids."
    )
    amount_to_win: Money | None = strawberry.field(
        description="The lowest amount that is first, all else unchanged; of the leader, how far "
        "it could go down. `null` where nobody else bids."
    )
    amount_diff: Money | None = strawberry.field(description="`amountToWin` less your amount.")
    version: int = strawberry.field(description="Version of your bid; 0 where you have none.")
    as_of: datetime = strawberry.field(description="When the bids were looked at.")

    @classmethod
    def of_place(cls, found: Place) -> Self:
        own, money = found.own, found.currency
        win, record = found.to_win_minor, own.bid.record
        return cls(
            variant_id=strawberry.ID(str(global_id("Variant", found.asked.variant_id))),
            grade=found.asked.grade,
            market=found.asked.market,
            state=found.state,
            reasons=list(found.reasons),
            rank=found.rank,
            of=found.of,
            amount=Money.of(own.bid.amount_minor, money),
            expected_amount=Money.of(own.expected_minor, money),
            value=Money.of(own.value_minor, money),
            counter_offer_rate=_share(record.rate),
            counter_offer_cut=_share(record.cut),
            inspections=record.inspections,
            in_country_share=Decimal(own.in_country_bp).scaleb(-4),
            days_share=Decimal(own.days_bp).scaleb(-4),
            leader_bid_value=Money.maybe(found.leader_value_minor, money),
            amount_to_win=Money.maybe(win, money),
            amount_diff=None if win is None else Money.of(win - own.bid.amount_minor, money),
            version=found.version,
            as_of=found.as_of,
        )


def _share(part: Fraction) -> Decimal:
    return Decimal(round(part * 10_000)).scaleb(-4)


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


@strawberry.input
class TradeInCompetitionQuestion:
    """A competition."""

    variant_id: strawberry.ID = strawberry.field(description="What is bid for.")
    grade: TradeInGrade = strawberry.field(description="The grade bid for.")
    market: str = strawberry.field(description="Code of the market.")


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

    @strawberry.field(metadata={"rule": READ})
    async def trade_in_competition(
        self,
        info: Info,
        variant_id: Annotated[strawberry.ID, strawberry.argument(description="What is bid for.")],
        grade: Grade,
        market: MarketCode,
    ) -> TradeInCompetition | None:
        """Where your bid stands, and what would make it first; `null` for an unknown variant.

        Needs a merchant's key with `trade_in:read`.
        """
        variant = row_id(variant_id, "Variant", "variantId")
        if variant is None:
            raise LookupError(variant_id)
        found = await competing.competition(info.context, variant, grade, market)
        return TradeInCompetition.of_place(found) if found else None

    @strawberry.field(metadata={"rule": READ, "item_per": "items"})
    async def trade_in_competitions(
        self,
        info: Info,
        items: Annotated[
            list[TradeInCompetitionQuestion],
            strawberry.argument(description="1 to 500 questions."),
        ],
    ) -> list[TradeInCompetition | None]:
        """The same for many: one answer each, in their order. At most 500.

        `null` for an unknown variant and for a market that is not open, or not yours. Priced by the
        number of `items`.
        """
        asked = [
            competing.asked_for(variant, each.grade, each.market)
            for each in items
            if (variant := row_id(each.variant_id, "Variant", "items.variantId")) is not None
        ]
        found = await competing.competitions(info.context, asked)
        return [TradeInCompetition.of_place(each) if each else None for each in found]


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
