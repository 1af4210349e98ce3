"""How well tracking goes, for the teams of countries."""

from domain.accounts.roles import Role
from models.base import OPERATIONS
from models.shipments import health as stored
from models.shipments.health import Health
from resolvers.context import Context


async def tracking_health(ctx: Context, market: str | None) -> Health:
    """What waits, what nobody can read, which accounts do not work; parcels of a market, or all.

    Raises: SignInFirst, Forbidden for others than the country's team.
    """
    ctx.staff(Role.COUNTRY_TEAM, market)
    async with ctx.private(OPERATIONS):
        return await stored.health(market)
