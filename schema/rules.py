"""Who may ask for what: every field has a rule, and a field without one does not pass the build.

Root fields carry `metadata={"rule": …}`; the fields of any other type have the rule of their type,
given by `@ruled`, unless their own metadata says otherwise. A document is held to the rules of all
fields that it selects before anything runs; use cases check again whose rows they touch.
Source: docs/rules/access.md.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
    get_named_type,
)

from domain.accounts.roles import CallerKind
from resolvers.context import Caller, Forbidden, Refused, SignInFirst

C = TypeVar("C", bound=type)
Field = tuple[str, str]

_KEY = "strawberry-definition"


@dataclass(frozen=True, slots=True)
class Public:
    """Anybody may."""

    def refusal(self, caller: Caller) -> Refused | None:
        """Never refuses."""
        return None

    def __str__(self) -> str:
        return "public"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whoever said who it is may: by a key or by a sign-in."""

    def refusal(self, caller: Caller) -> Refused | None:
        """SignInFirst for an anonymous visitor."""
        return None if known(caller) else SignInFirst("Send an API key, or sign in.")

    def __str__(self) -> str:
        return "signed in"


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever signed in may; a key is nobody's sign-in."""

    def refusal(self, caller: Caller) -> Refused | None:
        """SignInFirst for an anonymous visitor and for a key."""
        return None if caller.user_id is not None else SignInFirst("Sign in.")

    def __str__(self) -> str:
        return "person"


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer who signed in may."""

    def refusal(self, caller: Caller) -> Refused | None:
        """SignInFirst for anybody else."""
        if caller.kind is CallerKind.CUSTOMER and caller.user_id is not None:
            return None
        return SignInFirst("Sign in as a customer.")

    def __str__(self) -> str:
        return "customer"


@dataclass(frozen=True, slots=True)
class Merchant:
    """Whoever acts for a merchant may: beside a scope that organisations hold too."""

    def refusal(self, caller: Caller) -> Refused | None:
        """SignInFirst for anybody else."""
        if caller.merchant_id is not None:
            return None
        return SignInFirst("Send a merchant's API key or token as a bearer token.")

    def __str__(self) -> str:
        return "merchant"


@dataclass(frozen=True, slots=True)
class Organisation:
    """Whoever acts for an organisation may: beside a scope that merchants hold too."""

    def refusal(self, caller: Caller) -> Refused | None:
        """SignInFirst for anybody else."""
        if caller.organisation_id is not None:
            return None
        return SignInFirst("Send an organisation's API key or token as a bearer token.")

    def __str__(self) -> str:
        return "organisation"


@dataclass(frozen=True, slots=True)
class Own:
    """For a type: its objects are only ever handed to the one whose they are."""

    def refusal(self, caller: Caller) -> Refused | None:
        """SignInFirst for an anonymous visitor, who owns nothing."""
        return None if known(caller) else SignInFirst("Send an API key, or sign in.")

    def __str__(self) -> str:
        return "own"


@dataclass(frozen=True, slots=True)
class Holder:
    """For a cart: whoever sends its token may, or whose it is; the use case finds out."""

    def refusal(self, caller: Caller) -> Refused | None:
        """Never refuses: what a caller does not hold is not there for it."""
        return None

    def __str__(self) -> str:
        return "holder"


@dataclass(frozen=True, slots=True)
class Scope:
    """A merchant or an organisation may, by a key with the scope or a member's role."""

    name: str

    def refusal(self, caller: Caller) -> Refused | None:
        """SignInFirst for whoever acts for neither; Forbidden without the scope."""
        if caller.merchant_id is None and caller.organisation_id is None:
            return SignInFirst("Send a merchant's or an organisation's API key or token.")
        if self.name in caller.scopes:
            return None
        message = f"This key or role lacks the scope {self.name}."
        return Forbidden(message, reason="SCOPE_NOT_GRANTED", scope=self.name)

    def __str__(self) -> str:
        return f"scope {self.name}"


@dataclass(frozen=True, slots=True)
class Staff:
    """Staff may: with one of the `roles`, where they are named, and in `market`, where it is.

    An empty set of roles is nobody's.
    """

    roles: frozenset[str] | None = None
    market: str | None = None

    def refusal(self, caller: Caller) -> Refused | None:
        """SignInFirst for others; Forbidden without the role, or outside the caller's markets."""
        if caller.kind is not CallerKind.STAFF or caller.user_id is None:
            return SignInFirst("Sign in as a member of staff.")
        if self.roles is not None and not (self.roles and caller.roles & {*self.roles, ADMIN}):
            return Forbidden("Your roles do not allow this.", reason="ROLE_NOT_GRANTED")
        if self.market and caller.markets is not None and self.market not in caller.markets:
            return Forbidden("This market is not one of yours.", reason="MARKET_NOT_GRANTED")
        return None

    def __str__(self) -> str:
        roles = "" if self.roles is None else f" {' '.join(sorted(self.roles)) or 'nobody'}"
        return f"staff{roles}{f' in {self.market}' if self.market else ''}"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of the rules is enough; none of none is."""

    rules: "tuple[Rule, ...]"

    def refusal(self, caller: Caller) -> Refused | None:
        """If all refuse: what the caller lacks, else the last word; Forbidden for an empty rule."""
        found: list[Refused] = []
        for rule in self.rules:
            if (refusal := rule.refusal(caller)) is None:
                return None
            found.append(refusal)
        nobody = Forbidden("Nobody may ask for this.", reason="NO_RULE")
        return next((each for each in found if isinstance(each, Forbidden)), [nobody, *found][-1])

    def __str__(self) -> str:
        return " or ".join(map(str, self.rules)) or "nobody"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every rule must hold; an empty rule holds for nobody."""

    rules: "tuple[Rule, ...]"

    def refusal(self, caller: Caller) -> Refused | None:
        """What the first rule says that refuses; Forbidden for an empty rule."""
        if not self.rules:
            return NOBODY.refusal(caller)
        return next((no for rule in self.rules if (no := rule.refusal(caller))), None)

    def __str__(self) -> str:
        return " and ".join(map(str, self.rules)) or "nobody"


