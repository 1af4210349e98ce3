"""The money of a lot, and what is disputed of it."""

from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

import strawberry

from domain.raas import AssetState
from domain.raas.disputing import About, DecidedBy, DisputeState
from resolvers.raas import documents, settling
from schema.common import (
    After,
    Edge,
    First,
    Info,
    Money,
    PageInfo,
    edges,
    global_id,
    page_info,
)
from schema.raas.handover_parts import asset_id, certificate, files
from schema.rules import OWN, ruled

if TYPE_CHECKING:
    from models.raas.disputes import Dispute
    from models.raas.settling import SettledLine
    from models.raas.settling import Settlement as Row


@ruled(OWN)
@strawberry.type
class LotDispute:
    """What an organisation does not agree to, and how it ended."""

    id: strawberry.ID = strawberry.field(description="Its id.")
    asset_id: strawberry.ID = strawberry.field(description="The device.")
    about: About = strawberry.field(description="The count, or the line of the statement.")
    state: DisputeState = strawberry.field(description="Where it stands.")
    reason: str = strawberry.field(description="What the organisation says.")
    evidence: list[strawberry.ID] = strawberry.field(description="Its files. At most 20.")
    opened_at: datetime = strawberry.field(description="When it was opened.")
    answer_by: datetime = strawberry.field(
        description="When it is decided for the organisation, if the merchant says nothing."
    )
    answer: str | None = strawberry.field(description="What the merchant says.")
    answer_evidence: list[strawberry.ID] = strawberry.field(description="Its files. At most 20.")
    decided_by: DecidedBy | None = strawberry.field(description="Who ended it.")
    statement: str | None = strawberry.field(description="Why it ended so.")
    decided_at: datetime | None = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: "Dispute") -> Self:
        return cls(
            id=strawberry.ID(str(row.id)), asset_id=asset_id(row.asset_id), about=row.about,
            state=row.state, reason=row.reason, evidence=files(row.evidence)[:20],
            opened_at=row.opened_at, answer_by=row.answer_by, answer=row.answer,
            answer_evidence=files(row.answer_evidence)[:20], decided_by=row.decided_by,
            statement=row.statement, decided_at=row.decided_at,
        )  # fmt: skip


@ruled(OWN)
@strawberry.type
class LotDisputeConnection:
    """Disputes of a lot, the oldest first."""

    edges: list[Edge[LotDispute]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(OWN)
@strawberry.type
class SettlementLine:
    """What one device brings: `net` = `bid` + `adjustment` - `fee`."""

    asset_id: strawberry.ID = strawberry.field(description="Id of the `Asset`.")
    tag: str | None = strawberry.field(description="Its organisation's tag.")
    imei: str | None = strawberry.field(description="As declared.")
    serial: str | None = strawberry.field(description="As declared.")
    model: str | None = strawberry.field(description="As declared.")
    state: AssetState = strawberry.field(description="Where it stands.")
    bid: Money = strawberry.field(description="Its share of the bid.")
    adjustment: Money = strawberry.field(description="What is added, or taken off below 0.")
    reason: str | None = strawberry.field(description="`GRADE` `MISSING` `RETURNED` `DISPUTE`.")
    evidence: list[strawberry.ID] = strawberry.field(description="Files. At most 20.")
    fee: Money = strawberry.field(description="Ours.")
    net: Money = strawberry.field(description="What the organisation gets.")

    @classmethod
    def of(cls, row: "SettledLine") -> Self:
        named = {"tag": row.tag, "imei": row.imei, "serial": row.serial, "model": row.model}
        return cls(
            asset_id=asset_id(row.asset_id), state=row.state, reason=row.reason,
            bid=Money.of(row.bid_minor, row.currency), fee=Money.of(row.fee_minor, row.currency),
            adjustment=Money.of(row.adjustment_minor, row.currency),
            net=Money.of(row.net_minor, row.currency), evidence=files(row.evidence)[:20], **named,
        )  # fmt: skip


@ruled(OWN)
@strawberry.type
class SettlementLineConnection:
    """Lines of a statement, a device each."""

    edges: list[Edge[SettlementLine]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(OWN)
@strawberry.type
class Settlement:
    """The statement of a lot. Each total is the sum of the lines, to the minor unit."""

    state: str = strawberry.field(description="`READY` `FINAL` `PAYING` `PAID`.")
    bid: Money = strawberry.field(description="The whole bid.")
    adjustment: Money = strawberry.field(description="What was added or taken off.")
    fee: Money = strawberry.field(description="Ours.")
    fee_bp: int = strawberry.field(description="Of what each device brings, in basis points.")
    net: Money = strawberry.field(description="What the organisation gets.")
    ready_at: datetime = strawberry.field(description="When it was made.")
    dispute_until: datetime = strawberry.field(description="Until when a line may be disputed.")
    accepted_at: datetime | None = strawberry.field(description="When it was agreed to.")
    final_at: datetime | None = strawberry.field(description="Since when it stands.")
    paid_at: datetime | None = strawberry.field(description="When it was paid.")
    payout_reference: str | None = strawberry.field(description="Of the payout.")
    version: int = strawberry.field(description="One more with each change.")
    certificate_id: strawberry.ID | None = strawberry.field(
        description="The `Certificate` that lists what became of each device."
    )
    lot: strawberry.Private[UUID]

    @strawberry.field
    async def lines(
        self, info: Info, first: First = 24, after: After = None
    ) -> SettlementLineConnection:
        """What each device brings."""
        page = await settling.lines(info.context, self.lot, first, after)
        shown = edges(page, SettlementLine.of)
        return SettlementLineConnection(edges=shown, page_info=page_info(page, after))

    @strawberry.field
    def document_path(self, info: Info) -> str:
        """Path of the statement as CSV, for 15 minutes."""
        return documents.link(info.context, documents.CSV_KIND, self.lot)

    @strawberry.field
    def pdf_path(self, info: Info) -> str:
        """The same as PDF."""
        return documents.link(info.context, documents.PDF_KIND, self.lot)

    @classmethod
    def of(cls, row: "Row") -> Self:
        amounts = {
            name: Money.of(getattr(row, f"{name}_minor"), row.currency)
            for name in ("bid", "adjustment", "fee", "net")
        }
        return cls(
            state=row.state, fee_bp=row.fee_bp, ready_at=row.ready_at, lot=row.lot_id,
            dispute_until=row.dispute_until, accepted_at=row.accepted_at, final_at=row.final_at,
            paid_at=row.paid_at, payout_reference=row.payout_ref, version=row.version,
            certificate_id=certificate(row.certificate_id), **amounts,
        )  # fmt: skip


def lot_id(row: UUID) -> strawberry.ID:
    """The id of a lot as clients know it."""
    return strawberry.ID(str(global_id("Lot", row)))
