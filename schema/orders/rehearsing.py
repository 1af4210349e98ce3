"""A market is rehearsed by its team."""

from typing import Annotated

import strawberry

from resolvers.orders import rehearsing
from schema.common import ONCE, Info, idempotency_key
from schema.markets.launching import MarketRehearsal
from schema.markets.problems import TEAM
from schema.rules import ruled


@strawberry.input
class RehearseMarketInput:
    """Which market."""

    market: str = strawberry.field(description="Code of the market.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(TEAM)
@strawberry.type
class MarketRehearsed:
    """How far the order came. Nothing of it is left."""

    rehearsal: MarketRehearsal = strawberry.field(description="What came of it.")


@strawberry.type
class RehearsingMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": TEAM})
    async def rehearse_market(
        self,
        info: Info,
        input: Annotated[RehearseMarketInput, strawberry.argument(description="Which market.")],
    ) -> MarketRehearsed:
        """Place an order in a market, pay it on the simulator, undo all of it, and keep the result.

        In any stage. No stock, money, mail or event is left. The market's team only.
        """
        key = idempotency_key(input.idempotency_key)
        found = await rehearsing.rehearse(info.context, input.market, key)
        return MarketRehearsed(rehearsal=MarketRehearsal.of(found))
