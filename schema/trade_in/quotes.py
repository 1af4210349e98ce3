"""Quotes for a device, and the devices that a customer keeps an eye on."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.merchants import MerchantKind
from domain.trade_in import TradeInGrade
from domain.trade_in.locks import Lock, LockKind, LockState
from domain.units import DeviceStatus, masked
from resolvers.trade_in import quoting
from resolvers.trade_in.refusals import Refusal
from schema.catalog import Variant, variant_of
from schema.common import (
    ONCE,
    Info,
    Money,
    global_id,
    idempotency_key,
    row_id,
)
from schema.rules import CUSTOMER, HOLDER, ruled
from schema.trade_in.problems import (
    ActivationLockOn,
    AnswerInput,
    AnswersInvalid,
    DeviceListed,
    DeviceNotEligible,
    NumberInvalid,
    ProgrammeNotAvailable,
    QuoteRefused,
    problem_of,
    said,
)

if TYPE_CHECKING:
    from models.trade_in.quotes import Quote, QuotedBid

QUOTE = "TradeInQuote"


@ruled(HOLDER)
@strawberry.type
class TradeInBuyer:
    """The merchant who would buy the device."""

    name: str = strawberry.field(description="Name in the shop.")
    legal_name: str = strawberry.field(description="Name of the company.")
    kind: MerchantKind = strawberry.field(description="Workshop, factory, brand …")
    country: str = strawberry.field(description="Country of the company, ISO 3166-1 alpha-2.")


@ruled(HOLDER)
@strawberry.type
class QuotedTradeInBid:
    """A merchant's bid as it stood when the quote was made, and what put it in its place.

    Its value is `expectedAmount` times 1 and the two shares: the highest comes first.
    """

    bid_id: strawberry.ID = strawberry.field(description="Name this to accept it.")
    rank: int = strawberry.field(description="From 1.")
    merchant: TradeInBuyer = strawberry.field(description="Who would buy.")
    amount: Money = strawberry.field(description="What is paid if the device is as described.")
    expected_amount: Money = strawberry.field(
        description="What can be expected, as often and as much as this merchant offers less."
    )
    pay_within_days: int = strawberry.field(description="Days until the money is sent.")
    in_country: bool = strawberry.field(description="Whether the device stays in the market.")
    counter_offer_rate: Decimal = strawberry.field(
        description="How often less is offered after inspection: of 1, few cases reckoned as usual."
    )
    counter_offer_cut: Decimal = strawberry.field(
        description="What part of the bid is taken off then."
    )
    inspections: int = strawberry.field(description="Inspections that this rests on.")
    in_country_share: Decimal = strawberry.field(description="What a short way adds to its value.")
    days_share: Decimal = strawberry.field(description="What quick money adds, or slow takes off.")
    value: Money = strawberry.field(description="What bids are ranked by.")

    @classmethod
    def of(cls, row: "QuotedBid", currency: str) -> Self:
        return cls(
            bid_id=strawberry.ID(str(global_id("TradeInBid", row.bid_id))),
            rank=row.rank,
            merchant=TradeInBuyer(
                name=row.name,
                legal_name=row.legal_name,
                kind=MerchantKind(row.kind),
                country=row.country,
            ),
            amount=Money.of(row.amount_minor, currency),
            expected_amount=Money.of(row.expected_minor, currency),
            pay_within_days=row.pay_within_days,
            in_country=row.in_country,
            counter_offer_rate=Decimal(row.rate_bp).scaleb(-4),
            counter_offer_cut=Decimal(row.cut_bp).scaleb(-4),
            inspections=row.inspections,
            in_country_share=Decimal(row.in_country_bp).scaleb(-4),
            days_share=Decimal(row.days_bp).scaleb(-4),
            value=Money.of(row.value_minor, currency),
        )


@ruled(HOLDER)
@strawberry.type
class TradeInLock:
    """A lock as its owner told it."""

    kind: LockKind = strawberry.field(description="Which lock.")
    state: LockState = strawberry.field(description="How it stands.")


@ruled(HOLDER)
@strawberry.type
class TradeInQuote:
    """What merchants pay for one device, as its owner described it."""

    id: strawberry.ID = strawberry.field(description="Opaque id.")
    market: str = strawberry.field(description="Code of the market.")
    category: str = strawberry.field(description="Code of the category.")
    grade: TradeInGrade = strawberry.field(description="The grade that the answers came to.")
    questionnaire_id: strawberry.ID = strawberry.field(description="What was answered.")
    imei_masked: str | None = strawberry.field(description="The end of its IMEI.")
    serial_masked: str | None = strawberry.field(description="The end of its serial number.")
    device_status: DeviceStatus = strawberry.field(
        description="What lists of stolen devices say; `UNKNOWN` is not clear."
    )
    locks: list[TradeInLock] = strawberry.field(description="As told. At most 10.")
    bids: list[QuotedTradeInBid] = strawberry.field(description="The best first. At most 50.")
    expires_at: datetime = strawberry.field(description="Until when the bids hold.")
    taken_at: datetime | None = strawberry.field(description="When one was accepted.")
    created_at: datetime = strawberry.field(description="When it was made.")
    row: strawberry.Private["Quote"]

    @strawberry.field
    async def variant(self, info: Info) -> Variant:
        """What it is."""
        return await variant_of(info, self.row.given.variant_id)

    @classmethod
    def of(cls, row: "Quote") -> Self:
        given = row.given
        return cls(
            id=strawberry.ID(str(global_id(QUOTE, row.id))),
            market=given.market,
            category=given.category,
            grade=given.grade,
            questionnaire_id=strawberry.ID(given.questionnaire),
            imei_masked=masked(given.imei) if given.imei else None,
            serial_masked=masked(given.serial) if given.serial else None,
            device_status=given.device_status,
            locks=[TradeInLock(kind=each.kind, state=each.state) for each in given.locks],
            bids=[QuotedTradeInBid.of(each, given.currency) for each in given.bids],
            expires_at=given.expires_at,
            taken_at=row.taken_at,
            created_at=row.created_at,
            row=row,
        )


@strawberry.input
class LockInput:
    """How a lock stands, as its owner sees it."""

    kind: LockKind = strawberry.field(description="Which lock.")
    state: LockState = strawberry.field(description="How it stands.")


@strawberry.input
class RequestTradeInQuoteInput:
    """A device, as its owner describes it."""

    market: str = strawberry.field(description="Code of the market.")
    variant_id: strawberry.ID = strawberry.field(description="What it is.")
    answers: list[AnswerInput] = strawberry.field(description="One for each question. At most 50.")
    imei: str | None = strawberry.field(default=None, description="15 digits, as *#06# shows them.")
    serial: str | None = strawberry.field(default=None, description="Its serial number.")
    locks: list[LockInput] = strawberry.field(
        default_factory=list, description="Locks that its owner knows of. At most 10."
    )
    idempotency_key: str = strawberry.field(
        description=f"{ONCE} A visitor's repeated call makes another quote."
    )


@strawberry.input
class ClaimTradeInQuoteInput:
    """Which anonymous quote becomes yours."""

    quote_id: strawberry.ID = strawberry.field(description="The quote.")
    token: str = strawberry.field(description="Its token, from `requestTradeInQuote`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(HOLDER)
@strawberry.type
class TradeInQuoteMade:
    """The quote. Its bids hold until it expires."""

    quote: TradeInQuote = strawberry.field(description="The quote.")
    token: str | None = strawberry.field(
        description="Opens the quote of a visitor; shown this once. `null` for a customer's own."
    )


@ruled(CUSTOMER)
@strawberry.type
class TradeInQuoteClaimed:
    """The quote is yours; its token opens nothing any more."""

    quote: TradeInQuote = strawberry.field(description="The quote.")


RequestTradeInQuoteResult = Annotated[
    TradeInQuoteMade
    | ProgrammeNotAvailable
    | AnswersInvalid
    | DeviceNotEligible
    | NumberInvalid
    | DeviceListed
    | ActivationLockOn,
    strawberry.union("RequestTradeInQuoteResult", description="The quote, or a refusal."),
]
ClaimTradeInQuoteResult = Annotated[
    TradeInQuoteClaimed | QuoteRefused,
    strawberry.union("ClaimTradeInQuoteResult", description="The quote, or a refusal."),
]
QuoteId = Annotated[strawberry.ID, strawberry.argument(description="The `id` of the quote.")]
QuoteToken = Annotated[str | None, strawberry.argument(description="Token of a visitor's quote.")]


@strawberry.type
class TradeInQuotesQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": HOLDER})
    async def trade_in_quote(
        self, info: Info, id: QuoteId, token: QuoteToken = None
    ) -> TradeInQuote | None:
        """A quote of yours, by its token or by your sign-in; `null` for any other."""
        named = row_id(id, QUOTE, "id")
        found = await quoting.quote(info.context, named, token) if named else None
        return TradeInQuote.of(found) if found else None


@strawberry.type
class TradeInQuotesMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": HOLDER})
    async def request_trade_in_quote(
        self,
        info: Info,
        input: Annotated[
            RequestTradeInQuoteInput, strawberry.argument(description="Which device.")
        ],
    ) -> RequestTradeInQuoteResult:
        """Ask for the bids for one device: they hold for the days that the programme names.

        Yours if you are signed in, else a quote that a token opens.
        """
        key = idempotency_key(input.idempotency_key)
        variant = row_id(input.variant_id, "Variant", "variantId")
        if variant is None:
            raise LookupError(input.variant_id)
        wanted = quoting.Wanted(
            input.market,
            variant,
            said(input.answers),
            input.imei,
            input.serial,
            [Lock(each.kind, each.state) for each in input.locks],
        )
        found = await quoting.request(info.context, wanted, key)
        if isinstance(found, Refusal):
            shape: RequestTradeInQuoteResult = problem_of(info, found)
            return shape
        return TradeInQuoteMade(quote=TradeInQuote.of(found.quote), token=found.token)

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def claim_trade_in_quote(
        self,
        info: Info,
        input: Annotated[ClaimTradeInQuoteInput, strawberry.argument(description="Which quote.")],
    ) -> ClaimTradeInQuoteResult:
        """Make a visitor's quote yours after signing in: only then a bid can be accepted."""
        key, named = (
            idempotency_key(input.idempotency_key),
            row_id(input.quote_id, QUOTE, "quoteId"),
        )
        if named is None:
            raise LookupError(input.quote_id)
        found = await quoting.claim(info.context, named, input.token, key)
        if isinstance(found, Refusal):
            shape: ClaimTradeInQuoteResult = problem_of(info, found)
            return shape
        return TradeInQuoteClaimed(quote=TradeInQuote.of(found))