Rule = (
    Public
    | SignedIn
    | Person
    | Customer
    | Merchant
    | Organisation
    | Own
    | Holder
    | Scope
    | Staff
    | AnyOf
    | AllOf
)
_RULES: Final = Rule.__args__

PUBLIC: Final = Public()
SIGNED_IN: Final = SignedIn()
PERSON: Final = Person()
CUSTOMER: Final = Customer()
MERCHANT: Final = Merchant()
ORGANISATION: Final = Organisation()
OWN: Final = Own()
HOLDER: Final = Holder()
STAFF: Final = Staff()
NOBODY: Final = AnyOf(())
ADMIN: Final = "STAFF_ADMIN"


class Unruled(Exception):
    """Fields that say nobody who may ask for them. The message names them."""


def known(caller: Caller) -> bool:
    """Whether the caller said who it is."""
    return any((caller.merchant_id, caller.organisation_id, caller.user_id))


def ruled(rule: Rule) -> Callable[[C], C]:
    """Give every field of a type this rule; stands above `@strawberry.type`."""

    def mark(shape: C) -> C:
        shape.__rule__ = rule  # type: ignore[attr-defined]
        return shape

    return mark


def rules_of(schema: GraphQLSchema) -> Mapping[Field, Rule]:
    """The rule of each field by the names of its type and itself.

    Raises: Unruled for fields without one.
    """
    found: dict[Field, Rule] = {}
    without: list[str] = []
    for shape in _shapes(schema):
        of_type = None if shape in _roots(schema) else _own_rule(shape)
        for name, field in shape.fields.items():
            metadata = getattr(field.extensions.get(_KEY), "metadata", None) or {}
            rule = metadata.get("rule", of_type)
            if isinstance(rule, _RULES):
                found[shape.name, name] = rule
            else:
                without.append(f"{shape.name}.{name}")
    if without:
        raise Unruled(f"say who may ask for {', '.join(sorted(without))}")
    return found


def in_bulk(schema: GraphQLSchema) -> Mapping[OperationType, frozenset[str]]:
    """The root fields that may be run in bulk: those whose rule is a scope.

    A field whose metadata says `"bulk": False` may not; a mutation needs an idempotency key.
    """
    found = {}
    for kind in (OperationType.QUERY, OperationType.MUTATION):
        root = schema.get_root_type(kind)
        fields = root.fields if root else {}
        found[kind] = frozenset(
            name
            for name, field in fields.items()
            if _bulk(field) and (kind is OperationType.QUERY or _once(field))
        )
    return found


def _bulk(field: GraphQLField) -> bool:
    metadata = getattr(field.extensions.get(_KEY), "metadata", None) or {}
    return isinstance(metadata.get("rule"), Scope) and metadata.get("bulk", True)


def _once(field: GraphQLField) -> bool:
    given = get_named_type(field.args["input"].type) if "input" in field.args else None
    return "idempotencyKey" in getattr(given, "fields", ())


def needed(fields: Iterable[Field], rules: Mapping[Field, Rule]) -> frozenset[Rule]:
    """The rules that these fields ask for; a field that has none is nobody's."""
    return frozenset(rules.get(field, NOBODY) for field in fields)


def refusals(rules: Iterable[Rule], caller: Caller) -> list[Refused]:
    """What a caller is refused for, in the order of the rules' names; empty if it may."""
    found = (rule.refusal(caller) for rule in sorted(rules, key=str))
    return [refusal for refusal in found if refusal is not None]


def _shapes(schema: GraphQLSchema) -> list[GraphQLObjectType | GraphQLInterfaceType]:
    return [
        shape
        for name, shape in sorted(schema.type_map.items())
        if isinstance(shape, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__")
    ]


def _roots(schema: GraphQLSchema) -> tuple[GraphQLNamedType | None, ...]:
    return (schema.query_type, schema.mutation_type, schema.subscription_type)


def _own_rule(shape: GraphQLNamedType) -> Any:
    """The rule of the class itself; that of a base class is about other fields."""
    definition = shape.extensions.get(_KEY)
    definition = getattr(definition, "concrete_of", None) or definition
    return vars(getattr(definition, "origin", object)).get("__rule__")
