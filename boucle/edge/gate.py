"""What a caller may ask for, and how much of it: rights, points, rates.

Source: docs/rules/access.md, docs/rules/cost.md.
"""

import time
from collections import OrderedDict
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSchema, OperationType

from boucle.edge.cache import CACHEABLE
from boucle.edge.footprint import DEFAULT, Method, cost_extension
from boucle.edge.rates import RateLimiter, Taken, who_of_ip
from boucle.edge.rights import Needs, Rights, refused
from boucle.graphql import Operation
from domain.accounts.roles import CallerKind
from resolvers.context import Caller, Forbidden, Level, Refused
from schema.rules import PUBLIC

UNLIMITED = 1e12
MOST_SEEN = 10_000
SCHEMA_READ = "schema:read"
_PUBLIC_KINDS = frozenset({CallerKind.ANONYMOUS, CallerKind.CUSTOMER})
_INTROSPECTION = {"__schema", "__type"}


@dataclass(frozen=True, slots=True)
class Note:
    """What is told once of an operation.

    The rules that it asks for, whether its answer may be kept, whether it reads the schema.
    """

    needs: Needs
    keepable: bool
    introspects: bool


@dataclass(frozen=True, slots=True)
class Charge:
    """The points that a request took, until it is known what it spent."""

    who: str
    role: str
    requested: float
    taken: Taken


class Gate:
    """Stands before every operation.

    `points` is the most that one may cost, `partner_points` the most that one of a merchant, an
    organisation or staff may; with `open_schema` anybody may read the schema.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        rates: RateLimiter | None,
        points: float,
        method: Method = DEFAULT,
        *,
        open_schema: bool = True,
        partner_points: float | None = None,
    ) -> None:
        self._partner_points = points if partner_points is None else partner_points
        self._open = open_schema
        self._root = schema.query_type.name if schema.query_type else ""
        self._rights = Rights(schema)
        self._rates, self._points, self._method = rates, points, method
        self._seen: OrderedDict[str, tuple[Taken, float]] = OrderedDict()

    def note(self, operation: Operation) -> Note:
        """What holds of an operation whoever asks."""
        if not isinstance(operation.note, Note):
            selected = operation.price.fields
            fields = [(shape, name) for shape, name in selected if not name.startswith("__")]
            needs = self._rights.needs(fields)
            roots = {name for shape, name in fields if shape == self._root}
            keepable = (
                operation.kind is OperationType.QUERY
                and bool(roots)
                and roots <= CACHEABLE
                and all(rule == PUBLIC for rule in needs)
            )
            reads = not _INTROSPECTION.isdisjoint(name for _, name in selected)
            operation.note = Note(needs, keepable and not reads, reads)
        return operation.note

    def refusals(self, operation: Operation, caller: Caller) -> list[Refused]:
        """Why the caller may not ask for this; empty if it may."""
        note = self.note(operation)
        if note.introspects and not (self._open or SCHEMA_READ in caller.scopes):
            message = f"Reading the schema here needs the scope {SCHEMA_READ}."
            return [Forbidden(message, reason="SCOPE_NOT_GRANTED", scope=SCHEMA_READ)]
        return refused(note.needs, caller)

    def keepable(self, operation: Operation, caller: Caller) -> bool:
        """Whether the answer would be the same for everybody."""
        return caller.kind is CallerKind.ANONYMOUS and self.note(operation).keepable

    def running(self, caller: Caller, address: str | None) -> AbstractContextManager[None] | None:
        """One request of a caller, from start to end. Raises: NotServed, 429, for too many."""
        if self._rates is None or self._rates.lifted:
            return None
        return self._rates.running(who_of(caller, address))

    def most(self, caller: Caller) -> float:
        """The most points that one operation of this caller may cost."""
        points = self._points if caller.kind in _PUBLIC_KINDS else self._partner_points
        if self._rates is None or self._rates.lifted:
            return points
        return min(points, self._rates.rate(caller.kind.value).limit)

    async def charge(self, caller: Caller, address: str | None, requested: float) -> Charge:
        """Take the points that an operation may cost; `taken.allowed` tells if they were there."""
        role = caller.kind.value
        if self._rates is None:
            return Charge("", role, requested, _free(self._points))
        if self._rates.lifted:
            return Charge("", role, requested, self._rates.untouched(role))
        who = who_of(caller, address)
        taken = await self._rates.take(who, role, requested)
        self._see(who, taken)
        return Charge(who, role, requested, taken)

    async def settle(self, charge: Charge, actual: float) -> dict[str, Any]:
        """Give back what was not spent; `extensions.cost` of the answer."""
        spent = min(actual, charge.requested)
        back = charge.requested - spent if charge.taken.allowed else 0.0
        if self._rates is not None and not self._rates.lifted:
            await self._rates.give_back(charge.who, charge.role, back)
        return self.cost(charge.requested, spent, charge.taken, back)

    def cost(
        self, requested: float, actual: float, taken: Taken, back: float = 0.0
    ) -> dict[str, Any]:
        """`extensions.cost` of an answer."""
        return cost_extension(
            requested,
            actual,
            limit=taken.limit,
            remaining=taken.remaining + back,
            restores_per_second=taken.restores_per_second,
            method=self._method,
        )

    def untouched(self, caller: Caller) -> Taken:
        """What a caller has of whom nothing was taken now, as far as this process knows."""
        if self._rates is None:
            return _free(UNLIMITED)
        rate = self._rates.rate(caller.kind.value)
        known = self._seen.get(who_of(caller, caller.address))
        left = rate.limit
        if known is not None:
            last, at = known
            left = min(left, last.remaining + (time.monotonic() - at) * rate.per_second)
        return Taken(True, rate.limit, left, rate.per_second)

    async def level(self, prefix: str, role: str) -> Level | None:
        """What is left in the bucket of a key; None where nothing is counted."""
        if self._rates is None or self._rates.lifted:
            return None
        taken = await self._rates.take(f"key:{prefix}", role, 0)
        return Level(taken.limit, taken.remaining, taken.restores_per_second)

    def _see(self, who: str, taken: Taken) -> None:
        self._seen[who] = taken, time.monotonic()
        self._seen.move_to_end(who)
        if len(self._seen) > MOST_SEEN:
            self._seen.popitem(last=False)


def who_of(caller: Caller, address: str | None) -> str:
    """The bucket of a caller: its key, else its account, else where it comes from."""
    if caller.key_prefix is not None:
        return f"key:{caller.key_prefix}"
    if caller.user_id is not None:
        return f"user:{caller.user_id}"
    return who_of_ip(address)


def _free(points: float) -> Taken:
    return Taken(True, points, points, points)
