"""How offers are ranked in a market, in plain words and in numbers."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

import strawberry

from domain.catalog import Grade
from domain.ranking.disclosure import EXCLUDED, text
from resolvers.catalog import language
from resolvers.ranking import disclosure as resolvers
from schema.common import Info, Locale, MarketCode
from schema.rules import PUBLIC, ruled

if TYPE_CHECKING:
    from domain.ranking.disclosure import Disclosure, Upcoming, Weighed


@ruled(PUBLIC)
@strawberry.type
class RankingParameter:
    """One parameter and how much it weighs."""

    key: str = strawberry.field(description="Stable word for programs.")
    weight_bp: int = strawberry.field(
        description="The most that it adds; 100 are worth about one percent of the price."
    )
    share_bp: int = strawberry.field(description="Its share of all weights, of 10,000.")

    @strawberry.field
    def explanation(self, locale: Locale = "en") -> str:
        """What it looks at, in plain words."""
        return text(self.key, language(locale))

    @classmethod
    def of(cls, row: "Weighed") -> Self:
        return cls(key=row.key, weight_bp=row.weight_bp, share_bp=row.share_bp)


@ruled(PUBLIC)
@strawberry.type
class RankingExclusion:
    """Something that plays no part."""

    key: str = strawberry.field(description="Stable word for programs.")

    @strawberry.field
    def explanation(self, locale: Locale = "en") -> str:
        """The same in plain words."""
        return text(self.key, language(locale))


@ruled(PUBLIC)
@strawberry.type
class GradeWorth:
    """What a grade counts for where offers of several grades are compared."""

    grade: Grade = strawberry.field(description="The grade.")
    worth_bp: int = strawberry.field(description="`GOOD` is 10,000.")


@ruled(PUBLIC)
@strawberry.type
class UpcomingRanking:
    """What was published and is not in force yet."""

    model_id: str = strawberry.field(description="Its version.")
    valid_from: datetime = strawberry.field(description="When it begins.")
    parameters: list[RankingParameter] = strawberry.field(
        description="By weight, the largest first. At most 10."
    )
    changes: list[str] = strawberry.field(description="Keys that weigh otherwise. At most 10.")

    @classmethod
    def of(cls, row: "Upcoming") -> Self:
        return cls(
            model_id=row.model_id,
            valid_from=row.valid_from,
            parameters=[RankingParameter.of(each) for each in row.parameters],
            changes=list(row.changes),
        )


@ruled(PUBLIC)
@strawberry.type
class RankingDisclosure:
    """The main parameters of the ranking of a market, made from the model that ranks."""

    market: str = strawberry.field(description="Code of the market.")
    model_id: str = strawberry.field(description="Version that ranks now.")
    valid_from: datetime = strawberry.field(description="Since when.")
    parameters: list[RankingParameter] = strawberry.field(
        description="By weight, the largest first. At most 10."
    )
    quality: list[RankingParameter] = strawberry.field(
        description="What the quality index is made of. At most 10."
    )
    excluded: list[RankingExclusion] = strawberry.field(
        description="What plays no part, and so cannot be bought. At most 20."
    )
    paid_influence: bool = strawberry.field(description="Always `false`.")
    lowest_merit: int = strawberry.field(description="Of the worst offer that there can be.")
    highest_merit: int = strawberry.field(description="Of the best one.")
    band_bp: int = strawberry.field(description="How near the first an offer shares its place.")
    max_sharers: int = strawberry.field(description="How many offers share it at most.")
    lead_share_bp: int = strawberry.field(description="Share of the time of the first.")
    grades: list[GradeWorth] = strawberry.field(description="Best first. At most 10.")
    notice_days: int = strawberry.field(
        description="Days before a change of parameters at which merchants are told."
    )
    upcoming: UpcomingRanking | None = strawberry.field(description="What changes next.")

    @strawberry.field
    def responsibility(self, locale: Locale = "en") -> str:
        """Who sells, and who does what."""
        return text("SELLER", language(locale))

    @strawberry.field
    def review_verification(self, locale: Locale = "en") -> str:
        """Where reviews come from."""
        return text("REVIEWS", language(locale))

    @classmethod
    def of(cls, row: "Disclosure") -> Self:
        return cls(
            market=row.market,
            model_id=row.model_id,
            valid_from=row.valid_from,
            parameters=[RankingParameter.of(each) for each in row.parameters],
            quality=[RankingParameter.of(each) for each in row.quality],
            excluded=[RankingExclusion(key=key) for key in EXCLUDED],
            paid_influence=False,
            lowest_merit=row.reach.lowest,
            highest_merit=row.reach.highest,
            band_bp=row.band_bp,
            max_sharers=row.max_sharers,
            lead_share_bp=row.lead_share_bp,
            grades=[GradeWorth(grade=grade, worth_bp=worth) for grade, worth in row.grades],
            notice_days=resolvers.NOTICE_DAYS,
            upcoming=UpcomingRanking.of(row.upcoming) if row.upcoming else None,
        )


@strawberry.type
class RankingDisclosureQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PUBLIC})
    async def ranking_disclosure(self, info: Info, market: MarketCode) -> RankingDisclosure | None:
        """How offers are ranked in a market: parameters, weights, what cannot be bought."""
        found = await resolvers.disclosure(info.context, market)
        return RankingDisclosure.of(found) if found else None
