"""What a refurbished device avoids against a new one, and what it does not."""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Self

import strawberry

from domain.impact import (
    AgeEvidence,
    Figures,
    ImpactGrade,
    ImpactReason,
    ImpactStatus,
    Indicator,
    Item,
    Range,
    RBasis,
)
from domain.impact.breakdown import Share
from domain.impact.shown import shown, stored
from resolvers import catalog
from resolvers import impact as resolvers
from resolvers.catalog import language
from resolvers.context import BadInput
from resolvers.impact import Listed, Said
from resolvers.impact.claims import claim as claim_in
from schema.common import Info, Locale, Slug
from schema.rules import PUBLIC, ruled

InClaimMarket = Annotated[
    str | None,
    strawberry.argument(description="Market whose rules of the day the words have to pass."),
]

strawberry.enum(
    Indicator,
    description="`GWP` kg CO2e, `RAW` kg of raw material, `WATER` l, `EWASTE` g of waste.",
)
strawberry.enum(ImpactStatus, description="What may be said; only `FAVOURABLE` has a claim.")
strawberry.enum(ImpactReason, description="Why no more may be said.")
strawberry.enum(ImpactGrade, description="How well a figure is founded; `A` is the best.")
strawberry.enum(RBasis, description="How the refurbishing was counted.")
strawberry.enum(AgeEvidence, description="What shows the years of the first life.")

InIndicator = Annotated[Indicator, strawberry.argument(description="What is counted.")]
KeptYears = Annotated[int, strawberry.argument(description="Years: 1 to 40.")]


@ruled(PUBLIC)
@strawberry.type
class ImpactValue:
    """A figure: exact for programs, and as people read it."""

    value: Decimal = strawberry.field(description="At six places.")
    display: str = strawberry.field(description="Two significant digits: nothing is more certain.")

    @classmethod
    def of(cls, value: Decimal) -> Self:
        return cls(value=stored(value), display=shown(value))

    @classmethod
    def maybe(cls, value: Decimal | None) -> Self | None:
        return None if value is None else cls.of(value)


@ruled(PUBLIC)
@strawberry.type
class ImpactShare:
    """One part of the net service; what is taken off is negative."""

    name: str = strawberry.field(
        description="`NEW_DEVICE` (`SERVICE` where only that was published), `REFURBISHING`, "
        "`FIRST_LIFE`, `REBOUND`, or what is on top, such as `PART_BATTERY` `LEG_VAN_DIESEL`."
    )
    value: ImpactValue = strawberry.field(description="Parts sum to the net service.")

    @classmethod
    def of(cls, row: Share) -> Self:
        return cls(name=row.name, value=ImpactValue.of(row.value))


@ruled(PUBLIC)
@strawberry.type
class ImpactService:
    """The years of use that the second life gives, against the same years of new devices."""

    gross: ImpactValue = strawberry.field(description="Before rebound.")
    net: ImpactValue = strawberry.field(description="After rebound: what may be added up.")

    @classmethod
    def of(cls, point: Figures) -> Self:
        return cls(gross=ImpactValue.of(point.gross), net=ImpactValue.of(point.net))


@ruled(PUBLIC)
@strawberry.type
class ImpactPerYear:
    """One year of use. `null` where the study knows the difference alone."""

    new: ImpactValue | None = strawberry.field(description="Of a new device.")
    refurbished: ImpactValue | None = strawberry.field(description="Of a refurbished one.")
    benefit: ImpactValue | None = strawberry.field(description="New less refurbished.")


@ruled(PUBLIC)
@strawberry.type
class ImpactRange:
    """The net service in ten thousand draws; `p50` is the headline."""

    p05: ImpactValue = strawberry.field(description="5 of 100 draws are below.")
    p50: ImpactValue | None = strawberry.field(description="The median; `null`: not shown.")
    p95: ImpactValue = strawberry.field(description="95 of 100 draws are below.")

    @classmethod
    def of(cls, drawn: Range) -> Self:
        return cls(
            p05=ImpactValue.of(drawn.p05),
            p50=ImpactValue.maybe(drawn.p50),
            p95=ImpactValue.of(drawn.p95),
        )

    @classmethod
    def maybe(cls, drawn: Range | None) -> Self | None:
        return None if drawn is None else cls.of(drawn)


@ruled(PUBLIC)
@strawberry.type
class ImpactFactorSet:
    """The values that a result rests on. They never change."""

    id: str = strawberry.field(description="Its name.")
    sha256: str = strawberry.field(description="Hash of its canonical form.")


@ruled(PUBLIC)
@strawberry.type
class ImpactLine:
    """One thing that was declared, and counted on top of the mean refurbishing."""

    name: str = strawberry.field(
        description="The factor: `PART_BATTERY`, `LEG_VAN_DIESEL`, `WORKSHOP` or alike."
    )
    value: ImpactValue = strawberry.field(description="kg CO2e.")
    grade: ImpactGrade = strawberry.field(description="How well its factor is founded.")


