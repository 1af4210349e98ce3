"""The boxes of a HEIC file: whether all of it is there, its size, and where its metadata are.

Source: ISO/IEC 14496-12 (boxes, `meta`, `iinf`, `iloc`), ISO/IEC 23008-12 (HEIF, `ispe`, `Exif`).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_MOST_ITEMS: Final = 10_000
_EMPTY_EXIF: Final = b"\x00\x00\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"
_TOLD: Final = frozenset({b"Exif", b"mime", b"uri "})
"""Types of items that may say where and by whom a photo was taken."""
_BLANKED: Final = frozenset({b"uuid", b"moov", b"udta", b"free", b"skip"})


class Damaged(ValueError):
    """A file is not whole, or not of this form."""


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    begin: int
    end: int


def without_metadata(data: bytes) -> tuple[bytes, int, int]:
    """The same file with its metadata blanked in place, and its width and height.

    Raises: Damaged for a file that ends too early or names bytes that it does not have.
    """
    found = bytearray(data)
    try:
        boxes = list(_boxes(data, 0, len(data)))
        meta = next((box for box in boxes if box.kind == b"meta"), None)
        if meta is None:
            raise Damaged("there is no list of items")
        width, height = _size(data, meta)
        for begin, end in _told(data, meta):
            empty = _EMPTY_EXIF if end - begin >= len(_EMPTY_EXIF) else b""
            found[begin:end] = empty + bytes(end - begin - len(empty))
        for box in boxes:
            if box.kind in _BLANKED:
                found[box.begin : box.end] = bytes(box.end - box.begin)
                found[box.begin - 4 : box.begin] = b"free"
    except (struct.error, IndexError, OverflowError) as error:
        raise Damaged("a box ends too early") from error
    return bytes(found), width, height


def _boxes(data: bytes, begin: int, end: int) -> Iterator[_Box]:
    """The boxes from `begin` to `end`, which they fill. Their own begins are after the heads."""
    while begin < end:
        size, kind = struct.unpack_from(">I4s", data, begin)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, begin + 8)
            head = 16
        elif size == 0:
            size = end - begin
        if size < head or begin + size > end:
            raise Damaged("a box is longer than what holds it")
        if head == 16 and kind in _BLANKED:
            raise Damaged("metadata of such a length")
        yield _Box(kind, begin + head, begin + size)
        begin += size


def _inside(data: bytes, box: _Box, kind: bytes, skipped: int = 0) -> _Box:
    for each in _boxes(data, box.begin + skipped, box.end):
        if each.kind == kind:
            return each
    raise Damaged(f"there is no {kind!r}")


def _size(data: bytes, meta: _Box) -> tuple[int, int]:
    """The largest size that is named: that of the whole, of which the others are tiles."""
    properties = _inside(data, _inside(data, meta, b"iprp", 4), b"ipco")
    sizes = [
        struct.unpack_from(">II", data, box.begin + 4)
        for box in _boxes(data, properties.begin, properties.end)
        if box.kind == b"ispe"
    ]
    if not sizes or 0 in max(sizes):
        raise Damaged("it has no size")
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    return width, height


def _told(data: bytes, meta: _Box) -> Iterator[tuple[int, int]]:
    """Where the items stand that tell more than pixels; every other item must be there, too."""
    kinds = _kinds(data, _inside(data, meta, b"iinf", 4))
    inner = next((b for b in _boxes(data, meta.begin + 4, meta.end) if b.kind == b"idat"), None)
    for item, method, offset, length in _extents(data, _inside(data, meta, b"iloc", 4)):
        within = _Box(b"", 0, len(data)) if method == 0 else inner if method == 1 else None
        if within is None or within.begin + offset + length > within.end:
            raise Damaged("an item is not there")
        begin = within.begin + offset
        if kinds.get(item) in _TOLD:
            yield begin, begin + length


def _kinds(data: bytes, box: _Box) -> dict[int, bytes]:
    """The types of the items by their ids."""
    wide = data[box.begin] > 0
    found = {}
    for each in _boxes(data, box.begin + (8 if wide else 6), box.end):
        version = data[each.begin]
        if each.kind != b"infe" or version < 2:
            continue
        form = ">HH4s" if version == 2 else ">IH4s"
        item, _, kind = struct.unpack_from(form, data, each.begin + 4)
        found[item] = kind
    return found


def _extents(data: bytes, box: _Box) -> Iterator[tuple[int, int, int, int]]:
    """Item, method, first byte and length of every piece of every item."""
    version, at = data[box.begin], box.begin + 4
    sizes = data[at], data[at + 1]
    offset_size, length_size = sizes[0] >> 4, sizes[0] & 15
    base_size, index_size = sizes[1] >> 4, sizes[1] & 15 if version else 0
    at += 2
    id_size = 4 if version == 2 else 2
    count, at = _number(data, at, id_size)
    if count > _MOST_ITEMS:
        raise Damaged("too many items")
    for _ in range(count):
        item, at = _number(data, at, id_size)
        method, at = _number(data, at, 2) if version else (0, at)
        base, at = _number(data, at + 2, base_size)
        extents, at = _number(data, at, 2)
        for _ in range(extents):
            offset, at = _number(data, at + index_size, offset_size)
            length, at = _number(data, at, length_size)
            yield item, method & 15, base + offset, length


def _number(data: bytes, at: int, size: int) -> tuple[int, int]:
    if at + size > len(data):
        raise Damaged("a number is cut off")
    return int.from_bytes(data[at : at + size]), at + size
