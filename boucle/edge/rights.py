"""Hold a document to the rules of the fields that it selects, before anything of it runs."""

from collections.abc import Iterable, Iterator, Mapping

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)

from resolvers.context import Caller, Refused
from schema.rules import NOBODY, Field, Rule, rules_of

MOST_TOLD = 10
Needs = Mapping[Rule, str]
"""Each rule that an operation asks for, and the first field that does: `FeedRun.state`."""


class Rights:
    """The rules of a schema, read once."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._rules = rules_of(schema)

    def needs(self, fields: Iterable[Field]) -> Needs:
        """What an operation asks for: the same for every caller, so kept with the operation.

        Shapes: the names of types and of their fields, of a valid document. A field without a
        rule is nobody's.
        """
        found: dict[Rule, str] = {}
        for shape, name in sorted(fields):
            found.setdefault(self._rules.get((shape, name), NOBODY), f"{shape}.{name}")
        return found


def refused(needs: Needs, caller: Caller) -> list[Refused]:
    """Why the caller may not run the operation, one refusal for each rule; empty if it may."""
    found = []
    for rule, name in needs.items():
        if (refusal := rule.refusal(caller)) is not None:
            told = {"field": name, **refusal.facts}
            found.append(type(refusal)(f"`{name}`: {refusal}", reason=refusal.reason, **told))
    return found[:MOST_TOLD]


def fields_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> frozenset[Field]:
    """The fields that an operation of a valid document selects, by type; introspection apart."""
    root = schema.get_root_type(operation.operation)
    return frozenset(_Walk(schema, document).of(operation.selection_set, root))


class _Walk:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        self._spread: set[str] = set()

    def of(
        self, selected: SelectionSetNode | None, parent: GraphQLNamedType | None
    ) -> Iterator[Field]:
        for node in (selected.selections if selected else None) or ():
            if isinstance(node, FieldNode):
                yield from self._field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                on = node.type_condition
                kind = self._schema.get_type(on.name.value) if on else parent
                yield from self.of(node.selection_set, kind)
            elif node.name.value not in self._spread:  # type: ignore[attr-defined]
                yield from self._fragment(node.name.value)  # type: ignore[attr-defined]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Iterator[Field]:
        name = node.name.value
        if name.startswith("__") or parent is None:
            return
        yield parent.name, name
        field = getattr(parent, "fields", {}).get(name)
        if field is not None:
            yield from self.of(node.selection_set, get_named_type(field.type))

    def _fragment(self, name: str) -> Iterator[Field]:
        self._spread.add(name)
        if found := self._fragments.get(name):
            kind = self._schema.get_type(found.type_condition.name.value)
            yield from self.of(found.selection_set, kind)
