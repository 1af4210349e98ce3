"""What clean values look like, and how a whole column of them is read at once.

Each expression answers exactly as the rule of `domain.offers.values` would, or leaves null.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from domain.catalog import Grade
from domain.impact.linter import Readers
from domain.money import Currency
from domain.offers.values import NOTE_LENGTH, SKU_LENGTH, TEXT_LENGTH, fold
from integrations.feeds.lanes import LaneOf

_PRINTABLE: Final = r"^[!-~](?:[ -~]*[!-~])?$"
_UUID: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_RISKY_NOTE: Final = r"[<>&@:+(]|\.\w|[0-9][0-9 ./()-]{5}|[wW]{3}"
_MOMENT: Final = (
    r"^20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:Z|\+00:00)$"
)
_CENTS: Final = r"^[0-9]{1,7}(?:[.,][0-9]{1,2})?$"


def _short(most: int) -> LaneOf:
    def lane(text: pl.Expr) -> pl.Expr:
        return pl.when(text.str.contains(_PRINTABLE) & (text.str.len_bytes() <= most)).then(text)

    return lane


def _note(claims: Readers | None) -> LaneOf:
    """Notes in which neither a contact nor a claim can stand."""
    risky = _RISKY_NOTE if claims is None else f"{_RISKY_NOTE}|{claims.linter.risky()}"

    def lane(text: pl.Expr) -> pl.Expr:
        short = text.str.contains(_PRINTABLE) & (text.str.len_bytes() <= NOTE_LENGTH)
        return pl.when(short & ~text.str.contains(risky)).then(text)

    return lane


def _matching(pattern: str, dtype: pl.DataType) -> LaneOf:
    def lane(text: pl.Expr) -> pl.Expr:
        return pl.when(text.str.contains(pattern)).then(text).cast(dtype)

    return lane


def _member(words: list[str]) -> LaneOf:
    def lane(text: pl.Expr) -> pl.Expr:
        return pl.when(text.is_in(words)).then(text)

    return lane


def _moment(text: pl.Expr) -> pl.Expr:
    suited = pl.when(text.str.contains(_MOMENT)).then(text)
    return suited.str.replace("Z", "+00:00", literal=True)


def cents(text: pl.Expr) -> pl.Expr:
    """Amounts above zero in hundredths, which read the same under every setting."""
    suited = pl.when(text.str.contains(_CENTS)).then(text)
    exact = suited.str.replace(",", ".", literal=True).cast(pl.Decimal(12, 2))
    minor = exact.to_physical().cast(pl.Int64)
    return pl.when(minor > 0).then(minor)


_LANES: Final[Mapping[str, LaneOf]] = {
    "sku": _short(SKU_LENGTH),
    **dict.fromkeys(("mpn", "brand", "model", "title", "dispatch_site"), _short(TEXT_LENGTH)),
    "product_id": _matching(_UUID, pl.String()),
    "quantity": _matching("^[0-9]{1,5}$", pl.Int32()),
    "warranty_months": _matching("^(?:1[2-9]|[2-9][0-9])$", pl.Int16()),
    "handling_hours": _matching("^[0-9]{1,2}$", pl.Int16()),
    "battery": _matching("^[1-9][0-9]?$", pl.Int16()),
    "sequence": _matching("^[0-9]{1,16}$", pl.Int64()),
    "currency": _member([currency.value for currency in Currency]),
    **dict.fromkeys(("available_from", "available_until", "source_updated_at"), _moment),
}


def lanes(
    columns: list[str], grades: Mapping[str, Grade], claims: Readers | None = None
) -> dict[str, LaneOf]:
    """The lanes for these columns; a grade has one where the feed leaves its name its meaning."""
    plain = [grade.value for grade in Grade if grades.get(fold(grade.value)) is grade]
    money = {name: cents for name in columns if name.partition("[")[0] in _MONEY}
    return {**_LANES, **money, "grade": _member(plain), "note": _note(claims)}


_MONEY: Final = frozenset({"price", "min_price", "max_price"})
