"""The price of single documents: what counts, what multiplies, and what is refused."""

import math

import pytest
import strawberry
from graphql import (
    FieldNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_introspection_query,
    parse,
)
from graphql.language.ast import DocumentNode

from boucle.graphql import pages
from boucle.graphql.limits import CEILING, Limits
from boucle.graphql.price import over_points, price
from tests.boucle.priced import SCHEMA

INTROSPECTION = get_introspection_query(specified_by_url=True, input_value_deprecation=True)


def points(text: str, variables: dict | None = None, limits: Limits | None = None) -> float:
    """The price of the last operation of a text."""
    [*_, found] = price(SCHEMA, parse(text), limits or Limits()).operations.values()
    return found.points(variables)


def over(text: str, limits: Limits | None = None) -> list[str]:
    return [str(each) for each in price(SCHEMA, parse(text), limits or Limits()).over]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{ product { id } }", 1.1, id="an object and a leaf"),
        pytest.param("{ __typename }", 0.1, id="the type's name"),
        pytest.param("{ product { tags } }", 1.3, id="a bounded list of leaves"),
        pytest.param("{ unbounded }", 10.0, id="a list without a bound is a page"),
        pytest.param("{ matrix }", 20.0, id="a list of lists"),
        pytest.param("{ product { similar { id } } }", 1 + 4 * 1.1, id="a bounded list"),
        pytest.param("{ plain { id } }", 2 * 1.1, id="the argument's default"),
        pytest.param("{ plain(first: 9) { id } }", 9 * 1.1, id="a literal"),
        pytest.param("{ plain(first: 0) { id } }", 110, id="zero is no page size"),
        pytest.param("{ plain(first: -3) { id } }", 110, id="a negative literal"),
        pytest.param("{ plain(first: 101) { id } }", 110, id="more than a page"),
        pytest.param("{ plain(first: 99999999999999999) { id } }", 110, id="far more than a page"),
        pytest.param('{ plain(first: "7") { id } }', 110, id="a text"),
        pytest.param("{ plain(first: [7]) { id } }", 110, id="a list of numbers"),
        pytest.param("{ plain(first: {n: 7}) { id } }", 110, id="an object of numbers"),
        pytest.param("{ plain(first: 7.0) { id } }", 110, id="a literal with a point"),
        pytest.param("{ plain(first: null) { id } }", 110, id="null"),
        pytest.param("{ plain(first: 2, first: 9) { id } }", 9.9, id="one argument twice"),
        pytest.param("{ short(first: 7) }", 0.6, id="a page that is shorter than others"),
        pytest.param(
            "{ search(first: 3) { edges { cursor } } }", 5 + 1 + 3 * 1.1, id="a weight and a page"
        ),
        pytest.param(
            "{ search(first: 3, last: 8) { edges { cursor } } }", 6 + 8.8, id="the larger of two"
        ),
        pytest.param(
            "{ search(first: null, last: 8) { edges { cursor } } }", 14.8, id="null says nothing"
        ),
        pytest.param("{ search { pageInfo { more } edges { cursor } } }", 117.1, id="no size"),
        pytest.param(
            "{ product { similar { offers(first: 2) { edges { node { id } } } } } }",
            1 + 4 * (1 + 1 + 2 * (1 + 1 + 0.1)),
            id="pages multiply through lists",
        ),
        pytest.param(
            "{ search(first: 4) { ...C } } fragment C on OfferConnection { edges { cursor } }",
            6 + 4.4,
            id="the page reaches into a fragment",
        ),
        pytest.param(
            "{ search(first: 4) { ... { edges { cursor } } } }", 10.4, id="and an inline fragment"
        ),
        pytest.param("{ product @skip(if: true) { id } }", 1.1, id="skipping lowers nothing"),
        pytest.param("mutation { touch { id } }", 10 + 1.1, id="a mutation"),
        pytest.param("mutation { rebuild }", 50.1, id="a mutation of its own weight"),
        pytest.param("{ product { nothing { deep } } }", 2.1, id="unknown fields"),
        pytest.param("{ ...F } fragment F on Nothing { a { b } }", 1.1, id="an unknown type"),
        pytest.param("{ ...F }", 0, id="an unknown fragment"),
        pytest.param(
            "{ ...F } fragment F on Query { __typename ...F }", 0.1, id="a fragment in a circle"
        ),
    ],
)
def test_a_document_costs(text: str, expected: float) -> None:
    assert points(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        pytest.param({}, 3.3, id="not sent: its own default"),
        pytest.param({"n": 7}, 7.7, id="a number"),
        pytest.param({"n": 100}, 110, id="a whole page"),
        pytest.param({"n": 0}, 110, id="zero"),
        pytest.param({"n": -1}, 110, id="below zero"),
        pytest.param({"n": 10**400}, 110, id="too large for a float"),
        pytest.param({"n": None}, 110, id="null"),
        pytest.param({"n": True}, 110, id="a boolean"),
        pytest.param({"n": 7.0}, 110, id="a number that is coerced to a whole one"),
        pytest.param({"n": math.nan}, 110, id="no number"),
        pytest.param({"n": "7"}, 110, id="a text"),
        pytest.param({"n": [7]}, 110, id="a list"),
    ],
)
def test_a_variable_sizes_a_page(variables: dict, expected: float) -> None:
    assert points("query ($n: Int = 3) { plain(first: $n) { id } }", variables) == pytest.approx(
        expected
    )


