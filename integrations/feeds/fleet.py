"""Files that declare fleets, read as feeds are: separated values, workbooks, JSON lines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from domain.money import Currency
from domain.offers.lines import FeedMode, FileCode
from domain.offers.vocabulary import Proposal
from domain.raas.columns import FIELDS, HEADER_WORDS, missing, suggest_fleet_mapping
from domain.raas.lines import MOST_LINES
from integrations.feeds.archive import is_workbook
from integrations.feeds.blocks import inspect
from integrations.feeds.contract import FileRefused, Raw, ReadSettings
from integrations.feeds.delimited import open_delimited
from integrations.feeds.detect import Family, family
from integrations.feeds.dialect import Dialect, Translate, header_key
from integrations.feeds.jsonl import open_objects
from integrations.feeds.sheet import open_sheet

SAMPLE: Final = 200
SHOWN: Final = 3


def _as_it_is(_settings: ReadSettings) -> Translate:
    return lambda raw: raw


def _names() -> dict[str, str]:
    """Every name of a column that we know, as readers compare names, and the field it means."""
    known = {header_key(name): name for name in FIELDS}
    known |= {name.replace("_", ""): name for name in FIELDS}
    for name, words in HEADER_WORDS.items():
        for word in words.split("|"):
            known.setdefault(header_key(word), name)
            known.setdefault(header_key(f"{word}s"), name)
    return known


class _Names(dict[str, str]):
    """Names as people write them: other signs between words mean the same as spaces."""

    def get(self, key: str, default: Any = None) -> Any:
        """The field of a column, whatever stands between its words."""
        plain = "".join(c if c.isalnum() else " " for c in key.replace("°", "o").replace("º", "o"))
        return super().get("_".join(plain.split()), default)


FLEET: Final = Dialect(
    _Names(_names()),
    _as_it_is,
    patterns=(),
    keys=frozenset({"imei", "serial", "identity", "asset_tag", "model"}),
    needs=missing,
    fields=frozenset(FIELDS),
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: what it is read as, and what we would read it as.

    Shapes: `samples` are its first different values, at most 3.
    """

    name: str
    reads: str | None
    proposal: Proposal
    samples: tuple[str, ...]


@dataclass(slots=True)
class FleetFile:
    """A file opened: how it is written, its columns, and its records as texts.

    Shapes: `raws` can be walked once, and raises FileRefused where the file turns out to be broken.
    """

    format: str
    encoding: str
    separator: str | None
    raws: Iterator[Raw]
    header: Sequence[str]
    reads: Mapping[str, str]
    samples: list[list[str]] = field(default_factory=list)

    def columns(self) -> list[Column]:
        """What each column is read as; complete once the first records were read."""
        found = []
        for at, proposal in enumerate(suggest_fleet_mapping(self.header, self.samples)):
            values = [row[at] for row in self.samples if at < len(row) and row[at]]
            shown = tuple(text[:80] for text in dict.fromkeys(values))[:SHOWN]
            name = self.header[at]
            found.append(Column(name, self.reads.get(name), proposal, shown))
        return found


def settings_of(
    mapping: Mapping[str, str], given: Mapping[str, Any], encoding: str
) -> ReadSettings:
    """How a fleet file is to be read. Shapes: `given` may hold encoding, separator and sheet."""
    return ReadSettings(
        mode=FeedMode.DELTA,
        currency=Currency.EUR,
        markets=(),
        encoding=given.get("encoding") or encoding,
        separator=given.get("separator"),
        sheet=given.get("sheet"),
        mapping=mapping,
        max_lines=MOST_LINES,
        dialect=FLEET,
    )


def open_fleet(path: Path, settings: ReadSettings) -> FleetFile:
    """Open the file of a fleet. Raises: FileRefused, here or while its records are walked."""
    if is_workbook(path):
        sheet = open_sheet(path, settings)
        form, header = sheet.form, sheet.header
        reads = {header[index]: name for index, name in form.fields}
        opened = FleetFile("SPREADSHEET", "utf-8", None, iter(()), header, reads)
        opened.raws = _sampled(opened, sheet.raws(settings), form.fields)
        return opened
    source = inspect(path, settings)
    match family(source, None):
        case Family.DELIMITED:
            text = open_delimited(source, settings)
            header, form = tuple(name.strip() for name in text.header), text.form
            reads = {header[index]: name for index, name in form.fields}
            opened = FleetFile(
                text.format.value, source.encoding, text.separator, iter(()), header, reads
            )
            opened.raws = _sampled(opened, text.raws(settings), form.fields)
            return opened
        case Family.OBJECTS:
            objects = open_objects(source, settings)
            header = tuple(objects.names)
            reads = {key: name for key, name in objects.names.items() if name}
            fields = [(at, objects.names[key] or "") for at, key in enumerate(header)]
            opened = FleetFile("NATIVE_JSONL", source.encoding, None, iter(()), header, reads)
            opened.raws = _sampled(opened, objects.raws(), [each for each in fields if each[1]])
            return opened
        case other:
            raise FileRefused(FileCode.FORMAT_UNKNOWN, f"{other} of a partner, no fleet")


def _sampled(
    opened: FleetFile, raws: Iterator[Raw], fields: Sequence[tuple[int, str]]
) -> Iterator[Raw]:
    """The records, the first of which are kept to judge the columns by."""
    lines = 0
    for raw in raws:
        if not opened.samples and raw.frame.height:
            for row in raw.frame.head(SAMPLE).iter_rows(named=True):
                cells = [""] * len(opened.header)
                for at, name in fields:
                    cells[at] = row.get(name) or ""
                opened.samples.append(cells)
        lines += raw.frame.height + raw.lost
        if lines > MOST_LINES:
            raise FileRefused(FileCode.FEED_TOO_LARGE, f"more than {MOST_LINES} lines")
        yield raw
    if not lines:
        raise FileRefused(FileCode.FEED_EMPTY, "no record")
