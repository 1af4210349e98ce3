"""A cart: made, filled, changed, claimed."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from domain.impact import Indicator
from domain.orders.addresses import Address as Given
from domain.orders.checkout import Refusal
from resolvers.catalog import language
from resolvers.context import Context
from resolvers.orders import carts as resolvers
from resolvers.orders import impact
from schema.catalog import Variant, variant_of
from schema.common import ONCE, Info, Money, global_id, idempotency_key, row_id
from schema.impact import InIndicator
from schema.impact.sums import ImpactSum, InSet
from schema.offers.offer import Offer
from schema.orders.problems import CheckoutProblem, problem_of
from schema.rules import CUSTOMER, HOLDER, ruled

if TYPE_CHECKING:
    from models.orders.carts import CartLine as Row
    from resolvers.orders.carts import Cart as Found

CartId = Annotated[strawberry.ID, strawberry.argument(description="The `id` of the cart.")]
Token = Annotated[
    str | None, strawberry.argument(description="Token of a visitor's cart, from `createCart`.")
]
TOKEN = "Token of a visitor's cart; none for a signed-in customer's own."  # noqa: S105 - its words


@ruled(HOLDER)
@strawberry.type
class Address:
    """Where a purchase is sent."""

    name: str = strawberry.field(description="Whoever takes it in.")
    company: str | None = strawberry.field(description="Company, if any.")
    street: list[str] = strawberry.field(description="Street, number and more. At most 3.")
    city: str = strawberry.field(description="City.")
    postal_code: str = strawberry.field(description="Postal code.")
    region: str | None = strawberry.field(description="State or province, where there are such.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2.")
    phone: str | None = strawberry.field(description="For the carrier alone.")

    @classmethod
    def of(cls, given: Given) -> Self:
        return cls(
            name=given.name,
            company=given.company,
            street=list(given.street),
            city=given.city,
            postal_code=given.postal_code,
            region=given.region,
            country=given.country,
            phone=given.phone,
        )


@strawberry.input
class AddressInput:
    """Where a purchase is sent."""

    name: str = strawberry.field(description="Whoever takes it in: 1 to 70 characters.")
    street: list[str] = strawberry.field(description="1 to 3 lines of up to 70 characters.")
    city: str = strawberry.field(description="City.")
    postal_code: str = strawberry.field(description="Postal code, up to 12 characters.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2.")
    company: str | None = strawberry.field(default=None, description="Company, if any.")
    region: str | None = strawberry.field(default=None, description="State or province.")
    phone: str | None = strawberry.field(default=None, description="For the carrier alone.")

    def given(self) -> Given:
        """The address as the rules take it."""
        return Given(
            name=self.name,
            street=tuple(self.street),
            city=self.city,
            postal_code=self.postal_code,
            country=self.country,
            company=self.company,
            region=self.region,
            phone=self.phone,
        )


@ruled(HOLDER)
@strawberry.type
class CartLine:
    """Pieces of an offer in a cart."""

    id: strawberry.ID = strawberry.field(description="Opaque id.")
    quantity: int = strawberry.field(description="How many pieces.")
    expected_total: Money = strawberry.field(description="What the buyer saw of a piece, all in.")
    offer: Offer | None = strawberry.field(
        description="The offer as it is sold now; `null` where it is not sold any more."
    )
    row: strawberry.Private["Row"]

    @strawberry.field
    async def variant(self, info: Info) -> Variant:
        """What it is, sold or not."""
        return await variant_of(info, self.row.variant_id)

    @classmethod
    def of(cls, row: "Row", currency: str, ctx: Context) -> Self:
        sold = row.offer is not None and row.offer.visibility > 0
        return cls(
            id=strawberry.ID(str(global_id("CartLine", row.id))),
            quantity=row.quantity,
            expected_total=Money.of(row.expected_minor, currency),
            offer=Offer.of(row.offer, ctx) if sold and row.offer else None,
            row=row,
        )


@ruled(HOLDER)
@strawberry.type
class Cart:
    """What somebody means to buy in a market. Nothing is set aside for it."""

    id: strawberry.ID = strawberry.field(description="Opaque id.")
    market: str = strawberry.field(description="Code of the market.")
    country: str = strawberry.field(description="Where it goes to, ISO 3166-1 alpha-2.")
    version: int = strawberry.field(description="Grows with each change.")
    lines: list[CartLine] = strawberry.field(
        description="In the order in which they were added. At most 20."
    )
    address: Address | None = strawberry.field(description="Where it is sent, once it is known.")
    purchase_id: strawberry.ID | None = strawberry.field(
        description="The purchase that it became: it cannot be changed any more."
    )
    updated_at: datetime = strawberry.field(description="When it was changed last.")
    found: strawberry.Private["Found"]

    @strawberry.field
    async def impact(
        self, info: Info, indicator: InIndicator = Indicator.GWP, factor_set: InSet = None
    ) -> ImpactSum:
        """What its devices would avoid; what is not sold any more is left out."""
        given = (self.found, indicator, factor_set)
        return ImpactSum.of(await impact.of_cart(info.context, *given))

    @classmethod
    def of(cls, found: "Found", ctx: Context) -> Self:
        row = found.row
        bought = global_id("Purchase", row.purchase_id) if row.purchase_id else None
        return cls(
            id=strawberry.ID(str(global_id("Cart", row.id))),
            market=row.market,
            country=row.country,
            version=row.version,
            lines=[CartLine.of(line, row.currency, ctx) for line in found.lines],
            address=Address.of(row.address) if row.address else None,
            purchase_id=strawberry.ID(str(bought)) if bought else None,
            updated_at=row.updated_at,
            found=found,
        )


@strawberry.input
class CreateCartInput:
    """For which market, and where it goes to."""

    market: str = strawberry.field(description="Code of an open market.")
    country: str | None = strawberry.field(
        default=None, description="A country of the market; by default its first."
    )
    language: str = strawberry.field(default="en", description="For mails: `en` or `fr`.")
    idempotency_key: str = strawberry.field(
        description=f"{ONCE} A visitor's repeated call makes another cart."
    )


@strawberry.input
class AddCartLineInput:
    """Pieces of an offer, beside those that are in the cart."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    offer_id: strawberry.ID = strawberry.field(description="The offer.")
    quantity: int = strawberry.field(default=1, description="How many more: up to 20 in all.")
    expected_total: Decimal = strawberry.field(
        description="The total of a piece that the buyer saw, in the currency of the market."
    )
    token: str | None = strawberry.field(default=None, description=TOKEN)
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class ChangeCartLineInput:
    """What to change of a line; what is left out is kept."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    line_id: strawberry.ID = strawberry.field(description="The line.")
    quantity: int | None = strawberry.field(default=None, description="1 to 20 pieces.")
    expected_total: Decimal | None = strawberry.field(
        default=None, description="The total of a piece that the buyer agrees to."
    )
    token: str | None = strawberry.field(default=None, description=TOKEN)
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class RemoveCartLineInput:
    """Which line."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    line_id: strawberry.ID = strawberry.field(description="The line.")
    token: str | None = strawberry.field(default=None, description=TOKEN)
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class SetCartAddressInput:
    """Where to send it."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    address: AddressInput = strawberry.field(description="The address.")
    token: str | None = strawberry.field(default=None, description=TOKEN)
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class ClaimCartInput:
    """Which visitor's cart becomes yours."""

    cart_id: strawberry.ID = strawberry.field(description="The cart.")
    token: str = strawberry.field(description="Its token, which opens nothing afterwards.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(HOLDER)
@strawberry.type
class CartCreated:
    """The cart, and the token of a visitor's for the only time."""

    cart: Cart = strawberry.field(description="The cart, still empty.")
    token: str | None = strawberry.field(
        description="Opens a visitor's cart: send it with each call, and keep it secret. `null` "
        "for a signed-in customer's."
    )


@ruled(HOLDER)
@strawberry.type
class CartUpdated:
    """The cart as it is now."""

    cart: Cart = strawberry.field(description="The cart.")


CartResult = Annotated[
    CartUpdated | CheckoutProblem,
    strawberry.union("CartResult", description="The cart as it is now, or a refusal."),
]


def named(cart_id: strawberry.ID, token: str | None) -> resolvers.Of:
    """The cart that a client names. Raises: BadInput."""
    found = row_id(cart_id, "Cart", "cartId")
    if found is None:
        raise LookupError(cart_id)
    return resolvers.Of(found, token)


def _line(line_id: strawberry.ID) -> UUID:
    found = row_id(line_id, "CartLine", "lineId")
    if found is None:
        raise LookupError(line_id)
    return found


def _told(info: Info, found: resolvers.Cart | Refusal) -> CartResult:
    if isinstance(found, Refusal):
        return problem_of(info, found)
    return CartUpdated(cart=Cart.of(found, info.context))


@strawberry.type
class CartsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": HOLDER})
    async def cart(self, info: Info, id: CartId, token: Token = None) -> Cart | None:
        """A cart of yours, by its token or by your sign-in; `null` for any other."""
        found = await resolvers.cart(info.context, named(id, token))
        return Cart.of(found, info.context) if found else None


@strawberry.type
class CartsMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": HOLDER})
    async def create_cart(
        self,
        info: Info,
        input: Annotated[CreateCartInput, strawberry.argument(description="Where.")],
    ) -> CartCreated:
        """Make a cart for a market: yours if you are signed in, else one that a token opens."""
        key = idempotency_key(input.idempotency_key)
        said = language(input.language)
        found = await resolvers.create(info.context, input.market, input.country, said, key)
        return CartCreated(cart=Cart.of(found.cart, info.context), token=found.token)

    @strawberry.mutation(metadata={"rule": HOLDER})
    async def add_cart_line(
        self,
        info: Info,
        input: Annotated[AddCartLineInput, strawberry.argument(description="What to add.")],
    ) -> CartResult:
        """Put pieces of an offer into a cart, at the price that the buyer saw."""
        key, of = idempotency_key(input.idempotency_key), named(input.cart_id, input.token)
        offer = row_id(input.offer_id, "Offer", "offerId")
        if offer is None:
            raise LookupError(input.offer_id)
        given = (offer, input.quantity, input.expected_total, key)
        return _told(info, await resolvers.add_line(info.context, of, *given))

    @strawberry.mutation(metadata={"rule": HOLDER})
    async def change_cart_line(
        self,
        info: Info,
        input: Annotated[ChangeCartLineInput, strawberry.argument(description="The change.")],
    ) -> CartResult:
        """Change how many pieces are wanted, or agree to a new price."""
        key, of = idempotency_key(input.idempotency_key), named(input.cart_id, input.token)
        given = (_line(input.line_id), input.quantity, input.expected_total, key)
        return _told(info, await resolvers.change_line(info.context, of, *given))

    @strawberry.mutation(metadata={"rule": HOLDER})
    async def remove_cart_line(
        self,
        info: Info,
        input: Annotated[RemoveCartLineInput, strawberry.argument(description="Which line.")],
    ) -> CartResult:
        """Take a line out of a cart."""
        key, of = idempotency_key(input.idempotency_key), named(input.cart_id, input.token)
        line = _line(input.line_id)
        return _told(info, await resolvers.remove_line(info.context, of, line, key))

    @strawberry.mutation(metadata={"rule": HOLDER})
    async def set_cart_address(
        self,
        info: Info,
        input: Annotated[SetCartAddressInput, strawberry.argument(description="Where to.")],
    ) -> CartResult:
        """Say where a cart is sent."""
        key, of = idempotency_key(input.idempotency_key), named(input.cart_id, input.token)
        address = input.address.given()
        return _told(info, await resolvers.set_address(info.context, of, address, key))

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def claim_cart(
        self,
        info: Info,
        input: Annotated[ClaimCartInput, strawberry.argument(description="Which cart.")],
    ) -> CartResult:
        """Make a visitor's cart yours after signing in: only then it can be bought."""
        key, of = idempotency_key(input.idempotency_key), named(input.cart_id, input.token)
        return _told(info, await resolvers.claim(info.context, of, key))
