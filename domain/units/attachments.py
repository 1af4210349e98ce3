"""Attachments: photos and documents that are sent as evidence, told by their first bytes.

Source: docs/certificates.md, "Attachments".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

MOST_BYTES: Final = 10 * 1_048_576
MOST_PIXELS: Final = 40_000_000
MOST_UNCLAIMED: Final = 100
"""How many attachments an owner may have that nothing refers to."""
UNCLAIMED_KEPT: Final = timedelta(days=2)
_LOOKED_AT: Final = 1024
_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})


class AttachmentPurpose(StrEnum):
    """What an attachment is for."""

    DEVICE_PHOTO = "DEVICE_PHOTO"
    IDENTITY_DOCUMENT = "IDENTITY_DOCUMENT"
    EVIDENCE = "EVIDENCE"
    CUSTODY_PROOF = "CUSTODY_PROOF"
    DOCUMENT = "DOCUMENT"


class MediaType(StrEnum):
    """What an attachment may be."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    HEIC = "image/heic"
    PDF = "application/pdf"


class FileFault(StrEnum):
    """Why a file is not taken."""

    FILE_EMPTY = "FILE_EMPTY"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    FILE_TYPE_NOT_ALLOWED = "FILE_TYPE_NOT_ALLOWED"
    FILE_TYPE_MISMATCH = "FILE_TYPE_MISMATCH"
    FILE_DAMAGED = "FILE_DAMAGED"
    IMAGE_TOO_LARGE = "IMAGE_TOO_LARGE"
    UPLOAD_TOO_SLOW = "UPLOAD_TOO_SLOW"
    TOO_MANY_UNCLAIMED = "TOO_MANY_UNCLAIMED"


@dataclass(frozen=True, slots=True)
class FileRefused:
    """A file is not taken, and the facts that say why."""

    fault: FileFault
    facts: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Kept:
    """A file as it is kept. Units: `width` and `height` are pixels; None for a document."""

    media_type: MediaType
    data: bytes
    width: int | None = None
    height: int | None = None


EXTENSIONS: Final[Mapping[MediaType, str]] = {
    MediaType.JPEG: "jpg",
    MediaType.PNG: "png",
    MediaType.WEBP: "webp",
    MediaType.HEIC: "heic",
    MediaType.PDF: "pdf",
}
_NAMED: Final[Mapping[str, MediaType]] = {
    **{extension: media_type for media_type, extension in EXTENSIONS.items()},
    "jpeg": MediaType.JPEG,
    "heif": MediaType.HEIC,
}
_ALSO: Final[Mapping[str, MediaType]] = {
    **{each.value: each for each in MediaType},
    "image/jpg": MediaType.JPEG,
    "image/heif": MediaType.HEIC,
}
_SAYS_NOTHING: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})


def media_type_of(data: bytes) -> MediaType | None:
    """What a file is by its first bytes; None for what is not taken, such as SVG and HTML."""
    if data.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return MediaType.WEBP
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        return MediaType.HEIC
    return MediaType.PDF if data.startswith(b"%PDF-") else None


def examined(data: bytes, declared: str, name: str) -> MediaType | FileRefused:
    """What a file is, if that is what it was said to be.

    Shapes: `declared` is the content type of the request, `name` what the sender calls the file;
    either may be empty. An extension that nobody knows is refused, too.
    """
    if not data:
        return FileRefused(FileFault.FILE_EMPTY, {})
    if len(data) > MOST_BYTES:
        return too_large()
    found = media_type_of(data)
    if found is None:
        allowed = ", ".join(EXTENSIONS[each] for each in MediaType)
        return FileRefused(FileFault.FILE_TYPE_NOT_ALLOWED, {"allowed": allowed})
    for said, meant in _said(declared, name):
        if meant is not found:
            facts = {"declared": said[:100], "found": found.value}
            return FileRefused(FileFault.FILE_TYPE_MISMATCH, facts)
    if found is MediaType.PDF and b"%%EOF" not in data[-_LOOKED_AT:]:
        return FileRefused(FileFault.FILE_DAMAGED, {})
    return found


def too_large() -> FileRefused:
    """The refusal of a file with too many bytes."""
    return FileRefused(FileFault.FILE_TOO_LARGE, {"maxBytes": MOST_BYTES})


def _said(declared: str, name: str) -> list[tuple[str, MediaType | None]]:
    kind = declared.partition(";")[0].strip().lower()
    _, dot, extension = name.rpartition(".")
    said = [] if kind in _SAYS_NOTHING else [(kind, _ALSO.get(kind))]
    return [*said, (name, _NAMED.get(extension.lower()))] if dot else said