def test_one_number_does_not_hide_a_size_that_is_none() -> None:
    variable = "query ($a: Int) { search(first: $a, last: 3) { edges { cursor } } }"
    literal = "{ search(first: 0, last: 3) { edges { cursor } } }"

    assert points(variable, {"a": 4}) == pytest.approx(6 + 4.4)
    assert points(variable, {"a": None}) == pytest.approx(6 + 3.3)
    assert points(variable, {"a": "4"}) == points(variable, {"a": 0}) == pytest.approx(116)
    assert points(literal) == pytest.approx(116)


def test_a_variable_without_a_value_leaves_the_default_of_the_argument() -> None:
    assert points("query ($n: Int) { plain(first: $n) { id } }") == pytest.approx(2.2)


def test_one_fragment_has_the_sizes_of_each_operation_that_spreads_it() -> None:
    text = """query A($n: Int = 1) { ...F } query B($n: Int = 9) { ...F }
        fragment F on Query { plain(first: $n) { id } }"""
    found = price(SCHEMA, parse(text)).operations

    assert found["A"].points() == pytest.approx(1.1)
    assert found["B"].points() == pytest.approx(9.9)


def test_a_price_without_sizes_in_variables_is_a_constant() -> None:
    found = price(SCHEMA, parse("query ($n: ID) { plain(first: 3) { id } }")).operations[None]

    assert found.formula.constant == pytest.approx(3.3)
    assert found.formula.steps == ()


def test_a_fragment_that_is_spread_twice_is_paid_twice() -> None:
    text = "{ a: product { ...F } b: product { ...F } } fragment F on Product { similar { id } }"

    assert points(text) == pytest.approx(2 * (1 + 4.4))


def test_doubling_fragments_are_read_once_and_refused() -> None:
    links = "".join(f"fragment F{n} on Query{{...F{n + 1} ...F{n + 1}}}" for n in range(24))
    text = f"{{...F0}}{links}fragment F24 on Query{{unbounded}}"

    priced = price(SCHEMA, parse(text))

    assert len(text) < 1_024
    assert priced.visited == 1 + 2 * 24 + 1
    assert [str(each) for each in priced.over] == ["fields: 16777216 asked, 400 allowed."]
    assert priced.operations[None].points() == pytest.approx(10 * 2**24)


def test_a_price_is_finite_however_large() -> None:
    links = "".join(f"fragment F{n} on Query{{{f'...F{n + 1} ' * 30}}}" for n in range(55))
    text = f"query($n:Int){{...F0}}{links}fragment F55 on Query{{plain(first:$n){{id}}}}"
    deep = "{ product " + "{ similar " * 50 + "{ id }" + "}" * 51
    found = price(SCHEMA, parse(text))

    assert found.operations[None].points({"n": 100}) == CEILING
    assert points(deep) == CEILING
    assert str(found.over[0]) == "fields: far too many asked, 400 allowed."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "{" + "__typename " * 401 + "}", "fields: 401 asked, 400 allowed.", id="fields"
        ),
        pytest.param(
            "{" + "".join(f"a{n}: __typename " for n in range(31)) + "}",
            "aliases: 31 asked, 30 allowed.",
            id="aliases",
        ),
        pytest.param(
            "query @a {" + "__typename @a " * 30 + "}",
            "directives: 31 asked, 30 allowed.",
            id="directives",
        ),
        pytest.param(
            "query ($a: Int" + " @a" * 31 + ") { __typename }",
            "directives: 31 asked, 30 allowed.",
            id="directives of a variable",
        ),
        pytest.param(
            "{ ...F ...F } fragment F on Query" + " @a" * 16 + "{ __typename }",
            "directives: 32 asked, 30 allowed.",
            id="directives of a fragment",
        ),
        pytest.param(
            "{ product" + "{ brand" * 11 + "{ id }" + "}" * 12,
            "depth: 13 asked, 12 allowed.",
            id="depth",
        ),
        pytest.param(
            "{" + "product { id } " * 21 + "}", "twins: 21 asked, 20 allowed.", id="twins"
        ),
        pytest.param(
            "{" + "a: product { id } " * 20 + "a: thing { id } }",
            "twins: 21 asked, 20 allowed.",
            id="twins of one key",
        ),
        pytest.param(
            "{" + "... {" * 100 + "__typename" + "}" * 101,
            "nesting: 101 asked, 100 allowed.",
            id="nesting",
        ),
        pytest.param(
            "mutation {" + "".join(f"a{n}: rebuild " for n in range(11)) + "}",
            "mutations: 11 asked, 10 allowed.",
            id="mutations",
        ),
        pytest.param(
            "mutation { ...F } fragment F on Mutation { " + "rebuild " * 11 + "}",
            "mutations: 11 asked, 10 allowed.",
            id="mutations of a fragment",
        ),
        pytest.param(
            "{ __typename } fragment F on Query {" + "__typename " * 401 + "}",
            "fields: 401 asked, 400 allowed.",
            id="a fragment that nobody spreads",
        ),
        pytest.param(
            "{ __typename }" + "".join(f"fragment F{n} on Query {{ id }}" for n in range(60)),
            "definitions: 61 asked, 60 allowed.",
            id="definitions",
        ),
        pytest.param(
            '{ __type(name: "A") { fields { type { fields { name } } } } }',
            "introspection_lists: 2 asked, 1 allowed.",
            id="members of members",
        ),
        pytest.param(
            '{ __type(name: "A")' + "{ ofType" * 20 + "{ name }" + "}" * 21,
            "introspection_depth: 21 asked, 20 allowed.",
            id="introspection",
        ),
    ],
)
def test_a_document_that_asks_for_too_much_is_told(text: str, told: str) -> None:
    assert over(text) == [told]


