"""Takes the body of a feed onto disk: counts, inflates and hashes it piece by piece.

What a header claims is not believed: bytes are counted as they come in and as they come out. A
body is inflated once, by its `Content-Encoding` or because it begins like a gzip file; nothing is
held in memory beyond one piece.
"""

import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.offers.lines import FileCode

MIB: Final = 1024 * 1024
PIECE: Final = 256 * 1024
RATIO_FROM: Final = MIB
MAGIC: Final = b"\x1f\x8b\x08"
WINDOWS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class FetchFailed(Exception):
    """A feed that could not be had; `code` is what the merchant sees."""

    def __init__(self, code: FileCode, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a feed may take of us. `received_bytes` bounds a compressed transfer.

    Source: docs/feeds.md, "Limits".
    """

    received_bytes: int = 256 * MIB
    stored_bytes: int = 512 * MIB
    ratio: int = 100
    redirects: int = 3
    connect_seconds: float = 10
    silence_seconds: float = 60
    total_seconds: float = 900


@dataclass(frozen=True, slots=True)
class Stored:
    """A whole body on disk, as it is after inflating."""

    path: Path
    sha256: str
    bytes: int


class Body:
    """A body on its way to disk. The file appears under its name only when it is whole."""

    def __init__(self, into: Path, content_encoding: str | None, limits: Limits) -> None:
        """Begin a file. Raises: FetchFailed for an encoding that we did not ask for."""
        self._into, self._limits = into, limits
        self._inflater = _inflater(content_encoding)
        self._head: bytearray | None = bytearray()
        self._received = self._stored = 0
        self._begins_well = False
        self._hash = hashlib.sha256()
        self._part = into.with_name(into.name + ".part")
        self._file = self._part.open("wb")

    def write(self, piece: bytes) -> None:
        """Take one piece. Raises: FetchFailed as soon as a limit is passed."""
        self._received += len(piece)
        if self._head is None:
            self._take(piece)
            return
        self._head += piece
        if len(self._head) >= len(MAGIC):
            self._begin()

    def finish(self) -> Stored:
        """Close the file and give it its name. Raises: FetchFailed when it is empty or cut."""
        if self._head is not None:
            self._begin()
        if self._inflater is not None and not self._inflater.eof and self._received:
            raise FetchFailed(FileCode.FEED_TRUNCATED, "the compressed data ends early")
        if not self._stored:
            raise FetchFailed(FileCode.FEED_EMPTY, "the file is empty")
        self._file.close()
        self._part.replace(self._into)
        return Stored(self._into, self._hash.hexdigest(), self._stored)

    def close(self) -> None:
        """Remove what was not finished. Safe to repeat."""
        self._file.close()
        self._part.unlink(missing_ok=True)

    def _begin(self) -> None:
        head, self._head = bytes(self._head or b""), None
        self._begins_well = head.startswith(MAGIC)
        if self._inflater is None and self._begins_well:
            self._inflater = zlib.decompressobj(WINDOWS["gzip"])
        self._take(head)

    def _take(self, piece: bytes) -> None:
        if self._inflater is None:
            self._store(piece)
            return
        if self._received > self._limits.received_bytes:
            raise FetchFailed(
                FileCode.FEED_TOO_LARGE, f"over {self._limits.received_bytes} bytes compressed"
            )
        self._inflate(self._inflater, piece)

    def _inflate(self, inflater: "zlib._Decompress", piece: bytes) -> None:
        rest = piece if inflater.eof else self._inflate_bounded(inflater, piece)
        if rest.strip(b"\0"):
            raise FetchFailed(FileCode.FORMAT_UNKNOWN, "more than one file in the archive")

    def _inflate_bounded(self, inflater: "zlib._Decompress", piece: bytes) -> bytes:
        """Inflate in bounded steps; return what follows the end of the archive."""
        while True:
            try:
                out = inflater.decompress(piece, PIECE)
            except zlib.error as error:
                code = FileCode.FEED_TRUNCATED if self._begins_well else FileCode.FORMAT_UNKNOWN
                raise FetchFailed(code, "the compressed data is damaged") from error
            self._store_inflated(out)
            piece = inflater.unconsumed_tail
            if inflater.eof:
                return inflater.unused_data
            if not piece and len(out) < PIECE:
                return b""

    def _store_inflated(self, out: bytes) -> None:
        if not self._stored and out.startswith(MAGIC):
            raise FetchFailed(FileCode.FORMAT_UNKNOWN, "an archive within an archive")
        self._store(out)
        if self._stored > RATIO_FROM and self._stored > self._limits.ratio * self._received:
            raise FetchFailed(FileCode.ARCHIVE_BOMB, f"inflates over {self._limits.ratio}:1")

    def _store(self, out: bytes) -> None:
        self._stored += len(out)
        if self._stored > self._limits.stored_bytes:
            raise FetchFailed(FileCode.FEED_TOO_LARGE, f"over {self._limits.stored_bytes} bytes")
        self._hash.update(out)
        self._file.write(out)


def _inflater(content_encoding: str | None) -> "zlib._Decompress | None":
    name = (content_encoding or "identity").strip().lower()
    if name in {"", "identity"}:
        return None
    if name not in WINDOWS:
        raise FetchFailed(FileCode.FORMAT_UNKNOWN, f"content encoding {name[:40]}")
    return zlib.decompressobj(WINDOWS[name])
