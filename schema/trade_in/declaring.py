"""What a person is asked of a device, and what it is worth."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self

import strawberry

from domain.trade_in import TradeInGrade
from domain.trade_in import programme as terms
from domain.trade_in import questionnaire as rules
from domain.trade_in.advice import Advice, explain
from domain.trade_in.advice import Keeping as Kept
from domain.trade_in.decay import LEAST_MODELS, DecayBasis
from domain.trade_in.programme import IdentityDocument, ProgrammeStatus
from resolvers.catalog import language
from resolvers.trade_in import declaring, estimating, programmes
from resolvers.trade_in.declaring import Asked
from resolvers.trade_in.estimating import NotEnoughData, Value
from resolvers.trade_in.refusals import Refusal
from schema.catalog import Variant, variant_of
from schema.common import Info, Locale, MarketCode, Money, row_id
from schema.rules import PUBLIC, ruled
from schema.trade_in.problems import (
    AnswerInput,
    AnswersInvalid,
    DeviceNotEligible,
    ProgrammeNotAvailable,
    problem_of,
    said,
)

Category = Annotated[
    str, strawberry.argument(description="Code of the category, such as `smartphone`.")
]
OfVariant = Annotated[strawberry.ID, strawberry.argument(description="The `id` of the variant.")]


@ruled(PUBLIC)
@strawberry.type
class TradeInProgramme:
    """By which terms a market buys devices of people."""

    market: str = strawberry.field(description="Code of the market.")
    category: str = strawberry.field(description="Code of the category; `*` is every one.")
    open: bool = strawberry.field(description="Whether devices are bought.")
    valid_from: date = strawberry.field(description="First day of these terms.")
    minimum_age: int = strawberry.field(description="Years that a person who sells must have.")
    identity_documents: list[IdentityDocument] = strawberry.field(
        description="What must be shown before money is paid. At most 10."
    )
    quote_days: int = strawberry.field(description="How long a quote stands.")
    label_days: int = strawberry.field(description="How long a label waits for its parcel.")
    decision_days: int = strawberry.field(
        description="How long a person has to answer a counter-offer or a suspension."
    )
    inspection_business_days: int = strawberry.field(
        description="How long a merchant has for the inspection."
    )
    source: str = strawberry.field(description="Who says so.")
    status: ProgrammeStatus = strawberry.field(description="`UNVERIFIED`: do not rely on it.")

    @classmethod
    def of(cls, row: terms.Programme) -> Self:
        same = {name: getattr(row, name) for name in terms.Programme.__slots__}
        same.pop("revision")
        return cls(**same | {"identity_documents": list(row.identity_documents)})


@ruled(PUBLIC)
@strawberry.type
class TradeInAnswer:
    """What can be answered."""

    code: str = strawberry.field(description="Send this.")
    best_grade: TradeInGrade | None = strawberry.field(
        description="The best grade that it leaves; `null` for any."
    )
    excluded: rules.NotEligible | None = strawberry.field(
        description="Why such a device is not bought."
    )
    row: strawberry.Private[rules.Answer]

    @strawberry.field
    def text(self, locale: Locale = "en") -> str:
        """The answer for a person."""
        return self.row.text(language(locale))

    @classmethod
    def of(cls, row: rules.Answer) -> Self:
        return cls(code=row.code, best_grade=row.best, excluded=row.excluded, row=row)


@ruled(PUBLIC)
@strawberry.type
class TradeInQuestion:
    """What is asked."""

    code: str = strawberry.field(description="Send this with an answer.")
    answers: list[TradeInAnswer] = strawberry.field(description="Best first. At most 20.")
    row: strawberry.Private[rules.Question]

    @strawberry.field
    def text(self, locale: Locale = "en") -> str:
        """The question for a person."""
        return self.row.text(language(locale))

    @strawberry.field
    def help(self, locale: Locale = "en") -> str | None:
        """How to find the answer."""
        return self.row.help(language(locale)) or None

    @classmethod
    def of(cls, row: rules.Question) -> Self:
        return cls(code=row.code, answers=[TradeInAnswer.of(a) for a in row.answers], row=row)


@ruled(PUBLIC)
@strawberry.type
class TradeInQuestionnaire:
    """What is asked of a category in a market. The grade is the best one that all answers leave."""

    id: strawberry.ID = strawberry.field(
        description="Category, market and version; quotes keep it."
    )
    category: str = strawberry.field(description="Code of the category.")
    version: int = strawberry.field(description="Grows with each change.")
    questions: list[TradeInQuestion] = strawberry.field(description="In order. At most 50.")
    programme: TradeInProgramme = strawberry.field(description="The terms.")

    @classmethod
    def of(cls, found: Asked) -> Self:
        asked = found.questionnaire
        return cls(
            id=strawberry.ID(asked.id),
            category=asked.category,
            version=asked.version,
            questions=[TradeInQuestion.of(each) for each in asked.questions],
            programme=TradeInProgramme.of(found.programme),
        )


@ruled(PUBLIC)
@strawberry.type
class TradeInBand:
    """What merchants pay for such a device now."""

    best: Money = strawberry.field(
        description="What can be expected of the bid that ranks first, counter-offers reckoned in."
    )
    low: Money = strawberry.field(description="The least that can be expected of a bid.")
    high: Money = strawberry.field(description="The most that can be expected of a bid.")
    highest_bid: Money = strawberry.field(description="The highest amount that anybody bids.")
    n: int = strawberry.field(description="How many bids.")


@ruled(PUBLIC)
@strawberry.type
class TradeInNotEnoughData:
    """Too little is known for a figure."""

    n: int = strawberry.field(description="How many cases there are.")
    min: int = strawberry.field(description="How many it takes.")


TradeInBandOrNot = Annotated[
    TradeInBand | TradeInNotEnoughData,
    strawberry.union("TradeInBandOrNot", description="The band, or why there is none."),
]


@ruled(PUBLIC)
@strawberry.type
class TradeInValuePoint:
    """A value some months from now."""

    months: int = strawberry.field(description="Months from now: 0, 1, 3, 6, 12.")
    value: Money = strawberry.field(description="What `band.best` would be then.")


@ruled(PUBLIC)
@strawberry.type
class TradeInCurve:
    """How a value falls, by a steady share a month."""

    points: list[TradeInValuePoint] = strawberry.field(description="At most 5.")
    basis: DecayBasis = strawberry.field(description="What the share is read from.")
    monthly_share: Decimal = strawberry.field(
        description="What is left of a value after a month: `0.9867`."
    )
    models: int = strawberry.field(description="How many models were looked at; 0: an assumption.")
    source: str = strawberry.field(description="Where the share is from.")
    as_of: datetime = strawberry.field(description="When it was measured or entered.")

    @strawberry.field
    def method(self, locale: Locale = "en") -> str:
        """How it was reckoned, for a person."""
        return _METHODS[language(locale)][self.basis is DecayBasis.DEFAULT]


_METHODS = {
    "en": {
        False: "The prices of models of one brand, by their age, fall by such a share a month: "
        f"least squares over {LEAST_MODELS} models or more. Nobody promises this value.",
        True: "An assumption of ours for such devices, for too few models have prices here. "
        "Nobody promises this value.",
    },
    "fr": {
        False: "Les prix des modèles d'une marque baissent avec l'âge d'une telle part par mois : "
        f"moindres carrés sur {LEAST_MODELS} modèles ou plus. Personne ne promet cette valeur.",
        True: "Une hypothèse de notre part, car trop peu de modèles ont un prix ici. Personne ne "
        "promet cette valeur.",
    },
}


@ruled(PUBLIC)
@strawberry.type
class TradeInValue:
    """What a device is worth."""

    grade: TradeInGrade = strawberry.field(description="The grade that the answers come to.")
    band: TradeInBandOrNot = strawberry.field(description="What merchants pay now.")
    curve: TradeInCurve | None = strawberry.field(
        description="How that goes on; `null` without a value now."
    )
    as_of: datetime = strawberry.field(description="When the bids were looked at.")

    @classmethod
    def of(cls, found: Value) -> Self:
        return cls(grade=found.grade, band=_band(found), curve=_curve(found), as_of=found.as_of)


def _band(found: Value) -> TradeInBand | TradeInNotEnoughData:
    band, money = found.band, found.currency
    if isinstance(band, NotEnoughData):
        return TradeInNotEnoughData(n=band.n, min=band.least)
    return TradeInBand(
        best=Money.of(band.best_minor, money),
        low=Money.of(band.low_minor, money),
        high=Money.of(band.high_minor, money),
        highest_bid=Money.of(band.most_minor, money),
        n=band.n,
    )


def _curve(found: Value) -> TradeInCurve | None:
    if found.decay is None:
        return None
    points = [
        TradeInValuePoint(months=months, value=Money.of(minor, found.currency))
        for months, minor in found.points
    ]
    return TradeInCurve(
        points=points,
        basis=found.decay.basis,
        monthly_share=Decimal(found.decay.monthly_bp).scaleb(-4),
        models=found.decay.models,
        source=found.decay.source,
        as_of=found.decay.as_of,
    )


@ruled(PUBLIC)
@strawberry.type
class KeepingFigures:
    """What making a device weighs on the climate, a year of its use."""

    years: int = strawberry.field(description="Since the model came out, begun years.")
    kg_per_year: Decimal = strawberry.field(description="kg CO2e a year, if used so long.")
    longer_years: int = strawberry.field(description="The same two years longer.")
    kg_per_year_longer: Decimal = strawberry.field(description="kg CO2e a year, if used so long.")
    source: str = strawberry.field(description="Where the weight of its making is from.")

    @classmethod
    def of(cls, found: Kept, source: str) -> Self:
        return cls(
            years=found.years,
            kg_per_year=Decimal(found.now_g).scaleb(-3),
            longer_years=found.longer_years,
            kg_per_year_longer=Decimal(found.longer_g).scaleb(-3),
            source=source,
        )


@ruled(PUBLIC)
@strawberry.type
class TradeInEstimate:
    """What a device is worth, and what else to know before selling. Nothing is kept of it."""

    market: str = strawberry.field(description="Code of the market.")
    questionnaire_id: strawberry.ID = strawberry.field(description="What was answered.")
    grade: TradeInGrade = strawberry.field(description="The grade that the answers come to.")
    value: TradeInValue = strawberry.field(description="What it is worth.")
    advice: Advice = strawberry.field(description="What we would do with it.")
    keeping: KeepingFigures | None = strawberry.field(
        description="What using it on does; `null` where nothing sourced is known."
    )
    found: strawberry.Private[estimating.Estimate]

    @strawberry.field
    async def variant(self, info: Info) -> Variant:
        """What it is."""
        return await variant_of(info, self.found.variant_id)

    @strawberry.field
    def advice_text(self, locale: Locale = "en") -> str:
        """The advice for a person."""
        return explain(self.advice, language(locale))

    @classmethod
    def of(cls, found: estimating.Estimate) -> Self:
        kept, source = found.keeping, found.keeping_source
        return cls(
            market=found.value.market,
            questionnaire_id=strawberry.ID(found.questionnaire.id),
            grade=found.value.grade,
            value=TradeInValue.of(found.value),
            advice=found.advice,
            keeping=KeepingFigures.of(kept, source) if kept and source else None,
            found=found,
        )


TradeInQuestionnaireResult = Annotated[
    TradeInQuestionnaire | ProgrammeNotAvailable | DeviceNotEligible,
    strawberry.union("TradeInQuestionnaireResult", description="The questions, or why none."),
]
TradeInEstimateResult = Annotated[
    TradeInEstimate | ProgrammeNotAvailable | AnswersInvalid | DeviceNotEligible,
    strawberry.union("TradeInEstimateResult", description="The estimate, or why there is none."),
]


@strawberry.type
class TradeInQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PUBLIC})
    async def trade_in_programmes(self, info: Info, market: MarketCode) -> list[TradeInProgramme]:
        """The terms by which a market buys devices of people; none where it does not. At most 50.

        Those of a category stand for it instead of those of every one, `*`.
        """
        found = await programmes.programmes(info.context, market)
        return [TradeInProgramme.of(row) for row in found]

    @strawberry.field(metadata={"rule": PUBLIC})
    async def trade_in_questionnaire(
        self, info: Info, market: MarketCode, category: Category
    ) -> TradeInQuestionnaireResult:
        """What a person is asked of a device of a category."""
        found = await declaring.questionnaire(info.context, market, category)
        if isinstance(found, Refusal):
            shape: TradeInQuestionnaireResult = problem_of(info, found, of_input=False)
            return shape
        return TradeInQuestionnaire.of(found)

    @strawberry.field(metadata={"rule": PUBLIC})
    async def trade_in_estimate(
        self,
        info: Info,
        market: MarketCode,
        variant_id: OfVariant,
        answers: Annotated[
            list[AnswerInput],
            strawberry.argument(description="An answer for each question. At most 50."),
        ],
    ) -> TradeInEstimateResult:
        """What a device is worth now and later, for anybody, at once; nothing is written."""
        variant = row_id(variant_id, "Variant", "variantId")
        if variant is None:
            raise LookupError(variant_id)
        found = await estimating.estimate(info.context, market, variant, said(answers))
        if isinstance(found, Refusal):
            shape: TradeInEstimateResult = problem_of(info, found, of_input=False)
            return shape
        return TradeInEstimate.of(found)
