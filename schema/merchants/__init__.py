"""What the public sees of a merchant."""

from datetime import date
from typing import TYPE_CHECKING, Self
from uuid import UUID

import strawberry

from domain.merchants import MerchantKind
from domain.merchants.traders import FactState, LackCode, TraderField
from resolvers.quality import traders
from schema.common import Info
from schema.rules import PUBLIC, ruled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.merchants.traders import Fact

strawberry.enum(MerchantKind, description="What kind of seller a merchant is.")
strawberry.enum(TraderField, description="A fact of a trader.")
strawberry.enum(FactState, description="How far a fact can be relied on.")
strawberry.enum(LackCode, description="Why a fact does not count.")


@ruled(PUBLIC)
@strawberry.type
class Trader:
    """Who a merchant is before the law; `null` is what it did not say.

    Source: Regulation (EU) 2022/2065 art. 30(7).
    """

    name: str | None = strawberry.field(description="Its name.")
    street: str | None = strawberry.field(description="Street and number.")
    postal_code: str | None = strawberry.field(description="Postcode.")
    city: str | None = strawberry.field(description="Town.")
    country: str | None = strawberry.field(description="ISO 3166-1 alpha-2.")
    phone: str | None = strawberry.field(description="With its country.")
    email: str | None = strawberry.field(description="Where it can be written to.")
    register: str | None = strawberry.field(description="Trade register; `NONE`: it is in none.")
    register_number: str | None = strawberry.field(description="Its number there.")
    self_certification: str | None = strawberry.field(
        description="`COMPLIANT_GOODS_ONLY`: it committed to lawful goods."
    )
    unchecked: list[TraderField] = strawberry.field(
        description="What nobody compared with a source yet, or what did not hold. At most 10."
    )

    @classmethod
    def of(cls, facts: "Mapping[TraderField, Fact]", day: date) -> Self:
        said = {field.value.lower(): fact.value for field, fact in facts.items()}
        names = [field for field in cls.__annotations__ if field != "unchecked"]
        open_ = [f for f, fact in facts.items() if fact.on(day) is not FactState.VERIFIED]
        return cls(**{name: said.get(name) for name in names}, unchecked=sorted(open_))


@ruled(PUBLIC)
@strawberry.type
class MerchantCard:
    """The seller of record: who refurbished the device, invoices and ships it."""

    name: str = strawberry.field(description="Name in the shop.")
    legal_name: str = strawberry.field(description="Name of the company.")
    kind: MerchantKind = strawberry.field(description="Workshop, factory, brand …")
    country: str = strawberry.field(description="Country of the company, ISO 3166-1 alpha-2.")
    since: date | None = strawberry.field(description="Day since which it sells here.")
    id: strawberry.Private[UUID]

    @strawberry.field
    async def trader(self, info: Info) -> Trader:
        """Who that is before the law: address, register, what was checked."""
        facts = await traders.shown(info.context, self.id)
        return Trader.of(facts, info.context.now.date())
