"""Sender process: turns events into webhooks and calls the endpoints, until told to stop."""

import asyncio

from boucle.house import vault_of
from boucle.orm import database
from boucle.relay import stopping
from boucle.selections import selections
from boucle.settings import Settings
from integrations.webhooks import sending
from workers.partners.sending import Sender, fan_out_forever, send_forever, tidy_forever


async def run(settings: Settings) -> None:
    """Send until SIGTERM or SIGINT; calls under way end first. Any number of senders may run."""
    with stopping() as stop:
        async with (
            database(str(settings.database_url)),
            selections(settings) as select,
            sending(allowed=settings.webhook_allowed_hosts) as http,
            asyncio.TaskGroup() as tasks,
        ):
            sender = Sender(http, vault_of(settings), select)
            wake = asyncio.Event()
            tasks.create_task(fan_out_forever(wake, stop))
            tasks.create_task(send_forever(sender, wake, stop))
            tasks.create_task(tidy_forever(stop))
