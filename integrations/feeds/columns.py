"""Which column of a feed is which field of ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.offers.headers import unknown_fields
from domain.offers.lines import FeedMode, FileCode
from integrations.feeds.contract import FileRefused, ReadSettings
from integrations.feeds.dialect import Dialect, header_key
from integrations.feeds.frames import is_ours


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields of a delimited file are.

    Shapes: `fields` pairs a column's index with our field; `width` counts the columns of the
    header, `least` those up to the last that has a name.
    """

    fields: tuple[tuple[int, str], ...]
    unknown: tuple[str, ...]
    width: int
    least: int

    @property
    def names(self) -> tuple[str, ...]:
        """Our fields, in the order of the file."""
        return tuple(name for _, name in self.fields)


def field_of(key: str, dialect: Dialect, settings: ReadSettings) -> str | None:
    """The field that a column holds, or None if we do not read it.

    Shapes: what the merchant has mapped goes before the words of the format; a field that is
    mapped to one column is read from no other.
    """
    mapped = _mapped(settings)
    if key in mapped:
        return mapped[key] or None
    known = dialect.names.get(key) or _patterned(key, dialect)
    return None if known in mapped.values() else known


def _mapped(settings: ReadSettings) -> dict[str, str]:
    """The columns that the merchant has said, by their key, and the fields that they hold."""
    said = {header_key(name): name_of for name, name_of in settings.mapping.items()}
    if settings.grade_column is not None and not settings.grade_in_title:
        said[header_key(settings.grade_column)] = "grade"
    return said


def _patterned(key: str, dialect: Dialect) -> str | None:
    for pattern, form in dialect.patterns:
        if found := pattern.fullmatch(key):
            return form.format(*found.groups(), code=found[found.lastindex or 0].upper())
    return None


def layout(header: Sequence[str], dialect: Dialect, settings: ReadSettings) -> Layout:
    """Where our fields are in a file with this header.

    Shapes: of two columns for one field of a file that is no feed of offers, the first counts, or
    the one with the field's own name.
    Raises: FileRefused `FEED_TOO_LARGE` for too many columns, `HEADER_MISSING` for a column sent
    twice and for required columns that are not there.
    """
    if len(header) > settings.max_columns:
        detail = f"{len(header)} columns, at most {settings.max_columns}"
        raise FileRefused(FileCode.FEED_TOO_LARGE, detail, line=1)
    keys = [header_key(name) for name in header]
    fields: dict[str, int] = {}
    unknown: list[str] = []
    for index, key in enumerate(keys):
        name = field_of(key, dialect, settings) if key else None
        repeated = name in fields if name else key in keys[:index]
        if name and repeated and dialect.needs is not None:
            other = fields[name] if key == name else index
            fields[name] = index if key == name else fields[name]
            unknown.append(header[other].strip())
            continue
        if key and repeated and key not in dialect.unused:
            raise FileRefused(FileCode.HEADER_MISSING, f"column sent twice: {header[index]}")
        if name:
            fields[name] = index
        elif key and key not in dialect.unused and not is_ours(key):
            unknown.append(header[index].strip())
    require(fields, dialect, settings)
    least = max(index for index, key in enumerate(keys) if key and not is_ours(key)) + 1
    places = tuple((index, name) for name, index in fields.items())
    return Layout(places, tuple(unknown), len(header), least)


def require(
    fields: Sequence[str] | Mapping[str, int], dialect: Dialect, settings: ReadSettings
) -> None:
    """Refuse a feed whose columns cannot say what its mode needs.

    Raises: FileRefused `HEADER_MISSING`, with the names as the format writes them.
    """
    if dialect.needs is not None:
        _require_other(fields, dialect, settings)
        return
    if wrong := list(unknown_fields(settings.mapping)):
        raise FileRefused(FileCode.HEADER_MISSING, "mapped to no field: " + ", ".join(wrong))
    missing = [] if "sku" in fields else [dialect.says("sku")]
    priced = any(name in fields for name in ("price", "price_minor", "prices"))
    priced = priced or any(name.startswith("price[") for name in fields)
    stocked = not {"quantity", "availability", "stock"}.isdisjoint(fields)
    light = settings.mode is FeedMode.PRICES and not (priced or (dialect.partial and stocked))
    if light or (settings.mode is FeedMode.FULL and not priced):
        missing.append(dialect.says("price"))
    if settings.mode is FeedMode.STOCK and not stocked:
        missing.append(dialect.says("quantity"))
    graded = settings.fixed_grade is not None or not dialect.graded.isdisjoint(fields)
    graded = graded or (settings.grade_in_title and "title" in fields)
    if settings.mode is FeedMode.FULL and not graded:
        missing.append(settings.grade_column or dialect.says("grade"))
    if missing:
        raise FileRefused(FileCode.HEADER_MISSING, "missing: " + ", ".join(missing))


def _require_other(
    fields: Sequence[str] | Mapping[str, int], dialect: Dialect, settings: ReadSettings
) -> None:
    """The same of a file that is no feed of offers. Raises: FileRefused `HEADER_MISSING`."""
    known = dialect.fields | {""}
    wrong = [header for header, field in settings.mapping.items() if field not in known]
    if wrong:
        raise FileRefused(FileCode.HEADER_MISSING, "mapped to no field: " + ", ".join(wrong))
    if dialect.needs is not None and (missing := dialect.needs(fields)):
        raise FileRefused(FileCode.HEADER_MISSING, "missing: " + ", ".join(missing))
