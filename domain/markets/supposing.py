"""What if a rule were another: a book in which it is, beside the one that is recorded.

Nothing here is stored, and no order is taxed by a book that was made here.
Source: docs/rules/registry.md, "What if".
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from domain.markets.rules import Rule, RuleBook, RuleOverlap, overlapping


def supposing(book: RuleBook, rules: Iterable[Rule]) -> RuleBook | RuleOverlap:
    """A book where each of these holds in its window, and what it stands in for does not.

    Refuses: RuleOverlap for two suppositions of one scope that share a day.
    """
    supposed = list(rules)
    if (clash := overlapping(supposed)) is not None:
        return clash
    kept = (part for rule in book for part in _beside(rule, supposed))
    return book.of([*kept, *supposed])


def _beside(rule: Rule, supposed: Sequence[Rule]) -> Iterator[Rule]:
    """What is left of a rule before, between and after the windows of others of its scope."""
    left = [rule]
    for other in supposed:
        if other.scope == rule.scope:
            left = [part for each in left for part in _without(each, other)]
    yield from left


def _without(rule: Rule, other: Rule) -> Iterator[Rule]:
    """The parts of a rule's window before and after another's."""
    before = rule.valid_to is not None and rule.valid_to <= other.valid_from
    after = other.valid_to is not None and other.valid_to <= rule.valid_from
    if before or after:
        yield rule
        return
    if rule.valid_from < other.valid_from:
        yield replace(rule, valid_to=other.valid_from)
    if other.valid_to is not None and (rule.valid_to is None or other.valid_to < rule.valid_to):
        yield replace(rule, valid_from=other.valid_to)
