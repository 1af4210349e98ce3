"""Arguments, variables and values by chance: the part of a document that is not selections."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    Undefined,
    get_named_type,
)

Known = Mapping[str, Sequence[Any]]
ABSENT = object()
TIMES = 3  # a document is sent with other variables, to other worlds
SCALARS: dict[str, tuple[Any, ...]] = {
    "Int": (0, 1, -3, 7, 2, 2**31 - 1),
    "Float": (0, 1.5, -2, 1e30, 7),
    "String": ("", "a", 'é \u2028\n"\\', "bad", "declined", "x", "12"),
    "Boolean": (True, False),
    "ID": ("a", 5, "UGFnZToz", "UGFnZTp4", "UGFnZTo3"),
    "Date": ("2024-02-29", "1999-12-31"),
    "DateTime": ("2024-01-02T03:04:05Z", "2024-01-02"),
    "Time": ("01:02:03", "23:59"),
    "Decimal": ("1.10", 3, "1E+5"),
    "UUID": ("00000000-0000-0000-0000-000000000007",),
    "Base64": ("YWJj", ""),
    "JSON": ({"a": [1, None, {"b": "c"}]}, [], "text", 1.5, True),
    "Even": (4, 6, 0),
}
WRONG = (
    2**31,
    "wrong",
    1.5,
    [],
    {},
    {"x": 1},
    [None],
    True,
    None,
    "fault",
    "value",
    "graphql",
    [[1]],
)
BOOLEAN: GraphQLInputType = GraphQLNonNull(GraphQLBoolean)


class Name(str):
    """The name of an enum's value: a bare word in a document, a text in variables."""


class Var(str):
    """A variable in a value."""


@dataclass(slots=True)
class Variable:
    """A declared variable: its definition, and its value unless it is absent."""

    kind: str
    default: str | None
    value: Any
    of: GraphQLInputType
    name: str | None


