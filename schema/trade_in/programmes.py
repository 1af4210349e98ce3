"""The programme of a market: set by its team, and how it goes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self

import strawberry

from domain.trade_in import TradeInState
from domain.trade_in.programme import IdentityDocument, Programme, ProgrammeFault, ProgrammeStatus
from domain.trade_in.wording import PROGRAMME_FAULTS, WORDINGS
from resolvers.trade_in import programmes as resolvers
from resolvers.trade_in.programmes import LEAST_PUBLIC, Kpis
from resolvers.trade_in.refusals import Refusal
from schema.common import ONCE, Info, MarketCode, Money, Problem, idempotency_key
from schema.rules import PUBLIC, Staff, ruled
from schema.trade_in.declaring import TradeInNotEnoughData, TradeInProgramme

TEAM = Staff(frozenset({resolvers.ROLE}))
From = Annotated[date, strawberry.argument(name="from", description="First day.")]
To = Annotated[
    date, strawberry.argument(name="to", description="Day after the last, at most 366 days on.")
]


@ruled(PUBLIC)
@strawberry.type
class TradeInRate:
    """A rate with the cases that it rests on."""

    value: Decimal = strawberry.field(description="Of 1.")
    n: int = strawberry.field(description="How many cases.")


@ruled(PUBLIC)
@strawberry.type
class TradeInMean:
    """A mean with the cases that it rests on."""

    value: Decimal = strawberry.field(description="In days.")
    n: int = strawberry.field(description="How many cases.")


@ruled(PUBLIC)
@strawberry.type
class TradeInAmount:
    """An amount with the cases that it is the sum of."""

    total: Money = strawberry.field(description="The sum.")
    n: int = strawberry.field(description="How many cases.")


RateOrNot = Annotated[
    TradeInRate | TradeInNotEnoughData,
    strawberry.union("TradeInRateOrNot", description="The rate, or why there is none."),
]
MeanOrNot = Annotated[
    TradeInMean | TradeInNotEnoughData,
    strawberry.union("TradeInMeanOrNot", description="The mean, or why there is none."),
]
AmountOrNot = Annotated[
    TradeInAmount | TradeInNotEnoughData,
    strawberry.union("TradeInAmountOrNot", description="The amount, or why there is none."),
]


@ruled(PUBLIC)
@strawberry.type
class TradeInStateCount:
    """How many orders stand somewhere."""

    state: TradeInState = strawberry.field(description="Where.")
    n: int = strawberry.field(description="How many.")


@ruled(PUBLIC)
@strawberry.type
class TradeInProgrammeKpis:
    """How the programme of a market went: orders made in a time, as they stand now."""

    market: str = strawberry.field(description="Code of the market.")
    since: date = strawberry.field(description="First day.")
    until: date = strawberry.field(description="Day after the last.")
    orders: int | None = strawberry.field(
        description="How many were made; `null` for the public where they are few."
    )
    by_state: list[TradeInStateCount] = strawberry.field(
        description="Where they stand; few are left out for the public. At most 17."
    )
    paid: AmountOrNot = strawberry.field(description="What people got.")
    in_country: RateOrNot = strawberry.field(
        description="Orders whose device stayed in the market."
    )
    counter_offers: RateOrNot = strawberry.field(description="Inspections that ended with less.")
    days_to_pay: MeanOrNot = strawberry.field(description="Begun days from validation to payment.")
    as_of: datetime = strawberry.field(description="When it was counted.")

    @classmethod
    def of(cls, found: Kpis, least: int) -> Self:
        """With no figure of fewer than `least` cases; where all states are known, so are gaps."""
        rows = found.figures
        states = sorted(rows.states.items(), key=lambda each: list(TradeInState).index(each[0]))
        few = [n for _, n in states if n < least]
        shown = [] if few and sum(few) < least else states
        return cls(
            market=found.market,
            since=found.since,
            until=found.until,
            orders=rows.orders if rows.orders >= least or least <= 1 else None,
            by_state=[TradeInStateCount(state=s, n=n) for s, n in shown if n >= least],
            paid=_amount(rows.paid_minor, rows.paid, found.currency, least),
            in_country=_rate(rows.in_country, rows.orders, least),
            counter_offers=_rate(rows.counter_offers, rows.inspected, least),
            days_to_pay=_mean(rows.pay_days, rows.pay_n, least),
            as_of=found.as_of,
        )


def _amount(minor: int, n: int, currency: str, least: int) -> AmountOrNot:
    if n < least:
        return TradeInNotEnoughData(n=_told(n, least), min=least)
    return TradeInAmount(total=Money.of(minor, currency), n=n)


def _rate(x: int, n: int, least: int) -> RateOrNot:
    """A rate, without one that tells of a few: neither the cases nor the others may be."""
    small = n < least or (least > 1 and (0 < x < least or 0 < n - x < least))
    if small:
        return TradeInNotEnoughData(n=_told(n, least), min=least)
    return TradeInRate(value=Decimal(round(10_000 * x / n)).scaleb(-4), n=n)


def _mean(total: int, n: int, least: int) -> MeanOrNot:
    if n < least:
        return TradeInNotEnoughData(n=_told(n, least), min=least)
    return TradeInMean(value=Decimal(round(100 * total / n)).scaleb(-2), n=n)


def _told(n: int, least: int) -> int:
    """A count that may be told: a small one is nobody's business where small ones are not shown."""
    return 0 if least > 1 else n


