"""Commands about money on its way to people's banks."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import click

from boucle.orm import database
from boucle.session import connected
from boucle.settings import Settings
from models.base import transaction
from models.trade_in import money


@click.group("payout")
def payout() -> None:
    """Money of trade-ins on its way to people's banks."""


@payout.command("returned")
@click.argument("end_to_end_id", type=click.UUID)
@click.argument("reason")
def returned(end_to_end_id: UUID, reason: str) -> None:
    """Note that a bank refused a payment, or sent it back: END_TO_END_ID as in the file.

    The money is owed again, and the person is asked for another account. REASON is the bank's
    code, such as AC04.
    """
    with connected(Settings.load()) as settings:
        changed = asyncio.run(_returned(settings, end_to_end_id, reason[:35]))
    if not changed:
        raise click.ClickException("no payment under way or paid has this id")
    click.echo("The money is owed again.")


async def _returned(settings: Settings, payout_id: UUID, reason: str) -> bool:
    async with database(str(settings.database_url)), transaction():
        return await money.told(payout_id, reason, datetime.now(UTC))


COMMANDS = (payout,)
