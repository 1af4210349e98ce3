"""Shapes that every area shares."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Annotated, Any, Final, Generic, Self, TypeVar, cast
from uuid import UUID

import strawberry
from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionNode
from strawberry import relay

from domain import money
from domain.catalog import Grade
from domain.money import Currency
from resolvers.context import BadInput, Context
from resolvers.paging import Page, Place
from schema.rules import OWN, PUBLIC, ruled

Info = strawberry.Info[Context, None]
strawberry.enum(Currency, description="A currency by its ISO 4217 code.")
_CURRENCIES = {each.value: each for each in Currency}

MarketCode = Annotated[
    str, strawberry.argument(description="Code of the market, such as `FR`: `markets` lists them.")
]
First = Annotated[int, strawberry.argument(description="How many items: 1 to 100.")]
After = Annotated[
    str | None,
    strawberry.argument(description="`endCursor` of the page before; nothing begins the list."),
]
Locale = Annotated[
    str, strawberry.argument(description="Language of texts for people: `en` or `fr`.")
]
NodeId = Annotated[strawberry.ID, strawberry.argument(description="The `id` of the object.")]
Slug = Annotated[str, strawberry.argument(description="Stable name in addresses.")]
InGrade = Annotated[
    Grade | None, strawberry.argument(description="Only this grade; nothing means all of them.")
]

R = TypeVar("R")
T = TypeVar("T")


@ruled(PUBLIC)
@strawberry.type
class Money:
    """An exact amount."""

    amount: Decimal = strawberry.field(
        description='Decimal string with the currency\'s own number of digits: `"309.90"`.'
    )
    currency: Currency = strawberry.field(description="ISO 4217 code.")

    @classmethod
    def of(cls, minor: int, currency: str) -> Self:
        known = _CURRENCIES[currency]
        return cls(amount=money.amount_of(minor, known), currency=known)

    @classmethod
    def maybe(cls, minor: int | None, currency: str) -> Self | None:
        return None if minor is None else cls.of(minor, currency)


@ruled(PUBLIC)
@strawberry.interface
class Node:
    """An object with an id of its own. `node(id)` reads it again."""

    id: relay.GlobalID = strawberry.field(description="Opaque id.")


@ruled(PUBLIC)
@strawberry.interface
class Problem:
    """An expected refusal. Every mutation's result is its success type or a `Problem`."""

    code: str = strawberry.field(description="Stable word for programs.")
    message: str = strawberry.field(description="One sentence for a person.")
    path: list[str] = strawberry.field(
        description="The input that the refusal is about. At most 10."
    )
    hint: str | None = strawberry.field(description="What to change.")
    request_id: strawberry.ID = strawberry.field(description="Name this when you ask for help.")


@ruled(OWN)
@strawberry.type
class InvalidTransition(Problem):
    """The object is not in a state from which this is possible."""

    from_: str = strawberry.field(name="from", description="The state it is in.")
    to: str = strawberry.field(description="The state that was asked for.")
    allowed: list[str] = strawberry.field(description="States that may follow. At most 20.")


@ruled(OWN)
@strawberry.type
class FourEyesRequired(Problem):
    """Who asked may not decide: somebody else must."""

    approval_id: relay.GlobalID = strawberry.field(
        description="Id of the `Approval`, or of the `MarketOpening`."
    )


@ruled(PUBLIC)
@strawberry.type
class PageInfo:
    """Where a page stands in its list. Lists go forward."""

    has_next_page: bool = strawberry.field(description="Whether items follow.")
    has_previous_page: bool = strawberry.field(description="Whether the page began after a cursor.")
    page: strawberry.Private[Page[Any]]

    @strawberry.field
    def start_cursor(self) -> str | None:
        """Cursor of the first item."""
        return self.page.edges[0].cursor if self.page.edges else None

    @strawberry.field
    def end_cursor(self) -> str | None:
        """Cursor to give as `after`."""
        return self.page.edges[-1].cursor if self.page.edges else None


@ruled(PUBLIC)
@strawberry.type
class Edge(Generic[T]):
    """An item of a list and the cursor to go on after it."""

    node: T = strawberry.field(description="The item.")
    place: strawberry.Private[Place]

    @strawberry.field
    def cursor(self) -> str:
        """Position of the item."""
        return self.place.cursor


def edges(page: Page[R], shape: Callable[[R], T]) -> list[Edge[T]]:
    """The rows of a page as shapes."""
    return [Edge(node=shape(edge.node), place=edge.place) for edge in page.edges]


def page_info(page: Page[R], after: str | None) -> PageInfo:
    """Where the page stands."""
    return PageInfo(has_next_page=page.has_next, has_previous_page=after is not None, page=page)


def asks(info: Info, name: str) -> bool:
    """Whether the field being resolved is asked for a field `name` of its object.

    A `@skip` is not looked at: it only makes the answer cost what it might have cost.
    """
    raw = info._raw_info
    waiting = [child for node in raw.field_nodes for child in _selections(node)]
    seen: set[str] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, FieldNode):
            if node.name.value == name:
                return True
        elif isinstance(node, InlineFragmentNode):
            waiting += node.selection_set.selections
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
            seen.add(node.name.value)
            waiting += raw.fragments[node.name.value].selection_set.selections
    return False


def _selections(node: FieldNode) -> Sequence[SelectionNode]:
    return node.selection_set.selections if node.selection_set else ()


def global_id(kind: str, row_id: UUID | str) -> relay.GlobalID:
    """The id of a row as clients know it: ready as text, which every executor writes as it is."""
    return cast("relay.GlobalID", b64encode(f"{kind}:{row_id}".encode()).decode("ascii"))


def row_id(value: strawberry.ID | str | None, kind: str, argument: str) -> UUID | None:
    """The row that an id names; a bare UUID is taken too.

    Raises: BadInput for a text that is neither, or an id of another type.
    """
    if value is None:
        return None
    try:
        try:
            return UUID(str(value))
        except ValueError:
            found = relay.GlobalID.from_id(str(value))
            if found.type_name == kind:
                return UUID(found.node_id)
    except (ValueError, relay.GlobalIDValueError):
        pass
    raise BadInput(f"`{argument}` is not the id of a {kind}.", argument=argument)


ONCE: Final = "1 to 255 printable characters of yours; a repeated call has one effect."


def idempotency_key(text: str) -> str:
    """The key as given. Raises: BadInput unless it is 1 to 255 printable ASCII characters."""
    if not (0 < len(text) <= 255 and text.isascii() and text.isprintable()):
        raise BadInput(
            "`idempotencyKey` must be 1 to 255 printable ASCII characters.",
            argument="idempotencyKey",
        )
    return text
