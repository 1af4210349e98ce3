"""Dated rules as clients read them: one of a day, all of a market, and where there is none."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.markets.changes import BadRule, Said, check_rule
from domain.markets.gaps import RuleGap, gaps
from domain.markets.kinds import BY_LANGUAGE, STREAMS, category_known
from domain.markets.readiness import Settled, readiness
from domain.markets.rules import (
    Audience,
    Evidence,
    Found,
    Rule,
    RuleBook,
    RuleKind,
    RuleOverlap,
    RulePolicy,
    Scope,
)
from domain.markets.supposing import supposing
from models.announce import EVERYTHING
from models.markets import rules as stored
from models.markets.rules import Listed
from models.offers.read import Position
from resolvers import paging
from resolvers.context import BadInput, Context, depends, stored_text
from resolvers.markets import market

_COUNTRY = re.compile(r"[A-Z]{2}|\*")
_REGION = re.compile(r"[A-Z0-9]{1,3}")
MOST_SUPPOSED = 20
_FARTHEST = timedelta(days=3_660)


@dataclass(frozen=True, slots=True)
class Question:
    """Which rule is looked for; `as_of` None: as it is recorded now."""

    kind: RuleKind
    country: str
    on: date
    region: str | None = None
    category: str | None = None
    audience: Audience = Audience.ANY
    as_of: datetime | None = None


async def rule(ask: Question) -> Found:
    """The rule of a day under this server's policy.

    Refuses: RuleMissing, RuleUnverified, RuleConflict. Raises: BadInput.
    """
    depends(EVERYTHING)
    book = await stored.book(_moment(ask.as_of))
    return book.find(
        ask.kind,
        _matching(ask.country.upper(), _COUNTRY, "country"),
        ask.on,
        region=_matching(ask.region.upper(), _REGION, "region") if ask.region else None,
        category=await _category(ask.category, ask.kind) if ask.category else None,
        audience=ask.audience,
    )


async def rules(
    ctx: Context, country: str | None, kind: RuleKind | None, first: int, after: str | None
) -> paging.Page[Listed]:
    """Rules that are not withdrawn, by id. Raises: BadInput."""
    depends(EVERYTHING)
    size = paging.size(first)
    place = _matching(country.upper(), _COUNTRY, "country") if country else None
    of = paging.fingerprint("rules", place, kind)
    at = paging.opened(after, of, ctx.seal)
    rows = await stored.listed(place, kind, (str(at.key1), at.id) if at else None, size + 1)
    return paging.page(
        [(row, Position(row.rule.id, 0, row.row_id)) for row in rows], size, of, ctx.seal
    )


async def market_rules(ctx: Context, code: str) -> list[Settled] | None:
    """What a market needs and how far it is settled today; None for no market.

    Raises: BadInput.
    """
    found = await market(stored_text(code, "market"))
    depends(EVERYTHING)
    if found is None:
        return None
    today = ctx.now.astimezone(ZoneInfo(found.time_zone)).date()
    return readiness(found.countries, found.languages, today, await stored.book())


async def rule_gaps(
    ctx: Context, code: str, first: date | None, end: date | None
) -> list[RuleGap] | None:
    """The windows in which a market lacks a rule that it needs; None for no market.

    Shapes: from `first`, today, to the day before `end`, a year later.
    Raises: BadInput for days in the wrong order, or more than ten years apart.
    """
    found = await market(stored_text(code, "market"))
    depends(EVERYTHING)
    if found is None:
        return None
    begins = first or ctx.now.astimezone(ZoneInfo(found.time_zone)).date()
    ends = end or begins + timedelta(days=365)
    if not timedelta(0) < ends - begins <= _FARTHEST:
        message = "`to` is a day after `from`, at most ten years later."
        raise BadInput(message, reason="DATES_REVERSED", argument="to")
    return gaps(found.countries, found.languages, begins, ends, await stored.book())


@dataclass(frozen=True, slots=True)
class Supposed:
    """A rule that is not recorded, and is looked at as if it were."""

    kind: RuleKind
    country: str
    value: Mapping[str, Any]
    region: str | None = None
    category: str | None = None
    audience: Audience = Audience.ANY
    valid_from: date | None = None
    valid_to: date | None = None

    def rule(self, on: date) -> Rule:
        """The rule as a book has it; its id says that it is none of the registry's."""
        scope = Scope(self.kind, self.country, self.region, self.category, self.audience)
        said = Said(
            valid_from=self.valid_from or on,
            valid_to=self.valid_to,
            value=self.value,
            source="a supposition",
            source_ref="",
            evidence=Evidence.NONE,
        )
        made = said.rule(scope)
        return replace(made, id=f"supposed:{made.id}")


