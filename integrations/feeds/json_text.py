"""JSON of merchants as texts: numbers exact, each line an object, records as raw columns."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import polars as pl

from domain.offers.lines import FileCode, LineCode
from domain.offers.structures import canonical
from integrations.feeds.contract import VALUE_SHOWN, FileRefused, LineProblem, ReadSettings

Row = tuple[int, Mapping[str, str | None]]


def decoded(
    piece: bytes,
    first_line: int,
    breaks_off: bool,
    settings: ReadSettings,
    known: Collection[int] = (),
) -> Iterator[tuple[int, dict[str, object] | LineCode, bytes]]:
    """The number of each line that is not blank, its object or what is wrong with it, its bytes.

    Shapes: `breaks_off` says that the last line of the piece has no end; the lines of the numbers
    `known` are left out.
    Raises: FileRefused `FEED_TRUNCATED` for a last line that breaks off, `FEED_TOO_LARGE`.
    """
    lines = piece.split(b"\n")[:-1]
    for number, line in enumerate(lines, first_line):
        if len(line) > settings.max_line_bytes:
            detail = f"a line of more than {settings.max_line_bytes} bytes"
            raise FileRefused(FileCode.FEED_TOO_LARGE, detail, line=number)
        if number in known or not line.strip():
            continue
        found = _record(line)
        last = number == first_line + len(lines) - 1
        if isinstance(found, LineCode) and last and breaks_off:
            raise FileRefused(FileCode.FEED_TRUNCATED, "a record breaks off", line=number)
        yield number, found, line


def faulty(number: int, code: LineCode, line: bytes) -> LineProblem:
    """The problem of a line that is no object."""
    shown = line.decode("utf-8", "replace")[:VALUE_SHOWN]
    return LineProblem(number, None, None, code, shown, fatal=True)


def _record(line: bytes) -> dict[str, object] | LineCode:
    try:
        found = DECODER.decode(line.decode("utf-8"))
    except UnicodeDecodeError:
        return LineCode.BAD_ENCODING
    except (ValueError, RecursionError):
        return LineCode.BAD_QUOTES
    if not isinstance(found, dict):
        return LineCode.BAD_QUOTES
    return LineCode.BAD_ENCODING if _HALF.search(line) and not is_text(found) else found


# Half of a letter of UTF-16, which JSON can write and nothing else can hold.
_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")


def is_text(value: object) -> bool:
    """Whether all that a value of JSON says can be written as text."""
    try:
        canonical(value).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def frame_of(rows: Sequence[Row], fields: Sequence[str]) -> pl.DataFrame:
    """Records that each hold some of the fields, as raw columns; there is always a SKU."""
    columns = [
        pl.Series(name, [held.get(name) for _, held in rows], dtype=pl.String)
        for name in dict.fromkeys(("sku", *fields))
    ]
    return pl.DataFrame([pl.Series("line", [line for line, _ in rows], dtype=pl.Int32), *columns])


def unambiguous(text: str) -> str:
    """A number as text; its point is a decimal mark, so it must not look like thousands."""
    whole, _, fraction = text.partition(".")
    return f"{text}0" if len(fraction) == _GROUP and whole.lstrip("-").isdigit() else text


_GROUP: Final = 3
_TOO_DEEP: Final = "{"  # no JSON, so that it is refused where it is read
DECODER: Final = json.JSONDecoder(parse_float=unambiguous, parse_int=str)


def as_text(value: object) -> str | None:
    """A value of JSON as the text of a cell, None for nothing."""
    if value is None or isinstance(value, str):
        return value or None
    try:
        return canonical(value)
    except RecursionError:
        return _TOO_DEEP
