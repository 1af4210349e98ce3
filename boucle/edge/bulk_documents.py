"""Reads a document that is to be run in bulk, and makes it ready for the worker.

A mutation is asked for its type too, so that a refusal counts as one; a list is asked for its next
page. What we add begins with `boucle_`, which no such document may use itself.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    IntValueNode,
    NameNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    parse,
    print_ast,
)

from boucle.edge import errors
from boucle.edge.gate import Gate
from boucle.graphql import Engine, Operation, Unusable
from boucle.graphql.price import over_points
from domain.partners.bulk import PAGE, BulkKind
from resolvers.context import Caller
from resolvers.partners.documents import BulkPlan, DocumentRefused
from schema.rules import OWN, PUBLIC, SIGNED_IN, Scope, in_bulk

N = TypeVar("N", FieldNode, OperationDefinitionNode)

_OURS = "boucle_"


def _operation(text: str) -> OperationDefinitionNode:
    (found,) = parse(text).definitions
    if not isinstance(found, OperationDefinitionNode):
        raise TypeError(text)
    return found


_KIND = _operation("{boucle_kind: __typename}")
_PAGE = _operation("query($boucle_after: String){boucle_page: pageInfo{hasNextPage endCursor}}")
_FIRST = (ArgumentNode(name=NameNode(value="first"), value=IntValueNode(value=str(PAGE))),)
_CURSOR = VariableNode(name=NameNode(value="boucle_after"))
_AFTER = (ArgumentNode(name=NameNode(value="after"), value=_CURSOR),)
_OPEN = (PUBLIC, OWN, SIGNED_IN)
_Shaped = tuple[OperationDefinitionNode, dict[str, Any]]


class Unfit(Exception):
    """The document has another shape than bulk can run; the message says which it needs."""


class BulkDocuments:
    """`resolvers.partners.documents.Documents` for the documents of a schema."""

    def __init__(self, engine: Engine, gate: Gate) -> None:
        self._engine, self._gate = engine, gate
        self._allowed = in_bulk(engine.graphql)

    def bulk(
        self, text: str, name: str | None, variables: Mapping[str, Any], caller: Caller
    ) -> BulkPlan | DocumentRefused:
        """Check a document for bulk. Raises: SignInFirst, Forbidden where the caller may not."""
        try:
            operation = self._engine.prepare(text).chosen(name)
            if _OURS in text:
                raise Unfit(f"Names that begin with `{_OURS}` are ours.")
            node, facts = self._shaped(operation)
            if refused := self._gate.refusals(operation, caller):
                raise refused[0]
            ready = _printed(operation.document, node)
            scopes = self._scopes(operation)
            points = self._engine.prepare(ready).chosen(None).price.points(variables)
        except Unusable as unusable:
            return DocumentRefused(
                "BULK_DOCUMENT_INVALID", errors.of_document(unusable)[0]["message"]
            )
        except Unfit as unfit:
            return DocumentRefused("BULK_DOCUMENT_UNFIT", str(unfit))
        if (over := over_points(points, self._gate.most(caller))) is not None:
            return DocumentRefused("BULK_DOCUMENT_TOO_DEAR", str(over))
        kind = BulkKind.MUTATION if operation.kind is OperationType.MUTATION else BulkKind.QUERY
        return BulkPlan(kind, scopes, {"document": ready, **facts})

    def _shaped(self, operation: Operation) -> _Shaped:
        """The operation with what we add to it, and what the worker must know of it."""
        node = operation.node
        (field,) = _fields(node.selection_set.selections, 1, "Ask for one field.")
        root = self._engine.graphql.get_root_type(operation.kind)
        if root is None or operation.kind is OperationType.SUBSCRIPTION:
            raise Unfit("Send a query or a mutation.")
        if field.name.value not in self._allowed[operation.kind]:
            raise Unfit(f"`{field.name.value}` cannot be run in bulk.")
        definition = root.fields[field.name.value]
        if operation.kind is OperationType.QUERY:
            made, facts = _list(field, definition)
            ours = _PAGE.variable_definitions or ()
            declared = (*(node.variable_definitions or ()), *ours)
            return _with(_selecting(node, made), variable_definitions=declared), facts
        made, facts = self._mutation(field, definition)
        return _selecting(node, made), facts

    def _mutation(
        self, field: FieldNode, definition: GraphQLField
    ) -> tuple[FieldNode, dict[str, Any]]:
        """A mutation that also tells its type, and where its idempotency key goes."""
        schema, result = self._engine.graphql, get_named_type(definition.type)
        kinds = schema.get_possible_types(result) if is_abstract_type(result) else ()
        problems = [kind.name for kind in kinds if _refuses(kind)]
        made = _selecting(field, *_selected(field), *_KIND.selection_set.selections)
        return made, {"root": _key(field), "key": _place_of_key(field), "problems": problems}

    def _scopes(self, operation: Operation) -> tuple[str, ...]:
        needs = self._gate.note(operation).needs
        if odd := [name for rule, name in needs.items() if not _known(rule)]:
            raise Unfit(f"`{odd[0]}` cannot be read in bulk.")
        return tuple(sorted(rule.name for rule in needs if isinstance(rule, Scope)))


def _known(rule: object) -> bool:
    return isinstance(rule, Scope) or rule in _OPEN


def _refuses(kind: GraphQLObjectType) -> bool:
    return any(each.name == "Problem" for each in kind.interfaces)


def _list(field: FieldNode, definition: GraphQLField) -> tuple[FieldNode, dict[str, Any]]:
    """A list that is read from a cursor on, and where its nodes are."""
    kind = get_named_type(definition.type)
    if not kind.name.endswith("Connection") or not {"first", "after"} <= definition.args.keys():
        raise Unfit(f"`{field.name.value}` is no list with pages.")
    if {each.name.value for each in field.arguments or ()} & {"first", "after"}:
        raise Unfit("Leave `first` and `after` out: every page is read.")
    edges = _only("edges", _fields(_selected(field)))
    node = _only("node", _fields(_selected(edges)))
    made = _selecting(field, _selecting(edges, node), *_PAGE.selection_set.selections)
    arguments = (*(field.arguments or ()), *_FIRST, *_AFTER)
    facts = {"root": _key(field), "edges": _key(edges), "node": _key(node)}
    return _with(made, arguments=arguments), facts


def _place_of_key(field: FieldNode) -> list[str]:
    """The names that lead through the variables of a line to its idempotency key."""
    given = next((a.value for a in field.arguments or () if a.name.value == "input"), None)
    if isinstance(given, VariableNode):
        return [given.name.value, "idempotencyKey"]
    if isinstance(given, ObjectValueNode):
        inner = {each.name.value: each.value for each in given.fields}
        key = inner.get("idempotencyKey")
        if isinstance(key, VariableNode):
            return [key.name.value]
    raise Unfit("Give `input` as one variable, or its `idempotencyKey` as a variable.")


def _fields(
    selections: Sequence[SelectionNode], number: int | None = None, otherwise: str = ""
) -> list[FieldNode]:
    """The fields of a selection that is written out, without directives. Raises: Unfit."""
    found = [each for each in selections if isinstance(each, FieldNode) and not each.directives]
    if len(found) != len(selections):
        raise Unfit("Write `edges { node { … } }` and the root out: no fragments, no directives.")
    if number is not None and len(found) != number:
        raise Unfit(otherwise)
    return found


def _only(name: str, fields: Sequence[FieldNode]) -> FieldNode:
    found = [each for each in fields if each.name.value == name]
    if len(found) != 1:
        raise Unfit("Ask for `edges { node { … } }` once.")
    return found[0]


def _selected(field: FieldNode) -> Sequence[SelectionNode]:
    return field.selection_set.selections if field.selection_set else ()


def _with(node: N, **changes: Any) -> N:
    """The same node but for some of its parts."""
    parts = {name: getattr(node, name) for name in node.keys if name != "loc"}
    return type(node)(**parts | changes)


def _selecting(node: N, *selections: SelectionNode) -> N:
    """The same node with this selection."""
    return _with(node, selection_set=SelectionSetNode(selections=selections))


def _key(field: FieldNode) -> str:
    return (field.alias or field.name).value


def _printed(document: DocumentNode, node: OperationDefinitionNode) -> str:
    """The operation, and the fragments that it may need."""
    fragments = [d for d in document.definitions if isinstance(d, FragmentDefinitionNode)]
    return "\n".join(print_ast(each) for each in (node, *fragments))
