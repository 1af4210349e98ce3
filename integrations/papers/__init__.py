"""Papers: a title, facts, tables and a QR code, as a PDF of A4 pages.

Texts are set in DejaVu Sans, which comes along: Latin, Greek and Cyrillic letters; others become a
box. The same paper is the same bytes.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import segno
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

FONTS: Final = Path(__file__).with_name("fonts")
_REGULAR, _BOLD = FONTS / "DejaVuSans.ttf", FONTS / "DejaVuSans-Bold.ttf"
_EDGE, _WIDE, _HIGH = 16.0, 178.0, 297.0
_QR: Final = 34.0
_ROW: Final = 4.6
_BAR: Final = 7.0
_GREEN, _RED, _GREY = (15, 107, 79), (192, 67, 47), (85, 99, 92)


@dataclass(frozen=True, slots=True)
class Facts:
    """Pairs of a name and what it is."""

    title: str
    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads, if there are any. Units: `widths` are shares of the page's.

    `note` stands above.
    """

    title: str
    heads: Sequence[str]
    widths: Sequence[float]
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A value with its range, and how it is told. `low` and `high` None: it has no range."""

    name: str
    value: float
    told: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Values drawn against zero, all to one scale. `note` stands above."""

    title: str
    bars: Sequence[Bar]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """What is printed. `good` None: the banner is neither praise nor warning."""

    title: str
    subtitle: str
    banner: str
    good: bool | None
    at: datetime
    footer: str
    parts: Sequence[Facts | Table | Bars]
    link: str = ""
    notes: Sequence[str] = field(default=())