@dataclass(frozen=True, slots=True)
class At:
    """What a market's rules are on a day; `category` is the language of one about words."""

    kind: RuleKind
    country: str
    category: str | None
    found: Found


async def supposed_book(on: date, as_of: datetime | None, supposed: Sequence[Supposed]) -> RuleBook:
    """The registry as it was recorded, with suppositions in it; with some, under no strict policy.

    Nothing is written. Raises: BadInput for a supposition that no rule could be.
    """
    book = await stored.book(_moment(as_of))
    if not supposed:
        return book
    if len(supposed) > MOST_SUPPOSED:
        raise BadInput(f"Suppose at most {MOST_SUPPOSED} rules.", argument="supposed")
    places = await stored.places()
    rules = [each.rule(on) for each in supposed]
    for n, each in enumerate(rules):
        if (bad := check_rule(each, places)) is not None:
            raise _unfit(n, bad)
    found = supposing(book.under(RulePolicy(strict=False)), rules)
    if isinstance(found, RuleOverlap):
        message = "Two suppositions hold on one day."
        ids = [found.other, found.id]
        raise BadInput(message, reason=found.code, argument="supposed", ids=ids)
    return found


def _unfit(n: int, bad: BadRule) -> BadInput:
    name = f"supposed.{n}.{bad.field}"
    return BadInput(f"`{name}` cannot be that of a rule.", reason=bad.code, argument=name)


async def rules_at(
    ctx: Context,
    code: str,
    on: date,
    as_of: datetime | None,
    category: str | None,
    audience: Audience,
    supposed: Sequence[Supposed],
) -> list[At] | None:
    """Every kind of rule in each country of a market on a day; None for no market.

    Raises: BadInput, as `supposed_book`.
    """
    found = await market(stored_text(code, "market"))
    depends(EVERYTHING)
    if found is None:
        return None
    of = await _category(category) if category else None
    book = await supposed_book(on, as_of, supposed)
    return [
        At(kind, country, named, book.find(kind, country, on, category=named, audience=audience))
        for country in found.countries
        for kind in RuleKind
        for named in _named(kind, found.languages, of)
    ]


def _named(kind: RuleKind, languages: Sequence[str], of: str | None) -> Sequence[str | None]:
    """What stands in the place of a category: a language, a stream, or the one asked for."""
    if kind in BY_LANGUAGE:
        return languages
    return STREAMS if kind is RuleKind.EPR_REGISTRATION else (of,)


async def _category(text: str, kind: RuleKind | None = None) -> str:
    """A category as it stands in a rule of a kind. Raises: BadInput for one that there is not."""
    known = (await stored.places()).categories
    if not category_known(kind or RuleKind.VAT_STANDARD_RATE, text, known):
        message = "There is no such category of rules of this kind: `categories` lists them."
        raise BadInput(message, reason="CATEGORY_UNKNOWN", argument="category")
    return text


def _moment(as_of: datetime | None) -> datetime | None:
    if as_of is not None and as_of.tzinfo is None:
        raise BadInput("`asOf` needs an offset, such as Z.", argument="asOf")
    return as_of


def _matching(text: str, shape: re.Pattern[str], argument: str) -> str:
    if not shape.fullmatch(text):
        raise BadInput(f"`{argument}` cannot be read.", argument=argument)
    return text
