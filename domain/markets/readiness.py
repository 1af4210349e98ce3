"""What a market still lacks before it may open: kinds missing, unverified or stale.

Source: docs/rules/registry.md, "Launch check".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.markets.kinds import REQUIRED
from domain.markets.rules import Audience, Rule, RuleBook, RuleConflict, RuleKind, RuleMissing


class RuleState(StrEnum):
    """How far a kind is settled in a country."""

    READY = "READY"
    MISSING = "MISSING"
    UNVERIFIED = "UNVERIFIED"
    STALE = "STALE"
    CONFLICT = "CONFLICT"


@dataclass(frozen=True, slots=True)
class Settled:
    """One kind in one country; `category` is the language of a rule about words."""

    kind: RuleKind
    country: str
    category: str | None
    state: RuleState
    rule: Rule | None


def readiness(
    countries: Sequence[str], languages: Sequence[str], on: date, book: RuleBook
) -> list[Settled]:
    """Every kind that a market needs, by country in the order given.

    Where the platform collects a sales tax, that rule stands in for those of VAT.
    """
    return [
        _settled(kind, country, category, on, book)
        for country in countries
        for kind, category in wanted(country, languages, on, book)
    ]


def wanted(
    country: str, languages: Sequence[str], on: date, book: RuleBook
) -> Iterator[tuple[RuleKind, str | None]]:
    """The kinds that a country needs on a day, those about words in each language."""
    facilitated = isinstance(
        _found(RuleKind.MARKETPLACE_FACILITATOR, country, None, on, book), Rule
    )
    if facilitated:
        yield RuleKind.MARKETPLACE_FACILITATOR, None
    for kind in REQUIRED:
        if facilitated and kind.value.startswith("vat."):
            continue
        if kind is RuleKind.VAT_INVOICE_WORDS:
            yield from ((kind, language) for language in languages)
        else:
            yield kind, None


def _found(
    kind: RuleKind, country: str, category: str | None, on: date, book: RuleBook
) -> Rule | RuleMissing | RuleConflict:
    """The rule as it is recorded, whatever the policy."""
    return book.recorded(kind, country, on, category=category, audience=Audience.CONSUMER)


def _settled(
    kind: RuleKind, country: str, category: str | None, on: date, book: RuleBook
) -> Settled:
    found = _found(kind, country, category, on, book)
    if not isinstance(found, Rule):
        conflict = isinstance(found, RuleConflict)
        state = RuleState.CONFLICT if conflict else RuleState.MISSING
        return Settled(kind, country, category, state, None)
    if not found.verified:
        return Settled(kind, country, category, RuleState.UNVERIFIED, found)
    state = RuleState.STALE if found.stale(on) else RuleState.READY
    return Settled(kind, country, category, state, found)


def by_category(
    countries: Sequence[str],
    languages: Sequence[str],
    categories: Sequence[str],
    on: date,
    book: RuleBook,
) -> list[Settled]:
    """The same for every category too: a rule of its own may lack what the country's has.

    What a category only takes over from its country is not listed again.
    """
    found = readiness(countries, languages, on, book)
    kinds = {(each.kind, each.country): each for each in found if each.category is None}
    for (kind, country), whole in kinds.items():
        for category in categories:
            own = _settled(kind, country, category, on, book)
            if own.rule != whole.rule or own.state is not whole.state:
                found.append(own)
    return found