@strawberry.input
class SetTradeInProgrammeInput:
    """Terms of a market from a day on."""

    market: str = strawberry.field(description="Code of the market.")
    valid_from: date = strawberry.field(description="First day, today or later.")
    open: bool = strawberry.field(description="Whether devices are bought.")
    source: str = strawberry.field(description="Who decided it, or which law; 500 characters.")
    idempotency_key: str = strawberry.field(description=ONCE)
    category: str = strawberry.field(default="*", description="Code; `*` is every category.")
    minimum_age: int = strawberry.field(default=18, description="18 or more.")
    identity_documents: list[IdentityDocument] = strawberry.field(
        default_factory=list, description="What must be shown. At most 6."
    )
    quote_days: int = strawberry.field(default=21, description="1 to 90.")
    label_days: int = strawberry.field(default=21, description="1 to 90.")
    decision_days: int = strawberry.field(default=14, description="1 to 90.")
    inspection_business_days: int = strawberry.field(default=5, description="1 to 30.")
    verified: bool = strawberry.field(
        default=False, description="You compared the terms with their source."
    )


@ruled(TEAM)
@strawberry.type
class TradeInProgrammeSet:
    """The terms are recorded; orders made before keep those that they were made by."""

    programme: TradeInProgramme = strawberry.field(description="The terms.")


@ruled(TEAM)
@strawberry.type
class TradeInProgrammeInvalid(Problem):
    """The terms cannot be set."""

    fault: ProgrammeFault = strawberry.field(description="What is wrong.")


SetTradeInProgrammeResult = Annotated[
    TradeInProgrammeSet | TradeInProgrammeInvalid,
    strawberry.union("SetTradeInProgrammeResult", description="The terms, or a refusal."),
]


@strawberry.type
class TradeInProgrammesQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": TEAM})
    async def trade_in_programme_kpis(
        self, info: Info, market: MarketCode, since: From, until: To
    ) -> TradeInProgrammeKpis:
        """How a market's programme went, for the team of the market. Days are the market's."""
        found = await resolvers.kpis_of(info.context, market, since, until)
        return TradeInProgrammeKpis.of(found, 1)

    @strawberry.field(metadata={"rule": PUBLIC})
    async def trade_in_figures(
        self, info: Info, market: MarketCode, since: From, until: To
    ) -> TradeInProgrammeKpis:
        """The same for everybody, without figures of fewer than 5 cases."""
        found = await resolvers.figures_of(info.context, market, since, until)
        return TradeInProgrammeKpis.of(found, LEAST_PUBLIC)


@strawberry.type
class TradeInProgrammesMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": TEAM})
    async def set_trade_in_programme(
        self,
        info: Info,
        input: Annotated[SetTradeInProgrammeInput, strawberry.argument(description="The terms.")],
    ) -> SetTradeInProgrammeResult:
        """Open, close or change a market's buying of devices from a day on. Its team only."""
        status = ProgrammeStatus.VERIFIED if input.verified else ProgrammeStatus.UNVERIFIED
        wanted = Programme(
            market=input.market,
            category=input.category,
            valid_from=input.valid_from,
            revision=0,
            open=input.open,
            minimum_age=input.minimum_age,
            identity_documents=tuple(dict.fromkeys(input.identity_documents)),
            quote_days=input.quote_days,
            label_days=input.label_days,
            decision_days=input.decision_days,
            inspection_business_days=input.inspection_business_days,
            source=input.source,
            status=status,
        )
        key = idempotency_key(input.idempotency_key)
        found = await resolvers.set_programme(info.context, wanted, key)
        if not isinstance(found, Refusal):
            return TradeInProgrammeSet(programme=TradeInProgramme.of(found))
        fault = ProgrammeFault(found.facts["fault"])
        wording = WORDINGS["en"][found.code]
        return TradeInProgrammeInvalid(
            code=found.code,
            message=wording.message,
            path=["input"],
            hint=PROGRAMME_FAULTS[fault],
            request_id=strawberry.ID(info.context.request_id),
            fault=fault,
        )
