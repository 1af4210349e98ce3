"""From a document's text to one that may run: parsed, measured, validated, and remembered.

The measure comes before the validation, whose time grows with the square of the fields; it walks
each fragment once, however often it is spread.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    parse,
    specified_rules,
)
from strawberry.schema.schema import validate_document

from boucle.edge.answers import Code

MAX_TOKENS = 2_000
MAX_DEFINITIONS = 60
KEPT_DOCUMENTS = 500
KEPT_CHARACTERS = 1_000_000


class Size(NamedTuple):
    """How much a document asks for, with every fragment written out."""

    fields: int = 0
    aliases: int = 0
    depth: int = 0

    def plus(self, other: "Size") -> "Size":
        """Both, side by side."""
        return Size(
            self.fields + other.fields,
            self.aliases + other.aliases,
            max(self.depth, other.depth),
        )


MOST = Size(fields=400, aliases=30, depth=15)


class Unusable(Exception):
    """The document is not executed. `status` holds for clients of the newer media type."""

    def __init__(self, code: Code, reason: str, errors: list[GraphQLError]) -> None:
        super().__init__(code)
        self.code, self.reason, self.errors = code, reason, errors
        self.status = HTTPStatus.BAD_REQUEST


@dataclass(frozen=True, slots=True)
class Prepared:
    """A valid document and its operations by name."""

    document: DocumentNode
    operations: dict[str | None, OperationDefinitionNode]

    def chosen(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run. Raises: Unusable unless there is exactly one of that name."""
        if name is None and len(self.operations) == 1:
            operation = next(iter(self.operations.values()))
        elif name is None:
            raise _unresolved("OPERATION_NAME_MISSING", "Name the operation to run.")
        elif (found := self.operations.get(name)) is not None:
            operation = found
        else:
            raise _unresolved("OPERATION_UNKNOWN", "The document has no operation of that name.")
        if operation.operation is OperationType.SUBSCRIPTION:
            raise _unresolved("SUBSCRIPTION_NOT_SERVED", "Subscriptions are not served here.")
        return operation


@dataclass(slots=True)
class Documents:
    """The valid documents used last, bounded by number and by text."""

    schema: GraphQLSchema
    _kept: OrderedDict[bytes, tuple[int, Prepared]] = field(default_factory=OrderedDict)
    _characters: int = 0

    def prepare(self, query: str) -> Prepared:
        """Parse, measure and validate, unless that was done. Raises: Unusable."""
        key = hashlib.sha256(query.encode()).digest()
        if (known := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return known[1]
        prepared = self._made(query)
        self._keep(key, len(query), prepared)
        return prepared

    def _made(self, query: str) -> Prepared:
        try:
            document = parse(query, max_tokens=MAX_TOKENS, max_lexical_tokens=MAX_TOKENS)
        except GraphQLSyntaxError as error:
            raise Unusable(Code.GRAPHQL_PARSE_FAILED, "SYNTAX", [error]) from error
        operations = _operations(document)
        if over := _over(document):
            raise Unusable(Code.QUERY_TOO_COMPLEX, "DOCUMENT_TOO_LARGE", over)
        if errors := validate_document(self.schema, document, tuple(specified_rules)):
            raise Unusable(Code.GRAPHQL_VALIDATION_FAILED, "INVALID_DOCUMENT", errors)
        return Prepared(document, operations)

    def _keep(self, key: bytes, characters: int, prepared: Prepared) -> None:
        self._kept[key] = (characters, prepared)
        self._characters += characters
        while len(self._kept) > KEPT_DOCUMENTS or self._characters > KEPT_CHARACTERS:
            _, (gone, _) = self._kept.popitem(last=False)
            self._characters -= gone


def _unresolved(reason: str, message: str) -> Unusable:
    return Unusable(Code.OPERATION_RESOLUTION_FAILURE, reason, [GraphQLError(message)])


def _operations(document: DocumentNode) -> dict[str | None, OperationDefinitionNode]:
    found = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if not found:
        raise _unresolved("OPERATION_MISSING", "The document has no operation.")
    return {o.name.value if o.name else None: o for o in found}


def _over(document: DocumentNode) -> list[GraphQLError]:
    if len(document.definitions) > MAX_DEFINITIONS:
        text = f"definitions: {len(document.definitions)} sent, {MAX_DEFINITIONS} allowed."
        return [GraphQLError(text)]
    try:
        size = measure(document)
    except RecursionError:
        return [GraphQLError(f"depth: {MOST.depth} allowed.")]
    return [
        GraphQLError(f"{what}: {min(asked, 10**9)} asked, {allowed} allowed.")
        for what, asked, allowed in zip(Size._fields, size, MOST, strict=True)
        if asked > allowed
    ]


def measure(document: DocumentNode) -> Size:
    """The size of the largest operation or fragment; the document may be invalid."""
    ruler = _Ruler(document)
    sizes = [
        ruler.of(d.selection_set)
        for d in document.definitions
        if isinstance(d, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    return Size(*(max(values) for values in zip(*sizes, strict=True)))


class _Ruler:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        self._known: dict[str, Size] = {}

    def of(self, selections: SelectionSetNode | None) -> Size:
        total = Size()
        for node in (selections.selections if selections else None) or ():
            total = total.plus(self._of(node))
        return total

    def _of(self, node: SelectionNode) -> Size:
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        inner = self.of(getattr(node, "selection_set", None))
        if not isinstance(node, FieldNode):
            return inner
        return Size(1 + inner.fields, (1 if node.alias else 0) + inner.aliases, 1 + inner.depth)

    def _fragment(self, name: str) -> Size:
        if name not in self._known:
            self._known[name] = Size()  # a cycle or an unknown name is free: validation refuses it
            if fragment := self._fragments.get(name):
                self._known[name] = self.of(fragment.selection_set)
        return self._known[name]
