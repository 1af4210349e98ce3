"""The faster ways of reading beside the careful one: the same offers, the same errors."""

from collections import Counter
from dataclasses import dataclass, field, replace

import polars as pl

from domain.offers.lines import FileCode
from integrations.feeds.contract import FileRefused, Memory
from integrations.feeds.reading import open_feed
from tests.integrations.feeds.generated import KINDS, made


@dataclass
class Tally:
    """What was met, and what was different."""

    kinds: Counter = field(default_factory=Counter)
    faults: Counter = field(default_factory=Counter)
    codes: Counter = field(default_factory=Counter)
    refused: Counter = field(default_factory=Counter)
    records: int = 0
    files: int = 0
    failures: list = field(default_factory=list)

    def table(self):
        shown = [("kinds", self.kinds), ("faults", self.faults)]
        shown += [("problems", self.codes), ("refused", self.refused)]
        lines = [
            f"{name}: " + ", ".join(f"{each} {count}" for each, count in sorted(met.items()))
            for name, met in shown
        ]
        said = f"{self.files} files, {self.records} records, {len(self.failures)} different"
        return "\n".join([*lines, said])


@dataclass
class Said:
    """All that a reading says of a file, or why it is refused."""

    told: tuple
    frame: pl.DataFrame | None = None
    problems: tuple = ()
    marks: pl.DataFrame | None = None
    same: pl.DataFrame | None = None

    @property
    def refused(self):
        return self.told[0] if isinstance(self.told[0], FileCode) else None


def said(path, settings):
    """What a file says; a refusal in the middle of it counts alone, as the file then does."""
    try:
        reading = open_feed(path, settings)
        chunks = list(reading.chunks)
    except FileRefused as refused:
        return Said((refused.code, refused.detail, refused.line, refused.column))
    told = (reading.format, reading.encoding, reading.separator, reading.decimal)
    told += (reading.columns, reading.unknown_columns, tuple(reading.warnings))
    told += (sum(chunk.lines for chunk in chunks),)
    return Said(
        told,
        pl.concat([chunk.frame for chunk in chunks]),
        tuple(problem for chunk in chunks for problem in chunk.problems),
        *(
            pl.concat(found)
            if (found := [m for c in chunks if (m := getattr(c, name)) is not None])
            else None
            for name in ("marks", "same")
        ),
    )


def equal(one, other):
    """Whether two readings say the same of every offer and every error."""
    if one.told != other.told or one.problems != other.problems:
        return False
    return one.frame is None or one.frame.equals(other.frame)


def compare(number, seed, folder, tally):
    """Read one file in all ways, and note where one of them says something else."""
    file = made(seed, number)
    path = folder / "feed"
    path.write_bytes(file.body)
    careful = said(path, replace(file.settings, careful=True))
    quick = said(path, file.settings)
    tally.files += 1
    tally.kinds[file.kind] += 1
    tally.faults.update(file.faults)
    tally.codes.update({problem.code for problem in careful.problems})
    if careful.refused is not None:
        tally.refused[careful.refused] += 1
    else:
        tally.records += careful.told[-1]
    if not equal(careful, quick):
        tally.failures.append(f"{seed}/{number}: columns and records")
    if quick.refused is None:
        remembered(number, seed, path, file.settings, quick, tally)


def remembered(number, seed, path, settings, whole, tally):
    """Lines without a problem are known the next time; the others are read as before."""
    first = said(path, replace(settings, memory=Memory("salt")))
    if not equal(first, whole):
        tally.failures.append(f"{seed}/{number}: with a memory of nothing")
    if first.marks is None:
        return
    faulty = [problem.line for problem in first.problems]
    kept = first.marks.join(first.frame.select("line"), on="line", how="semi")
    kept = kept.filter(~pl.col("line").is_in(faulty))
    again = said(path, replace(settings, memory=Memory("salt", kept["mark"])))
    if again.refused is not None:
        tally.failures.append(f"{seed}/{number}: refused with a memory")
        return
    known = [] if again.same is None else again.same["line"].to_list()
    rest = whole.frame.filter(~pl.col("line").is_in(known))
    alike = again.frame.equals(rest) and again.problems == whole.problems
    if not (alike and again.told[-1] == whole.told[-1] and {*known} >= {*kept["line"]}):
        tally.failures.append(f"{seed}/{number}: with a memory of its lines")


def proved(seed, numbers, folder):
    """The tally of the files with these numbers."""
    tally = Tally()
    for number in numbers:
        compare(number, seed, folder, tally)
    return tally


def missing(tally):
    """What a long run must have met and has not."""
    return [str(kind) for kind in KINDS if not tally.kinds[kind]]
