"""What a price is made of, of an offer and of what was ordered."""

from datetime import date, datetime
from typing import Annotated, Self

import strawberry

from domain.orders import parts as rules
from domain.orders.parts import PartKind
from domain.orders.tax_wording import message
from domain.orders.vat import LevyState
from resolvers.orders import parts as resolvers
from resolvers.orders.parts import Asked, Priced, Untold
from schema.common import Info, Locale, MarketCode, Money, row_id
from schema.markets.rules import SupposedRuleInput
from schema.orders.tax import SCHEME
from schema.rules import PUBLIC, ruled

strawberry.enum(PartKind, name="PricePartKind", description="What a part of a price is for.")
LEVY = "Of a levy: `DUE`, `EXEMPT`, or why its amount is not known; `null` of any other part."


@ruled(PUBLIC)
@strawberry.type
class PricePart:
    """A part of a price."""

    kind: PartKind = strawberry.field(description="What it is for.")
    amount: Money | None = strawberry.field(
        description="Without tax, where the tax is a part of its own; `null` where nobody knows: "
        "it is then in the goods."
    )
    state: LevyState | None = strawberry.field(description=LEVY)


@ruled(PUBLIC)
@strawberry.type
class PriceParts:
    """What a price is made of: the amounts of its parts sum to `gross`, to the last digit.

    Under the margin scheme no tax is shown: every part has its own inside.
    """

    gross: Money = strawberry.field(description="All that is paid.")
    net: Money | None = strawberry.field(
        description="Of what the merchant sells, without tax; `null` where it must not be shown."
    )
    tax: Money | None = strawberry.field(description="`null` where it must not be shown.")
    parts: list[PricePart] = strawberry.field(description="At most 12.")

    @classmethod
    def of(cls, found: rules.PriceParts) -> Self:
        currency = found.currency.value
        return cls(
            gross=Money.of(found.gross_minor, currency),
            net=Money.maybe(found.net_minor, currency),
            tax=Money.maybe(found.tax_minor, currency),
            parts=[
                PricePart(
                    kind=part.kind,
                    amount=Money.maybe(part.amount_minor, currency),
                    state=LevyState(part.state) if part.state else None,
                )
                for part in found.parts[:12]
            ],
        )


@ruled(PUBLIC)
@strawberry.type
class OfferPriceParts:
    """What the price of an offer is made of for a consumer who buys one piece."""

    scheme: str = strawberry.field(description=SCHEME)
    rate: str | None = strawberry.field(description="Per cent; `null` where it is not shown.")
    country: str | None = strawberry.field(description="Whose rate it is.")
    collected_by: str = strawberry.field(description="`MERCHANT` or `PLATFORM`.")
    notices: list[str] = strawberry.field(
        description="Codes of what to know before paying, as `VAT_NOT_DEDUCTIBLE`. At most 5."
    )
    rules: list[str] = strawberry.field(description="Ids of the rules used. At most 20.")
    verified: bool = strawberry.field(description="Whether they were compared with the law.")
    price: PriceParts = strawberry.field(description="The price and its parts.")

    @classmethod
    def of(cls, found: Priced) -> Self:
        tax, seen = found.tax, found.tax.shown()
        levies = [rule for part in tax.levies for rule in part.rule_ids]
        return cls(
            scheme=tax.name,
            rate=seen["rate"],
            country=seen["country"],
            collected_by=tax.collected_by,
            notices=list(tax.notices)[:5],
            rules=list(dict.fromkeys([*tax.rule_ids, *levies]))[:20],
            verified=tax.verified and all(part.verified for part in tax.levies),
            price=PriceParts.of(found.parts),
        )


@ruled(PUBLIC)
@strawberry.type
class PriceUntold:
    """The tax of an offer cannot be told: no other rule is taken instead."""

    code: str = strawberry.field(
        description="As `RULE_MISSING`, `RULE_UNVERIFIED`, `TAX_PROVIDER_REQUIRED`."
    )
    message: str = strawberry.field(description="One sentence for a person.")
    country: str | None = strawberry.field(description="Whose rule lacks, where it is one.")
    lacks: str | None = strawberry.field(
        description="Kind of the rule that is missing, or id of the one that may not be used."
    )

    @classmethod
    def of(cls, found: Untold) -> Self:
        facts = found.refused.facts
        return cls(
            code=found.refused.code.value,
            message=message(found.refused, found.language),
            country=facts.get("country"),
            lacks=facts.get("rule") or facts.get("kind"),
        )


OfferPriceResult = Annotated[
    OfferPriceParts | PriceUntold,
    strawberry.union("OfferPriceResult", description="The parts, or why they cannot be told."),
]


@strawberry.type
class PricePartsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PUBLIC})
    async def price_parts(
        self,
        info: Info,
        market: MarketCode,
        offers: Annotated[
            list[strawberry.ID], strawberry.argument(description="Ids of `Offer`s. At most 24.")
        ],
        country: Annotated[
            str | None,
            strawberry.argument(description="Of the market, where it goes; the first if not said."),
        ] = None,
        on: Annotated[
            date | None, strawberry.argument(description="The day of the sale; nothing is today.")
        ] = None,
        as_of: Annotated[
            datetime | None,
            strawberry.argument(description="By the rules recorded then; nothing means now."),
        ] = None,
        supposed: Annotated[
            list[SupposedRuleInput] | None,
            strawberry.argument(description="Rules to compute with as if they were. At most 20."),
        ] = None,
        locale: Locale = "en",
    ) -> list[OfferPriceResult | None]:
        """What the prices of offers are made of, on a day past or to come, by the rules of it.

        In the order asked for, at most 24; `null` for an offer that is not sold there. With
        `supposed` it is what if: another rate, another levy. Nothing is stored, and no order is
        taxed so.
        """
        asked = Asked(
            market=market,
            offers=[found for each in offers if (found := row_id(each, "Offer", "offers"))],
            country=country,
            on=on,
            as_of=as_of,
            locale=locale,
            supposed=[each.read() for each in supposed or ()],
        )
        return [_result(each) for each in await resolvers.offer_parts(info.context, asked)]


def _result(found: Priced | Untold | None) -> OfferPriceParts | PriceUntold | None:
    match found:
        case None:
            return None
        case Untold():
            return PriceUntold.of(found)
        case priced:
            return OfferPriceParts.of(priced)