def test_the_whole_introspection_is_within_the_limits_and_dear() -> None:
    assert over(INTROSPECTION) == []
    assert 1_000 < points(INTROSPECTION) < 1_200
    assert points('{ __type(name: "A") { name } }') == pytest.approx(101.1)


def test_no_nesting_of_a_document_ends_the_process() -> None:
    name = NameNode(value="product")
    node = FieldNode(name=NameNode(value="id"))
    for _ in range(3_000):
        node = FieldNode(name=name, selection_set=SelectionSetNode(selections=(node,)))
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY, selection_set=SelectionSetNode(selections=(node,))
    )

    found = price(SCHEMA, DocumentNode(definitions=(operation,)))

    assert "nesting: 101 asked, 100 allowed." in [str(each) for each in found.over]


def test_points_are_compared_with_the_limit_of_the_caller() -> None:
    assert over_points(4_000, 4_000) is None
    assert str(over_points(4_000.5, 4_000)) == "points: 4000.5 asked, 4000 allowed."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "{ product { t: title ...F } } fragment F on Product { brand { __typename code } }",
            {
                ("Query", "product"),
                ("Product", "title"),
                ("Product", "brand"),
                ("Brand", "code"),
            },
            id="through a fragment and an alias",
        ),
        pytest.param(
            "{ thing { id ... on Brand { code } } }",
            {("Query", "thing"), ("Thing", "id"), ("Brand", "code")},
            id="an interface",
        ),
        pytest.param(
            "{ product { ... on Thing { id } } }",
            {("Query", "product"), ("Thing", "id"), ("Product", "id")},
            id="an interface on a known type",
        ),
        pytest.param(
            "{ product { ...F } } fragment F on Either { ...G } fragment G on Thing { id }",
            {("Query", "product"), ("Thing", "id"), ("Product", "id")},
            id="an interface behind two fragments",
        ),
        pytest.param(
            "{ either { ...F } } fragment F on Thing { id ... on Product { title } }",
            {("Query", "either"), ("Thing", "id"), ("Product", "title")},
            id="a union",
        ),
        pytest.param(
            "{ __schema { types { name } } __type(name: 1) { name } }",
            {("Query", "__schema"), ("Query", "__type")},
            id="introspection by its root",
        ),
        pytest.param(
            "{ ...F } fragment F on Query { product { id } ...F } "
            "fragment G on Query { thing { id } }",
            {("Query", "product"), ("Product", "id")},
            id="a circle; not what nobody spreads",
        ),
    ],
)
def test_every_selected_field_is_told_with_its_type(text: str, expected: set) -> None:
    assert price(SCHEMA, parse(text)).operations[None].fields == expected


def test_work_of_a_root_field_is_not_given_back() -> None:
    found = price(SCHEMA, parse("{ search(first: 9) { edges { cursor } } }")).operations[None]

    assert found.weights == 5
    assert found.actual({"search": {"edges": [{"cursor": "c"}]}}) == pytest.approx(5 + 1 + 1.1)
    assert found.actual(None) == 5


def test_lists_without_a_bound_are_found() -> None:
    assert pages.unbounded(SCHEMA) == ["Query.unbounded"]


@pytest.mark.parametrize("metadata", [{"weight": -1}, {"weight": math.inf}, {"max_items": 0}])
def test_a_field_whose_metadata_is_no_price_is_refused(metadata: dict) -> None:
    @strawberry.type
    class Query:
        @strawberry.field(metadata=metadata)
        def many(self) -> list[int]:
            return []

    with pytest.raises(ValueError, match=next(iter(metadata))):
        price(strawberry.Schema(Query)._schema, parse("{ many }"))
