"""Who issues labels in a process, as the settings say."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog

from boucle.settings import Settings
from integrations.http import Rejected, Unavailable, outbound
from integrations.labels import Label, LabelProvider, Wanted
from integrations.labels.simulator import SimulatedLabels
from models.base import as_system, transaction
from models.shipments import labels
from models.shipments.labels import LabelRefused, LabelRow, Place

log = structlog.get_logger()


@asynccontextmanager
async def label_desk(settings: Settings) -> AsyncGenerator["LabelDesk | None"]:
    """The desk of a process; None in production, where an operator brings a provider of its own."""
    if settings.production:
        yield None
    elif settings.carriers_port == 0:
        yield LabelDesk(SimulatedLabels())
    else:
        host = f"127.0.0.1:{settings.carriers_port}"
        async with outbound(allowed=[host]) as out:
            yield LabelDesk(SimulatedLabels(out, f"http://{host}"))


class LabelDesk:
    """Has labels issued: reads where they go, asks the provider, outside of any transaction."""

    def __init__(self, provider: LabelProvider) -> None:
        self._provider = provider

    async def issue(self, label: LabelRow) -> Label | None:
        """What the provider gave; None where it could not be asked now. Raises: LabelRefused."""
        async with transaction(), as_system():
            place = await labels.place_of(label)
        if place is None:
            raise LabelRefused("what it is for is not there")
        try:
            return await self._provider.issue(_wanted(label, place))
        except Rejected as error:
            raise LabelRefused(str(error)) from error
        except Unavailable as error:
            log.warning("label.waiting", label_id=str(label.id), why=error.why)
            return None


def _wanted(label: LabelRow, place: Place) -> Wanted:
    lines = (place.address.get("name"), *(place.address.get("street") or ()))
    return Wanted(
        label.id,
        label.carrier,
        label.api,
        label.origin,
        label.destination,
        place.postal_code,
        tuple(str(line) for line in (*lines, place.address.get("city")) if line),
        place.sender,
        place.number,
        label.grams,
        label.created_at,
    )
