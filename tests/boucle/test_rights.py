"""A document is held to the rules of all that it selects, before any of it runs."""

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    separate_operations,
    validate,
    visit,
)

from boucle.edge.rights import MOST_TOLD, Rights, fields_of, refused
from boucle.graphql.reference import graphql_schema
from boucle.matrix import caller
from domain.accounts.roles import CallerKind
from resolvers.context import ANONYMOUS
from schema.root import schema
from schema.rules import needed, refusals, rules_of
from tests.schema.test_budgets import BUDGETS

SCHEMA = graphql_schema(schema)
RIGHTS = Rights(SCHEMA)
MERCHANT = CallerKind.MERCHANT
APPLY = """mutation{applyFeedRun(input: {runId: "x", idempotencyKey: "k"}){
  __typename ... on FeedRunApplying{run{state}}}}"""
DOCUMENTS = {
    **{name: query for name, (query, _) in BUDGETS.items()},
    "mutation": APPLY,
    "aliases": "{a: version b: version c: feeds{x: name}}",
    "introspection": "{__schema{types{name}} __typename}",
    "fragments": """query($id: ID!){node(id: $id){...F ...G}} fragment F on FeedRun{...K state}
      fragment G on Node{id ...H} fragment H on Feed{name ... on Feed{mode}}
      fragment K on FeedRun{linesRead}""",
    "no condition": "{markets{... @include(if: true){code}}}",
    "interface": '{node(id: "x"){... on Node{id}}}',
}


def _only(text: str, name: str | None = None) -> tuple[DocumentNode, OperationDefinitionNode]:
    document = parse(text)
    assert validate(SCHEMA, document) == []
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    found = [o for o in operations if name is None or (o.name and o.name.value == name)]
    return document, found[0]


def _fields(text: str, name: str | None = None) -> frozenset[tuple[str, str]]:
    return fields_of(SCHEMA, *_only(text, name))


class _Seen(Visitor):
    """Notes (type, field) as graphql-core's own walk of types meets them."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.found: set[tuple[str, str]] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._info.get_parent_type()
        if parent is not None and not parent.name.startswith("__"):
            self.found.add((parent.name, node.name.value))


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS)
def test_the_walk_meets_the_fields_that_another_walk_meets(text: str) -> None:
    info = TypeInfo(SCHEMA)
    seen = _Seen(info)
    visit(parse(text), TypeInfoVisitor(info, seen))

    assert _fields(text) == {field for field in seen.found if not field[1].startswith("__")}


def test_only_the_chosen_operation_counts() -> None:
    both = "query A{version} query B{...F} fragment F on Query{feeds{name}}"

    assert _fields(both, "A") == {("Query", "version")}
    assert _fields(both, "B") == {("Query", "feeds"), ("Feed", "name")}
    alone = separate_operations(parse(both))
    assert set(alone) == {"A", "B"}


def test_doubling_fragments_are_walked_once() -> None:
    links = " ".join(f"fragment F{n} on Query{{...F{n + 1} ...F{n + 1}}}" for n in range(40))
    text = f"{{...F0}} {links} fragment F40 on Query{{version}}"
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)

    assert fields_of(SCHEMA, document, operation) == {("Query", "version")}


@pytest.mark.parametrize(
    ("text", "who", "said"),
    [
        pytest.param("{version}", ANONYMOUS, [], id="public"),
        pytest.param("{feeds{name}}", ANONYMOUS, [("UNAUTHENTICATED", "Feed.name")], id="root"),
        pytest.param(
            '{node(id: "x"){id ... on FeedRun{state}}}',
            ANONYMOUS,
            [("UNAUTHENTICATED", "FeedRun.state")],
            id="under a public root",
        ),
        pytest.param(
            "{version ...F} fragment F on Query{a: feeds{b: name}}",
            caller(MERCHANT, ["offers:read"]),
            [("FORBIDDEN", "Feed.name")],
            id="in a fragment, under aliases",
        ),
        pytest.param(
            "{feeds @skip(if: true){name}}",
            ANONYMOUS,
            [("UNAUTHENTICATED", "Feed.name")],
            id="though it would be skipped",
        ),
        pytest.param("{feeds{name}}", caller(MERCHANT, ["feeds:read"]), [], id="with the scope"),
        pytest.param("{__schema{types{name}}}", ANONYMOUS, [], id="introspection"),
    ],
)
def test_a_document_is_refused_for_what_its_caller_may_not_select(text, who, said) -> None:
    found = refused(RIGHTS.needs(_fields(text)), who)

    assert [(each.extensions()["code"], each.extensions()["field"]) for each in found] == said
    assert all(str(each).startswith(f"`{each.facts['field']}`: ") for each in found)


def test_a_mutation_returns_only_what_the_caller_may_read() -> None:
    needs = RIGHTS.needs(_fields(APPLY))

    (lacking,) = refused(needs, caller(MERCHANT, ["feeds:write"]))
    assert lacking.extensions() == {
        "code": "FORBIDDEN", "reason": "SCOPE_NOT_GRANTED", "scope": "feeds:read",
        "field": "FeedRun.state",
    }  # fmt: skip
    assert refused(needs, caller(MERCHANT, ["feeds:read", "feeds:write"])) == []
    assert len(refused(needs, ANONYMOUS)) == 3


def test_an_unknown_field_is_nobodys() -> None:
    (found,) = refused(RIGHTS.needs([("Query", "unheardOf")]), caller(MERCHANT, ["feeds:read"]))

    assert found.extensions()["reason"] == "NO_RULE"


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS)
def test_the_answer_is_that_of_the_rules_one_by_one(text: str) -> None:
    fields = _fields(text)
    rules = needed(fields, rules_of(SCHEMA))
    for who in (ANONYMOUS, caller(MERCHANT), caller(MERCHANT, ["feeds:read"])):
        assert len(refused(RIGHTS.needs(fields), who)) == len(refusals(rules, who)) <= MOST_TOLD
