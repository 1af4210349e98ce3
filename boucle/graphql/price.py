"""What a document costs, told before it is validated or run.

The document may be invalid in any way: what the schema does not know costs a leaf and is refused
later. The work grows with the text, not with what it stands for. `@include` and `@skip` lower no
price: it is the most that the operation can cost. Source: docs/rules/cost.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode, OperationType

from boucle.graphql.formula import Formula, Sum
from boucle.graphql.limits import Excess, Limits, Sizes, over
from boucle.graphql.pages import defaults_of
from boucle.graphql.reading import Part, Reader
from boucle.graphql.selected import Pair, Selected, reached

DEFAULTS = Limits()
_CONTAINERS = frozenset({dict, list, tuple})


@dataclass(frozen=True)
class OperationPrice:
    """One operation: its sizes, and what it may cost at most.

    `weights`: points of its root fields' own work, which no short answer gives back.
    """

    name: str | None
    kind: OperationType
    sizes: Sizes
    weights: float
    formula: Formula
    _schema: GraphQLSchema
    _selected: Selected
    _fragments: Mapping[str, Selected]

    def points(self, variables: Mapping[str, Any] | None = None) -> float:
        """The most it can cost with these variables, as they were sent."""
        return self.formula.value(variables or {})

    def actual(self, data: Any) -> float:
        """What it did cost: the answer, and the work that was done whatever the answer."""
        return spent(data) + self.weights

    @cached_property
    def fields(self) -> frozenset[Pair]:
        """Every (type, field) that it selects, but `__typename` and the fields of `__` types.

        Fields and types that the schema does not have may be among them.
        """
        return reached(self._schema, self._selected, self._fragments)


@dataclass(frozen=True, slots=True)
class Priced:
    """A document's operations by name (the last of a name), and the limits that it passes."""

    operations: Mapping[str | None, OperationPrice]
    over: tuple[Excess, ...]
    visited: int = 0


def price(schema: GraphQLSchema, document: DocumentNode, limits: Limits = DEFAULTS) -> Priced:
    """Price every operation of a document; points stay to be compared, for they need variables.

    A document with too many definitions is not read further and has no operations.
    """
    if len(document.definitions) > limits.definitions:
        much = Excess("definitions", len(document.definitions), limits.definitions)
        return Priced({}, (much,))
    reader = Reader(schema, document, limits)
    nodes = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    read: list[tuple[OperationDefinitionNode, Selected, Part]] = []
    for node in nodes:
        seen = Selected()
        read.append((node, seen, reader.operation(node, seen)))
    reader.all_fragments()
    twins = max(reader.twins.values(), default=0)
    operations = {}
    for node, seen, part in read:
        name = node.name.value if node.name else None
        operations[name] = OperationPrice(
            name,
            node.operation,
            part.sizes._replace(twins=twins),
            part.weights,
            _formula(reader, node, part, limits),
            schema,
            seen,
            reader.selected,
        )
    parts = [*(part for _, _, part in read), *reader.fragments.values()]
    return Priced(operations, _over(read, parts, twins, limits), reader.visited)


def over_points(points: float, allowed: float) -> Excess | None:
    """The limit of points is passed. It is compared apart, for each caller has its own."""
    return Excess("points", points, allowed) if points > allowed else None


def spent(data: Any) -> float:
    """The points of an answer's `data`: each object in it 1, each leaf 0.1, null too."""
    if data.__class__ not in _CONTAINERS:
        return 0.0
    objects, values, found = 0, 0, [data]
    for each in found:  # grows while it is read
        if each.__class__ is dict:
            objects += 1
            each = each.values()  # noqa: PLW2901
        values += len(each)
        for item in each:
            if item.__class__ in _CONTAINERS:
                found.append(item)
    whole = data.__class__ is dict  # the root is no object that a field returned
    return objects - whole + (values - len(found) + 1) / 10


def _formula(reader: Reader, node: OperationDefinitionNode, part: Part, limits: Limits) -> Formula:
    total = Sum()
    reader.ledger.add(total, part.once)
    reader.ledger.add(total, part.items, (float(limits.page), 0))
    return reader.ledger.formula(total, defaults_of(node))


def _over(
    read: list[tuple[OperationDefinitionNode, Selected, Part]],
    parts: list[Part],
    twins: int,
    limits: Limits,
) -> tuple[Excess, ...]:
    """Every part counts, so that no fragment is validated that is too large by itself."""
    widest = Sizes(twins=twins)
    for part in parts:
        widest = widest.widest(part.sizes)
    mutations = [p.sizes.roots for n, _, p in read if n.operation is OperationType.MUTATION]
    most = max(mutations, default=0)
    if most > limits.mutations:
        return (*over(widest, limits), Excess("mutations", most, limits.mutations))
    return over(widest, limits)
