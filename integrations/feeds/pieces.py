"""A file walked in pieces that end where a line ends, in little memory."""

from collections.abc import Callable, Iterator
from typing import Final

from domain.offers.lines import FileCode
from integrations.feeds.blocks import Source, blocks
from integrations.feeds.contract import FileRefused, Raw, ReadSettings

Parse = Callable[[bytes, int, bool], Raw]
_BLANK: Final = b" \t\n"


class Pieces:
    """The rest of a file: what was read and not used yet, and the number of its first line.

    Shapes: `above` is what was used up before the records, such as a header.
    """

    def __init__(self, source: Source, settings: ReadSettings) -> None:
        self._blocks = blocks(source, settings.block_bytes)
        self._settings = settings
        self._ended = False
        self.buffer = self.above = b""
        self.line = 1
        self.skip_blank()
        if self.finished:
            raise FileRefused(FileCode.FEED_EMPTY, "nothing but blanks")

    @property
    def finished(self) -> bool:
        """Whether nothing but blanks is left."""
        return self._ended and not self.buffer.strip(_BLANK)

    @property
    def unended(self) -> bool:
        """Whether the last line lacks its end."""
        return self._ended and not self.buffer.endswith(b"\n")

    def line_of_text(self) -> bytes:
        """The first line not used yet, without its end."""
        end = self.buffer.find(b"\n")
        return self.buffer[:end] if end >= 0 else self.buffer

    def peek_lines(self) -> Iterator[bytes]:
        """The lines read and not used yet, each without its end."""
        at = 0
        while (end := self.buffer.find(b"\n", at)) >= 0:
            yield self.buffer[at:end]
            at = end + 1
        if self._ended and at < len(self.buffer):
            yield self.buffer[at:]

    def skip(self, size: int) -> None:
        """Use up so many bytes."""
        self.line += self.buffer.count(b"\n", 0, size)
        self.above += self.buffer[:size]
        self.buffer = self.buffer[size:]

    def skip_blank(self) -> None:
        """Use up the blank lines that come next, and have the line after them at hand."""
        while not self.finished:
            end = self.buffer.find(b"\n")
            if end < 0 and not self._ended:
                self._fill()
            elif end < 0 or self.buffer[:end].strip():
                return
            else:
                self.skip(end + 1)

    def walk(self, parse: Parse) -> Iterator[Raw]:
        """The records of the rest of the file; `parse` may leave the end of a piece for later.

        Raises: FileRefused `FEED_TOO_LARGE` for a line or a file over the limit.
        """
        while not self.finished:
            cut = len(self.buffer) if self._ended else self.buffer.rfind(b"\n") + 1
            raw = self._parsed(parse, cut) if cut else None
            if raw is not None:
                yield raw
            used = raw is not None and raw.consumed
            if not self._ended and not (used and len(self.buffer) >= self._settings.block_bytes):
                self._fill()

    def _parsed(self, parse: Parse, cut: int) -> Raw:
        piece = self.buffer[:cut]
        if not piece.endswith(b"\n"):
            piece += b"\n"
        raw = parse(piece, self.line, self._ended)
        self.buffer = self.buffer[raw.consumed :]
        self.line += raw.physical
        if self.line - 1 > self._settings.max_lines + 1:
            detail = f"more than {self._settings.max_lines} lines"
            raise FileRefused(FileCode.FEED_TOO_LARGE, detail, line=self.line)
        return raw

    def _fill(self) -> None:
        """Read on, until there is a whole line or the file ends."""
        while not self._ended:
            block = next(self._blocks, None)
            if block is None:
                self._ended = True
                return
            self.buffer += block
            if b"\n" in block:
                return
            if len(self.buffer) > self._settings.max_line_bytes and b"\n" not in self.buffer:
                detail = f"a line of more than {self._settings.max_line_bytes} bytes"
                raise FileRefused(FileCode.FEED_TOO_LARGE, detail, line=self.line)
