"""A look at the start of a merchant's file: how it is read now, and how it might be."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from domain.offers.amounts import decimal_mark
from domain.offers.grades import grade_table, parse_grade
from domain.offers.headers import suggest_mapping
from domain.offers.lines import FeedMode
from domain.offers.vocabulary import Proposal
from integrations.feeds.columns import field_of
from integrations.feeds.contract import ReadSettings
from integrations.feeds.dialect import Dialect, header_key
from integrations.feeds.dialects import DIALECTS
from integrations.feeds.table import Table, open_table

LINES: Final = 20
SAMPLES: Final = 3
PROPOSED_OVER: Final = 200
LONGEST: Final = 200
MOST_WORDS: Final = 50
MOST_COLUMNS: Final = 200
_GRADE_SHARE: Final = 60
_NEEDED: Final = {
    FeedMode.FULL: ("sku", "price", "grade"),
    FeedMode.DELTA: ("sku",),
    FeedMode.STOCK: ("sku", "quantity"),
    FeedMode.PRICES: ("sku", "price"),
}
_SAME: Final = {
    "price": ("price", "price_minor", "prices", "sale_price"),
    "grade": ("grade",),
    "quantity": ("quantity", "availability", "stock"),
    "sku": ("sku",),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it is read as now, and what might be better.

    Units: `confidence` is in percent. Shapes: `reads` is a field of ours or a word of its format.
    """

    name: str
    samples: list[str]
    reads: str | None
    proposal: Proposal


def preview(path: Path, settings: ReadSettings) -> dict[str, Any]:
    """What a person needs to see of a file before it is read for good, as JSON.

    Shapes: `lines` are the first 20, cells of at most 200 characters; `columns` at most 200;
    `grade_words` at most 50, the most frequent first, over the first 1,000 lines.
    Raises: FileRefused for a file that cannot be looked into.
    """
    table = open_table(path, settings)
    dialect = DIALECTS[table.format]
    columns = _columns(table, dialect, settings)
    graded = _grade_column(table, columns, settings)
    return {
        "format": table.format.value,
        "encoding": table.encoding,
        "encoding_sure": table.sure,
        "separator": table.separator,
        "sheet": table.sheet,
        "sheets": list(table.sheets)[:MOST_WORDS],
        "header_line": table.header_line,
        "decimal": _decimal(table, columns),
        "lines": [
            {"line": line, "cells": [_short(cell) for cell in cells[:MOST_COLUMNS]]}
            for line, cells in table.rows[:LINES]
        ],
        "columns": [
            {
                "name": each.name,
                "samples": each.samples,
                "reads": each.reads,
                "field": each.proposal.field,
                "confidence": each.proposal.confidence,
                "reason": each.proposal.reason.value,
            }
            for each in columns[:MOST_COLUMNS]
        ],
        "missing": _missing(columns, graded, dialect, settings),
        "grade_column": columns[graded].name if graded is not None else None,
        "grade_words": _grade_words(table, graded, dialect, settings),
    }


def _columns(table: Table, dialect: Dialect, settings: ReadSettings) -> list[Column]:
    cells = [row for _, row in table.rows[:PROPOSED_OVER]]
    proposals = suggest_mapping(table.header, cells)
    return [
        Column(name, _samples(table, at), _reads(table, name, dialect, settings), proposals[at])
        for at, name in enumerate(table.header)
    ]


def _reads(table: Table, name: str, dialect: Dialect, settings: ReadSettings) -> str | None:
    if table.fixed and name not in table.beside:
        return name
    key = header_key(name)
    return field_of(key, dialect, settings) if key else None


def _samples(table: Table, at: int) -> list[str]:
    """The first different values of a column."""
    values = (row[at].strip() for _, row in table.rows if at < len(row))
    return [_short(value) for value in dict.fromkeys(filter(None, values))][:SAMPLES]


def _short(cell: str) -> str:
    return "".join(c for c in cell[:LONGEST] if c.isprintable() or c in "\t\n")


def _values(table: Table, at: int) -> list[str]:
    return [row[at].strip() for _, row in table.rows if at < len(row) and row[at].strip()]


def _grade_column(table: Table, columns: list[Column], settings: ReadSettings) -> int | None:
    """The column that tells the grade: as it is read, as it is named, or as its values look."""
    read = next((at for at, each in enumerate(columns) if each.reads == "grade"), None)
    if read is not None:
        return read
    named = next((at for at, each in enumerate(columns) if each.proposal.field == "grade"), None)
    if named is not None:
        return named
    open_ones = [
        at for at, each in enumerate(columns) if each.reads is None and each.proposal.field is None
    ]
    shares = {at: _grade_share(_values(table, at), settings) for at in open_ones}
    best = max(shares, key=lambda at: shares[at], default=None)
    return best if best is not None and shares[best] >= _GRADE_SHARE else None


def _grade_share(values: list[str], settings: ReadSettings) -> int:
    """How many of a hundred values are grades; 0 for a column of many different ones."""
    words = Counter(values)
    if not words or len(words) > MOST_WORDS or all(word.isdigit() for word in words):
        return 0
    known = grade_table(settings.grade_map)
    graded = sum(n for word, n in words.items() if parse_grade(word, known).value is not None)
    return 100 * graded // len(values)


def _grade_words(
    table: Table, at: int | None, dialect: Dialect, settings: ReadSettings
) -> list[dict[str, Any]]:
    if at is None:
        return []
    known = grade_table({**dialect.grades, **settings.grade_map})
    found = []
    for word, count in Counter(_values(table, at)).most_common(MOST_WORDS):
        read = parse_grade(word, known)
        code = read.code.value if read.code else None
        grade = read.value.value if read.value else None
        found.append({"word": _short(word), "count": count, "grade": grade, "code": code})
    return found


def _decimal(table: Table, columns: list[Column]) -> str | None:
    """The decimal mark that the prices agree on."""
    priced = [at for at, each in enumerate(columns) if "price" in {each.reads, each.proposal.field}]
    return decimal_mark(_values(table, priced[0])) if priced else None


def _missing(
    columns: list[Column], graded: int | None, dialect: Dialect, settings: ReadSettings
) -> list[str]:
    """The fields that the mode needs and no column is read as, nor proposed for."""
    there = {each.reads for each in columns} | {each.proposal.field for each in columns}
    if (
        graded is not None
        or settings.fixed_grade is not None
        or not dialect.graded.isdisjoint(there)
    ):
        there.add("grade")
    return [name for name in _NEEDED[settings.mode] if there.isdisjoint(_SAME[name])]
