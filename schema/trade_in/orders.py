"""Trade-ins as their customer and their merchant read them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from domain.accounts.roles import CallerKind
from domain.orders.credits import CreditState
from domain.shipments import ShipmentPurpose, ShipmentStatus
from domain.shipments.carriers import CarrierCode
from domain.shipments.contracts import LabelState
from domain.trade_in import Payout, Suspension, TradeInGrade, TradeInState
from domain.trade_in.orders import CounterReason, TradeInActor, TradeInRefusalReason
from domain.trade_in.wording_orders import ACTIONS
from domain.units import DeviceStatus, masked
from resolvers.catalog import language
from resolvers.trade_in import papers
from resolvers.trade_in import reading as resolvers
from resolvers.trade_in.reading import TradeInSort
from schema.catalog import Variant, variant_of
from schema.common import (
    After,
    Edge,
    First,
    Info,
    Locale,
    Money,
    Node,
    PageInfo,
    edges,
    global_id,
    page_info,
    row_id,
)
from schema.rules import CUSTOMER, OWN, AnyOf, Scope, ruled

if TYPE_CHECKING:
    from models.orders.store_credit import Credit
    from models.shipments.labels import LabelRow
    from models.trade_in.giving import ReceiptRow
    from models.trade_in.orders import MoveRow, TradeInRow
    from models.trade_in.parcels import ParcelRow
    from models.trade_in.payouts import PayoutRow
    from models.units.attachments import Attachment as AttachmentRow

READ = Scope("trade_in:read")
SEEN = AnyOf((CUSTOMER, READ))
strawberry.enum(TradeInActor, description="Who moved it.")
strawberry.enum(TradeInRefusalReason, description="Why a device is not bought.")
strawberry.enum(TradeInSort, description="`NEXT_DEADLINE` leaves out what waits for nothing.")
strawberry.enum(Payout, name="TradeInPayoutKind", description="What becomes of the money.")
strawberry.enum(Suspension, name="TradeInSuspension", description="What an inspection waits for.")
strawberry.enum(
    CreditState, description="Whether a credit is expected, stands, or came to nothing."
)
TradeInId = Annotated[strawberry.ID, strawberry.argument(description="Id of the `TradeIn`.")]


@ruled(OWN)
@strawberry.type
class TradeInMove:
    """One move of a trade-in."""

    from_: TradeInState | None = strawberry.field(name="from", description="`null`: its beginning.")
    to: TradeInState = strawberry.field(description="The state that it reached.")
    actor: TradeInActor = strawberry.field(description="Who moved it.")
    reason: str | None = strawberry.field(description="A code.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: "MoveRow") -> Self:
        return cls(
            from_=row.from_state, to=row.to_state, actor=row.actor, reason=row.reason, at=row.at
        )


@ruled(OWN)
@strawberry.type
class TradeInPhoto:
    """A file that shows something."""

    id: strawberry.ID = strawberry.field(description="Id of the attachment.")
    media_type: str = strawberry.field(description="Such as `image/jpeg`.")
    url: str = strawberry.field(description="Path to read it, for 15 minutes.")

    @classmethod
    def of(cls, row: "AttachmentRow", info: Info) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            media_type=row.media_type.value,
            url=papers.photo(info.context, row.id),
        )


@ruled(OWN)
@strawberry.type
class CounterOffer:
    """Less than the bid, once, with reasons and proofs."""

    amount: Money = strawberry.field(description="What is offered.")
    reasons: list[CounterReason] = strawberry.field(description="Why. At most 10.")
    made_at: datetime = strawberry.field(description="When it was made.")
    answer_by: datetime = strawberry.field(description="Silence until then is a no.")
    proofs: strawberry.Private[list[UUID]]

    @strawberry.field
    async def photos(self, info: Info) -> list[TradeInPhoto]:
        """What shows it. At most 10."""
        rows = await resolvers.photos_of(info.context, self.proofs)
        return [TradeInPhoto.of(row, info) for row in rows[:10]]

    @classmethod
    def of(cls, row: "TradeInRow") -> Self | None:
        made = row.counter
        if made is None or row.counter_minor is None:
            return None
        return cls(
            amount=Money.of(row.counter_minor, row.currency),
            reasons=[CounterReason(each) for each in made["reasons"]],
            made_at=datetime.fromisoformat(made["at"]),
            answer_by=datetime.fromisoformat(made["answerBy"]),
            proofs=[UUID(each) for each in made["proofs"]],
        )


@ruled(OWN)
@strawberry.type
class TradeInRefusal:
    """Why a device is not bought."""

    reason: TradeInRefusalReason = strawberry.field(description="Why.")
    proofs: strawberry.Private[list[UUID]]

    @strawberry.field
    async def photos(self, info: Info) -> list[TradeInPhoto]:
        """What shows it. At most 10."""
        rows = await resolvers.photos_of(info.context, self.proofs)
        return [TradeInPhoto.of(row, info) for row in rows[:10]]

    @classmethod
    def of(cls, row: "TradeInRow") -> Self | None:
        made = row.refusal
        if made is None:
            return None
        proofs = [UUID(each) for each in made["proofs"]]
        return cls(reason=TradeInRefusalReason(made["reason"]), proofs=proofs)


@ruled(OWN)
@strawberry.type
class TradeInAction:
    """What the inspection waits for."""

    reason: Suspension = strawberry.field(description="Why it waits; name it when it is done.")
    done: bool = strawberry.field(description="Whether the customer said that it is done.")

    @strawberry.field
    def title(self, locale: Locale = "en") -> str:
        """What is asked for."""
        return ACTIONS[self.reason].title.in_(language(locale))

    @strawberry.field
    def steps(self, locale: Locale = "en") -> list[str]:
        """How it is done. At most 10."""
        return [each.in_(language(locale)) for each in ACTIONS[self.reason].steps]


@ruled(OWN)
@strawberry.type
class TradeInStep:
    """What is to be done with a device before it is sent."""

    code: str = strawberry.field(description="Tick it by this word.")
    texts: strawberry.Private[tuple[str, str]]

    @strawberry.field
    def text(self, locale: Locale = "en") -> str:
        """For people."""
        return self.texts[language(locale) == "fr"]


@ruled(OWN)
@strawberry.type
class TradeInLabel:
    """A prepaid label, at the merchant's cost."""

    purpose: ShipmentPurpose = strawberry.field(description="`TRADE_IN`, or `SEND_BACK`.")
    state: LabelState = strawberry.field(description="Where it stands.")
    carrier: CarrierCode = strawberry.field(description="The carrier.")
    tracking_number: str | None = strawberry.field(description="Once issued.")
    document_url: str | None = strawberry.field(description="Path of the PDF, for 15 minutes.")
    expires_at: datetime | None = strawberry.field(description="Until when it can be used.")

    @classmethod
    def of(cls, row: "LabelRow", info: Info) -> Self:
        printed = row.state in {LabelState.ALIVE, LabelState.USED}
        return cls(
            purpose=row.purpose,
            state=row.state,
            carrier=row.carrier,
            tracking_number=row.tracking_number,
            document_url=papers.label(info.context, row.id) if printed else None,
            expires_at=row.expires_at,
        )


