"""Clock process: asks for the periodic jobs until it is told to stop."""

from datetime import UTC, datetime

from boucle.orm import database
from boucle.relay import stopping
from boucle.settings import Settings
from workers.clock import clock_forever, set_up


async def run(settings: Settings) -> None:
    """Tick until SIGTERM or SIGINT; any number of clocks may run."""
    with stopping() as stop:
        async with database(str(settings.database_url)):
            await set_up(datetime.now(UTC))
            await clock_forever(stop)
