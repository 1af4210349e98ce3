"""The schema itself: described, bounded, current, and silent about what is not public."""

import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    is_introspection_type,
    is_specified_scalar_type,
)

from boucle.graphql.reference import graphql_schema
from schema.root import schema
from tests.schema.asking import data

SCHEMA = graphql_schema(schema)
SNAPSHOT = Path(__file__).parents[2] / "schema" / "schema.graphql"
OURS: list[GraphQLNamedType] = [
    kind
    for kind in SCHEMA.type_map.values()
    if not is_introspection_type(kind) and not is_specified_scalar_type(kind)
]
SHAPES = [k for k in OURS if isinstance(k, GraphQLObjectType | GraphQLInterfaceType)]
FIELDS = {f"{kind.name}.{name}": f for kind in SHAPES for name, f in kind.fields.items()}
SECRET = ("merit", "terms", "quality", "quantity", "effective", "stock", "vat", "margin", "sku")


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.name)
def test_every_type_and_all_that_it_holds_has_a_description(kind: GraphQLNamedType) -> None:
    assert kind.description, kind.name
    if isinstance(kind, GraphQLEnumType):
        assert kind.values
    for name, field in getattr(kind, "fields", {}).items():
        assert field.description, f"{kind.name}.{name}"


@pytest.mark.parametrize("name", FIELDS)
def test_every_argument_has_a_description(name: str) -> None:
    for argument, given in FIELDS[name].args.items():
        assert given.description, f"{name}({argument})"


def test_the_snapshot_is_current() -> None:
    assert SNAPSHOT.read_text(encoding="utf-8") == f"{schema.as_str().rstrip()}\n"


def _lists(field: GraphQLField) -> bool:
    kind = field.type
    while isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    return isinstance(kind, GraphQLList)


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if _lists(field)])
def test_every_list_says_how_long_it_may_be_and_is_priced_by_that(name: str) -> None:
    if name.endswith("Connection.edges"):
        return
    said = re.search(r"[Aa]t most ([0-9]+)", FIELDS[name].description or "")
    assert said, name
    metadata = FIELDS[name].extensions["strawberry-definition"].metadata
    of = metadata.get("together", 1)  # lists that share a bound: priced as what each has of it
    assert metadata["max_items"] * of == int(said[1])
    assert ("together" in (FIELDS[name].description or "")) is (of > 1)


def test_every_connection_is_asked_for_with_first_and_after() -> None:
    for name, field in FIELDS.items():
        kind = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
        if getattr(kind, "name", "").endswith("Connection"):
            assert {"first", "after"} <= set(field.args), name
            assert field.args["first"].default_value == 24


def _reached(start: str) -> set[str]:
    """The types that a client can reach from one, itself included."""
    found, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        kind = SCHEMA.type_map[name]
        if name in found or isinstance(kind, GraphQLInputObjectType):
            continue
        found.add(name)
        waiting += [str(f.type).strip("[]!") for f in getattr(kind, "fields", {}).values()]
        waiting += [member.name for member in getattr(kind, "types", ())]
    return found


@pytest.mark.parametrize("shape", ["Offer", "Listing", "SearchConnection"])
def test_what_the_public_reaches_holds_no_exact_stock_merit_terms_or_quality(shape: str) -> None:
    for name in _reached(shape):
        for field in getattr(SCHEMA.type_map[name], "fields", {}):
            told = field.lower().replace("sponsored", "")
            assert not any(word in told for word in SECRET), f"{name}.{field}"


def test_what_merchants_are_told_names_no_merchant() -> None:
    assert not _reached("Competition") & {"MerchantCard", "Offer", "Merchant"}


async def test_introspection_tells_the_whole_schema(db: None) -> None:
    told = (await data("{__schema{types{name} queryType{name} mutationType{name}}}"))["__schema"]

    assert {each["name"] for each in told["types"]} == set(SCHEMA.type_map)
    assert (told["queryType"], told["mutationType"]) == ({"name": "Query"}, {"name": "Mutation"})
