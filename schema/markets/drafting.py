"""A market is drafted after another, with its own words and rules."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Self, cast

import strawberry
from strawberry.scalars import JSON

from domain.markets.drafting import Words
from domain.money import Currency
from resolvers.context import BadInput
from resolvers.markets import drafting
from schema.common import ONCE, Info, MarketCode, idempotency_key
from schema.markets import Market
from schema.markets.problems import (
    TEAM,
    MarketExists,
    MissingTranslation,
    RuleInvalid,
    RuleOverlap,
    SourceRequired,
    said,
)
from schema.markets.rules import For, Kind
from schema.rules import ruled

if TYPE_CHECKING:
    from models.markets.drafting import Recorded


@ruled(TEAM)
@strawberry.type
class MarketText:
    """What a market says in a language, and who decided it."""

    key: str = strawberry.field(description="Such as `withdrawal.notice`.")
    language: str = strawberry.field(description="BCP 47 language.")
    text: str = strawberry.field(description="The text.")
    source: str = strawberry.field(description="Who decided it, or which law.")
    recorded_at: datetime = strawberry.field(description="When it was set.")

    @classmethod
    def of(cls, row: "Recorded") -> Self:
        return cls(
            key=row.key,
            language=row.language,
            text=row.text,
            source=row.source,
            recorded_at=row.recorded_at,
        )


@strawberry.input
class MarketTextInput:
    """A text in a language of the market."""

    key: str = strawberry.field(
        description="`checkout.order_button` `guarantee.notice` `legal.terms` "
        "`withdrawal.notice` or `support.contact`."
    )
    language: str = strawberry.field(description="One of the market's languages.")
    text: str = strawberry.field(description="10000 characters.")
    source: str = strawberry.field(description="Who decided it, or which law; 500 characters.")

    @property
    def given(self) -> Words:
        """The same as the use case takes it."""
        return Words(self.key, self.language, self.text, self.source)


@strawberry.input
class DraftRuleInput:
    """A rule that the market brings; it is unverified until `succeedRule` verifies it."""

    kind: Kind = strawberry.field(description="What it is about.")
    country: str = strawberry.field(description="A country of the market.")
    valid_from: date = strawberry.field(description="First day.")
    value: JSON = strawberry.field(description="In the shape of its kind.")
    source: str = strawberry.field(description="Who says so.")
    valid_to: date | None = strawberry.field(default=None, description="Day after the last.")
    category: str | None = strawberry.field(default=None, description="Category or language.")
    audience: For = strawberry.field(default=For.ANY, description="Whom it is for.")

    @property
    def given(self) -> drafting.GivenRule:
        """The same as the use case takes it. Raises: BadInput for a value that is no object."""
        found: Any = self.value
        if not isinstance(found, dict):
            raise BadInput("`value` is an object.", argument="value")
        value = cast("Mapping[str, Any]", found)
        window = self.valid_from, self.valid_to
        place = self.kind, self.country, self.category, self.audience
        return drafting.GivenRule(*place, *window, value, self.source)


@strawberry.input
class DraftMarketInput:
    """The market that is wanted. Units, tax display and feeds' encoding are the template's."""

    code: str = strawberry.field(description="Two capital letters.")
    template: str = strawberry.field(description="Code of a market that it is drafted after.")
    countries: list[str] = strawberry.field(description="ISO 3166-1 alpha-2 codes, 1 to 50.")
    currency: Currency = strawberry.field(description="Currency of every price.")
    languages: list[str] = strawberry.field(description="BCP 47 languages, the usual one first.")
    locales: list[str] = strawberry.field(description="Such as `fr-LU`, the usual one first.")
    time_zone: str = strawberry.field(description="IANA zone.")
    service_fee: Decimal = strawberry.field(description="Fee of an item, in the currency.")
    source: str = strawberry.field(description="Who decided it.")
    idempotency_key: str = strawberry.field(description=ONCE)
    texts: list[MarketTextInput] = strawberry.field(
        default_factory=list, description="Each key in every language; at most 100."
    )
    rules: list[DraftRuleInput] = strawberry.field(
        default_factory=list, description="Of its countries; at most 100."
    )


@strawberry.input
class SetMarketTextInput:
    """What a market says."""

    market: str = strawberry.field(description="Code of the market.")
    texts: list[MarketTextInput] = strawberry.field(description="1 to 100.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(TEAM)
@strawberry.type
class MarketDrafted:
    """The market: nobody sees it yet."""

    market: Market = strawberry.field(description="The market.")


@ruled(TEAM)
@strawberry.type
class MarketTextSet:
    """What the market says now."""

    texts: list[MarketText] = strawberry.field(description="By key and language. At most 500.")


DraftMarketResult = Annotated[
    MarketDrafted | MarketExists | SourceRequired | MissingTranslation | RuleOverlap | RuleInvalid,
    strawberry.union("DraftMarketResult", description="The market, or a refusal."),
]
SetMarketTextResult = Annotated[
    MarketTextSet | SourceRequired,
    strawberry.union("SetMarketTextResult", description="The texts, or a refusal."),
]


@strawberry.type
class DraftingQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": TEAM})
    async def market_texts(self, info: Info, market: MarketCode) -> list[MarketText]:
        """What a market says in its languages, for its team. At most 500."""
        return [MarketText.of(each) for each in await drafting.texts(info.context, market)]


@strawberry.type
class DraftingMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": TEAM})
    async def draft_market(
        self,
        info: Info,
        input: Annotated[DraftMarketInput, strawberry.argument(description="The market.")],
    ) -> DraftMarketResult:
        """Draft a market after another. Country teams of all markets only.

        `marketReadiness` tells what it still lacks; `openMarket` opens it.
        """
        order = drafting.Order(
            code=input.code,
            template=input.template,
            countries=input.countries,
            currency=input.currency,
            languages=input.languages,
            locales=input.locales,
            time_zone=input.time_zone,
            service_fee=input.service_fee,
            source=input.source,
            texts=[each.given for each in input.texts],
            rules=[each.given for each in input.rules],
        )
        key = idempotency_key(input.idempotency_key)
        match await drafting.draft(info.context, order, key):
            case drafting.Exists():
                return MarketExists(**said(info, "MARKET_EXISTS", "code"))
            case drafting.NoSource(path):
                return SourceRequired(**said(info, "SOURCE_REQUIRED", *path.split(".")))
            case drafting.Untranslated(keys):
                told = said(info, "MISSING_TRANSLATION", "texts")
                return MissingTranslation(**told, keys=list(keys))
            case drafting.Overlap(ids):
                told = said(info, "RULE_OVERLAP", "rules")
                return RuleOverlap(**told, ids=[strawberry.ID(each) for each in ids])
            case drafting.InvalidRule(index, field):
                told = said(info, "RULE_INVALID", "rules", str(index), field)
                return RuleInvalid(**told, index=index, field=field)
            case found:
                return MarketDrafted(market=Market.of(found))

    @strawberry.mutation(metadata={"rule": TEAM})
    async def set_market_text(
        self,
        info: Info,
        input: Annotated[SetMarketTextInput, strawberry.argument(description="The texts.")],
    ) -> SetMarketTextResult:
        """Set what a market says in its languages. The market's team only. Safe to repeat."""
        key = idempotency_key(input.idempotency_key)
        words = [each.given for each in input.texts]
        found = await drafting.set_text(info.context, input.market, words, key)
        if isinstance(found, drafting.NoSource):
            return SourceRequired(**said(info, "SOURCE_REQUIRED", *found.path.split(".")))
        return MarketTextSet(texts=[MarketText.of(each) for each in found])
