"""Shopify's bulk operations: a node a line, children naming their parents by id."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from domain.offers.amounts import Mark, decimal_mark
from domain.offers.lines import FileCode, LineCode
from integrations.feeds.blocks import Source
from integrations.feeds.columns import require
from integrations.feeds.contract import FileRefused, LineProblem, Raw, ReadSettings
from integrations.feeds.delimited import SAMPLE
from integrations.feeds.json_text import Row, as_text, decoded, faulty, frame_of
from integrations.feeds.native import NATIVE
from integrations.feeds.pieces import Pieces
from integrations.feeds.shopify import Facets, offer_of

PARENT: Final = "__parentId"
MOST_NODES: Final = 250_000
_PLAIN: Final = {"sku": "sku", "barcode": "gtin", "price": "price", "inventoryQuantity": "stock"}
_SHARED: Final = {"title": "title", "vendor": "brand", "status": "status"}
Node = Mapping[str, object]


@dataclass(slots=True)
class Shop:
    """A bulk file. A first walk learns the products and metafields, as a child may stand anywhere.

    Shapes: `products` are what products share, by id; `told` the fields that metafields tell, by
    the id of their parent. `fields` grow as variants are met.
    """

    source: Source
    settings: ReadSettings
    products: dict[str, dict[str, str]] = field(default_factory=dict)
    told: dict[str, dict[str, str]] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    marks: dict[str, Mark | None] = field(default_factory=dict)
    facets: Facets = field(init=False)

    def __post_init__(self) -> None:
        self.facets = Facets(self.settings)

    def raws(self) -> Iterator[Raw]:
        """The variants of the file, a piece at a time, with the numbers of their lines.

        Raises: FileRefused `FEED_TRUNCATED` for a last line that breaks off, `FEED_TOO_LARGE`.
        """
        pieces = Pieces(self.source, self.settings)

        def parse(piece: bytes, first_line: int, final: bool) -> Raw:
            rows: list[Row] = []
            problems: list[LineProblem] = []
            breaks_off = final and pieces.unended
            for number, found, line in decoded(piece, first_line, breaks_off, self.settings):
                if isinstance(found, LineCode):
                    problems.append(faulty(number, found, line))
                elif is_variant(found):
                    rows.append((number, self._offer(found)))
            self.fields = tuple(dict.fromkeys([*self.fields, *_names(rows)]))
            physical = piece.count(b"\n")
            return Raw(frame_of(rows, self.fields), problems, len(problems), len(piece), physical)

        return pieces.walk(parse)

    def learn(self) -> None:
        """Walk the file for what its products and metafields say. Raises: FileRefused."""
        pieces = Pieces(self.source, self.settings)

        def parse(piece: bytes, first_line: int, final: bool) -> Raw:
            breaks_off = final and pieces.unended
            for _, found, _ in decoded(piece, first_line, breaks_off, self.settings):
                if not isinstance(found, LineCode):
                    self._note(found)
            return Raw(frame_of([], ()), [], 0, len(piece), piece.count(b"\n"))

        for _ in pieces.walk(parse):
            pass

    def _note(self, node: Node) -> None:
        identity = str(node.get("id"))
        if "namespace" in node and "key" in node:
            self._tell(str(node.get(PARENT)), node)
        elif not is_variant(node) and PARENT not in node:
            self._keep(self.products, identity, _shared(node))
        inline = node.get("metafields")
        for one in inline if isinstance(inline, list) else [node.get("metafield")]:
            if isinstance(one, dict):
                self._tell(identity, one)

    def _tell(self, identity: str, metafield: Node) -> None:
        name = f"{metafield.get('namespace')}.{metafield.get('key')}"
        meant = self.facets.of("metafield", name)
        value = as_text(metafield.get("value"))
        if meant is not None and value is not None:
            self._keep(self.told, identity, self.told.get(identity, {}) | {meant: value})

    def _keep(self, into: dict[str, dict[str, str]], identity: str, said: dict[str, str]) -> None:
        """Remember what is said of a node. Raises: FileRefused for more nodes than are kept."""
        if said:
            into[identity] = said
        if len(self.products) + len(self.told) > MOST_NODES:
            detail = f"more than {MOST_NODES} products and metafields"
            raise FileRefused(FileCode.FEED_TOO_LARGE, detail)

    def _offer(self, node: Node) -> dict[str, str | None]:
        parent = str(node.get(PARENT))
        product = self.products.get(parent) or _shared(node.get("product"))
        own = {ours: as_text(node.get(theirs)) for theirs, ours in _PLAIN.items()}
        listed = node.get("selectedOptions")
        options = {
            str(option.get("name")): str(option.get("value"))
            for option in (listed if isinstance(listed, list) else [])
            if isinstance(option, dict)
        }
        told = self.told.get(parent, {}) | self.told.get(str(node.get("id")), {})
        return offer_of(product | own, options, told, self.facets)


def is_variant(node: Node) -> bool:
    """Whether a node is a variant: by its id, or by what only a variant has."""
    identity = str(node.get("id"))
    if identity.startswith("gid://shopify/"):
        return identity.startswith("gid://shopify/ProductVariant/")
    return PARENT in node and ("sku" in node or "price" in node)


def open_shop(source: Source, settings: ReadSettings) -> Shop:
    """Learn the products of a bulk file and understand its first variants.

    Raises: FileRefused `FEED_EMPTY`, `HEADER_MISSING`, `FEED_TRUNCATED`, `FEED_TOO_LARGE`.
    """
    shop = Shop(source, settings)
    shop.learn()
    first = next((raw for raw in shop.raws() if raw.frame.height or raw.lost), None)
    if first is None:
        raise FileRefused(FileCode.FEED_EMPTY, "no variant")
    sent = [
        name for name in first.frame.columns if first.frame[name].null_count() < first.frame.height
    ]
    require(sent, NATIVE, settings)
    texts = islice(first.frame["price"].drop_nulls(), SAMPLE) if "price" in sent else ()
    shop.marks = {"price": decimal_mark(list(texts))}
    return shop


def _shared(node: object) -> dict[str, str]:
    if not isinstance(node, dict):
        return {}
    tags = node.get("tags")
    listed = ",".join(str(tag) for tag in tags) if isinstance(tags, list) else as_text(tags)
    said = {ours: as_text(node.get(theirs)) for theirs, ours in _SHARED.items()} | {"tags": listed}
    return {name: sys.intern(text) for name, text in said.items() if text}


def _names(rows: list[Row]) -> Iterator[str]:
    return (name for _, held in rows for name, text in held.items() if text is not None)
