"""The carriers' event codes as data: a table per API, in `codes/`, checked when it is loaded.

A line with a status maps its code; a line without one says that the code is known and leaves the
status as it was; a code without a line is unmapped, which is told and never guessed.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from domain.shipments.scans import ShipmentReason, ShipmentStatus

FOLDER: Final = Path(__file__).parent / "codes"
TABLE_COLUMNS: Final = ("code", "status", "reason", "label", "source")
OUTCOME_COLUMNS: Final = ("status", "reason", "label", "source")
ANY: Final = "*"
KEPT: Final = 4096


class BadTable(Exception):
    """A table of codes that cannot be used: the start stops with its name and line."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says in our words.

    Shapes: `status` None with `mapped` is news that leaves the status; `mapped` False is a code
    that no line knows, and has neither status nor reason.
    """

    status: ShipmentStatus | None = None
    reason: ShipmentReason | None = None
    mapped: bool = True
    label: str = ""


UNMAPPED: Final = Meaning(mapped=False)


class CodeTable(Mapping[str, Meaning]):
    """The codes of one table. A code that ends in `*` stands for all that begin so.

    Exact codes go first, then the longest beginning. Case is kept: carriers differ by it.
    """

    def __init__(self, name: str, meanings: Mapping[str, Meaning]) -> None:
        self.name = name
        self._meanings = dict(meanings)
        begins = (code.removesuffix(ANY) for code in meanings if code.endswith(ANY))
        self._beginnings = sorted(begins, key=len, reverse=True)

    def of(self, code: str) -> Meaning:
        """What a code says; `UNMAPPED` where no line knows it."""
        if code in self._meanings and not code.endswith(ANY):
            return self._meanings[code]
        for beginning in self._beginnings:
            if code.startswith(beginning):
                return self._meanings[beginning + ANY]
        return UNMAPPED

    def __getitem__(self, code: str) -> Meaning:
        return self._meanings[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._meanings)

    def __len__(self) -> int:
        return len(self._meanings)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a table of rules: which facts it asks for, and what it says then.

    Shapes: `tests` holds the columns that are not empty, each with the values that fit.
    """

    tests: Mapping[str, frozenset[str]]
    meaning: Meaning

    def fits(self, facts: Mapping[str, str]) -> bool:
        """Whether every fact that this line asks for has one of its values."""
        return all(facts.get(name, "") in values for name, values in self.tests.items())


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """A table whose lines are tried from the top; the first that fits decides.

    Carriers say the same few things again and again: what was found is kept, to a limit.
    """

    name: str
    columns: tuple[str, ...]
    lines: tuple[Rule, ...]

    def of(self, facts: Mapping[str, str]) -> Meaning:
        """What the facts say; `UNMAPPED` where no line fits."""
        return _first(self, tuple(facts.get(column, "") for column in self.columns))


@lru_cache(KEPT)
def _first(rules: Rules, values: tuple[str, ...]) -> Meaning:
    facts = dict(zip(rules.columns, values, strict=True))
    return next((line.meaning for line in rules.lines if line.fits(facts)), UNMAPPED)


@lru_cache
def table(name: str, folder: Path = FOLDER) -> CodeTable:
    """The table `codes/<name>.csv`. Raises: BadTable."""
    meanings: dict[str, Meaning] = {}
    for at, row in _rows(name, folder, TABLE_COLUMNS):
        code = row["code"].strip()
        if not code or code in meanings:
            raise BadTable(f"{name}.csv line {at}: the code {code!r} is empty or twice")
        meanings[code] = _meaning(name, at, row)
    return CodeTable(name, meanings)


@lru_cache
def rules(name: str, columns: tuple[str, ...], folder: Path = FOLDER) -> Rules:
    """The rules `codes/<name>.csv`: these columns, several values of one separated by `|`.

    Raises: BadTable.
    """
    lines = []
    for at, row in _rows(name, folder, columns + OUTCOME_COLUMNS):
        tests = {
            column: frozenset(value.strip() for value in row[column].split("|"))
            for column in columns
            if row[column].strip()
        }
        lines.append(Rule(tests, _meaning(name, at, row)))
    return Rules(name, columns, tuple(lines))


def _rows(
    name: str, folder: Path, columns: Sequence[str]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    path = folder / f"{name}.csv"
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadTable(f"{name}.csv cannot be read") from error
    reader = csv.DictReader(lines)
    if tuple(reader.fieldnames or ()) != tuple(columns):
        raise BadTable(f"{name}.csv must have the columns {', '.join(columns)}")
    for at, row in enumerate(reader, 2):
        if None in row or None in row.values():
            raise BadTable(f"{name}.csv line {at} has not {len(columns)} cells")
        yield at, row


def _meaning(name: str, at: int, row: Mapping[str, str]) -> Meaning:
    try:
        status = ShipmentStatus(row["status"]) if row["status"] else None
        reason = ShipmentReason(row["reason"]) if row["reason"] else None
    except ValueError as error:
        raise BadTable(f"{name}.csv line {at}: {error}") from error
    return Meaning(status, reason, label=row["label"])
