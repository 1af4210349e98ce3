"""A merchant changes its offers itself."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.offers.items import MOST_ITEMS, ItemCode, ItemOutcome
from domain.offers.values import QUANTITY_MOST
from domain.offers.wording_items import explain_item
from resolvers.catalog import language
from resolvers.context import BadInput
from resolvers.offers import own
from resolvers.offers import writing as resolvers
from schema.common import Info, Locale, Problem, global_id, idempotency_key
from schema.offers.items import (
    OfferSkusInput,
    SetStockAlertInput,
    UpdateOfferInput,
    UpdatePricesInput,
    UpdateStockInput,
    UpsertOffersInput,
)
from schema.offers.own import MerchantOffer
from schema.rules import Scope, ruled

if TYPE_CHECKING:
    from models.offers.batch import Told

WRITE = Scope(resolvers.SCOPE)
strawberry.enum(ItemOutcome, description="What became of an item: each has exactly one.")


@ruled(WRITE)
@strawberry.type
class OfferItemResult:
    """What became of one item of a call."""

    index: int = strawberry.field(description="Its place in the call, from 0.")
    sku: str = strawberry.field(description="The SKU as you sent it.")
    outcome: ItemOutcome = strawberry.field(description="What became of it.")
    offer_id: strawberry.ID | None = strawberry.field(description="The offer, if there is one.")
    quantity: int | None = strawberry.field(description="What buyers are offered of it now.")
    sequence: str | None = strawberry.field(description="Its highest sequence now.")
    code: str | None = strawberry.field(description="What was wrong: stable word for programs.")
    field: str | None = strawberry.field(description="Field that it is about.")
    value: str | None = strawberry.field(description="What was sent, at most 80 characters.")
    current: str | None = strawberry.field(
        description="What is known instead: the sequence for `STALE_SEQUENCE`, the stock for "
        "`CONFLICT`."
    )
    warnings: list[str] = strawberry.field(
        description="Codes of what was rounded or set aside. At most 10."
    )

    @strawberry.field
    def message(self, locale: Locale = "en") -> str | None:
        """The problem for a person."""
        return self._told(locale)[0]

    @strawberry.field
    def suggestion(self, locale: Locale = "en") -> str | None:
        """What to change."""
        return self._told(locale)[1]

    def _told(self, locale: str) -> tuple[str | None, str | None]:
        if self.code is None:
            return None, None
        return explain_item(self.code, self.field, self.value, language(locale))

    @classmethod
    def of(cls, index: int, told: "Told") -> Self:
        return cls(
            index=index,
            sku=told.sku,
            outcome=told.outcome,
            offer_id=offer_id(told),
            quantity=told.quantity,
            sequence=_text(told.sequence),
            code=told.code,
            field=told.field,
            value=told.value,
            current=_text(told.current),
            warnings=list(told.warnings)[:10],
        )


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def offer_id(told: "Told") -> strawberry.ID | None:
    """The id of an item's offer as clients know it."""
    return strawberry.ID(str(global_id("Offer", told.offer_id))) if told.offer_id else None


@ruled(WRITE)
@strawberry.type
class OffersChanged:
    """What became of each item. Each was judged by itself; what buyers see has changed."""

    results: list[OfferItemResult] = strawberry.field(
        description="One for each item, in the order of the call. At most 1000."
    )
    applied: int = strawberry.field(description="Items that changed an offer.")
    unchanged: int = strawberry.field(description="Items that said nothing new.")
    ignored_stale: int = strawberry.field(description="Items older than what is known.")
    pending_product: int = strawberry.field(description="Items that wait for a product.")
    rejected: int = strawberry.field(description="Items that were refused.")
    as_of: datetime = strawberry.field(description="When they were judged.")

    @classmethod
    def of(cls, found: resolvers.Changed) -> Self:
        return cls(
            results=[OfferItemResult.of(n, item) for n, item in enumerate(found.items)],
            applied=found.count(ItemOutcome.APPLIED),
            unchanged=found.count(ItemOutcome.UNCHANGED),
            ignored_stale=found.count(ItemOutcome.IGNORED_STALE),
            pending_product=found.count(ItemOutcome.PENDING_PRODUCT),
            rejected=found.count(ItemOutcome.REJECTED),
            as_of=found.as_of,
        )