@ruled(PUBLIC)
@strawberry.type
class ImpactResult:
    """What may be said of a device, and all that it rests on."""

    status: ImpactStatus = strawberry.field(description="What may be said.")
    reasons: list[ImpactReason] = strawberry.field(description="Why no more. At most 3.")
    indicator: Indicator = strawberry.field(description="What is counted.")
    unit: str = strawberry.field(description="Unit of all figures.")
    said: strawberry.Private[Said]
    served: strawberry.Private[ImpactService | None]
    spread: strawberry.Private[ImpactRange | None]

    @strawberry.field
    def device_for_device(self) -> ImpactValue | None:
        """What one new device costs that is not made. Never the whole story: see `service`."""
        point = self._point()
        return None if point is None else ImpactValue.maybe(point.device_for_device)

    @strawberry.field
    def service(self) -> ImpactService | None:
        """What the second life avoids."""
        return self.served

    @strawberry.field
    def per_year(self) -> ImpactPerYear | None:
        """The same for one year of use."""
        point = self._point()
        if point is None:
            return None
        return ImpactPerYear(
            new=ImpactValue.maybe(point.new_y),
            refurbished=ImpactValue.maybe(point.refurbished_y),
            benefit=ImpactValue.maybe(point.benefit_y),
        )

    @strawberry.field
    def whole_life_per_year(self) -> ImpactValue | None:
        """A year of both lives of one device together."""
        point = self._point()
        return None if point is None else ImpactValue.maybe(point.whole_life_y)

    @strawberry.field
    def breakdown(self) -> list[ImpactShare]:
        """What the net service is made of, to the last digit; none without one. At most 20."""
        return [ImpactShare.of(row) for row in self.said.breakdown()][:20]

    @strawberry.field
    def keep_per_year(self, years: KeptYears) -> ImpactValue | None:
        """A year of a new device that is kept so long: keeping a working device is best."""
        if not 1 <= years <= 40:
            raise BadInput("`years` are 1 to 40.", argument="years")
        return None if self.said.hidden else ImpactValue.maybe(self.said.keep(Decimal(years)))

    @strawberry.field
    def break_even_years(self) -> ImpactValue | None:
        """First life from which a device is better than a new one; `null`: none is."""
        point = self._point()
        return None if point is None else ImpactValue.maybe(point.break_even)

    @strawberry.field
    def range(self) -> ImpactRange | None:
        """How far the net service may lie from the point."""
        return self.spread

    @strawberry.field
    def share_not_positive(self) -> Decimal | None:
        """Share of the draws without a benefit."""
        return None if self.said.hidden else self.said.result.share_not_positive

    @strawberry.field
    def grade(self) -> ImpactGrade | None:
        """How well it is founded."""
        return self.said.result.grade

    @strawberry.field
    def reduced(self) -> bool:
        """Whether a short first life made it less."""
        return self.said.result.reduced

    @strawberry.field
    def first_life_years(self) -> Decimal | None:
        """Years of the first life that were taken."""
        return self.said.result.first_life

    @strawberry.field
    def first_life_evidence(self) -> AgeEvidence | None:
        """What shows them."""
        return self.said.result.evidence

    @strawberry.field
    def r_basis(self) -> RBasis | None:
        """How the refurbishing was counted."""
        return self.said.result.r_basis

    @strawberry.field
    def parts(self) -> list[ImpactLine]:
        """Parts and accessories that were counted, each with what it weighs. At most 40."""
        return [_line(each) for each in self._items() if not each.way][:40]

    @strawberry.field
    def legs(self) -> list[ImpactLine]:
        """Ways, packaging and energy that were counted. At most 40."""
        return [_line(each) for each in self._items() if each.way][:40]

    @strawberry.field
    def assumptions(self) -> list[str]:
        """What was assumed for want of knowledge. At most 5."""
        return list(self.said.result.assumptions)

    @strawberry.field
    def factor_set(self) -> ImpactFactorSet:
        """The values that it rests on."""
        found = self.said.result
        return ImpactFactorSet(id=found.factor_set, sha256=found.factor_set_sha256)

    @strawberry.field
    def method(self) -> str:
        """The method, which never changes under one name."""
        return self.said.result.method

    @strawberry.field
    def computed_on(self) -> date:
        """The day it holds for."""
        return self.said.on

    @strawberry.field
    async def claim(self, locale: Locale = "en", market: InClaimMarket = None) -> str | None:
        """What may be said in words; `null` unless `FAVOURABLE`, and where rules forbid it."""
        lang = language(locale)
        return await claim_in(self.said, lang, market) if market else self.said.claim(lang)

    def _items(self) -> tuple[Item, ...]:
        return () if self.said.hidden else self.said.result.items

    def _point(self) -> Figures | None:
        return None if self.said.hidden else self.said.result.figures

    @classmethod
    def of(cls, said: Said) -> Self:
        found = said.result
        point = None if said.hidden else found.figures
        drawn = None if said.hidden else found.net_range
        return cls(
            status=found.status,
            reasons=list(found.reasons),
            indicator=found.indicator,
            unit=found.unit,
            said=said,
            served=None if point is None else ImpactService.of(point),
            spread=ImpactRange.maybe(drawn),
        )


def _line(item: Item) -> ImpactLine:
    return ImpactLine(name=item.name, value=ImpactValue.of(item.kg), grade=item.grade)


def impact_of(
    info: Info,
    category: str,
    released_on: date | None,
    indicator: Indicator,
    *,
    battery_new: bool = False,
) -> ImpactResult:
    """What may be said of the devices of a listing today."""
    listed = Listed(category, released_on, battery_new)
    return _kept(listed, indicator, info.context.now.date())


@lru_cache(maxsize=8192)
def _kept(listed: Listed, indicator: Indicator, on: date) -> ImpactResult:
    """Equal listings of a day say the same: a page of them is written once."""
    return ImpactResult.of(resolvers.of_listing(listed, indicator, on))


@strawberry.type
class ImpactQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PUBLIC})
    async def product_impact(
        self, info: Info, slug: Slug, indicator: InIndicator = Indicator.GWP
    ) -> ImpactResult | None:
        """What refurbished devices of a model avoid; `null` for an unknown slug."""
        row = await catalog.product(slug)
        return impact_of(info, row.category, row.release_date, indicator) if row else None
