"""The tax authority's schema for the yearly report of sellers: what it says against a message.

The schemas are those that the PyPI package `dac7` 2025.0.0 brings, see `schemas/SOURCE.md`.
"""

from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA = Path(__file__).parent / "schemas" / "DPIXML_v1.1-fr1.xsd"
MOST = 50


def faults(document: str) -> list[str]:
    """What the schema of the French authority says against a message, at most 50; [] if it fits."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    read = etree.fromstring(document.encode(), parser)
    info: Any = read.getroottree().docinfo
    if info.doctype:
        return ["A message has no document type."]
    schema = _schema()
    if schema.validate(read):
        return []
    found = islice(cast("Iterable[Any]", schema.error_log), MOST)
    return [f"{error.path}: {error.message}"[:500] for error in found]


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMA)))