@ruled(WRITE)
@strawberry.type
class ItemCountWrong(Problem):
    """The call has no item, or too many; nothing was changed."""

    sent: int = strawberry.field(description="How many there were.")
    limit: int = strawberry.field(description="How many there may be.")


@ruled(WRITE)
@strawberry.type
class OfferUpdated:
    """The offer as it is now. Buyers see it."""

    outcome: ItemOutcome = strawberry.field(description="`APPLIED` or `UNCHANGED`.")
    as_of: datetime = strawberry.field(description="When it was judged.")
    told: strawberry.Private["Told"]

    @strawberry.field
    async def offer(self, info: Info) -> MerchantOffer | None:
        """The offer; a key needs `offers:read` beside."""
        found = await own.offer(info.context, None, self.told.offer_id)
        return MerchantOffer.of(found) if found else None


@ruled(WRITE)
@strawberry.type
class StaleSequence(Problem):
    """Something newer is known; nothing was changed."""

    current: str | None = strawberry.field(description="The sequence of what is known.")


@ruled(WRITE)
@strawberry.type
class Conflict(Problem):
    """The stock is not the one that you believe in; nothing was changed."""

    current: int | None = strawberry.field(description="The stock.")


@ruled(WRITE)
@strawberry.type
class OfferRejected(Problem):
    """A value cannot be used, or there is no such offer; nothing was changed."""

    field: str | None = strawberry.field(description="Field that it is about.")
    value: str | None = strawberry.field(description="What was sent, at most 80 characters.")


@ruled(WRITE)
@strawberry.type
class StockAlertSet:
    """From which stock on you are told."""

    below: int | None = strawberry.field(description="A sale that leaves fewer is told.")


ChangeOffersResult = Annotated[
    OffersChanged | ItemCountWrong,
    strawberry.union("ChangeOffersResult", description="What became of the items, or a refusal."),
]
UpdateOfferResult = Annotated[
    OfferUpdated | StaleSequence | Conflict | OfferRejected,
    strawberry.union("UpdateOfferResult", description="The offer, or a refusal."),
]


def _changed(info: Info, found: resolvers.Changed | resolvers.ItemCount) -> ChangeOffersResult:
    if isinstance(found, resolvers.Changed):
        return OffersChanged.of(found)
    return ItemCountWrong(
        code="ITEM_COUNT_WRONG",
        message=f"Send 1 to {MOST_ITEMS} items, not {found.sent}.",
        path=["input"],
        hint="Split the call.",
        request_id=strawberry.ID(info.context.request_id),
        sent=found.sent,
        limit=MOST_ITEMS,
    )


def _updated(info: Info, found: resolvers.Changed) -> UpdateOfferResult:
    [told] = found.items
    if told.code is None or told.outcome in {ItemOutcome.APPLIED, ItemOutcome.UNCHANGED}:
        return OfferUpdated(outcome=told.outcome, as_of=found.as_of, told=told)
    message, hint = explain_item(told.code, told.field, told.value, "en")
    request_id = strawberry.ID(info.context.request_id)
    path = ["input"]
    match told.code:
        case ItemCode.STALE_SEQUENCE:
            return StaleSequence(
                code=told.code,
                message=message,
                path=path,
                hint=hint,
                request_id=request_id,
                current=_text(told.current),
            )
        case ItemCode.CONFLICT:
            return Conflict(
                code=told.code,
                message=message,
                path=path,
                hint=hint,
                request_id=request_id,
                current=told.current,
            )
        case code:
            return OfferRejected(
                code=code,
                message=message,
                path=path,
                hint=hint,
                request_id=request_id,
                field=told.field,
                value=told.value,
            )


