"""Which operations may be answered from the cache at all."""

from collections.abc import Iterator

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

# Root fields whose resolvers note what they depend on.
CACHEABLE = frozenset(
    {"categories", "listing", "market", "markets", "node", "product", "search", "version"}
)


def cacheable(document: DocumentNode, operation: OperationDefinitionNode) -> bool:
    """Whether every root field of a validated operation notes what its answer depends on.

    Once per document: the caller remembers it.
    """
    if operation.operation is not OperationType.QUERY:
        return False
    fragments = {
        each.name.value: each.selection_set
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    names = set(_roots(operation.selection_set, fragments))
    return names <= {*CACHEABLE, "__typename"}


def _roots(selections: SelectionSetNode, fragments: dict[str, SelectionSetNode]) -> Iterator[str]:
    for each in selections.selections:
        if isinstance(each, FieldNode):
            yield each.name.value
        elif isinstance(each, FragmentSpreadNode):
            yield from _roots(fragments[each.name.value], fragments)
        else:
            inner = getattr(each, "selection_set", None)
            yield from _roots(inner, fragments) if inner else ()
