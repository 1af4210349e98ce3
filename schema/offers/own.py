"""A merchant's own offers, for its own key, and what changed of them."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.catalog import Grade
from domain.offers import visibility as visible
from domain.offers.hints import hint
from domain.offers.visibility import OfferStatus, OfferVisibility, Reason
from resolvers.catalog import language
from resolvers.offers import own as resolvers
from resolvers.paging import size
from schema.catalog import Variant, variant_of
from schema.common import (
    After,
    Edge,
    First,
    Info,
    Locale,
    Money,
    PageInfo,
    edges,
    global_id,
    page_info,
    row_id,
)
from schema.rules import Scope, ruled

if TYPE_CHECKING:
    from models.offers.own import OwnOffer, Place

READ = Scope(resolvers.READ)
GRADES = sorted(Grade, key=lambda grade: grade.rank)
SHOWN = (OfferVisibility.HIDDEN, OfferVisibility.LIMITED, OfferVisibility.FULL)
strawberry.enum(Reason, description="Why an offer is hidden, or does not compete.")
strawberry.enum(OfferStatus, description="What its merchant did with an offer.")


@ruled(READ)
@strawberry.type
class VisibilityReason:
    """Why an offer is hidden, or listed without competing."""

    code: Reason = strawberry.field(description="Stable word.")
    effect: OfferVisibility = strawberry.field(description="What this reason alone does.")
    since: datetime | None = strawberry.field(description="Since when it holds.")
    value: str | None = strawberry.field(description="What was found of the offer.")
    limit: str | None = strawberry.field(description="What the offer must keep.")
    found: strawberry.Private[visible.VisibilityReason]

    @strawberry.field
    def hint(self, locale: Locale = "en") -> str:
        """What was found and what to do about it."""
        return hint(self.found, language(locale))

    @classmethod
    def of(cls, reason: visible.VisibilityReason) -> Self:
        return cls(
            code=reason.code,
            effect=reason.effect,
            since=reason.since,
            value=reason.value,
            limit=reason.limit,
            found=reason,
        )


@ruled(READ)
@strawberry.type
class MerchantOfferMarket:
    """One of your offers in one market."""

    market: str = strawberry.field(description="Code of the market.")
    visibility: OfferVisibility = strawberry.field(description="What buyers can do with it.")
    price: Money | None = strawberry.field(description="Item price here.")
    total: Money | None = strawberry.field(description="What the buyer pays in all.")
    min_price: Money | None = strawberry.field(description="Your lowest, if set for this market.")
    max_price: Money | None = strawberry.field(description="Your highest, if set for this market.")
    own_price: bool = strawberry.field(description="Whether the price was set for this market.")
    delivery_days: int | None = strawberry.field(description="Days until delivery is promised.")
    row: strawberry.Private["Place"]

    @strawberry.field
    def reasons(self, first: First = 8) -> list[VisibilityReason]:
        """What hides or limits it. At most 40."""
        return [VisibilityReason.of(each) for each in self.row.told[: size(first)]]

    @classmethod
    def of(cls, row: "Place") -> Self:
        money = Money.maybe
        return cls(
            market=row.market,
            visibility=SHOWN[row.visibility],
            price=money(row.item_minor, row.currency or ""),
            total=money(row.landed_minor, row.currency or ""),
            min_price=money(row.min_minor, row.currency or ""),
            max_price=money(row.max_minor, row.currency or ""),
            own_price=row.own,
            delivery_days=row.days,
            row=row,
        )


@ruled(READ)
@strawberry.type
class MerchantOffer:
    """One of your offers, with all that is known of it."""

    offer_id: strawberry.ID = strawberry.field(description="Id of the `Offer` that buyers see.")
    sku: str = strawberry.field(description="Your key.")
    title: str | None = strawberry.field(description="Your wording.")
    gtin: str | None = strawberry.field(description="GTIN that you sent.")
    grade: Grade = strawberry.field(description="How it looks.")
    price: Money = strawberry.field(description="Price where none is set for a market.")
    min_price: Money | None = strawberry.field(description="Your lowest price.")
    max_price: Money | None = strawberry.field(description="Your highest price.")
    quantity: int = strawberry.field(description="What buyers can still buy.")
    reserved: int = strawberry.field(description="Set aside for buyers and not sent yet.")
    status: OfferStatus = strawberry.field(description="What you did with it.")
    paused_because: Reason | None = strawberry.field(description="Why it is paused.")
    feed_id: strawberry.ID | None = strawberry.field(description="The `Feed` it belongs to.")
    run_id: strawberry.ID | None = strawberry.field(
        description="The `FeedRun` that wrote it last; `null` if a call did."
    )
    line: int | None = strawberry.field(description="Its line in the file of that run.")
    sequence: str | None = strawberry.field(description="Highest sequence that was applied.")
    updated_at: datetime = strawberry.field(description="When it was written last.")
    row: strawberry.Private["OwnOffer"]

    @strawberry.field
    def markets(self, first: First = 10) -> list[MerchantOfferMarket]:
        """Where it is meant to sell, by code. At most 60."""
        return [MerchantOfferMarket.of(place) for place in self.row.places[: size(first)]]

    @strawberry.field
    async def variant(self, info: Info) -> Variant | None:
        """What is sold; `null` while the product is not in the catalogue."""
        found = self.row.variant_id
        return None if found is None else await variant_of(info, found)

    @classmethod
    def of(cls, row: "OwnOffer") -> Self:
        paused = row.paused_because if row.status == OfferStatus.PAUSED else None
        return cls(
            offer_id=strawberry.ID(str(global_id("Offer", row.id))),
            sku=row.sku,
            title=row.title,
            gtin=row.gtin,
            grade=GRADES[row.grade],
            price=Money.of(row.price_minor, row.currency),
            min_price=Money.maybe(row.min_price_minor, row.currency),
            max_price=Money.maybe(row.max_price_minor, row.currency),
            quantity=row.quantity,
            reserved=row.reserved,
            status=OfferStatus(row.status),
            paused_because=Reason(paused) if paused else None,
            feed_id=_id("Feed", row.feed_id),
            run_id=_id("FeedRun", row.run_id),
            line=row.line_no,
            sequence=None if row.sequence is None else str(row.sequence),
            updated_at=row.updated_at,
            row=row,
        )


def _id(kind: str, found: object) -> strawberry.ID | None:
    return strawberry.ID(str(global_id(kind, str(found)))) if found else None


@ruled(READ)
@strawberry.type
class MerchantOfferConnection:
    """Your offers, page by page, by SKU."""

    edges: list[Edge[MerchantOffer]] = strawberry.field(description="The offers of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.enum(description="What became of an offer.")
class OfferChangeKind(StrEnum):
    """What became of an offer."""

    CHANGED = "CHANGED"
    REMOVED = "REMOVED"


@ruled(READ)
@strawberry.type
class OfferChange:
    """An offer that changed, whatever the cause, or that is removed for good."""

    kind: OfferChangeKind = strawberry.field(description="What became of it.")
    offer_id: strawberry.ID = strawberry.field(description="Id of the offer.")
    sku: str | None = strawberry.field(description="Your key.")
    offer: MerchantOffer | None = strawberry.field(
        description="As it is now, not as it was then; `null` if it is removed."
    )
    at: datetime = strawberry.field(description="When it happened.")


@ruled(READ)
@strawberry.type
class OfferChangesPage:
    """Where a reader stands in the changes."""

    has_next_page: bool = strawberry.field(description="Whether to ask again at once.")
    end_cursor: str = strawberry.field(
        description="Give it as `since` next time, within 30 days; there even if nothing changed."
    )


@ruled(READ)
@strawberry.type
class OfferChanges:
    """What changed since a cursor, in an order in which no offer goes back."""

    nodes: list[OfferChange] = strawberry.field(description="The changes. At most 100.")
    page_info: OfferChangesPage = strawberry.field(description="Where to go on.")
    as_of: datetime = strawberry.field(description="When this was read.")


@strawberry.input
class OfferFilter:
    """Which of your offers; what is left out does not matter."""

    skus: list[str] | None = strawberry.field(default=None, description="These, up to 100.")
    status: list[OfferStatus] | None = strawberry.field(
        default=None, description="What you did with them."
    )
    feed: strawberry.ID | None = strawberry.field(default=None, description="Of this feed.")
    market: str | None = strawberry.field(default=None, description="Meant for this market.")
    visibility: list[OfferVisibility] | None = strawberry.field(
        default=None, description="In `market`, or in any."
    )
    reasons: list[Reason] | None = strawberry.field(
        default=None, description="Held back for one of these, in `market` or in any."
    )


def _filter(given: OfferFilter | None) -> resolvers.Filter:
    if given is None:
        return resolvers.Filter()
    seen = given.visibility
    return resolvers.Filter(
        skus=given.skus,
        statuses=None if given.status is None else [each.value for each in given.status],
        feed_id=row_id(given.feed, "Feed", "feed"),
        market=given.market,
        visibilities=None if seen is None else [SHOWN.index(each) for each in seen],
        reasons=None if given.reasons is None else [each.value for each in given.reasons],
    )


@strawberry.type
class OwnOffersQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def offers(
        self,
        info: Info,
        filters: Annotated[
            OfferFilter | None, strawberry.argument(description="Which of them.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> MerchantOfferConnection:
        """Your own offers, by SKU. Needs a merchant's key with `offers:read`."""
        page = await resolvers.offers(info.context, _filter(filters), first, after)
        return MerchantOfferConnection(
            edges=edges(page, MerchantOffer.of), page_info=page_info(page, after)
        )

    @strawberry.field(metadata={"rule": READ})
    async def offer(
        self,
        info: Info,
        sku: Annotated[str | None, strawberry.argument(description="Your key.")] = None,
        id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Id of the offer.")
        ] = None,
    ) -> MerchantOffer | None:
        """One of your own offers, by `sku` or by `id`; `null` for any other."""
        found = await resolvers.offer(info.context, sku, row_id(id, "Offer", "id"))
        return MerchantOffer.of(found) if found else None

    @strawberry.field(metadata={"rule": READ})
    async def offer_changes(
        self,
        info: Info,
        since: Annotated[
            str | None,
            strawberry.argument(
                description="`endCursor` of the answer before. Without one only a cursor of now is "
                "told: take it before you read all `offers`."
            ),
        ] = None,
        first: First = 24,
    ) -> OfferChanges:
        """What changed of your offers since a cursor, whatever the cause.

        Nothing is missed, not even what was committed late; an offer that changed twice may be told
        twice. Needs a merchant's key with `offers:read`.
        """
        found = await resolvers.changes(info.context, since, first)
        return OfferChanges(
            nodes=[
                OfferChange(
                    kind=OfferChangeKind.REMOVED if change.removed else OfferChangeKind.CHANGED,
                    offer_id=strawberry.ID(str(global_id("Offer", change.offer_id))),
                    sku=state.sku if state else change.sku,
                    offer=MerchantOffer.of(state) if state else None,
                    at=change.place.at,
                )
                for change, state in found.changes
            ],
            page_info=OfferChangesPage(has_next_page=found.has_more, end_cursor=found.cursor),
            as_of=found.as_of,
        )
