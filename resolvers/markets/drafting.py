"""A market is drafted after another, with its own words and rules, each sourced.

Source: docs/markets.md, "Draft".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from domain.accounts.roles import Role
from domain.markets.checks import SUPPORT, TEXTS
from domain.markets.drafting import Words
from domain.markets.kinds import check_value
from domain.markets.rules import Audience, Evidence, Rule, RuleKind, RuleStatus, Scope, overlapping
from domain.money import Currency
from domain.ranking.model import RankingModel, ranking_model
from models.announce import announce_everything
from models.base import as_system
from models.markets import Market, rules
from models.markets import drafting as stored
from models.markets.drafting import Draft, Recorded
from models.ranking import store
from resolvers.context import NOT_KEPT, BadInput, Context, depends, stored_text
from resolvers.effects import Outcome, audited, staff_once
from resolvers.markets import market as market_of
from resolvers.markets.launching import place

ROLE: Final = Role.COUNTRY_TEAM
KEYS: Final = frozenset({*TEXTS, SUPPORT})
MOST: Final = 100
_MOST_TEXT: Final = 10_000
_MOST_SOURCE: Final = 500
_MOST_FEE: Final = 1_000_000
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_LOCALE: Final = re.compile(r"[a-z]{2}-[A-Z]{2}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class GivenRule:
    """A rule that a draft brings. It is UNVERIFIED until somebody compares it with its source."""

    kind: RuleKind
    country: str
    category: str | None
    audience: Audience
    valid_from: date
    valid_to: date | None
    value: Mapping[str, Any]
    source: str


@dataclass(frozen=True, slots=True)
class Order:
    """The market that is wanted; what is not said is as in the template."""

    code: str
    template: str
    countries: Sequence[str]
    currency: Currency
    languages: Sequence[str]
    locales: Sequence[str]
    time_zone: str
    service_fee: Decimal
    source: str
    texts: Sequence[Words]
    rules: Sequence[GivenRule]


@dataclass(frozen=True, slots=True)
class Exists:
    """There is such a market."""


@dataclass(frozen=True, slots=True)
class NoSource:
    """Nobody is named who decided it: of what."""

    path: str


@dataclass(frozen=True, slots=True)
class Untranslated:
    """Keys that lack in a language: key and language of each."""

    keys: Sequence[str]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Rules that cover some of the same days."""

    ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class InvalidRule:
    """A rule that is not of its kind's shape, or ends before it begins."""

    index: int
    field: str


Refusal = Exists | NoSource | Untranslated | Overlap | InvalidRule


