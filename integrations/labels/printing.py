"""A label on paper: A6, the carrier, both addresses, the number as a Code 39 barcode."""

from fpdf import FPDF

from integrations.labels import Wanted

_WIDE, _HIGH, _EDGE = 105.0, 148.0, 6.0


def printed(wanted: Wanted, number: str) -> bytes:
    """A PDF of one page, the same for the same label. Letters outside Latin-1 become `?`."""
    page = FPDF(unit="mm", format=(_WIDE, _HIGH))
    page.set_creation_date(wanted.at)
    page.set_auto_page_break(auto=False)
    page.add_page()
    page.rect(_EDGE / 2, _EDGE / 2, _WIDE - _EDGE, _HIGH - _EDGE)
    _line(page, 10, 18, wanted.carrier.value.replace("_", " "), bold=True)
    _line(page, 20, 9, f"{wanted.origin} > {wanted.destination}   {wanted.grams} g")
    _line(page, 30, 8, f"From: {wanted.sender}")
    for row, text in enumerate((*wanted.address, f"{wanted.postal_code} {wanted.destination}")[:8]):
        _line(page, 44 + 7 * row, 12, text)
    page.code39(f"*{number}*", x=_EDGE, y=105, w=0.35 if len(number) > 16 else 0.5, h=20)
    _line(page, 128, 13, number, bold=True)
    _line(page, 136, 8, wanted.reference)
    return bytes(page.output())


def _line(page: FPDF, y: float, size: int, text: str, *, bold: bool = False) -> None:
    page.set_font("Helvetica", style="B" if bold else "", size=size)
    page.set_xy(_EDGE, y)
    page.cell(_WIDE - 2 * _EDGE, 6, text.encode("latin-1", "replace").decode("latin-1"))