async def _of_skus(
    info: Info, use_case: resolvers.OfSkus, given: OfferSkusInput
) -> ChangeOffersResult:
    key = idempotency_key(given.idempotency_key)
    return _changed(info, await use_case(info.context, given.skus, key))


@strawberry.type
class OffersMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def update_stock(
        self,
        info: Info,
        input: Annotated[UpdateStockInput, strawberry.argument(description="The stocks.")],
    ) -> ChangeOffersResult:
        """Set the stock of known offers. Needs a merchant's key with `offers:write`."""
        key = idempotency_key(input.idempotency_key)
        items = [each.item() for each in input.items]
        found = await resolvers.change(info.context, "updateStock", items, key, known_only=True)
        return _changed(info, found)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def update_prices(
        self,
        info: Info,
        input: Annotated[UpdatePricesInput, strawberry.argument(description="The prices.")],
    ) -> ChangeOffersResult:
        """Set prices of known offers. Needs a merchant's key with `offers:write`."""
        key = idempotency_key(input.idempotency_key)
        items = [each.item() for each in input.items]
        found = await resolvers.change(info.context, "updatePrices", items, key, known_only=True)
        return _changed(info, found)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def upsert_offers(
        self,
        info: Info,
        input: Annotated[UpsertOffersInput, strawberry.argument(description="The offers.")],
    ) -> ChangeOffersResult:
        """Make or change offers. Needs a merchant's key with `offers:write`."""
        key = idempotency_key(input.idempotency_key)
        items = [each.item() for each in input.items]
        return _changed(info, await resolvers.change(info.context, "upsertOffers", items, key))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def delete_offers(
        self,
        info: Info,
        input: Annotated[OfferSkusInput, strawberry.argument(description="Which offers.")],
    ) -> ChangeOffersResult:
        """Take offers out of sight at once; they are removed after 30 days unless sent again.

        Needs a merchant's key with `offers:write`.
        """
        return await _of_skus(info, resolvers.delete, input)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def pause_offers(
        self,
        info: Info,
        input: Annotated[OfferSkusInput, strawberry.argument(description="Which offers.")],
    ) -> ChangeOffersResult:
        """Hide offers until they are resumed, whatever feeds say.

        Needs a merchant's key with `offers:write`.
        """
        return await _of_skus(info, resolvers.pause, input)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def resume_offers(
        self,
        info: Info,
        input: Annotated[OfferSkusInput, strawberry.argument(description="Which offers.")],
    ) -> ChangeOffersResult:
        """Show paused offers again. Needs a merchant's key with `offers:write`."""
        return await _of_skus(info, resolvers.resume, input)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def confirm_prices(
        self,
        info: Info,
        input: Annotated[OfferSkusInput, strawberry.argument(description="Which offers.")],
    ) -> ChangeOffersResult:
        """Stand by prices hidden as `PRICE_OUTLIER_LOW`: these, and higher ones, are shown.

        Needs a merchant's key with `offers:write`.
        """
        return await _of_skus(info, resolvers.confirm_prices, input)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def update_offer(
        self,
        info: Info,
        input: Annotated[UpdateOfferInput, strawberry.argument(description="What to change.")],
    ) -> UpdateOfferResult:
        """Change stock, price or pause of one known offer, at once.

        Needs a merchant's key with `offers:write`.
        """
        key = idempotency_key(input.idempotency_key)
        item = input.item()
        found = await resolvers.update_one(info.context, "updateOffer", item, input.paused, key)
        return _updated(info, found)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def set_stock_alert(
        self,
        info: Info,
        input: Annotated[SetStockAlertInput, strawberry.argument(description="When.")],
    ) -> StockAlertSet:
        """Choose from which stock on a sale is told as `offer.stock_low`.

        Needs a merchant's key with `offers:write`.
        """
        key, below = idempotency_key(input.idempotency_key), input.below
        if below is not None and not 1 <= below <= QUANTITY_MOST:
            raise BadInput(f"`below` is 1 to {QUANTITY_MOST}.", argument="below")
        return StockAlertSet(below=await resolvers.set_stock_alert(info.context, below, key))