@ruled(OWN)
@strawberry.type
class TradeInParcel:
    """A parcel of a trade-in."""

    purpose: ShipmentPurpose = strawberry.field(description="`TRADE_IN`, or `SEND_BACK`.")
    carrier: CarrierCode = strawberry.field(description="The carrier.")
    tracking_number: str = strawberry.field(description="Its number.")
    status: ShipmentStatus = strawberry.field(description="What the carrier tells.")
    first_scan_at: datetime | None = strawberry.field(description="When the carrier had it first.")
    delivered_at: datetime | None = strawberry.field(description="When it came.")

    @classmethod
    def of(cls, row: "ParcelRow") -> Self:
        return cls(
            purpose=row.purpose,
            carrier=row.carrier,
            tracking_number=row.tracking_number,
            status=row.status,
            first_scan_at=row.first_scan_at,
            delivered_at=row.delivered_at,
        )


@ruled(CUSTOMER)
@strawberry.type
class TradeInPayout:
    """The money on its way to a bank."""

    state: str = strawberry.field(description="`DUE` `SENDING` `PAID` or `FAILED`.")
    amount: Money = strawberry.field(description="How much.")
    account: str = strawberry.field(description="The account, without its middle.")
    problem: str | None = strawberry.field(description="Why the bank refused it: name another.")
    paid_at: datetime | None = strawberry.field(description="When the bank took it.")

    @classmethod
    def of(cls, row: "PayoutRow") -> Self:
        return cls(
            state=row.state,
            amount=Money.of(row.amount_minor, row.currency),
            account=row.account_shown,
            problem=row.problem,
            paid_at=row.paid_at,
        )


@ruled(CUSTOMER)
@strawberry.type
class TradeInCredit:
    """What a trade-in brings as credit."""

    state: CreditState = strawberry.field(description="`EXPECTED` until the device was bought.")
    amount: Money = strawberry.field(description="What it comes to.")
    left: Money = strawberry.field(description="What can be spent.")
    due: Money = strawberry.field(description="Spent before it came to less: to be paid.")

    @classmethod
    def of(cls, found: "Credit") -> Self:
        standing = found.standing
        return cls(
            state=found.state,
            amount=Money.of(standing.amount_minor, found.currency),
            left=Money.of(standing.left_minor, found.currency),
            due=Money.of(standing.due_minor, found.currency),
        )


@ruled(CUSTOMER)
@strawberry.type
class DonationReceipt:
    """For what was given to a solidarity partner."""

    number: str = strawberry.field(description="Of the receipt.")
    partner: str = strawberry.field(description="Who got it.")
    amount: Money = strawberry.field(description="Zero where the device itself was given.")
    device: bool = strawberry.field(description="Whether the device itself was given.")
    document_url: str = strawberry.field(description="Path of the PDF, for 15 minutes.")

    @classmethod
    def of(cls, row: "ReceiptRow", partner: str, info: Info) -> Self:
        return cls(
            number=row.number,
            partner=partner,
            amount=Money.of(row.amount_minor, row.currency),
            device=row.device,
            document_url=papers.receipt(info.context, row.id),
        )


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
