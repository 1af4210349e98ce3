"""Valid documents for any schema, by chance from a seed, with the variables they are sent with.

Shapes: `Maker(schema, seed).make()` is a `Made`; `valid()` yields only those that pass the rules of
validation, parsed. Two fields of one response key are kept mergeable while they are made, so nearly
all pass. `known` names values of arguments that mean something to the schema.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    get_named_type,
    is_composite_type,
    parse,
    specified_rules,
)
from graphql.utilities import do_types_overlap
from strawberry.schema.schema import validate_document

from tests.graphql.values import ABSENT, BOOLEAN, TIMES, Known, Values

FEATURES = (
    "alias", "argument", "argument default", "argument null", "argument variable", "enum",
    "duplicate field", "fragment cycle of types", "fragment inline", "fragment named",
    "fragment of fragments", "fragment on interface", "fragment reused", "fragment untyped",
    "include literal", "include variable", "skip literal", "skip variable", "include and skip",
    "include on fragment", "input object", "input of inputs", "introspection", "list coerced",
    "list", "mutation", "one of", "operations several", "operation named", "subscription",
    "typename", "variable", "variable absent", "variable default", "variable in input",
    "variable in list", "variable null", "variable reused", "variable wrong",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """A document, what is sent with it time after time, and what it has."""

    text: str
    operation_name: str | None
    variables: tuple[dict[str, Any], ...]
    features: frozenset[str]
    root_field: str = ""


@dataclass(slots=True)
class Fragment:
    """A finished fragment and the variables that it needs."""

    on: GraphQLNamedType
    text: str
    used: set[str] = field(default_factory=set)


class Maker(Values):
    """Makes one document. `often` names root fields to ask more often than others."""

    def __init__(
        self,
        schema: GraphQLSchema,
        seed: int,
        known: Known | None = None,
        *,
        often: Sequence[str] = (),
        fields: int = 40,
        kinds: Sequence[str] = ("query",) * 8 + ("mutation", "mutation", "subscription"),
    ) -> None:
        super().__init__(random.Random(seed), known)
        self._schema = schema
        self._often = often
        self._left, self._kinds = self._rng.randint(3, fields), kinds
        self._fragments: dict[str, Fragment] = {}
        self._keys: dict[str, tuple[str, str, str]] = {}
        self._inner_fragments = 0

    # --- operations -------------------------------------------------------------------------------

    def make(self) -> Made:
        """The document, one of its operations chosen."""
        several = self._rng.randint(2, 3) if self._odds(0.12) else 1
        made = [self._operation(named=several > 1 or self._odds(0.4)) for _ in range(several)]
        if several > 1:
            self._saw("operations several")
        texts = [text for text, _, _ in made]
        _, name, root_field = self._rng.choice(made)
        texts += [f"fragment {n} on {f.on.name} {f.text}" for n, f in self._fragments.items()]
        self._rng.shuffle(texts)
        given = [{n: v.value for n, v in self._variables.items() if v.value is not ABSENT}]
        given += [self._sent_again() for _ in range(TIMES - 1)]
        text = "\n".join(texts)
        return Made(text, name, tuple(given), frozenset(self._features), root_field)

    def _operation(self, *, named: bool) -> tuple[str, str | None, str]:
        kinds = [k for k in self._kinds if getattr(self._schema, f"{k}_type")]
        kind = self._rng.choice(kinds)
        root: GraphQLObjectType = getattr(self._schema, f"{kind}_type")
        self._used, root_field = set(), ""
        if kind == "subscription":
            root_field = self._rng.choice(sorted(root.fields))
            body = "{ " + self._field(root, root_field, root.fields[root_field], plain=True) + " }"
        else:
            body = self._selections(root)
        self._saw(*({"mutation", "subscription"} & {kind}))
        name = f"Op{next(self._numbers)}" if named else None
        if named:
            self._saw("operation named")
        head = " ".join(filter(None, (kind, name))) + self._definitions()
        return (body if head == "query" and self._odds(0.5) else f"{head} {body}"), name, root_field

    def _definitions(self) -> str:
        if not self._used:
            return ""
        told = [
            f"${n}: {v.kind}" + (f" = {v.default}" if v.default is not None else "")
            for n, v in self._variables.items()
            if n in self._used
        ]
        return f"({', '.join(told)})"

    # --- selections -------------------------------------------------------------------------------

    def _selections(self, parent: GraphQLNamedType) -> str:
        self._depth += 1
        parts: list[str] = []
        again: list[tuple[str, str, GraphQLField]] = []
        wide = len(getattr(parent, "fields", ())) > 40
        for _ in range(self._rng.choice((4, 8, 14) if wide else (1, 2, 3, 3, 4, 5, 7))):
            if self._left > 0 or not parts:
                parts.append(self._selection(parent, again))
        self._depth -= 1
        return "{ " + " ".join(parts) + " }"

    def _selection(
        self, parent: GraphQLNamedType, again: list[tuple[str, str, GraphQLField]]
    ) -> str:
        at = self._rng.random()
        if at < 0.09 and again:
            self._saw("duplicate field")
            head, name, made = self._rng.choice(again)
            return self._finished(head, name, made)
        if at < 0.19 and self._depth < 8:
            return self._inline(parent)
        if at < 0.28 and self._depth < 8:
            return self._spread(parent)
        if at < 0.34:
            return self._typename()
        return self._any_field(parent, again)

    def _typename(self) -> str:
        self._saw("typename")
        alias = self._rng.choice(("", "", "t: ", "kind: "))
        if alias:
            self._keys.setdefault(alias[:-2], ("__typename", "", "String!"))
        return f"{alias}__typename{self._directives()}"

    def _any_field(
        self, parent: GraphQLNamedType, again: list[tuple[str, str, GraphQLField]]
    ) -> str:
        fields = dict(getattr(parent, "fields", {}))
        if parent is self._schema.query_type and self._odds(0.02):
            return self._introspection(parent)
        if self._depth > 6 or self._left < 1:
            fields = {
                n: f for n, f in fields.items() if not is_composite_type(get_named_type(f.type))
            }
        if not fields:
            return self._typename()
        name = self._rng.choice(list(fields))
        often = [n for n in self._often if n in fields]
        if often and self._odds(0.5):
            name = self._rng.choice(often)
        elif self._odds(0.3):  # what holds more is worth more
            deep = [n for n, f in fields.items() if _is_deep(f)]
            name = self._rng.choice(deep or [name])
        elif self._odds(0.2):
            name = self._rng.choice([n for n, f in fields.items() if f.args] or [name])
        return self._field(parent, name, fields[name], again)

    def _introspection(self, parent: GraphQLNamedType) -> str:
        self._saw("introspection")
        made = self._rng.choice((SchemaMetaFieldDef, TypeMetaFieldDef, TypeMetaFieldDef))
        name = "__schema" if made is SchemaMetaFieldDef else "__type"
        left, self._left, self._depth = self._left, min(self._left, 6), self._depth + 3
        text = self._field(parent, name, made)
        self._left, self._depth = min(left, self._left), self._depth - 3
        return text

    def _field(
        self,
        parent: GraphQLNamedType,
        name: str,
        made: GraphQLField,
        again: list[tuple[str, str, GraphQLField]] | None = None,
        *,
        plain: bool = False,
    ) -> str:
        self._left -= 1
        head = self._key(name, self._arguments(made), made)
        if again is not None:
            again.append((head, name, made))
        return self._finished(head, name, made, plain=plain)

    def _finished(self, head: str, name: str, made: GraphQLField, *, plain: bool = False) -> str:
        directives = "" if plain else self._directives()
        inner = get_named_type(made.type)
        below = f" {self._selections(inner)}" if is_composite_type(inner) else ""
        return f"{head}{directives}{below}"

    def _key(self, name: str, arguments: str, made: GraphQLField) -> str:
        wanted = (name, arguments, str(made.type))
        if self._odds(0.004) and self._keys:  # mostly refused by the rules
            return f"{self._rng.choice(list(self._keys))}: {name}{arguments}"
        key = name if self._odds(0.75) else f"{self._rng.choice('abc')}_{name.lstrip('_')}"
        while self._keys.setdefault(key, wanted) != wanted:
            key = f"k{next(self._numbers)}_{name.lstrip('_')}"
        if key == name:
            return f"{name}{arguments}"
        self._saw("alias")
        return f"{key}: {name}{arguments}"

    # --- fragments --------------------------------------------------------------------------------

    def _inline(self, parent: GraphQLNamedType) -> str:
        self._saw("fragment inline")
        if self._odds(0.2):
            self._saw("fragment untyped")
            return f"...{self._directives('fragment')} {self._selections(parent)}"
        on = self._condition(parent)
        return f"... on {on.name}{self._directives('fragment')} {self._selections(on)}"

    def _condition(self, parent: GraphQLNamedType) -> GraphQLNamedType:
        on = self._rng.choice(overlapping(self._schema, parent))
        if isinstance(on, GraphQLInterfaceType):
            self._saw("fragment on interface")
        if on is not parent and isinstance(on, GraphQLObjectType) and self._depth > 3:
            self._saw("fragment cycle of types")
        return on

    def _spread(self, parent: GraphQLNamedType) -> str:
        self._saw("fragment named")
        if self._inner_fragments:
            self._saw("fragment of fragments")
        fit = overlapping(self._schema, parent)
        known = [name for name, made in self._fragments.items() if made.on in fit]
        if known and self._odds(0.5):
            self._saw("fragment reused")
            name = self._rng.choice(known)
        else:
            name = self._fragment(parent)
        self._used |= self._fragments[name].used
        return f"...{name}{self._directives('fragment')}"

    def _fragment(self, parent: GraphQLNamedType) -> str:
        outer, self._used = self._used, set()
        self._inner_fragments += 1
        on = self._condition(parent)
        text = self._selections(on)
        self._inner_fragments -= 1
        name = f"F{next(self._numbers)}"
        self._fragments[name] = Fragment(on, text, self._used)
        self._used = outer
        return name

    def _directives(self, where: str = "field") -> str:
        if not self._odds(0.1):
            return ""
        names = ["include", "skip"] if self._odds(0.15) else [self._rng.choice(("include", "skip"))]
        if len(names) == 2:
            self._saw("include and skip")
            self._rng.shuffle(names)
        if where == "fragment":
            self._saw("include on fragment")
        return "".join(self._directive(name) for name in names)

    def _directive(self, name: str) -> str:
        if self._odds(0.6):
            self._saw(f"{name} variable")
            return f" @{name}(if: ${self._variable(BOOLEAN, None)})"
        self._saw(f"{name} literal")
        said = (name == "include") is self._odds(0.7)
        return f" @{name}(if: {'true' if said else 'false'})"


def _is_deep(made: GraphQLField) -> bool:
    return is_composite_type(get_named_type(made.type))


@cache
def overlapping(schema: GraphQLSchema, parent: GraphQLNamedType) -> tuple[GraphQLNamedType, ...]:
    """The types that a fragment inside the parent may name; the parent more than once."""
    found = [
        kind
        for kind in schema.type_map.values()
        if is_composite_type(kind) and do_types_overlap(schema, kind, parent)
    ]
    return (*found, parent, parent)


@dataclass(slots=True)
class Yield:
    """How many documents were made, and how many of them were valid."""

    made: int = 0
    valid: int = 0


@dataclass(frozen=True, slots=True)
class Valid:
    """A valid document: the seed that made it, its parts, its tree."""

    seed: int
    made: Made
    document: DocumentNode


def passes(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Whether the document passes the rules of validation.

    strawberry's rule of one-of inputs breaks on a variable in a fragment, unless the operation that
    declares it stands right before the fragment.
    """
    try:
        return not validate_document(schema, document, tuple(specified_rules))
    except (AttributeError, KeyError):
        return False


def valid(
    schema: GraphQLSchema,
    seed: int,
    number: int,
    known: Known | None = None,
    tally: Yield | None = None,
    **more: Any,
) -> Iterator[Valid]:
    """So many valid documents, from the seed on."""
    tally = tally or Yield()
    for each in count(seed * 1_000_003):
        if tally.valid >= number:
            return
        tally.made += 1
        made = Maker(schema, each, known, **more).make()
        document = parse(made.text)
        if passes(schema, document):
            tally.valid += 1
            yield Valid(each, made, document)
