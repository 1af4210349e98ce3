"""Lots as organisations and merchants read them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import orjson
import strawberry

from domain.impact import Indicator
from domain.raas import LotBidState, LotState
from domain.raas.bidders import BidderReason
from resolvers.raas import bidding, impact
from resolvers.raas import reading as resolvers
from schema.common import (
    After,
    Edge,
    First,
    Info,
    MarketCode,
    Money,
    Node,
    PageInfo,
    edges,
    global_id,
    page_info,
    row_id,
)
from schema.impact import InIndicator
from schema.raas.impact import Expected, FleetImpact
from schema.raas.lot_inputs import row as named_row
from schema.raas.lot_shapes import (
    READ,
    LotBid,
    LotBidConnection,
    LotContract,
    LotDevice,
    LotDeviceConnection,
    LotEvent,
    LotGroup,
    LotGroupConnection,
    LotManifest,
    PublishedLotRules,
)
from schema.rules import MERCHANT, ORGANISATION, AllOf, ruled

if TYPE_CHECKING:
    from models.raas.lots import LotRow

LotId = Annotated[strawberry.ID, strawberry.argument(description="Id of the `Lot`.")]
BIDS = AllOf((READ, MERCHANT))
OWNS = AllOf((READ, ORGANISATION))


@ruled(READ)
@strawberry.type
class Lot(Node):
    """Devices of an organisation that are put to bid together."""

    number: str = strawberry.field(description="For people, on every paper.")
    title: str = strawberry.field(description="What it is.")
    state: LotState = strawberry.field(description="Where it stands.")
    market: str = strawberry.field(description="Code of the market.")
    country: str = strawberry.field(description="Where the devices are, ISO 3166-1 alpha-2.")
    version: int = strawberry.field(description="Grows with every change; a bid is for one.")
    sealed: bool = strawberry.field(description="Whether bids are secret until bidding ends.")
    published_at: datetime | None = strawberry.field(description="When it was put to bid.")
    bids_until: datetime | None = strawberry.field(description="When bidding ends, or ended.")
    solidarity_until: datetime | None = strawberry.field(
        description="Until when solidarity actors alone see all of it and bid."
    )
    opened_at: datetime | None = strawberry.field(description="When its bids were opened.")
    award_by: datetime | None = strawberry.field(
        description="While it waits for an award: when it is not sold after all."
    )
    confirm_by: datetime | None = strawberry.field(
        description="While it waits for the winner: when the award lapses."
    )
    row: strawberry.Private["LotRow"]

    @strawberry.field
    async def assets(self, info: Info) -> int:
        """How many devices, as far as you see them."""
        whole = await resolvers.sees_all(info.context, self.row)
        return self.row.assets if whole else self.row.assets - self.row.reserved

    @strawberry.field
    def rules(self, info: Info) -> PublishedLotRules | None:
        """By what it is decided; `null` for a draft."""
        own = resolvers.is_own(info.context, self.row)
        return PublishedLotRules.of(self.row, self.row.rules, own=own) if self.row.rules else None

    @strawberry.field
    async def supplier(self, info: Info) -> str | None:
        """Whose it is: told where the organisation agreed, and to the winner."""
        return await resolvers.supplier(info.context, self.row)

    @strawberry.field
    async def groups(
        self, info: Info, first: First = 24, after: After = None
    ) -> LotGroupConnection:
        """What a published lot holds: models, grades and counts, without identities."""
        page = await resolvers.groups(info.context, self.row, first, after)
        return LotGroupConnection(edges=edges(page, LotGroup.of), page_info=page_info(page, after))

    @strawberry.field
    async def devices(
        self, info: Info, first: First = 24, after: After = None
    ) -> LotDeviceConnection:
        """The devices with their identities: for the organisation, and who contracted them."""
        page = await resolvers.lines(info.context, self.row, first, after)
        return LotDeviceConnection(
            edges=edges(page, LotDevice.of), page_info=page_info(page, after)
        )

    @strawberry.field
    async def manifest(self, info: Info) -> LotManifest | None:
        """The list that was published with this version; `null` for a draft."""
        found = await resolvers.manifest(info.context, self.row)
        return LotManifest.of(found) if found else None

    @strawberry.field
    async def timeline(self, info: Info) -> list[LotEvent]:
        """What happened to it, the oldest first. At most 100."""
        own = resolvers.is_own(info.context, self.row)
        rows = await resolvers.timeline(info.context, self.row)
        return [LotEvent.of(row, own=own) for row in rows]

    @strawberry.field
    async def impact(
        self, info: Info, indicator: InIndicator = Indicator.GWP, expected: Expected = False
    ) -> FleetImpact | None:
        """What its devices avoid that are used again: for the organisation and the winner."""
        if not self._party(info):
            return None
        given = (info.context, self.row.id, indicator)
        return FleetImpact.of(await impact.of_party(*given, expected=expected))

    @strawberry.field
    async def not_qualified(self, info: Info) -> list[BidderReason]:
        """Why you, a merchant, may not bid now; empty where you may. At most 10."""
        return await bidding.why_not(info.context, self.row)

    @strawberry.field
    async def my_bid(self, info: Info) -> LotBid | None:
        """Your bid, a merchant's: the one that counts, or your last one."""
        found = await resolvers.my_bid(info.context, self.row.id)
        return LotBid.of(found, named=True) if found else None

    @strawberry.field
    async def bid_count(self, info: Info) -> int | None:
        """How many bids there are; `null` of a sealed lot before they are opened."""
        found = await resolvers.standing(info.context, self.row)
        return found.bids if found else None

    @strawberry.field
    async def leading_amount(self, info: Info) -> Money | None:
        """The highest bid of an open lot while it takes bids."""
        if self.row.sealed or self.row.state is not LotState.PUBLISHED:
            return None
        found = await resolvers.standing(info.context, self.row)
        return Money.maybe(found.highest, self.row.currency) if found else None

    @strawberry.field
    async def bids(self, info: Info, first: First = 24, after: After = None) -> LotBidConnection:
        """The bids on a lot of yours, an organisation's, the best first.

        Of a sealed lot there are none before they are opened; of an open one no names.
        """
        page = await resolvers.ranking(info.context, self.row, first, after)
        named = self.row.opened_at is not None
        shaped = edges(page, lambda each: LotBid.of(each, named=named))
        return LotBidConnection(edges=shaped, page_info=page_info(page, after))

    @strawberry.field
    def awarded_amount(self, info: Info) -> Money | None:
        """What it was awarded for: for the organisation and the winner."""
        return Money.maybe(self.row.award_minor, self.row.currency) if self._party(info) else None

    @strawberry.field
    def contract(self, info: Info) -> LotContract | None:
        """What was agreed: for the organisation and the winner."""
        row = self.row
        if row.contract is None or row.contract_sha256 is None or not self._party(info):
            return None
        text = orjson.dumps(row.contract, option=orjson.OPT_SORT_KEYS).decode()
        return LotContract.of(row.contract, text, row.contract_sha256)

    def _party(self, info: Info) -> bool:
        merchant = info.context.caller.merchant_id
        won = merchant is not None and merchant == self.row.awarded_merchant_id
        return won or resolvers.is_own(info.context, self.row)

    @classmethod
    def of(cls, row: "LotRow") -> Self:
        return cls(
            id=global_id("Lot", row.id),
            number=row.number,
            title=row.title,
            state=row.state,
            market=row.market,
            country=row.country,
            version=row.version,
            sealed=row.sealed,
            published_at=row.published_at,
            bids_until=row.bids_until,
            solidarity_until=row.ess_until,
            opened_at=row.opened_at,
            award_by=row.award_by,
            confirm_by=row.confirm_by,
            row=row,
        )


