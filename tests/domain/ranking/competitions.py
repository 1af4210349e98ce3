"""The competitions of the golden values, and random ones for the laws."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from hypothesis import strategies as st

from domain.markets import DispatchScope
from domain.merchants.quality import QualityMetric, Sample, prior_bp
from domain.ranking.model import DEFAULT_PARAMETERS, RankingParameters
from domain.ranking.score import Competitor

LISTED = datetime(2026, 5, 1, 12, tzinfo=UTC)
PARAMETERS = DEFAULT_PARAMETERS
PRIOR = prior_bp()
VARIANT = UUID("01890000-0000-7000-8000-000000000001")

IN_MARKET = DispatchScope.IN_MARKET
SAME_AREA = DispatchScope.SAME_CUSTOMS_AREA
ELSEWHERE = DispatchScope.ELSEWHERE

NEUTRAL = Competitor(
    offer_id=UUID(int=1),
    merchant_id=UUID(int=1001),
    item_minor=30000,
    shipping_minor=0,
    service_fee_minor=0,
    levies_minor=0,
    duties_minor=0,
    quality_bp=PRIOR,
    days=7,
    warranty_months=12,
    battery_new=False,
    battery_health=None,
    scope=ELSEWHERE,
    listed_at=LISTED,
)


def competitor(number: int, **facts: object) -> Competitor:
    """A neutral offer of a merchant of its own, with the facts that a test is about."""
    own = replace(NEUTRAL, offer_id=UUID(int=number), merchant_id=UUID(int=1000 + number))
    return replace(own, **facts)  # type: ignore[arg-type]


def _french(number: int, item: int, quality: int, days: int, **facts: object) -> Competitor:
    return competitor(
        number, item_minor=item, service_fee_minor=149, quality_bp=quality, days=days, **facts
    )


A = _french(1, 28900, 2926, 8)
B = _french(2, 30500, 8658, 3, warranty_months=24, scope=IN_MARKET)
C = _french(3, 29900, 6518, 4, scope=IN_MARKET)
D = _french(4, 28800, 6060, 5, shipping_minor=490, battery_health=92, scope=SAME_AREA)
G1 = (A, B, C, D)

E = _french(5, 30100, 6700, 4, scope=IN_MARKET)
F = _french(6, 29800, 6200, 4, scope=IN_MARKET)
G = _french(7, 30390, 6900, 4, scope=IN_MARKET)
G3 = (C, E, G, F)

J1 = competitor(8, item_minor=45800, quality_bp=5200, days=6)
J2 = competitor(
    9,
    item_minor=46900,
    shipping_minor=550,
    quality_bp=7800,
    days=2,
    warranty_months=24,
    battery_new=True,
    scope=IN_MARKET,
)


def samples(*counts: tuple[int | Fraction, int]) -> dict[QualityMetric, Sample]:
    """The samples of the six metrics, in their order."""
    return {m: Sample.of(x, n) for m, (x, n) in zip(QualityMetric, counts, strict=True)}


ALPHA = samples((84, 1200), (39, 1300), (130, 1250), (72, 400), (1950, 500), (6, 9))
BRAVO = samples((16, 800), (4, 820), (12, 816), (6, 150), (1380, 300), (10, 10))
DELTA = samples((20, 500), (10, 520), (30, 510), (12, 120), (860, 200), (4, 5))


@st.composite
def competitors(draw: st.DrawFn, low: int = 2, high: int = 7) -> list[Competitor]:
    """Random competitions: few merchants, narrow prices, so that ties and bands are met."""
    size = draw(st.integers(low, high))
    found = []
    for number in range(1, size + 1):
        found.append(
            competitor(
                number,
                merchant_id=UUID(int=1000 + draw(st.integers(1, size))),
                item_minor=draw(st.integers(1, 40) | st.integers(20000, 30000)),
                shipping_minor=draw(st.sampled_from([0, 490])),
                quality_bp=draw(st.integers(0, 10000)),
                days=draw(st.integers(0, 15)),
                warranty_months=draw(st.integers(12, 40)),
                battery_new=draw(st.booleans()),
                battery_health=draw(st.none() | st.integers(75, 100)),
                scope=draw(st.sampled_from(list(DispatchScope))),
                listed_at=LISTED + timedelta(days=draw(st.integers(0, 2))),
            )
        )
    return found


@st.composite
def parameters(draw: st.DrawFn) -> RankingParameters:
    """Random parameters that the ranking accepts."""
    return RankingParameters(
        quality_bp=draw(st.integers(0, 5000)),
        in_country_bp=draw(st.integers(0, 700)),
        delivery_bp=draw(st.integers(0, 700)),
        warranty_bp=draw(st.integers(0, 700)),
        battery_bp=draw(st.integers(0, 700)),
        max_sharers=draw(st.integers(1, 6)),
        band_bp=draw(st.integers(0, 1000)),
        lead_share_bp=draw(st.integers(5000, 10000)),
    )
