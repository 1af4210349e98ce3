"""Reads what a carrier sent without trust: every getter takes whatever value there is.

What is not of the wanted kind is empty, so that a client is total without a `try` around it.
"""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from lxml import etree

from domain.shipments.scans import Scan

TEXT: Final = 500
CODE: Final = 64
GRAMS: Final = 100_000_000
_CONTROLS: Final = dict.fromkeys((*range(32), 127), " ")
_GRAMS_IN: Final = {
    "G": Decimal(1),
    "KG": Decimal(1000),
    "KGS": Decimal(1000),
    "METRIC": Decimal(1000),
    "LB": Decimal("453.59237"),
    "LBS": Decimal("453.59237"),
    "IMPERIAL": Decimal("453.59237"),
    "OZ": Decimal("28.349523125"),
}


def mapping(value: Any) -> dict[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; a bare object is a list of one."""
    if isinstance(value, dict):
        return [value]
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def at(value: Any, *path: str) -> Any:
    """What stands at the end of a path of keys; None where it breaks off."""
    for key in path:
        value = mapping(value).get(key)
    return value


def text(value: Any, most: int = TEXT) -> str:
    """A text in one line without control characters, at most so long; a number is its digits."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return " ".join(str(value)[: most * 2].translate(_CONTROLS).split())[:most]


def code(value: Any) -> str:
    """A code as a text of at most 64 characters."""
    return text(value, CODE)


def country(value: Any) -> str | None:
    """ISO 3166-1 alpha-2, upper case, or None."""
    found = text(value, 3).upper()
    return found if len(found) == 2 and found.isascii() and found.isalpha() else None


def truth(value: Any) -> bool:
    """True, or the text `true`."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def number(value: Any) -> Decimal | None:
    """A finite number that is written as one or as a text."""
    try:
        found = Decimal(text(value, 40))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < 30 else None


def grams(value: Any, unit: Any = "KG") -> int | None:
    """A weight in grams; None for none, for 0 and for an unknown unit."""
    amount, factor = number(value), _GRAMS_IN.get(code(unit).upper())
    if amount is None or factor is None or not 0 < amount * factor <= GRAMS:
        return None
    return round(amount * factor) or None


def clean(value: Any) -> Any:
    """JSON without NUL characters, which no table can keep."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [clean(each) for each in value]
    if isinstance(value, dict):
        return {clean(key): clean(each) for key, each in value.items()}
    return value


def joined(*parts: str) -> str:
    """The parts of a code joined by `/`, empty ones left out."""
    return "/".join(part for part in parts if part)


def oldest_first(scans: list[Scan]) -> tuple[Scan, ...]:
    """Scans by time; those of one time by `position`."""
    return tuple(sorted(scans, key=lambda scan: (scan.occurred_at, scan.position)))


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: etree._Element | None, name: str) -> list[etree._Element]:
    """The children of this name, in whatever namespace."""
    return [] if element is None else [each for each in element if local_name(each) == name]


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first element at the end of a path of names."""
    for name in path:
        element = next(iter(children(element, name)), None)
    return element


def descendants(element: etree._Element | None, name: str) -> Iterator[etree._Element]:
    """All elements of this name below one, and itself."""
    if element is not None:
        yield from (each for each in element.iter() if local_name(each) == name)


def inner(element: etree._Element | None, *path: str) -> str:
    """The text of the element at the end of a path, or an empty one."""
    found = child(element, *path)
    return "" if found is None else text(found.text or "")


def attribute(element: etree._Element | None, name: str) -> str:
    """An attribute's text, or an empty one."""
    return "" if element is None else text(element.get(name) or "")


def as_json(element: etree._Element, deep: int = 8) -> dict[str, Any]:
    """An element as JSON: attributes and simple children by name, several of a name as a list.

    What lies more than `deep` levels down is left out.
    """
    found: dict[str, Any] = {str(name): text(value) for name, value in element.attrib.items()}
    for each in element if deep else ():
        name = local_name(each)
        if not name:
            continue
        nested = len(each) or each.attrib
        value: Any = as_json(each, deep - 1) if nested else text(each.text or "")
        if name in found:
            before = found[name]
            found[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            found[name] = value
    return found