async def draft(ctx: Context, order: Order, key: str) -> Market | Refusal:
    """Draft a market that nobody sees yet. Staff of every market.

    Refuses: a code that is taken; a source that lacks; a text that is not in every language;
    rules that overlap, or are not of their kind's shape. Nothing is written then.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    ctx.staff(ROLE)
    wanted, template = await _readable(order)
    refused = _unsourced(order) or _untranslated(order) or _misshaped(order)
    if refused is not None:
        return refused

    async def act(_: UUID) -> Outcome:
        return await _drafted(ctx, order, wanted, template)

    given = {name: str(getattr(order, name)) for name in Order.__slots__}
    outcome = await staff_once(ctx, ROLE, "draftMarket", key, given, act)
    match outcome.get("refused"):
        case "MARKET_EXISTS":
            return Exists()
        case "RULE_OVERLAP":
            return Overlap(outcome["ids"])
    return await Market.get(id=UUID(outcome["id"]))


async def _drafted(ctx: Context, order: Order, wanted: Draft, template: Market) -> Outcome:
    if await Market.exists(code=wanted.code):
        return {"refused": "MARKET_EXISTS"}
    async with as_system() as raw:
        await rules.hold(raw)
        new = [_rule(each) for each in order.rules]
        taken = [each for rule in new for each in await stored.overlapping(raw, rule)]
        if taken:
            return {"refused": "RULE_OVERLAP", "ids": taken[:MOST]}
        made = await stored.draft(raw, wanted, template.code)
        if order.texts:
            await stored.set_texts(raw, wanted.code, order.texts)
        added = await stored.add_rules(raw, new)
        await announce_everything(raw)
        model = ranking_model(wanted.code, ctx.now)
        if isinstance(model, RankingModel):
            await store(model)
    after = {"template": template.code, "source": wanted.source, "rules": added}
    await audited(ctx, "draftMarket", "Market", made, after=after, market=wanted.code)
    return {"id": str(made)}


async def _readable(order: Order) -> tuple[Draft, Market]:
    """Raises: BadInput for what cannot be a market."""
    template = await market_of(stored_text(order.template, "template"))
    if template is None:
        raise BadInput("`template` is a market: `markets` lists them.", argument="template")
    code = _all([order.code.upper()], _COUNTRY, "code")[0]
    countries = _all(order.countries, _COUNTRY, "countries")
    if unknown := await stored.unknown(countries):
        raise BadInput(f"There is no country {unknown[0]}.", argument="countries")
    languages = _all(order.languages, _LANGUAGE, "languages")
    locales = _all(order.locales, _LOCALE, "locales")
    try:
        ZoneInfo(stored_text(order.time_zone, "timeZone"))
    except (ValueError, OSError, KeyError):
        message = f"There is no zone {order.time_zone[:40]!r}: IANA names them, as Europe/Paris."
        raise BadInput(message, argument="timeZone") from None
    minor = order.service_fee.scaleb(order.currency.digits)
    if not (minor.is_finite() and 0 <= minor <= _MOST_FEE and minor == int(minor)):
        raise BadInput(f"`serviceFee` is an amount of {order.currency}.", argument="serviceFee")
    if len(order.texts) > MOST or len(order.rules) > MOST:
        raise BadInput(f"At most {MOST} texts and {MOST} rules at once.", argument="texts")
    _check_words(order.texts, languages)
    if lost := [r.country for r in order.rules if r.country not in countries]:
        raise BadInput(f"A rule is of {lost[0][:2]}, no country of the market.", argument="rules")
    source = stored_text(order.source, "source").strip()
    given = (code, countries, order.currency.value, locales, order.time_zone, languages)
    return Draft(*given, int(minor), source), template


def _all(texts: Sequence[str], shape: re.Pattern[str], argument: str) -> Sequence[str]:
    bad = [each for each in texts if not shape.fullmatch(each)]
    if bad or not 0 < len(texts) <= 50 or len(set(texts)) != len(texts):
        shown = repr(bad[0][:20]) if bad else f"{len(texts)} values"
        raise BadInput(f"`{argument}` cannot be {shown}.", argument=argument)
    return texts


def _check_words(words: Sequence[Words], languages: Sequence[str]) -> None:
    """Raises: BadInput for a key, a language or a text that a market has not."""
    for each in words:
        if each.key not in KEYS:
            may = ", ".join(sorted(KEYS))
            raise BadInput(f"`key` is one of {may}.", argument="key")
        if each.language not in languages:
            may = ", ".join(languages)
            raise BadInput(f"`language` is one of the market's: {may}.", argument="language")
        if not 0 < len(stored_text(each.text, "text").strip()) <= _MOST_TEXT:
            raise BadInput(f"`text` has 1 to {_MOST_TEXT} characters.", argument="text")
        if len(stored_text(each.source, "source")) > _MOST_SOURCE:
            raise BadInput(f"`source` has {_MOST_SOURCE} characters at most.", argument="source")


def _unsourced(order: Order) -> NoSource | None:
    named = [("source", order.source)]
    named += [(f"texts.{n}.source", each.source) for n, each in enumerate(order.texts)]
    named += [(f"rules.{n}.source", each.source) for n, each in enumerate(order.rules)]
    return next((NoSource(path) for path, source in named if not source.strip()), None)


def _untranslated(order: Order) -> Untranslated | None:
    """Each key that is given is given in every language."""
    there = {(each.key, each.language) for each in order.texts}
    keys = sorted({key for key, _ in there})
    lacking = [f"{k} {lang}" for k in keys for lang in order.languages if (k, lang) not in there]
    return Untranslated(lacking[:MOST]) if lacking else None


def _misshaped(order: Order) -> InvalidRule | Overlap | None:
    for index, each in enumerate(order.rules):
        if each.valid_to is not None and each.valid_to <= each.valid_from:
            return InvalidRule(index, "validTo")
        if (bad := check_value(each.kind, each.value)) is not None:
            return InvalidRule(index, bad.field)
        if b"\\u0000" in orjson.dumps([dict(each.value), each.source, each.category]):
            return InvalidRule(index, "value")
    found = overlapping(_rule(each) for each in order.rules)
    return Overlap([found.id, found.other]) if found else None


def _rule(given: GivenRule) -> Rule:
    scope = Scope(given.kind, given.country, None, given.category, given.audience)
    return Rule(
        id=scope.id_from(given.valid_from),
        scope=scope,
        valid_from=given.valid_from,
        valid_to=given.valid_to,
        value=given.value,
        source=given.source.strip(),
        source_ref="",
        evidence=Evidence.NONE,
        status=RuleStatus.UNVERIFIED,
    )


async def texts(ctx: Context, code: str) -> list[Recorded]:
    """The words of a market, for its team. Raises: SignInFirst, Forbidden, BadInput."""
    depends(NOT_KEPT)
    found = await place(ctx, code)
    async with ctx.private():
        return await stored.texts(found.code)


async def set_text(
    ctx: Context, code: str, words: Sequence[Words], key: str
) -> list[Recorded] | NoSource:
    """Set words of a market in its languages, each with who decided them. Safe to repeat.

    Refuses: a source that lacks. Raises: SignInFirst, Forbidden, BadInput.
    """
    found = await place(ctx, code)
    if not 0 < len(words) <= MOST:
        raise BadInput(f"Give 1 to {MOST} texts.", argument="texts")
    _check_words(words, found.languages)
    if len({(each.key, each.language) for each in words}) != len(words):
        raise BadInput("A text is given twice in one language.", argument="texts")
    for n, each in enumerate(words):
        if not each.source.strip():
            return NoSource(f"texts.{n}.source")

    async def act(_: UUID) -> Outcome:
        async with as_system() as raw:
            await stored.set_texts(raw, found.code, words)
        after = {"texts": [f"{each.key} {each.language}" for each in words]}
        await audited(ctx, "setMarketText", "Market", found.id, after=after, market=found.code)
        return {}

    given = {"market": found.code, "texts": str(list(words))}
    await staff_once(ctx, ROLE, "setMarketText", key, given, act)
    async with ctx.private():
        return await stored.texts(found.code)