class _Sheet(FPDF):
    """Pages with our letters, and the number of each at its foot."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(unit="mm", format="A4")
        self._told = paper.footer
        self.set_creation_date(paper.at)
        self.set_title(paper.title)
        self.add_font("paper", fname=_REGULAR)
        self.add_font("paper", style="B", fname=_BOLD)
        self.set_margins(_EDGE, _EDGE)
        self.set_auto_page_break(auto=True, margin=18)
        self.add_page()

    def footer(self) -> None:
        """The line at the foot of a page."""
        self.set_y(-12)
        self.set_font("paper", size=7)
        self.set_text_color(*_GREY)
        self.cell(_WIDE - 20, 4, _known(self._told))
        self.cell(20, 4, f"{self.page_no()} / {{nb}}", align="R")


def printed(paper: Paper) -> bytes:
    """The PDF. It blocks: run it in a thread."""
    sheet = _Sheet(paper)
    _head(sheet, paper)
    for part in paper.parts:
        _part(sheet, part)
    for note in paper.notes:
        _text(sheet, note, 8)
    return bytes(sheet.output())


def qr_svg(link: str) -> bytes:
    """A link as a QR code, to be shown on a page. Source: ISO/IEC 18004."""
    into = io.BytesIO()
    code = segno.make(link, error="m", micro=False)
    code.save(into, kind="svg", scale=4, border=4, dark="#000", light="#fff", title=link)
    return into.getvalue()


def _head(sheet: FPDF, paper: Paper) -> None:
    beside = _QR + 6 if paper.link else 0
    if paper.link:
        into = io.BytesIO()
        segno.make(paper.link, error="m", micro=False).save(into, kind="png", scale=6, border=2)
        sheet.image(into, x=_EDGE + _WIDE - _QR, y=_EDGE, w=_QR, h=_QR)
    sheet.set_font("paper", "B", 18)
    _below(sheet, _WIDE - beside, 8, paper.title)
    sheet.set_font("paper", size=10)
    sheet.set_text_color(*_GREY)
    _below(sheet, _WIDE - beside, 5, paper.subtitle)
    colour = _GREY if paper.good is None else _GREEN if paper.good else _RED
    sheet.set_text_color(*colour)
    sheet.set_font("paper", "B", 11)
    _below(sheet, _WIDE - beside, 7, paper.banner)
    sheet.set_text_color(0)
    if paper.link:
        sheet.set_font("paper", size=7)
        sheet.set_y(max(sheet.get_y(), _EDGE + _QR))
        sheet.cell(_WIDE, 4, _known(paper.link), align="R", link=paper.link)
        sheet.ln(4)


def _part(sheet: FPDF, part: Facts | Table | Bars) -> None:
    match part:
        case Facts():
            _facts(sheet, part)
        case Bars():
            _bars(sheet, part)
        case table:
            _table(sheet, table)


def _bars(sheet: FPDF, part: Bars) -> None:
    """Each value as a bar from zero, with its range as a line across its end."""
    _title(sheet, part.title)
    if part.note:
        _text(sheet, part.note, 8)
        sheet.ln(1)
    ends = [n for bar in part.bars for n in (0.0, bar.value, bar.low, bar.high) if n is not None]
    least, most = min(ends, default=0.0), max(ends, default=1.0)
    span = (most - least) or 1.0
    left, wide = _EDGE + 42, _WIDE - 42 - 48

    def at(value: float) -> float:
        return left + (value - least) / span * wide

    for bar in part.bars:
        if sheet.get_y() > _HIGH - 18 - _BAR:
            sheet.add_page()
        _bar(sheet, bar, at)


def _bar(sheet: FPDF, bar: Bar, at: Callable[[float], float]) -> None:
    top, middle = sheet.get_y() + 1.2, sheet.get_y() + _BAR / 2
    sheet.set_font("paper", size=8)
    sheet.cell(42, _BAR, _fitting(sheet, _known(bar.name), 42))
    sheet.set_fill_color(*(_GREEN if bar.value > 0 else _RED))
    start, end = sorted((at(0.0), at(bar.value)))
    sheet.rect(start, top, max(end - start, 0.3), _BAR - 2.4, style="F")
    if bar.low is not None and bar.high is not None:
        sheet.set_draw_color(*_GREY)
        sheet.set_line_width(0.5)
        sheet.line(at(bar.low), middle, at(bar.high), middle)
        for each in (bar.low, bar.high):
            sheet.line(at(each), middle - 1.2, at(each), middle + 1.2)
    sheet.set_draw_color(0)
    sheet.set_line_width(0.2)
    sheet.line(at(0.0), top - 1.2, at(0.0), top + _BAR - 1.2)
    sheet.set_x(_EDGE + _WIDE - 46)
    sheet.cell(46, _BAR, _fitting(sheet, _known(bar.told), 46), align="R")
    sheet.ln(_BAR)


def _below(sheet: FPDF, width: float, height: float, text: str) -> None:
    """A text in as many lines as it takes; what follows begins below it."""
    known = _known(text)
    sheet.multi_cell(width, height, known, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")


def _title(sheet: FPDF, text: str) -> None:
    if sheet.get_y() > _HIGH - 40:
        sheet.add_page()
    sheet.ln(3)
    sheet.set_font("paper", "B", 11)
    sheet.set_text_color(*_GREEN)
    _below(sheet, _WIDE, 6, text)
    sheet.set_text_color(0)


def _facts(sheet: FPDF, part: Facts) -> None:
    _title(sheet, part.title)
    for name, value in part.pairs:
        sheet.set_font("paper", size=8)
        sheet.set_text_color(*_GREY)
        sheet.cell(50, 5, _known(name))
        sheet.set_text_color(0)
        _below(sheet, _WIDE - 50, 5, value)


def _table(sheet: FPDF, part: Table) -> None:
    _title(sheet, part.title)
    if part.note:
        _text(sheet, part.note, 8)
    widths = [_WIDE * share for share in part.widths]
    _heads(sheet, part, widths)
    for row in part.rows:
        if sheet.get_y() > _HIGH - 18 - _ROW:
            sheet.add_page()
            _heads(sheet, part, widths)
        for width, value in zip(widths, row, strict=True):
            sheet.cell(width, _ROW, _fitting(sheet, _known(value), width))
        sheet.ln(_ROW)


def _heads(sheet: FPDF, part: Table, widths: Sequence[float]) -> None:
    sheet.set_font("paper", "B", 7)
    if any(part.heads):
        for width, head in zip(widths, part.heads, strict=True):
            sheet.cell(width, _ROW, _fitting(sheet, _known(head), width), border="B")
        sheet.ln(_ROW)
    sheet.set_font("paper", size=7)


def _text(sheet: FPDF, text: str, size: int) -> None:
    sheet.ln(1)
    sheet.set_font("paper", size=size)
    _below(sheet, _WIDE, size * 0.55, text)


def _fitting(sheet: FPDF, text: str, width: float) -> str:
    """The text, cut where it would run into the next cell."""
    while text and sheet.get_string_width(text) > width - 2:
        text = f"{text[: -2 if text[-1] == '…' else -1]}…" if len(text) > 1 else ""
    return text


def _known(text: str) -> str:
    """The text with a box for each letter that the font does not have."""
    if text.isascii():
        return text
    letters = _letters()
    return "".join(each if ord(each) in letters else "□" for each in text)


@cache
def _letters() -> frozenset[int]:
    sheet = FPDF()
    sheet.add_font("paper", fname=_REGULAR)
    font = sheet.fonts["paper"]
    if not isinstance(font, TTFFont):
        raise TypeError("the font is not one of ours")
    letters = frozenset(font.cmap)
    font.close()
    return letters
