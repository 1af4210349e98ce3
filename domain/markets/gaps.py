"""Days on which nothing is recorded of what a market needs: told, never filled in.

Source: docs/rules/registry.md, "Gaps".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from domain.markets.readiness import wanted
from domain.markets.rules import Audience, Rule, RuleBook, RuleConflict, RuleKind


@dataclass(frozen=True, slots=True)
class RuleGap:
    """A window in which a kind has no rule in a country: `begins` to the day before `ends`.

    Shapes: `category` is the language of a rule about words. `conflict`: there are two instead.
    """

    kind: RuleKind
    country: str
    category: str | None
    begins: date
    ends: date
    conflict: bool = False


def gaps(
    countries: Sequence[str], languages: Sequence[str], first: date, end: date, book: RuleBook
) -> list[RuleGap]:
    """Every gap of what these countries need from a day to the day before another, in order.

    Windows that touch are one. Raises: ValueError where `end` is not after `first`.
    """
    if end <= first:
        raise ValueError(f"{end} is not after {first}")
    days = _days(book, first, end)
    found: list[RuleGap] = []
    for country in countries:
        for gap in _of(country, languages, days, book):
            last = found[-1] if found else None
            if last is not None and _follows(last, gap):
                found[-1] = RuleGap(
                    gap.kind, country, gap.category, last.begins, gap.ends, gap.conflict
                )
            else:
                found.append(gap)
    return found


def _days(book: RuleBook, first: date, end: date) -> list[date]:
    """The days on which an answer may change: where windows begin or end, and the two given."""
    bounds = {day for rule in book for day in (rule.valid_from, rule.valid_to) if day is not None}
    return [first, *sorted(day for day in bounds if first < day < end), end]


def _of(
    country: str, languages: Sequence[str], days: Sequence[date], book: RuleBook
) -> Iterator[RuleGap]:
    windows = list(pairwise(days))
    needed = {
        each: None for begins, _ in windows for each in wanted(country, languages, begins, book)
    }
    for kind, category in needed:
        for begins, ends in windows:
            if (kind, category) not in set(wanted(country, languages, begins, book)):
                continue
            rule = book.recorded(
                kind, country, begins, category=category, audience=Audience.CONSUMER
            )
            if not isinstance(rule, Rule):
                conflict = isinstance(rule, RuleConflict)
                yield RuleGap(kind, country, category, begins, ends, conflict)


def _follows(last: RuleGap, gap: RuleGap) -> bool:
    same = (last.kind, last.country, last.category, last.conflict) == (
        *(gap.kind, gap.country, gap.category),
        gap.conflict,
    )
    return same and last.ends == gap.begins