def literal(value: Any) -> str:
    """A value as it is written in a document."""
    match value:
        case Var():
            return f"${value}"
        case Name():
            return str(value)
        case dict():
            return "{" + ", ".join(f"{k}: {literal(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + " ".join(map(literal, value)) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


class Values:
    """Makes values, and declares the variables that stand for them."""

    def __init__(self, rng: random.Random, known: Known | None) -> None:
        self._rng, self._known = rng, known or {}
        self._variables: dict[str, Variable] = {}
        self._used: set[str] = set()
        self._depth = 0
        self._numbers = count()
        self._features: set[str] = set()

    def _odds(self, of: float) -> bool:
        return self._rng.random() < of

    def _saw(self, *features: str) -> None:
        self._features.update(features)

    def _arguments(self, made: GraphQLField) -> str:
        told = []
        for name, argument in made.args.items():
            needed = isinstance(argument.type, GraphQLNonNull) and not defaulted(argument)
            if not needed and self._odds(0.5):
                if defaulted(argument):
                    self._saw("argument default")
                continue
            self._saw("argument")
            if self._odds(0.35):
                self._saw("argument variable")
                value: Any = Var(self._variable(argument.type, name, soft=defaulted(argument)))
            else:
                value = self._value(argument.type, name, variables=True)
            if value is None:
                self._saw("argument null")
            told.append(f"{name}: {literal(value)}")
        self._rng.shuffle(told)
        return f"({', '.join(told)})" if told else ""

    def _variable(self, kind: GraphQLInputType, name: str | None, *, soft: bool = False) -> str:
        """A variable that may stand where the kind is asked for; `soft`: where a default is."""
        text = str(kind)
        fit = [n for n, v in self._variables.items() if v.kind in {text, f"{text}!"}]
        if fit and self._odds(0.4):
            self._saw("variable reused")
            found = self._rng.choice(fit)
        else:
            found = f"v{next(self._numbers)}"
            self._variables[found] = self._declared(kind, name, soft=soft)
        self._saw("variable")
        self._used.add(found)
        return found

    def _declared(self, kind: GraphQLInputType, name: str | None, *, soft: bool) -> Variable:
        bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        value = self._value(bare, name)
        while value is None and bare is not kind and not self._odds(0.05):
            value = self._value(bare, name)
        if self._odds(0.006):
            self._saw("variable wrong")
            value = self._rng.choice(WRONG)
        free = bare is kind
        if (free or soft) and self._odds(0.15):
            self._saw("variable absent")
            return Variable(str(bare), None, ABSENT, bare, name)
        if self._odds(0.3):
            self._saw("variable default")
            default = literal(self._value(bare, name))
            if default == "null" and not free:
                return Variable(str(kind), None, value, bare, name)
            return Variable(str(bare), default, self._sent(value), bare, name)
        if free and self._odds(0.15):
            self._saw("variable null")
            value = None
        strict = not free or (value is not None and self._odds(0.3))
        return Variable(f"{bare}!" if strict else str(bare), None, value, bare, name)

    def _sent(self, value: Any) -> Any:
        at = self._rng.random()
        return ABSENT if at < 0.5 else None if at < 0.54 else value

    # --- values -----------------------------------------------------------------------------------

    def _value(
        self, kind: GraphQLInputType, name: str | None = None, *, variables: bool = False
    ) -> Any:
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        elif self._odds(0.08):
            return None
        if name in self._known and self._odds(0.8):
            return self._rng.choice(self._known[name])
        if isinstance(kind, GraphQLList):
            return self._list(kind, name, variables=variables)
        if isinstance(kind, GraphQLEnumType):
            self._saw("enum")
            return Name(self._rng.choice(list(kind.values)))
        if isinstance(kind, GraphQLInputObjectType):
            return self._input(kind, variables=variables)
        return self._rng.choice(SCALARS.get(kind.name, ("text", 1, "list", "none", "dict")))

    def _list(self, kind: GraphQLList, name: str | None, *, variables: bool) -> Any:
        if self._odds(0.2):
            self._saw("list coerced")
            return self._value(kind.of_type, name, variables=variables)
        self._saw("list")
        return [
            self._inside(kind.of_type, name, "variable in list", variables=variables)
            for _ in range(self._rng.choice((0, 1, 1, 2, 3)))
        ]

    def _inside(
        self, kind: GraphQLInputType, name: str | None, feature: str, *, variables: bool,
        soft: bool = False,
    ) -> Any:  # fmt: skip
        if variables and self._odds(0.2):
            self._saw(feature)
            return Var(self._variable(kind, name, soft=soft))
        return self._value(kind, name, variables=variables)

    def _input(self, kind: GraphQLInputObjectType, *, variables: bool) -> dict[str, Any]:
        self._saw("input object")
        if _is_one_of(kind):
            self._saw("one of")
            name = self._rng.choice(list(kind.fields))
            asked = GraphQLNonNull(kind.fields[name].type)
            return {name: self._inside(asked, name, "variable in input", variables=variables)}
        told: dict[str, Any] = {}
        self._depth += 1
        for name, made in kind.fields.items():
            needed = isinstance(made.type, GraphQLNonNull) and not defaulted(made)
            if not needed and self._odds(0.55 + 0.1 * self._depth):
                continue
            if isinstance(get_named_type(made.type), GraphQLInputObjectType):
                self._saw("input of inputs")
            told[name] = self._inside(
                made.type, name, "variable in input", variables=variables, soft=defaulted(made)
            )
        self._depth -= 1
        names = list(told)
        self._rng.shuffle(names)
        return {name: told[name] for name in names}

    def _sent_again(self) -> dict[str, Any]:
        """Other values of the variables."""
        given: dict[str, Any] = {}
        for name, variable in self._variables.items():
            value = self._value(variable.of, variable.name)
            if variable.kind.endswith("!"):
                given[name] = variable.value if value is None else value
            elif self._odds(0.7):
                given[name] = None if self._odds(0.1) else value
        return given


def defaulted(made: Any) -> bool:
    return made.default_value is not Undefined or getattr(made, "default", None) is not None


def _is_one_of(kind: GraphQLInputObjectType) -> bool:
    definition = kind.extensions.get("strawberry-definition")
    return kind.is_one_of or bool(getattr(definition, "is_one_of", False))
