"""Writes a workbook of one sheet, row by row, in little memory.

Numbers stay numbers; every other cell is a text, which no spreadsheet runs.
Source: ECMA-376, part 1, SpreadsheetML.
"""

import re
import zipfile
from collections.abc import Sequence
from io import BytesIO, RawIOBase
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from integrations.feeds.cells import Cell, text_of

_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS: Final = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST: Final = 32_767
_NAME: Final = re.compile(r"[\[\]:*?/\\]")
_LONGEST_NAME: Final = 31


class WorkbookOut:
    """A workbook under way: what `row` and `end` return is its next bytes."""

    def __init__(self, sheet: str) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED)
        for name, body in _PARTS.items():
            self._zip.writestr(name, _XML + body)
        self._zip.writestr("xl/workbook.xml", _XML + _workbook(sheet))
        self._sheet = self._zip.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)
        self._sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())

    def row(self, cells: Sequence[Cell]) -> bytes:
        """Add a row of cells, as `integrations.feeds.cells` has them."""
        self._sheet.write(f"<row>{''.join(map(_cell, cells))}</row>".encode())
        return self._sink.taken()

    def end(self) -> bytes:
        """Close the workbook."""
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        self._zip.close()
        return self._sink.taken()


def _workbook(sheet: str) -> str:
    name = quoteattr(_clean(_NAME.sub(" ", sheet))[:_LONGEST_NAME].strip("'") or "Sheet1")
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name={name} sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


def _cell(cell: Cell) -> str:
    match cell:
        case bool():
            return f'<c t="b"><v>{int(cell)}</v></c>'
        case int() | float():
            return f"<c><v>{cell!r}</v></c>"
        case _ if (text := text_of(cell, "")) is not None:
            shown = escape(_clean(text)[:_LONGEST])
            return f'<c t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'
        case _:
            return "<c/>"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)


class _Sink(RawIOBase):
    """Takes what an archive writes; a place in it is never asked for again."""

    def __init__(self) -> None:
        self._held = BytesIO()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return self._held.write(data)

    def taken(self) -> bytes:
        """What was written since."""
        found = self._held.getvalue()
        self._held = BytesIO()
        return found
