"""The smallest question that still shows a difference: parts are taken away while it does."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    Node,
    OperationDefinitionNode,
    VariableNode,
    parse,
    print_ast,
)
from graphql.language.ast import QUERY_DOCUMENT_KEYS

from tests.graphql.documents import Valid, passes

REMOVED = {"selections", "arguments", "directives", "definitions", "fields", "values"}


async def shrunk(
    schema: GraphQLSchema, asked: Valid, fails: Callable[[Valid], Awaitable[bool]]
) -> Valid:
    """Take away whatever can go while the question fails."""
    smaller = True
    while smaller:
        smaller = False
        for document in _smaller(asked.document):
            tried = _tidied(schema, asked, document)
            if tried is not None and await fails(tried):
                asked, smaller = tried, True
                break
    return asked


def _tidied(schema: GraphQLSchema, asked: Valid, document: DocumentNode) -> Valid | None:
    """The question with a smaller document, if that is valid once what is unused is gone."""
    try:
        parsed = parse(print_ast(_without_unused(document)))
    except GraphQLSyntaxError:
        return None
    if not passes(schema, parsed):
        return None
    names = [
        d.name.value if d.name else None
        for d in parsed.definitions
        if isinstance(d, OperationDefinitionNode)
    ]
    wanted = asked.made.operation_name
    known = wanted in names if wanted else len(names) == 1
    return Valid(asked.seed, asked.made, parsed) if known else None


def _parts(node: Node) -> Iterator[tuple[str, Any]]:
    for key in QUERY_DOCUMENT_KEYS.get(node.kind, ()):
        yield key, getattr(node, key, None)


def _smaller(node: Node) -> Iterator[Any]:
    """The tree with one part taken away, the largest parts first."""
    for key, value in _parts(node):
        if key in REMOVED and isinstance(value, tuple) and (key != "selections" or len(value) > 1):
            for at in range(len(value)):
                yield replace(node, **{key: (*value[:at], *value[at + 1 :])})
    for key, value in _parts(node):
        for changed in _inside(value):
            yield replace(node, **{key: changed})


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, Node):
        yield from _smaller(value)
    elif isinstance(value, tuple):
        for at, each in enumerate(value):
            for inner in _smaller(each):
                yield (*value[:at], inner, *value[at + 1 :])


def _nodes(node: Node, kind: type[Any]) -> Iterator[Any]:
    if isinstance(node, kind):
        yield node
    for _, value in _parts(node):
        for each in (value,) if isinstance(value, Node) else value or ():
            if isinstance(each, Node):
                yield from _nodes(each, kind)


def _without_unused(document: DocumentNode) -> DocumentNode:
    """Without the fragments and variables that nothing uses any more."""
    while True:
        spread = {
            node.name.value for d in document.definitions for node in _nodes(d, FragmentSpreadNode)
        }
        kept = tuple(
            d
            for d in document.definitions
            if not isinstance(d, FragmentDefinitionNode) or d.name.value in spread
        )
        if len(kept) == len(document.definitions):
            break
        document = replace(document, definitions=kept)
    return replace(document, definitions=tuple(_declaring(d, document) for d in kept))


def _declaring(definition: Any, document: DocumentNode) -> Any:
    """An operation that declares only the variables that it reaches."""
    if not isinstance(definition, OperationDefinitionNode):
        return definition
    fragments = {
        d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
    }
    reached, waiting, used = set(), [definition.selection_set], set()
    while waiting:
        node = waiting.pop()
        used |= {each.name.value for each in _nodes(node, VariableNode)}
        for spread in _nodes(node, FragmentSpreadNode):
            if (name := spread.name.value) in fragments and name not in reached:
                reached.add(name)
                waiting.append(fragments[name].selection_set)
    declared = definition.variable_definitions or ()
    kept = tuple(v for v in declared if v.variable.name.value in used)
    return replace(definition, variable_definitions=kept)
