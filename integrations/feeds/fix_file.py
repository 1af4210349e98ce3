"""The file by which a merchant corrects its rejected records: its own, with what is wrong beside.

Made of the pieces that `integrations.feeds.bad_rows` cut out, one after the other, in the format,
encoding and words of the file that they come from. A reader of ours reads over what was added.
"""

import csv
import io
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape

from domain.offers.spreadsheets import harmless
from integrations.feeds.frames import COLUMNS, Family, Frame, Kind, Meta
from integrations.feeds.workbook_out import WorkbookOut

_BETWEEN: Final = " | "
_OURS: Final = re.compile(
    r'\s*,\s*"error-line"\s*:\s*\d+((?:\s*,\s*"error-(?:code|message|suggestion)"\s*:\s*'
    r'"(?:[^"\\]|\\.)*")*)(?=\s*[,}])'
)


@dataclass(frozen=True, slots=True)
class Said:
    """What is wrong with a record: code, message and suggestion of each of its problems."""

    problems: Sequence[tuple[str, str, str]] = ()

    def told(self, part: int) -> str:
        """The codes (0), messages (1) or suggestions (2) of all its problems."""
        return _BETWEEN.join(problem[part] for problem in self.problems)

    @property
    def whole(self) -> str:
        """All that is said, as one text."""
        parts = (f"{code}: {message} {advice}" for code, message, advice in self.problems)
        return _BETWEEN.join(parts)


@dataclass(frozen=True, slots=True)
class FileKind:
    """How a file is named and what it says it is."""

    suffix: str
    content_type: str


class Writer(ABC):
    """Makes the file, piece by piece."""

    def __init__(self, meta: Meta) -> None:
        self.meta = meta

    @property
    @abstractmethod
    def kind(self) -> FileKind:
        """What the file is."""

    @abstractmethod
    def piece(self, frame: Frame, said: Said) -> bytes:
        """The next bytes, for a piece and what is wrong with it."""

    def end(self) -> bytes:
        """The last bytes."""
        return b""


def writer_of(meta: Meta) -> Writer:
    """The writer for files like this one."""
    match meta.family:
        case Family.DELIMITED:
            return _Delimited(meta)
        case Family.OBJECTS:
            return _Objects(meta)
        case Family.MESSAGES:
            return _Messages(meta)
        case Family.XML:
            return _Xml(meta)
        case Family.WORKBOOK:
            return _Workbook(meta)


def _cells(meta: Meta, frame: Frame, said: Said) -> list[str]:
    """The cells for a record, in the order of the columns."""
    if frame.kind is Kind.BESIDE:
        return [""] * len(meta.columns)
    if meta.mirakl:
        return [str(frame.line), said.whole]
    return _texts(frame, said)


def _texts(frame: Frame, said: Said) -> list[str]:
    """What stands in `COLUMNS` for a record."""
    return [str(frame.line), *(said.told(part) for part in range(3))]


class _Lines(Writer):
    """Files of lines, in their own encoding."""

    begun = False

    def _line(self, own: bytes, added: str) -> bytes:
        """A record with what is added behind, as bytes of the file."""
        encoding = self.meta.encoding
        wide = encoding.startswith("utf-16")
        errors = "surrogatepass" if wide else "surrogateescape"
        text = own.decode("utf-8", errors).replace("\n", self.meta.newline)
        end = added.encode(encoding, "replace") + self.meta.newline.encode(encoding)
        return self._mark() + text.encode(encoding, errors) + end

    def _mark(self) -> bytes:
        mark = b"" if self.begun else bytes.fromhex(self.meta.mark)
        self.begun = True
        return mark


class _Delimited(_Lines):
    @property
    def kind(self) -> FileKind:
        if self.meta.separator == "\t":
            return FileKind("tsv", f"text/tab-separated-values; charset={self.meta.encoding}")
        return FileKind("csv", f"text/csv; charset={self.meta.encoding}")

    def piece(self, frame: Frame, said: Said) -> bytes:
        if frame.kind is Kind.TEXT:
            return self._line(frame.data.removesuffix(b"\n"), "")
        header = frame.kind is Kind.HEADER
        cells = list(self.meta.columns) if header else _cells(self.meta, frame, said)
        return self._line(frame.data, self.meta.separator + self._written(cells))

    def _written(self, cells: Sequence[str]) -> str:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.meta.separator, lineterminator="")
        writer.writerow([harmless(cell) for cell in cells])
        return out.getvalue()


def _with_errors(text: str, frame: Frame, said: Said) -> str:
    """An object of JSON with its errors as its last members; what is no object stays as it is."""
    own = _OURS.sub("", text).rstrip()
    if frame.kind is not Kind.ROW or not own.endswith("}"):
        return own
    told: Sequence[Any] = (frame.line, *_texts(frame, said)[1:])
    members = json.dumps(dict(zip(COLUMNS, told, strict=True)))
    inner = own[:-1].rstrip()
    comma = "" if inner.endswith("{") else ","
    return f"{inner}{comma}{members[1:]}"


class _Objects(_Lines):
    @property
    def kind(self) -> FileKind:
        return FileKind("jsonl", f"application/x-ndjson; charset={self.meta.encoding}")

    def piece(self, frame: Frame, said: Said) -> bytes:
        text = frame.data.decode("utf-8", "surrogateescape")
        return self._line(_with_errors(text, frame, said).encode("utf-8", "surrogateescape"), "")


class _Messages(Writer):
    begun = False

    @property
    def kind(self) -> FileKind:
        return FileKind("json", "application/json")

    def piece(self, frame: Frame, said: Said) -> bytes:
        if frame.kind is Kind.HEADER:
            header = b'],\n"header":' + frame.data if frame.data else b"]"
            return (b"" if self.begun else b'{"messages":[') + header
        before = b",\n" if self.begun else b'{"messages":[\n'
        self.begun = True
        return before + _with_errors(frame.data.decode(), frame, said).encode()

    def end(self) -> bytes:
        return b"}\n"


class _Xml(Writer):
    @property
    def kind(self) -> FileKind:
        return FileKind("xml", f"application/xml; charset={self.meta.encoding}")

    def piece(self, frame: Frame, said: Said) -> bytes:
        text = frame.data.decode()
        if frame.kind is Kind.ROW:
            own, _, close = text.rpartition("</")
            told = _texts(frame, said)
            errors = "".join(
                f"<{name}>{escape(value)}</{name}>"
                for name, value in zip(COLUMNS, told, strict=True)
                if value
            )
            text = f"{own}{errors}</{close}\n" if own else f"{text}\n"
        return text.encode(self.meta.encoding, "xmlcharrefreplace")


class _Workbook(Writer):
    book: WorkbookOut | None = None

    @property
    def kind(self) -> FileKind:
        return FileKind("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")

    def piece(self, frame: Frame, said: Said) -> bytes:
        own: list[Any] = json.loads(frame.data)
        if self.book is None:
            self.book = WorkbookOut(str(own[0]))
            return self.book.row([*own[1:], *self.meta.columns])
        line, *told = _cells(self.meta, frame, said)
        return self.book.row([*own, int(line), *told])

    def end(self) -> bytes:
        return self.book.end() if self.book else b""