@ruled(READ)
@strawberry.type
class LotConnection:
    """A page of lots."""

    edges: list[Edge[Lot]] = strawberry.field(description="The lots. At most 100.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class LotsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def lot(self, info: Info, id: LotId) -> Lot | None:
        """A lot of yours, or one that you may bid on or did; `null` for any other.

        Needs a key of an organisation or of a merchant with `lots:read`.
        """
        found = row_id(id, "Lot", "id")
        row = await resolvers.lot(info.context, found) if found else None
        return Lot.of(row) if row else None

    @strawberry.field(metadata={"rule": OWNS})
    async def lots(
        self,
        info: Info,
        state: Annotated[
            list[LotState] | None, strawberry.argument(description="Only in these states.")
        ] = None,
        fleet_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only of this `Fleet`.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> LotConnection:
        """The lots of your organisation, the youngest first. Needs `lots:read`."""
        fleet = row_id(fleet_id, "Fleet", "fleetId")
        page = await resolvers.own(info.context, state, fleet, first, after)
        return LotConnection(edges=edges(page, Lot.of), page_info=page_info(page, after))

    @strawberry.field(metadata={"rule": BIDS})
    async def lots_open(
        self, info: Info, market: MarketCode, first: First = 24, after: After = None
    ) -> LotConnection:
        """Lots of a market that take bids, those that end first first.

        Needs a merchant's key with `lots:read`.
        """
        page = await resolvers.on_offer(info.context, market, first, after)
        return LotConnection(edges=edges(page, Lot.of), page_info=page_info(page, after))

    @strawberry.field(metadata={"rule": BIDS})
    async def lot_bids(
        self,
        info: Info,
        state: Annotated[
            list[LotBidState] | None, strawberry.argument(description="Only in these states.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> LotBidConnection:
        """Your bids, the youngest first. Needs a merchant's key with `lots:read`."""
        page = await resolvers.my_bids(info.context, state, first, after)
        shaped = edges(page, lambda each: LotBid.of(each, named=True))
        return LotBidConnection(edges=shaped, page_info=page_info(page, after))


@strawberry.type
class LotsSubscription:
    """Subscriptions of the area; `schema/root.py` inherits them."""

    @strawberry.subscription(metadata={"rule": READ})
    async def lot_changed(self, info: Info, lot_id: LotId) -> AsyncGenerator[Lot]:
        """A lot that you may read, now and whenever it changes. A sealed bid is no change."""
        found = named_row(lot_id, "Lot", "lotId")
        return _shaped(await resolvers.followed(info.context, found))


async def _shaped(rows: AsyncGenerator["LotRow"]) -> AsyncGenerator[Lot]:
    async with aclosing(rows):
        async for row in rows:
            yield Lot.of(row)
