"""Carriers process: plays the carriers on this machine alone, and remembers their parcels."""

import asyncio
from typing import Final

from boucle.relay import stopping
from boucle.settings import BadSetting, Settings
from integrations.sandbox.carriers import CarrierSimulator

FILE: Final = "carriers.jsonl"
"""What it remembers, in the home."""

_PUSH_SECONDS: Final = 1.0


async def run(settings: Settings) -> None:
    """Play the carriers until SIGTERM or SIGINT.

    Raises: BadSetting without a port, or where it cannot be listened on.
    """
    if settings.carriers_port == 0:
        raise BadSetting("BOUCLE_CARRIERS_PORT", "is not set")
    played = simulator(settings)
    try:
        with stopping() as stop:
            await _start(played, settings.carriers_port)
            async with asyncio.TaskGroup() as tasks:
                pushing = tasks.create_task(played.push_forever(_PUSH_SECONDS))
                await stop.wait()
                pushing.cancel()
    finally:
        await played.stop()


def simulator(settings: Settings) -> CarrierSimulator:
    """The carriers of the demo, by the clock of this machine."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return CarrierSimulator(
        derive=True,
        speed=settings.carrier_speed,
        store=settings.home / FILE,
        short_limits=True,
    )


async def _start(played: CarrierSimulator, port: int) -> None:
    try:
        await played.start(port)
    except OSError as error:
        problem = f"cannot listen on 127.0.0.1:{port}: {error.strerror or error}"
        raise BadSetting("BOUCLE_CARRIERS_PORT", problem) from error
