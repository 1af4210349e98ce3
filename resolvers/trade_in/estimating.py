"""What a device is worth now, what it will be worth, and whether to part with it at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.trade_in import TradeInGrade
from domain.trade_in.advice import Advice, Keeping, advice_of, keeping
from domain.trade_in.decay import Decay, curve, decay_of
from domain.trade_in.questionnaire import Questionnaire
from domain.trade_in.ranking import Valued, ranked
from models.trade_in import bids
from models.trade_in.bids import Competition, Live
from models.trade_in.reference import Reference, reference
from resolvers.context import NOT_KEPT, Context, depends
from resolvers.trade_in.declaring import Declared, declare
from resolvers.trade_in.refusals import Refusal

LEAST_BIDS = 1


@dataclass(frozen=True, slots=True)
class NotEnoughData:
    """Fewer bids than a value is read from."""

    n: int
    least: int = LEAST_BIDS


@dataclass(frozen=True, slots=True)
class Band:
    """What merchants would pay: of what can be expected of their bids, the least and the most.

    Units: minor units. `best` is what is expected of the bid that ranks first, `most_minor` the
    highest amount that anybody bids.
    """

    low_minor: int
    high_minor: int
    best_minor: int
    most_minor: int
    n: int


@dataclass(frozen=True, slots=True)
class Value:
    """What a device of a variant and grade is worth in a market, and how that goes on.

    Shapes: `points` are months from now, each with the value then; none where there is no value or
    nothing is known of how it falls.
    """

    market: str
    currency: str
    grade: TradeInGrade
    band: Band | NotEnoughData
    points: Sequence[tuple[int, int]]
    decay: Decay | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with what else to know before selling."""

    variant_id: UUID
    questionnaire: Questionnaire
    value: Value
    advice: Advice
    keeping: Keeping | None
    keeping_source: str | None


async def estimate(
    ctx: Context, market: str, variant_id: UUID, answers: Sequence[tuple[str, str]]
) -> Estimate | Refusal:
    """What a device is worth. Nothing is written, and nobody need say who asks.

    Refuses, raises: as `declare`.
    """
    depends(NOT_KEPT)
    found = await declare(ctx, market, variant_id, answers)
    if isinstance(found, Refusal):
        return found
    [live] = await bids.live([competition_of(found)], ctx.now)
    known = await reference()
    value = value_of(ctx, known, found, live)
    new_g, source = known.keeping.get(found.device.category, (None, None))
    age = months_since(found.device.released, ctx.now.date())
    kept = keeping(new_g, age)
    return Estimate(
        found.device.variant_id,
        found.asked.questionnaire,
        value,
        advice_of(found.grade),
        kept,
        source if kept else None,
    )


def competition_of(found: Declared) -> Competition:
    """What merchants bid for, of a declared device."""
    return Competition(found.device.variant_id, found.grade, found.market.code)


def value_of(ctx: Context, known: Reference, found: Declared, live: Sequence[Live]) -> Value:
    """The value of a declared device, of the bids that stand."""
    place = (found.market.code, found.market.currency, found.device.category)
    return value(ctx, known, place, found.device.brand_code, found.grade, live)


def value(
    ctx: Context,
    known: Reference,
    place: tuple[str, str, str],
    brand: str,
    grade: TradeInGrade,
    live: Sequence[Live],
) -> Value:
    """The value that bids come to; `place` is a market, its currency and a category."""
    market, currency, category = place
    band = band_of(ranked([each.bid for each in live]))
    falls = decay_of(known.decay, category, market, brand)
    points: Sequence[tuple[int, int]] = ()
    if isinstance(band, Band) and falls is not None:
        points = curve(band.best_minor, falls.monthly_bp)
    return Value(market, currency, grade, band, points, falls if points else None, ctx.now)


def band_of(valued: Sequence[Valued]) -> Band | NotEnoughData:
    """The band of ranked bids."""
    if len(valued) < LEAST_BIDS:
        return NotEnoughData(len(valued))
    expected = [each.expected_minor for each in valued]
    most = max(each.bid.amount_minor for each in valued)
    return Band(min(expected), max(expected), expected[0], most, len(valued))


def months_since(released: date | None, on: date) -> int | None:
    """Whole months since a model came out; None where that is not known."""
    if released is None or released > on:
        return None
    return 12 * (on.year - released.year) + on.month - released.month
