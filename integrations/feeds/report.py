"""What a merchant gets back in the shape of Mirakl: its own rows, and what is wrong with each."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from domain.offers.lines import explain
from integrations.feeds.contract import LineProblem, ReadSettings
from integrations.feeds.records import records_of

COLUMNS: Final = ("error-line", "error-message")
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r")
_BLOCK: Final = 65_536


def mirakl_report(
    path: Path, settings: ReadSettings, problems: Iterable[LineProblem], locale: str
) -> Iterator[bytes]:
    """The rejected rows of a file as CSV, a piece at a time, in little memory.

    Shapes: UTF-8 with a header of the merchant's own columns, `error-line` and `error-message`;
    `problems` come in the order of their lines, and warnings among them are left out. The
    separator is the file's own, `;` for a workbook. Every cell is quoted, and one that a
    spreadsheet would run has an apostrophe before it.
    Raises: FileRefused for a file that no run could read either.
    Source: docs/feeds.md, "Mirakl".
    """
    records = records_of(path, settings)
    width = len(records.header)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=records.separator, quoting=csv.QUOTE_ALL)
    writer.writerow([*(_harmless(name) for name in records.header), *COLUMNS])
    fatal = (problem for problem in problems if problem.fatal)
    rejected = groupby(fatal, key=lambda problem: problem.line)
    following = _messages(rejected, locale)
    said = next(following, None)
    for line, values in records.rows:
        while said is not None and said[0] < line:
            said = next(following, None)
        if said is None:
            break
        if said[0] == line:
            own = [_harmless(value) for value in values[:width]]
            writer.writerow([*own, *[""] * (width - len(own)), str(line), said[1]])
        if out.tell() > _BLOCK:
            yield _taken(out)
    yield _taken(out)


def _messages(
    rejected: Iterable[tuple[int, Iterable[LineProblem]]], locale: str
) -> Iterator[tuple[int, str]]:
    for line, problems in rejected:
        yield line, " | ".join(_message(problem, locale) for problem in problems)


def _message(problem: LineProblem, locale: str) -> str:
    said: Sequence[str] = explain(problem.code, problem.field, problem.value, locale)
    return f"{problem.code.value}: {' '.join(said)}"


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_RUNS) else text


def _taken(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode()
