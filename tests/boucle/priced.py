"""A schema with every kind of field that a price depends on, and documents made by chance."""

from dataclasses import dataclass, field
from random import Random
from typing import Annotated

import strawberry
from graphql import DocumentNode, GraphQLSchema, parse


@strawberry.interface
class Thing:
    id: str = "1"


@strawberry.type
class Brand(Thing):
    code: str = "acme"


@strawberry.type
class PageInfo:
    more: bool = False


@strawberry.type
class Offer(Thing):
    total: int = 1


@strawberry.type
class OfferEdge:
    cursor: str = "c"
    node: Offer = strawberry.field(default_factory=Offer)


@strawberry.type
class OfferConnection:
    size: strawberry.Private[int]
    page_info: PageInfo = strawberry.field(default_factory=PageInfo)

    @strawberry.field
    def edges(self) -> list[OfferEdge]:
        return [OfferEdge() for _ in range(self.size)]


@strawberry.type
class Product(Thing):
    title: str = "t"
    brand: Brand = strawberry.field(default_factory=Brand)

    @strawberry.field(metadata={"max_items": 3})
    def tags(self) -> list[str]:
        return ["a"] * 3

    @strawberry.field(metadata={"max_items": 4})
    def similar(self) -> list["Product"]:
        return [Product() for _ in range(4)]

    @strawberry.field
    def offers(self, first: int = 5) -> OfferConnection:
        return OfferConnection(size=first)

    @strawberry.field(metadata={"weight": 7})
    def heavy(self) -> int:
        return 1


Either = Annotated[Product | Brand, strawberry.union("Either")]


@strawberry.type
class Query:
    @strawberry.field
    def product(self) -> Product:
        return Product()

    @strawberry.field
    def thing(self) -> Thing:
        return Product()

    @strawberry.field
    def either(self) -> Either:
        return Product()

    @strawberry.field(metadata={"weight": 5})
    def search(self, first: int | None = None, last: int | None = None) -> OfferConnection:
        return OfferConnection(size=max(first or 0, last or 0) or 100)

    @strawberry.field
    def plain(self, first: int = 2) -> list[Product]:
        return [Product() for _ in range(first)]

    @strawberry.field(metadata={"max_items": 6})
    def short(self, first: int = 2) -> list[int]:
        return [1] * min(first, 6)

    @strawberry.field
    def unbounded(self) -> list[int]:
        return [1] * 100

    @strawberry.field(metadata={"max_items": 2})
    def matrix(self) -> list[list[int]]:
        return [[1] * 100] * 2


@strawberry.type
class Mutation:
    @strawberry.mutation
    def touch(self) -> Product:
        return Product()

    @strawberry.mutation(metadata={"weight": 50})
    def rebuild(self) -> int:
        return 1


SCHEMA: GraphQLSchema = strawberry.Schema(Query, Mutation, types=[Brand, Offer])._schema

LEAVES = {
    "Thing": ["id"],
    "Brand": ["id", "code"],
    "Product": ["id", "title", "tags", "heavy"],
    "Offer": ["id", "total"],
    "OfferEdge": ["cursor"],
    "OfferConnection": ["__typename"],
    "PageInfo": ["more"],
    "Either": ["__typename"],
    "Query": ["unbounded", "matrix", "short"],
}
OBJECTS = {
    "Product": {"brand": "Brand", "similar": "Product", "offers": "OfferConnection"},
    "OfferConnection": {"edges": "OfferEdge", "pageInfo": "PageInfo"},
    "OfferEdge": {"node": "Offer"},
    "Query": {
        "product": "Product",
        "thing": "Thing",
        "either": "Either",
        "search": "OfferConnection",
        "plain": "Product",
    },
}
WITHIN = {  # types that a fragment may be on
    "Thing": ["Thing", "Product", "Brand", "Offer"],
    "Either": ["Product", "Brand", "Either", "Thing"],
    "Product": ["Product", "Thing", "Either"],
    "Brand": ["Brand", "Thing", "Either"],
    "Offer": ["Offer", "Thing"],
}
PAGED = {"search": ["first", "last"], "plain": ["first"], "offers": ["first"], "short": ["first"]}
VARIABLES = ("a", "b")


@dataclass
class Made:
    """One node: a field with its arguments, or a fragment `on` a type."""

    name: str = ""
    on: str = ""
    args: dict[str, str] = field(default_factory=dict)
    inner: list["Made"] = field(default_factory=list)
    number: int = 0


class Maker:
    """Documents by chance; a fragment is used again now and then."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._pool: dict[str, list[Made]] = {}
        self.numbered = 0

    def selection(self, kind: str, depth: int) -> list[Made]:
        made = [self._leaf(kind)]
        for _ in range(self._random.randint(0, 3)):
            made.append(self._node(kind, depth))
        self._random.shuffle(made)
        return made

    def _node(self, kind: str, depth: int) -> Made:
        choice = self._random.random()
        if choice < 0.35 and depth:
            return self._fragment(kind, depth)
        if choice < 0.8 and depth and kind in OBJECTS:
            name, inner = self._random.choice(sorted(OBJECTS[kind].items()))
            return self._field(name, self.selection(inner, depth - 1))
        return self._leaf(kind)

    def _leaf(self, kind: str) -> Made:
        return self._field(self._random.choice(LEAVES[kind]), [])

    def _field(self, name: str, inner: list[Made]) -> Made:
        values = ["1", "3", "$a", "$b"]
        args = {
            each: self._random.choice(values)
            for each in PAGED.get(name, ())
            if self._random.random() < 0.7
        }
        self.numbered += 1
        return Made(name, args=args, inner=inner, number=self.numbered)

    def _fragment(self, kind: str, depth: int) -> Made:
        on = self._random.choice(WITHIN.get(kind, [kind]))
        known = self._pool.setdefault(on, [])
        if known and self._random.random() < 0.5:
            return self._random.choice(known)
        self.numbered += 1
        made = Made(on=on, number=self.numbered, inner=self.selection(on, depth - 1))
        known.append(made)
        return made


def spread(nodes: list[Made], fragments: dict[str, str]) -> str:
    """The selection with named fragments, whose texts are put into `fragments`."""
    texts = []
    for node in nodes:
        inner = spread(node.inner, fragments)
        if node.on:
            fragments[f"F{node.number}"] = f"fragment F{node.number} on {node.on} {inner}"
            texts.append(f"...F{node.number}")
        else:
            texts.append(_text(node, inner))
    return "{ " + " ".join(texts) + " }"


def written_out(nodes: list[Made]) -> str:
    """The same selection without named fragments."""
    texts = []
    for node in nodes:
        inner = written_out(node.inner)
        texts.append(f"... on {node.on} {inner}" if node.on else _text(node, inner))
    return "{ " + " ".join(texts) + " }"


def _text(node: Made, inner: str) -> str:
    """Each field has a key of its own, so that no two of them merge."""
    args = ", ".join(f"{name}: {value}" for name, value in node.args.items())
    shown = f"({args})" if args else ""
    return f"k{node.number}: {node.name}{shown}" + (f" {inner}" if node.inner else "")


def document(selection: str, fragments: dict[str, str] | None = None) -> DocumentNode:
    """An operation with both variables."""
    parts = [f"query ($a: Int, $b: Int = 2) {selection}", *(fragments or {}).values()]
    return parse("\n".join(parts))
