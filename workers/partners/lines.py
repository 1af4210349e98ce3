"""The lines of a staged file, from a byte on, without holding more than one of them."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from uuid import UUID

from domain.partners.bulk import MOST_LINE_BYTES
from models.offers import files

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """A line without its end. `text` None: it is too long. `end` is the byte after it."""

    text: bytes | None
    end: int


async def lines(file_id: UUID, position: int) -> AsyncGenerator[Line]:
    """Each line of a stored file from a byte on; the last one may lack its end."""
    held, too_long, at = bytearray(), False, position
    async for piece in files.pieces(file_id, position):
        begin = 0
        while (end := piece.find(b"\n", begin)) >= 0:
            at += end + 1 - begin
            held += piece[begin:end] if not too_long else b""
            yield _line(held, too_long, at)
            held.clear()
            too_long, begin = False, end + 1
        rest = len(piece) - begin
        at += rest
        if too_long or len(held) + rest > MOST_LINE_BYTES + len(_MARK):
            held.clear()
            too_long = True
        else:
            held += piece[begin:]
        await asyncio.sleep(0)
    if held or too_long:
        yield _line(held, too_long, at)


def _line(held: bytearray, too_long: bool, end: int) -> Line:
    text = bytes(held).rstrip(b"\r")
    if end - len(held) <= 1:
        text = text.removeprefix(_MARK)
    too_long = too_long or len(text) > MOST_LINE_BYTES
    return Line(None if too_long else text, end)
