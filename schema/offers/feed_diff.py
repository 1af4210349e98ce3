"""What a run would do, what stopped it, and which problems it met how often."""

from typing import TYPE_CHECKING, Self

import strawberry

from domain.offers.guards import Guard, Held
from schema.common import Money
from schema.offers.feeds import READ
from schema.rules import ruled

if TYPE_CHECKING:
    from models.offers import preview

strawberry.enum(Guard, description="What stops a run that looks like an accident.")


@ruled(READ)
@strawberry.type
class ProblemCount:
    """How often a code was said of the lines of a run."""

    code: str = strawberry.field(description="Stable word, as in `LineProblem.code`.")
    count: int = strawberry.field(description="How often.")


@ruled(READ)
@strawberry.type
class FeedGuard:
    """A guard that stopped a run: it counted more than it lets through."""

    guard: Guard = strawberry.field(description="Which one.")
    n: int = strawberry.field(description="What it counted: offers or lines.")
    total: int = strawberry.field(description="Of how many.")
    limit: int = strawberry.field(description="How many it lets through.")
    message: str = strawberry.field(description="The same for a person.")

    @classmethod
    def of(cls, held: Held, message: str) -> Self:
        return cls(guard=held.guard, n=held.n, total=held.total, limit=held.limit, message=message)


@ruled(READ)
@strawberry.type
class PriceMove:
    """A price that would change."""

    line: int = strawberry.field(description="Line of the file.")
    sku: str = strawberry.field(description="Your key.")
    before: Money = strawberry.field(description="Price as stored.")
    after: Money = strawberry.field(description="Price as it would be.")
    change_bp: int = strawberry.field(description="Change in hundredths of a per cent of `before`.")

    @classmethod
    def of(cls, move: "preview.PriceMove") -> Self:
        return cls(
            line=move.line,
            sku=move.sku,
            before=Money.of(move.before_minor, move.currency),
            after=Money.of(move.after_minor, move.currency),
            change_bp=move.change_bp,
        )


@ruled(READ)
@strawberry.type
class FeedPriceMoves:
    """How the prices of known offers would move; those of single markets are not counted."""

    up: int = strawberry.field(description="Prices that would rise.")
    down: int = strawberry.field(description="Prices that would fall.")
    median_change_bp: int | None = strawberry.field(
        description="Median of the changes, in hundredths of a per cent; `null` for none."
    )
    largest: list[PriceMove] = strawberry.field(
        description="The largest changes, by their share of the price. At most 10."
    )


@ruled(READ)
@strawberry.type
class FeedDiff:
    """What a run would do to your offers, were it applied."""

    create: int = strawberry.field(description="Offers that it would make.")
    update: int = strawberry.field(description="Offers that it would change.")
    unchanged: int = strawberry.field(description="Lines that say nothing new.")
    delete: int = strawberry.field(
        description="Offers that it would delete, or that a full file no longer names."
    )
    prices: FeedPriceMoves = strawberry.field(description="How prices would move.")

    @classmethod
    def of(cls, diff: "preview.Diff") -> Self:
        prices = FeedPriceMoves(
            up=diff.up,
            down=diff.down,
            median_change_bp=diff.median_bp,
            largest=[PriceMove.of(move) for move in diff.largest],
        )
        return cls(
            create=diff.create,
            update=diff.update,
            unchanged=diff.unchanged,
            delete=diff.delete,
            prices=prices,
        )
