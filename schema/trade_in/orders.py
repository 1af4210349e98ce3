"""Trade-ins as their customer and their merchant read them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.accounts.roles import CallerKind
from domain.impact import Indicator
from domain.trade_in import Payout, TradeInGrade, TradeInState
from domain.units import DeviceStatus, masked
from resolvers.trade_in import impact
from resolvers.trade_in import reading as resolvers
from resolvers.trade_in.reading import TradeInSort
from schema.catalog import Variant, variant_of
from schema.common import (
    After,
    Edge,
    First,
    Info,
    Money,
    Node,
    PageInfo,
    edges,
    global_id,
    page_info,
    row_id,
)
from schema.impact import ImpactResult, InIndicator
from schema.rules import CUSTOMER, AnyOf, Scope, ruled
from schema.trade_in.order_parts import (
    CounterOffer,
    DonationReceipt,
    TradeInAction,
    TradeInCredit,
    TradeInLabel,
    TradeInMove,
    TradeInParcel,
    TradeInPayout,
    TradeInRefusal,
    TradeInStep,
)
from schema.units.certificates import Certificate

if TYPE_CHECKING:
    from models.trade_in.orders import TradeInRow

READ = Scope("trade_in:read")
SEEN = AnyOf((CUSTOMER, READ))
TradeInId = Annotated[strawberry.ID, strawberry.argument(description="Id of the `TradeIn`.")]


@ruled(SEEN)
@strawberry.type
class TradeIn(Node):
    """A device that a person sells to a merchant."""

    number: str = strawberry.field(description="For people, on every paper.")
    state: TradeInState = strawberry.field(description="Where it stands.")
    market: str = strawberry.field(description="Code of the market.")
    category: str = strawberry.field(description="Code of the category.")
    grade: TradeInGrade = strawberry.field(description="How its owner said it stands.")
    merchant_name: str = strawberry.field(description="Who buys it.")
    in_country: bool = strawberry.field(description="Whether it stays in the country.")
    payout: Payout = strawberry.field(description="What becomes of the money.")
    bid: Money = strawberry.field(description="What was bid.")
    final_amount: Money | None = strawberry.field(description="What it was bought for.")
    counter_offer: CounterOffer | None = strawberry.field(description="Once at most.")
    refusal: TradeInRefusal | None = strawberry.field(description="Why it is not bought.")
    actions: list[TradeInAction] = strawberry.field(
        description="What the inspection waits for. At most 7."
    )
    device_status: DeviceStatus = strawberry.field(description="By lists of stolen devices.")
    imei: str | None = strawberry.field(description="Without its beginning to its owner.")
    pay_within_days: int = strawberry.field(description="From the validation to the money.")
    decide_by: datetime | None = strawberry.field(description="Then it is bought at the bid.")
    deadline_at: datetime | None = strawberry.field(
        description="When something happens by itself; `docs/trade-in.md` says what."
    )
    declared_at: datetime = strawberry.field(description="When the owner made its declarations.")
    declarations_version: str = strawberry.field(description="Of their texts.")
    created_at: datetime = strawberry.field(description="When the bid was accepted.")
    updated_at: datetime = strawberry.field(description="When it changed last.")
    version: int = strawberry.field(description="Grows with each change.")
    row: strawberry.Private["TradeInRow"]

    @strawberry.field
    async def variant(self, info: Info) -> Variant:
        """What it is."""
        return await variant_of(info, self.row.variant_id)

    @strawberry.field
    async def impact(self, info: Info, indicator: InIndicator = Indicator.GWP) -> ImpactResult:
        """What its next life would avoid: it counts where it is sold again, not here."""
        return ImpactResult.of(await impact.of_trade_in(info.context, self.row, indicator))

    @strawberry.field
    async def moves(self, info: Info) -> list[TradeInMove]:
        """Who moved it, when and why. At most 50."""
        return [TradeInMove.of(row) for row in await resolvers.moves(info.context, self.row.id)][
            :50
        ]

    @strawberry.field
    async def checklist(self, info: Info) -> list[TradeInStep]:
        """What is to be done before it is sent. At most 20."""
        rows = await resolvers.steps_of(info.context, self.row.category)
        return [TradeInStep(code=code, texts=(en, fr)) for code, en, fr in rows[:20]]

    @strawberry.field
    async def labels(self, info: Info) -> list[TradeInLabel]:
        """The labels that you may print, the youngest first. At most 10."""
        rows = await resolvers.labels_of(info.context, self.row.id)
        return [TradeInLabel.of(row, info) for row in rows[:10]]

    @strawberry.field
    async def parcels(self, info: Info) -> list[TradeInParcel]:
        """Its parcels, the youngest first. At most 10."""
        rows = await resolvers.parcels_of(info.context, self.row.id)
        return [TradeInParcel.of(row) for row in rows[:10]]

    @strawberry.field(metadata={"rule": CUSTOMER})
    async def payment(self, info: Info) -> TradeInPayout | None:
        """The money on its way to your bank."""
        row = await resolvers.payout_of(info.context, self.row.id)
        return TradeInPayout.of(row) if row else None

    @strawberry.field(metadata={"rule": CUSTOMER})
    async def account(self) -> str | None:
        """Where the money goes, without its middle."""
        return self.row.account_shown

    @strawberry.field(metadata={"rule": CUSTOMER})
    async def credit(self, info: Info) -> TradeInCredit | None:
        """What it brings as credit."""
        found = await resolvers.credit_of(info.context, self.row.id)
        return TradeInCredit.of(found) if found else None

    @strawberry.field(metadata={"rule": CUSTOMER})
    async def receipt(self, info: Info) -> DonationReceipt | None:
        """For what you gave."""
        row = await resolvers.receipt_of(info.context, self.row.id)
        if row is None:
            return None
        partner = await resolvers.partner_of(info.context, row.partner_id)
        return DonationReceipt.of(row, partner.name if partner else "", info)

    @strawberry.field(metadata={"rule": CUSTOMER})
    async def certificate(self, info: Info) -> Certificate | None:
        """That your data are gone: once the device was erased and that was validated."""
        if self.row.certificate_id is None:
            return None
        row = await resolvers.certificate_of(info.context, self.row.certificate_id)
        return Certificate.of(row, info) if row else None

    @classmethod
    def of(cls, row: "TradeInRow", info: Info) -> Self:
        merchant = info.context.caller.kind is not CallerKind.CUSTOMER
        imei = row.imei if merchant or row.imei is None else masked(row.imei)
        return cls(
            id=global_id("TradeIn", row.id),
            number=row.number,
            state=row.state,
            market=row.market,
            category=row.category,
            grade=row.grade,
            merchant_name=row.merchant_name,
            in_country=row.in_country,
            payout=row.payout,
            bid=Money.of(row.bid_minor, row.currency),
            final_amount=Money.maybe(row.final_minor, row.currency),
            counter_offer=CounterOffer.of(row),
            refusal=TradeInRefusal.of(row),
            actions=[
                TradeInAction(reason=each, done=each in row.resolved) for each in row.suspensions
            ],
            device_status=row.device_status,
            imei=imei,
            pay_within_days=row.pay_within_days,
            decide_by=row.decide_by,
            deadline_at=row.deadline_at,
            declared_at=datetime.fromisoformat(row.declarations["at"]),
            declarations_version=row.declarations["version"],
            created_at=row.created_at,
            updated_at=row.updated_at,
            version=row.version,
            row=row,
        )


@ruled(SEEN)
@strawberry.type
class TradeInConnection:
    """A page of trade-ins."""

    edges: list[Edge[TradeIn]] = strawberry.field(description="The trade-ins. At most 100.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class TradeInOrdersQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": SEEN})
    async def trade_in(
        self,
        info: Info,
        id: TradeInId,
    ) -> TradeIn | None:
        """A trade-in of yours; `null` for any other.

        For its customer, and its merchant with `trade_in:read`.
        """
        found = row_id(id, "TradeIn", "id")
        row = await resolvers.one(info.context, found) if found else None
        return TradeIn.of(row, info) if row else None

    @strawberry.field(metadata={"rule": CUSTOMER})
    async def trade_ins(
        self, info: Info, first: First = 24, after: After = None
    ) -> TradeInConnection:
        """Your trade-ins, the youngest first. For customers."""
        page = await resolvers.mine(info.context, first, after)
        return TradeInConnection(
            edges=edges(page, lambda row: TradeIn.of(row, info)), page_info=page_info(page, after)
        )

    @strawberry.field(metadata={"rule": READ})
    async def incoming_trade_ins(
        self,
        info: Info,
        state: Annotated[
            list[TradeInState] | None, strawberry.argument(description="Only in these states.")
        ] = None,
        sort: Annotated[
            TradeInSort, strawberry.argument(description="In which order.")
        ] = TradeInSort.NEWEST,
        first: First = 24,
        after: After = None,
    ) -> TradeInConnection:
        """Devices that people send you. Your work is `sort: NEXT_DEADLINE`.

        Needs a merchant's key with `trade_in:read`.
        """
        page = await resolvers.incoming(info.context, state, sort, first, after)
        return TradeInConnection(
            edges=edges(page, lambda row: TradeIn.of(row, info)), page_info=page_info(page, after)
        )


@strawberry.type
class TradeInOrdersSubscription:
    """Subscriptions of the area; `schema/root.py` inherits them."""

    @strawberry.subscription(metadata={"rule": SEEN})
    async def trade_in_changed(self, info: Info, trade_in_id: TradeInId) -> AsyncGenerator[TradeIn]:
        """A trade-in of yours, now and whenever it changes."""
        found = row_id(trade_in_id, "TradeIn", "tradeInId")
        if found is None:
            raise LookupError("a non-null id was null")
        return _shaped(info, await resolvers.followed(info.context, found))


async def _shaped(info: Info, rows: AsyncGenerator["TradeInRow"]) -> AsyncGenerator[TradeIn]:
    async with aclosing(rows):
        async for row in rows:
            yield TradeIn.of(row, info)
