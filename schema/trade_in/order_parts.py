"""What a trade-in is made of: its moves, papers, parcels and money."""

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

import strawberry

from domain.orders.credits import CreditState
from domain.shipments import ShipmentPurpose, ShipmentStatus
from domain.shipments.carriers import CarrierCode
from domain.shipments.contracts import LabelState
from domain.trade_in import Suspension, TradeInState
from domain.trade_in.orders import CounterReason, TradeInActor, TradeInRefusalReason
from domain.trade_in.wording_orders import ACTIONS
from resolvers.catalog import language
from resolvers.trade_in import papers
from resolvers.trade_in import reading as resolvers
from schema.common import (
    Info,
    Locale,
    Money,
)
from schema.rules import CUSTOMER, OWN, ruled

if TYPE_CHECKING:
    from models.orders.store_credit import Credit
    from models.shipments.labels import LabelRow
    from models.trade_in.giving import ReceiptRow
    from models.trade_in.orders import MoveRow, TradeInRow
    from models.trade_in.parcels import ParcelRow
    from models.trade_in.payouts import PayoutRow
    from models.units.attachments import Attachment as AttachmentRow


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
