"""The linter of claims as it ships: rules, words and sentences of the reference data, read once."""

import csv
from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import orjson

from domain.impact.linter import ClaimFamily, ClaimRule, ClaimTerm, Linter, Readers, Where

_REFERENCE: Final = Path(__file__).parents[1] / "reference"
_LANGUAGES: Final = ("en", "fr")


@cache
def linter() -> Linter:
    """The linter that ships."""
    rules = [_rule(row) for row in _table("claims/rules.csv")]
    terms = [_term(row) for row in _table("claims/terms.csv")]
    allowed = [(row["id"], row["text"]) for row in _table("claims/allowed.csv")]
    return Linter(rules, terms, allowed)


@lru_cache(maxsize=4096)
def where(country: str, on: date) -> Where:
    """A country with the groups that it is in on a day."""
    groups = [
        group
        for member, group, first, last in _members()
        if member == country and group and first <= on and (last is None or on < last)
    ]
    return Where((country, *groups), on)


def readers(countries: Iterable[str], on: date) -> Readers:
    """Several countries read as one: a text that is shown in all keeps to the rules of each."""
    single = tuple(dict.fromkeys(countries))
    groups = dict.fromkeys(scope for each in single for scope in where(each, on).scopes[1:])
    return Readers(linter(), Where((*single, *groups), on))


@cache
def _members() -> list[tuple[str, str, date, date | None]]:
    return [
        (
            row["country"],
            orjson.loads(row["value"])["group"],
            date.fromisoformat(row["valid_from"]),
            _day(row["valid_to"]),
        )
        for row in _table("rules/members.csv")
        if row["kind"] == "group.member"
    ]


def _rule(row: dict[str, str]) -> ClaimRule:
    return ClaimRule(
        row["id"],
        ClaimFamily(row["family"]),
        row["scope"],
        date.fromisoformat(row["valid_from"]),
        _day(row["valid_to"]),
        row["source"],
        row["reference"],
        row["status"],
        row["source_suffices"] == "1",
        {each: row[f"title_{each}"] for each in _LANGUAGES},
        {each: row[f"suggestion_{each}"] for each in _LANGUAGES},
    )


def _term(row: dict[str, str]) -> ClaimTerm:
    unless = tuple(filter(str.strip, row["unless"].split("|")))
    return ClaimTerm(ClaimFamily(row["family"]), row["language"], row["words"], unless)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _table(name: str) -> list[dict[str, str]]:
    with (_REFERENCE / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
