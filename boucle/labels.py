"""Who issues labels in a process, as the settings say."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from boucle.settings import Settings
from integrations.http import Rejected, outbound
from integrations.labels import Label, LabelProvider
from integrations.labels.simulator import SimulatedLabels
from models.shipments.labels import LabelRow
from resolvers.shipments.labels import LabelRefused
from workers.shipments.labels import ask


@asynccontextmanager
async def label_provider(settings: Settings) -> AsyncGenerator[LabelProvider | None]:
    """The provider of a process; None in production, where an operator brings one of its own."""
    if settings.production:
        yield None
    elif settings.carriers_port == 0:
        yield SimulatedLabels()
    else:
        host = f"127.0.0.1:{settings.carriers_port}"
        async with outbound(allowed=[host]) as out:
            yield SimulatedLabels(out, f"http://{host}")


class LabelDesk:
    """Has labels issued while their merchants wait."""

    def __init__(self, provider: LabelProvider) -> None:
        self._provider = provider

    async def issue(self, label: LabelRow) -> Label | None:
        """What the provider gave; None where it could not be asked now. Raises: LabelRefused."""
        try:
            return await ask(self._provider, label)
        except Rejected as error:
            raise LabelRefused(str(error)) from error
