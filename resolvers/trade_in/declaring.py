"""What a person says of a device: the questions of a market, and what the answers come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.markets import PauseScope
from domain.trade_in import TradeInGrade
from domain.trade_in.programme import Programme
from domain.trade_in.questionnaire import NotEligible, Questionnaire, Said, declared_grade
from models.announce import EVERYTHING
from models.markets import Market
from models.trade_in import bids
from models.trade_in.bids import Named
from models.trade_in.reference import Reference, reference
from resolvers.context import BadInput, Context, depends, stored_text
from resolvers.markets.selling import refuse, sold_in
from resolvers.trade_in.refusals import (
    PROGRAMME_NOT_AVAILABLE,
    Refusal,
    not_eligible,
    of_answers,
)

MOST_ANSWERS = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of a category in a market, and the terms by which it is bought there."""

    questionnaire: Questionnaire
    programme: Programme


@dataclass(frozen=True, slots=True)
class Declared:
    """A device as its owner describes it."""

    market: Market
    device: Named
    grade: TradeInGrade
    asked: Asked
    answers: Said


def today(ctx: Context, market: Market) -> date:
    """The day that it is in a market."""
    return ctx.now.astimezone(ZoneInfo(market.time_zone)).date()


async def questionnaire(ctx: Context, market: str, category: str) -> Asked | Refusal:
    """What is asked of a category.

    Refuses: a market that buys no such devices; a category that nobody asks about.
    Raises: BadInput for a market that is not open, or paused.
    """
    category = stored_text(category, "category")
    found = (await sold_in(ctx, market, PauseScope.TRADE_IN, [category])).market
    depends(EVERYTHING)
    return asked_of(await reference(), found, category, today(ctx, found))


def asked_of(known: Reference, market: Market, category: str, on: date) -> Asked | Refusal:
    """The questions and terms of a day. Refuses: as `questionnaire`."""
    if not any(each.market == market.code and each.open for each in known.programmes):
        return PROGRAMME_NOT_AVAILABLE
    questions = known.questionnaire(market.code, category, on)
    if questions is None:
        return not_eligible(NotEligible.CATEGORY_NOT_BOUGHT)
    terms = known.programme(market.code, category, on)
    return PROGRAMME_NOT_AVAILABLE if terms is None else Asked(questions, terms)


async def categories(ctx: Context, market: str) -> list[tuple[str, Programme]]:
    """The categories that a market buys now, with their terms, by code.

    Raises: BadInput for a market that is not open, or paused.
    """
    sold = await sold_in(ctx, market, PauseScope.TRADE_IN)
    found = sold.market
    depends(EVERYTHING)
    known, on = await reference(), today(ctx, found)
    bought = sorted(set(known.open_categories(found.code, on)) - sold.standing.stopped)
    terms = [(code, known.programme(found.code, code, on)) for code in bought]
    return [(code, held) for code, held in terms if held is not None]


async def declare(
    ctx: Context, market: str, variant_id: UUID, answers: Sequence[tuple[str, str]]
) -> Declared | Refusal:
    """The grade that answers come to.

    Refuses: a market that buys no such devices; a device that is unknown or not bought; answers
    that are unknown, missing or not allowed.
    Raises: BadInput for a market that is not open, or paused, too many answers.
    """
    sold = await sold_in(ctx, market, PauseScope.TRADE_IN)
    found = sold.market
    if len(answers) > MOST_ANSWERS:
        raise BadInput(f"At most {MOST_ANSWERS} answers.", argument="answers")
    for pair in answers:
        for text in pair:
            stored_text(text, "answers")
    device = (await bids.named([variant_id])).get(str(variant_id))
    if device is None:
        return not_eligible(NotEligible.PRODUCT_UNKNOWN)
    refuse(sold.standing.scope_of(PauseScope.TRADE_IN, [device.category]))
    asked = asked_of(await reference(), found, device.category, today(ctx, found))
    if isinstance(asked, Refusal):
        return asked
    grade = declared_grade(asked.questionnaire, answers)
    if not isinstance(grade, TradeInGrade):
        return of_answers(grade)
    return Declared(found, device, grade, asked, sorted(answers))
