"""Who may ask for what, as a text that reviewers read beside the schema."""

from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import UUID

from graphql import GraphQLSchema

from domain.accounts.roles import CallerKind
from resolvers.context import ANONYMOUS, Caller
from schema.rules import AllOf, AnyOf, Field, Rule, Scope, Staff, rules_of

_SOMEBODY = UUID(int=1)
_HEAD = """\
# Who may ask for what. x: may; +: may with the scope or role of the rule; -: is refused before
# anything runs. Written by `make schema` from the rules of the fields: a change here is a change
# of who sees what.
"""


def matrix(schema: GraphQLSchema) -> str:
    """Each root field and who may ask for it, then the rule of each type. Raises: Unruled."""
    rules = rules_of(schema)
    operations = (schema.query_type, schema.mutation_type, schema.subscription_type)
    roots = {shape.name for shape in operations if shape}
    fields = sorted(field for field in rules if field[0] in roots)
    wide = max((len(".".join(field)) for field in fields), default=0)
    kinds = [kind.value.lower() for kind in CallerKind]
    lines = [f"{'root field':{wide}}  {'  '.join(kinds)}  rule"]
    for field in fields:
        marks = (f"{mark(rules[field], CallerKind(k.upper())):{len(k)}}" for k in kinds)
        lines.append(f"{'.'.join(field):{wide}}  {'  '.join(marks)}  {rules[field]}")
    return "\n".join([_HEAD, *lines, "", *_types(rules, roots), ""])


def mark(rule: Rule, kind: CallerKind) -> str:
    """What a rule is to a kind of caller: `x` open, `+` open to those it names, `-` closed."""
    scopes, roles = named([rule])
    if rule.refusal(caller(kind)) is None:
        return "x"
    return "+" if rule.refusal(caller(kind, scopes, roles)) is None else "-"


def caller(kind: CallerKind, scopes: Iterable[str] = (), roles: Iterable[str] = ()) -> Caller:
    """Some caller of a kind."""
    if kind is CallerKind.ANONYMOUS:
        return ANONYMOUS
    return Caller(
        kind=kind,
        merchant_id=_SOMEBODY if kind is CallerKind.MERCHANT else None,
        organisation_id=_SOMEBODY if kind is CallerKind.ORGANISATION else None,
        user_id=_SOMEBODY,
        scopes=frozenset(scopes),
        roles=frozenset(roles),
    )


def named(rules: Iterable[Rule]) -> tuple[frozenset[str], frozenset[str]]:
    """The scopes and the roles that rules name."""
    parts = [part for rule in rules for part in _parts(rule)]
    return (
        frozenset(part.name for part in parts if isinstance(part, Scope)),
        frozenset(role for part in parts if isinstance(part, Staff) for role in part.roles or ()),
    )


def _parts(rule: Rule) -> list[Rule]:
    if isinstance(rule, AllOf | AnyOf):
        return [part for each in rule.rules for part in _parts(each)]
    return [rule]


def _types(rules: Mapping[Field, Rule], roots: set[str]) -> list[str]:
    """A line for each type; one for each field whose rule is not the usual one of its type."""
    lines = ["type: rule"]
    for shape in sorted({shape for shape, _ in rules} - roots):
        own = {name: str(rule) for (of, name), rule in rules.items() if of == shape}
        ((usual, _),) = Counter(own.values()).most_common(1)
        lines.append(f"{shape}: {usual}")
        lines += [f"{shape}.{name}: {rule}" for name, rule in sorted(own.items()) if rule != usual]
    return lines
