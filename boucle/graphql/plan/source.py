"""Writes the functions of a plan.

One function for every selection of an object type and every list in it. Their text holds names of
the schema, numbers and our own words; what a client chose (aliases, fragments' names, values) is
passed by reference. A function reads its object, checks the class of each value, and puts it into
the answer; a value of another class goes to `Run.odd`.
"""

from collections.abc import Mapping
from keyword import iskeyword
from types import CoroutineType
from typing import Any

import strawberry
from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE

from boucle.graphql.plan import leaves
from boucle.graphql.plan.calls import Call
from boucle.graphql.plan.fields import BACKREF, CannotCompile, Field, Spot
from boucle.graphql.plan.info import ResolveInfo
from boucle.graphql.plan.run import Function, hold, settle

MOST_FUNCTIONS = 2_000


class Source:
    """The functions of one operation, for one choice of the variables that its directives read."""

    def __init__(
        self,
        schema: strawberry.Schema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: VariableValues,
    ) -> None:
        self.schema = schema
        self.graphql: GraphQLSchema = schema._schema
        self.info_class = schema.config.info_class
        self.operation = operation
        self.fragment_definitions = dict(fragments)
        self.fragments = {name: FragmentDetails(node) for name, node in fragments.items()}
        self._variables = variables
        self._names: dict[str, Any] = {
            "CO": CoroutineType,
            "hold": hold,
            "settle": settle,
            "getattr": getattr,
            "Exception": Exception,
            "UNDEFINED": Undefined,
            "PLAIN": leaves.PLAIN,
            "ResolveInfo": ResolveInfo,
        }
        self._text: list[str] = []
        self._bound: list[tuple[Spot, str]] = []
        self._count = 0
        self.characters = 0

    def root(self) -> "Function | list[tuple[str, Function]]":
        """The function of the whole operation; of a mutation, one for each of its fields."""
        type_ = self.graphql.get_root_type(self.operation.operation)
        if type_ is None:
            raise CannotCompile("the schema has no such operation")
        groups = collect_fields(
            self.graphql, self.fragments, self._variables, type_, self.operation, True
        ).grouped_field_set
        if self.operation.operation is not OperationType.MUTATION:
            name = self._object(type_, groups, root=True)
            return self._made([name])[0]
        names = [self._object(type_, {key: details}, alone=True) for key, details in groups.items()]
        return list(zip(groups, self._made(names), strict=True))

    @property
    def text(self) -> str:
        """The last text that was made into functions."""
        return "\n".join(self._text)

    def _made(self, names: list[str]) -> "list[Function]":
        self.characters += sum(len(line) for line in self._text)
        exec(compile(self.text, "<plan>", "exec"), self._names)  # noqa: S102 - our own text
        for spot, name in self._bound:
            spot.function = self._names[name]
        self._bound = []
        return [self._names[name] for name in names]

    def _name(self, kind: str, value: Any = None) -> str:
        self._count += 1
        name = f"{kind}{self._count}"
        self._names[name] = value
        return name

    def _object(
        self,
        type_: GraphQLObjectType,
        groups: GroupedFieldSet,
        *,
        root: bool = False,
        alone: bool = False,
    ) -> str:
        """Write the function of a selection; `alone` returns its one field's bare value.

        The root is no object that a field returned, so it costs nothing.
        """
        name = self._name("o")
        if self._count > MOST_FUNCTIONS * 5:
            raise CannotCompile("the operation is too large")
        body: list[str] = []
        pairs: list[str] = []
        leaf_count = 0
        for number, (key, details) in enumerate(groups.items()):
            field = Field(self.schema, type_, key, details, self._count)
            word = repr(key) if key == field.name else self._name("K", key)
            if field.name == "__typename":
                leaf_count += 1
                pairs.append(f"{word}: {type_.name!r}")
                body += [f"    v{number} = {type_.name!r}"] if alone else []
                continue
            spot = Spot(field, field.definition.type)
            leaf_count += spot.is_leaf
            steps = f"(p, {word}, {type_.name!r})"
            body += self._field(spot, f"v{number}", word, steps)
            pairs.append(f"{word}: v{number}")
        cost = (0 if root or alone else 1) + leaf_count / 10
        head = [f"def {name}(s, x, p):", f"    x.spent += {cost}", "    held = None"]
        if alone:
            tail = ["    return v0"]
        else:
            out = "{" + ", ".join(pairs) + "}"
            tail = [f"    out = {out}", "    return out if held is None else settle(out, held)"]
        self._text += head + body + tail
        return name

    def _field(self, spot: Spot, var: str, word: str, steps: str) -> list[str]:
        """Lines that put the field's completed value into `var`."""
        mark = self._name("S", spot)
        value = self._value(spot.field, steps)
        completion = self._completion(spot, mark, var, word, steps)
        if spot.field.call and spot.field.call.is_coroutine:
            lines = [
                f"{var} = x.later({value}, {mark}, {steps})",
                f"held = hold(held, {word}, {var})",
            ]
        else:
            lines = [f"{var} = {value}", *completion]
        return [
            "    try:",
            *("        " + line for line in lines),
            "    except Exception as e:",
            f"        {var} = x.fail(e, {mark}, {steps}, held)",
        ]

    def _value(self, field: Field, steps: str) -> str:
        if field.attribute is not None:
            if field.attribute.isidentifier() and not iskeyword(field.attribute):
                return f"s.{field.attribute}"
            return f"getattr(s, {self._name('N', field.attribute)})"
        if field.call is not None:
            return self._call(field.call, steps)
        return f"x.resolve({self._name('F', field)}, s, {steps})"

    def _call(self, call: Call, steps: str) -> str:
        """The call of a resolver: written out where it takes no arguments of the document."""
        mark = self._name("Q", call)
        constants = call.arguments.constants()
        if constants is None:
            return f"{mark}.result(s, x, {steps})"
        resolver = call.resolver
        given = ["s"] if resolver.self_parameter else []
        for parameter in (resolver.parent_parameter, resolver.root_parameter):
            given += [f"{parameter.name}=s"] if parameter else []
        if info := resolver.info_parameter:
            given.append(f"{info.name}={mark}.info(x, {steps})")
        given += [f"{name}={self._name('A', value)}" for name, value in constants.items()]
        return f"{self._name('R', call.function)}({', '.join(given)})"

    def _completion(self, spot: Spot, mark: str, var: str, word: str, steps: str) -> list[str]:
        """Lines that turn the value in `var` into what the answer holds."""
        odd = [
            f"{var} = x.odd({var}, {mark}, {steps})",
            f"if {var}.__class__ is CO: held = hold(held, {word}, {var})",
        ]
        if spot.is_leaf:
            return leaves.lines(spot, var, odd, self._name)
        condition, function = self._straight(spot, mark, var)
        indented = ["    " + line for line in odd]
        if condition is None:
            return odd if spot.non_null else [f"if {var} is not None:", *indented]
        guarded = f"{var} = x.guard({var}, {mark}, {steps}); held = hold(held, {word}, {var})"
        return [
            f"if {condition}:",
            f"    {var} = {function}({var}, x, {steps})",
            f"    if {var}.__class__ is CO: {guarded}",
            "else:" if spot.non_null else f"elif {var} is not None:",
            *indented,
        ]

    def _straight(self, spot: Spot, mark: str, var: str) -> tuple[str | None, str]:
        """When a value can be completed by a function of ours, and by which; writes that."""
        uncast = f"getattr({var}, {TYPE_CAST_ATTRIBUTE!r}, None) is None"
        if spot.is_list:
            name = self._list(Spot(spot.field, spot.bare.of_type))
            self._bind(spot, name)
            return f"{var}.__class__ is list", name
        if spot.is_object:
            name = self._object(spot.bare, self._selected(spot.bare, spot.field.details))
            self._bind(spot, name)
            origin = _origin(spot.bare)
            if origin is None:
                return None, name
            condition = f"{var}.__class__ is {self._name('C', origin)}"
            return (f"{condition} and {uncast}" if spot.bare.is_type_of else condition), name
        spot.resolve = _Resolving(self, spot)
        classes = self._name("A", spot.by_class)
        return f"type({var}) in {classes} and {uncast}", f"{classes}[type({var})]"

    def _bind(self, spot: Spot, name: str) -> None:
        """Let the spot find the function once it is made."""
        self._bound.append((spot, name))

    def _selected(self, type_: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        return collect_subfields(
            self.graphql,
            self.fragments,
            self._variables,
            self.operation,
            type_,
            details,
            True,
        ).grouped_field_set

    def _list(self, item: Spot) -> str:
        name = self._name("l")
        mark = self._name("S", item)
        steps = "(p, n, None)"
        copied = leaves.all_straight(item, self._name) if item.is_leaf else None
        lines = [f"def {name}(v, x, p):"]
        if item.is_leaf:
            lines.append("    x.spent += len(v) / 10")
        if copied:
            lines += [
                "    if v.__class__ is list:",
                "        for i in v:",
                f"            if {copied}: break",
                "        else:",
                "            return v.copy()",
            ]
        completion = self._completion(item, mark, "i", "n", steps)
        lines += [
            "    out = []",
            "    held = None",
            "    n = 0",
            "    rest = iter(v)",
            "    for i in rest:",
            "        try:",
            *("            " + line for line in completion),
            "        except Exception as e:",
            f"            i = x.fail(e, {mark}, {steps}, held, rest)",
            "        out.append(i)",
            "        n += 1",
            "    return out if held is None else settle(out, held)",
        ]
        self._text += lines
        return name

    def function_of(self, type_: GraphQLObjectType, details: FieldDetailsList) -> "Function":
        """The function of one more object type of an interface or union, made when it is met."""
        self._text = []
        return self._made([self._object(type_, self._selected(type_, details))])[0]


class _Resolving:
    """Finds the function for an object whose class alone tells its type."""

    def __init__(self, source: Source, spot: Spot) -> None:
        self._source, self._spot = source, spot
        definition = spot.bare.extensions.get(BACKREF)
        self._by_class = getattr(definition, "resolve_type", None) is None

    def __call__(self, value: Any) -> "Function | None":
        cls = type(value)
        definition = cls.__dict__.get("__strawberry_definition__")
        if not self._by_class or not isinstance(definition, StrawberryObjectDefinition):
            return None
        graphql = self._source.graphql
        type_ = graphql.get_type(self._source.schema.config.name_converter.from_type(definition))
        if (
            not is_object_type(type_)
            or _origin(type_) is not cls
            or not graphql.is_sub_type(self._spot.bare, type_)
        ):
            return None
        function = self._source.function_of(type_, self._spot.field.details)
        self._spot.by_class[cls] = function
        return function


def _origin(type_: GraphQLObjectType) -> type | None:
    """The one class whose own objects are of this type without a look at them, if there is one."""
    definition = type_.extensions.get(BACKREF)
    if not isinstance(definition, StrawberryObjectDefinition) or definition.is_type_of is not None:
        return None
    if type_.is_type_of is not None and (definition.concrete_of or definition.is_graphql_generic):
        return None
    generic = definition.concrete_of  # whose class its objects are made of
    origin: type = generic.origin if generic is not None else definition.origin
    odd = issubclass(origin, Exception) or hasattr(origin, "__await__")
    return None if odd else origin
