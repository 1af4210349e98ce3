"""A file of any encoding as blocks of UTF-8 with plain line ends."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.offers.lines import FileCode
from integrations.feeds.contract import FileRefused, ReadSettings

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SCAN: Final = 4 * 1_048_576


@dataclass(frozen=True, slots=True)
class Source:
    """A file and how its bytes become letters.

    Shapes: `skip` bytes are a byte order mark. `valid` says that all of it decodes; where it is
    False, the lines that do not are found as they are read.
    """

    path: Path
    encoding: str
    skip: int
    valid: bool


def inspect(path: Path, settings: ReadSettings) -> Source:
    """Settle the encoding of a file: its mark, else strict UTF-8, else what the feed says.

    Raises: FileRefused `FEED_EMPTY` for no bytes, `FORMAT_UNKNOWN` for an encoding nobody knows.
    """
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise FileRefused(FileCode.FEED_EMPTY, "no bytes")
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            valid = encoding == "utf-8" and _is_utf8(path)
            return Source(path, encoding, len(mark), valid)
    if _is_utf8(path):
        return Source(path, "utf-8", 0, valid=True)
    try:
        encoding = codecs.lookup(settings.encoding).name
        "".encode(encoding)  # not every codec is one of letters
    except (LookupError, UnicodeError):
        raise FileRefused(FileCode.FORMAT_UNKNOWN, f"encoding {settings.encoding}") from None
    return Source(path, encoding, 0, valid=False)


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb", buffering=0) as file:
            while block := file.read(_SCAN):
                if not block.isascii() or decoder.getstate()[0]:
                    decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def blocks(source: Source, size: int) -> Iterator[bytes]:
    """The file as UTF-8 without byte order mark and NUL, every line end a line feed.

    Shapes: what does not decode stays as bytes that are no UTF-8.
    Raises: FileRefused `FEED_TRUNCATED` for UTF-16 with half a letter at its end.
    """
    held = b""
    for block in _transcoded(source, size):
        data = held + block
        held = b"\r" if data.endswith(b"\r") else b""
        yield _plain(data[: len(data) - len(held)])
    if held:
        yield b"\n"


def _plain(data: bytes) -> bytes:
    if b"\0" in data:
        data = data.replace(b"\0", b"")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data


def _transcoded(source: Source, size: int) -> Iterator[bytes]:
    with source.path.open("rb", buffering=0) as file:
        file.seek(source.skip)
        if source.encoding == "utf-8":
            while block := file.read(size):
                yield block
            return
        errors = "surrogatepass" if source.encoding.startswith("utf-16") else "surrogateescape"
        decoder = codecs.getincrementaldecoder(source.encoding)(errors)
        while block := file.read(size):
            yield decoder.decode(block).encode("utf-8", errors)
        try:
            rest = decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise FileRefused(FileCode.FEED_TRUNCATED, "the last letter breaks off") from None
        yield rest.encode("utf-8", errors)
