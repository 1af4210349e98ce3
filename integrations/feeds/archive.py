"""What is in a workbook's archive, inflated once to count it before anything else reads it."""

import mmap
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from lxml import etree

from domain.offers.lines import FileCode
from integrations.feeds.body import MIB, RATIO_FROM, Limits
from integrations.feeds.contract import FileRefused

ZIP: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0"
MOST_MEMBERS: Final = 2_000
MOST_SMALL: Final = 4 * MIB
MOST_OLE: Final = 64 * MIB
_PIECE: Final = MIB
_KEPT: Final = 512
# Bounded, and never beyond the next sign of a tag: a stranger's text must not cost its square.
_ERROR_CELL: Final = re.compile(
    rb'<(?:\w{1,20}:)?c\s(?=[^<>]{0,200}\bt="e")[^<>]{0,200}?\br="([A-Z]{1,3}\d{1,7})"'
)
_FORMULA: Final = re.compile(rb"<(?:\w{1,20}:)?f[\s>/]|\stable:formula=")
_OFFICE: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Kind(StrEnum):
    """How a workbook is written."""

    XLSX = "XLSX"
    ODS = "ODS"
    XLS = "XLS"


@dataclass(slots=True)
class Contents:
    """A workbook whose archive holds what it says.

    Shapes: `formulas` counts cells by member; `errors` are the places of cells such as `#N/A`, as
    `B7`, by member; `sheets` leads names to members.
    """

    kind: Kind
    formulas: dict[str, int] = field(default_factory=dict)
    errors: dict[str, set[str]] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)


def is_workbook(path: Path) -> bool:
    """Whether a file begins like a workbook: an archive or a compound document."""
    with path.open("rb") as file:
        return file.read(4) in {ZIP, OLE}


def look_into(path: Path, limits: Limits) -> Contents:
    """Inflate every member of a workbook, counting what comes out, and tell what it holds.

    Raises: FileRefused `FORMAT_UNKNOWN` for what is no workbook or has a password,
    `FEED_TRUNCATED`, `ARCHIVE_BOMB`, `FEED_TOO_LARGE`.
    """
    with path.open("rb") as file:
        start = file.read(4_096)
    if start.startswith(OLE):
        return _compound(path)
    try:
        with zipfile.ZipFile(path) as archive:
            return _archive(archive, path.stat().st_size, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        if b"[Content_Types].xml" in start or b"mimetype" in start or b"xl/" in start:
            raise FileRefused(FileCode.FEED_TRUNCATED, "the workbook is damaged") from error
        raise FileRefused(FileCode.FORMAT_UNKNOWN, "not a text file") from error


def _compound(path: Path) -> Contents:
    """An XLS. A compound document may also be another file of an office, or one with a password."""
    if path.stat().st_size > MOST_OLE:
        raise FileRefused(FileCode.FEED_TOO_LARGE, f"an XLS of more than {MOST_OLE} bytes")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if text.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            raise FileRefused(FileCode.FORMAT_UNKNOWN, PASSWORD)
        names = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
        if not any(text.find(name) >= 0 for name in names):
            raise FileRefused(FileCode.FORMAT_UNKNOWN, "not a text file")
    return Contents(Kind.XLS)


PASSWORD: Final = "the workbook is protected with a password"  # noqa: S105 (a message)


def _archive(archive: zipfile.ZipFile, size: int, limits: Limits) -> Contents:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise FileRefused(FileCode.ARCHIVE_BOMB, f"more than {MOST_MEMBERS} members")
    contents = Contents(_kind(archive))
    if any(member.flag_bits & 1 for member in members):
        raise FileRefused(FileCode.FORMAT_UNKNOWN, PASSWORD)
    total = 0
    for member in members:
        total = _inflate(archive, member, total, size, contents, limits)
    if contents.kind is Kind.XLSX:
        contents.sheets = _sheets(archive)
    return contents


def _kind(archive: zipfile.ZipFile) -> Kind:
    names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        return Kind.XLSX
    if "content.xml" in names and b"spreadsheet" in _small(archive, "mimetype"):
        if b"encryption-data" in _small(archive, "META-INF/manifest.xml"):
            raise FileRefused(FileCode.FORMAT_UNKNOWN, PASSWORD)
        return Kind.ODS
    raise FileRefused(FileCode.FORMAT_UNKNOWN, "not a text file")


def _inflate(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    total: int,
    size: int,
    contents: Contents,
    limits: Limits,
) -> int:
    """Inflate a member piece by piece; return how much came out of all so far."""
    scanned = member.filename.startswith("xl/worksheets/") or member.filename == "content.xml"
    held = b""
    with archive.open(member) as file:
        while piece := file.read(_PIECE):
            total += len(piece)
            if total > RATIO_FROM and total > limits.ratio * size:
                raise FileRefused(FileCode.ARCHIVE_BOMB, f"inflates over {limits.ratio}:1")
            if total > limits.stored_bytes:
                raise FileRefused(FileCode.FEED_TOO_LARGE, f"over {limits.stored_bytes} bytes")
            if scanned:
                held = _scan(held + piece, member.filename, contents)
    if held:
        _note(held, member.filename, contents)
    return total


def _scan(text: bytes, member: str, contents: Contents) -> bytes:
    """Note the cells of a text up to its last whole tag, and return the rest."""
    cut = text.rfind(b"<", max(0, len(text) - _KEPT))
    cut = len(text) if cut < 0 else cut
    _note(text[:cut], member, contents)
    return text[cut:]


def _note(text: bytes, member: str, contents: Contents) -> None:
    found = contents.errors.setdefault(member, set())
    found.update(match[1].decode() for match in _ERROR_CELL.finditer(text))
    count = sum(1 for _ in _FORMULA.finditer(text))
    contents.formulas[member] = contents.formulas.get(member, 0) + count


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as file:
            return file.read(MOST_SMALL)
    except KeyError:
        return b""


def _sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """The member of each sheet. An archive without this table has sheets, but nobody finds them."""
    links = {
        link.get("Id"): _member(link.get("Target") or "")
        for link in _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship")
    }
    return {
        sheet.get("name") or "": links[sheet.get(_OFFICE)]
        for sheet in _elements(archive, "xl/workbook.xml", "sheet")
        if sheet.get(_OFFICE) in links
    }


def _member(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _elements(archive: zipfile.ZipFile, name: str, tag: str) -> list[etree._Element]:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(_small(archive, name), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FileRefused(FileCode.FORMAT_UNKNOWN, f"{name} cannot be read") from error
    return [found for found in root.iter(f"{{*}}{tag}") if isinstance(found.tag, str)]
