"""Sandbox process: plays the demo merchants, whose feeds it serves on this machine alone."""

from datetime import UTC, datetime

from aiohttp import web

from boucle.demo_catalogue import merchants, variants
from boucle.relay import stopping
from boucle.settings import BadSetting, Settings
from integrations.sandbox.server import create_sandbox

HOST = "127.0.0.1"


async def run(settings: Settings) -> None:
    """Serve the demo merchants' feeds until SIGTERM or SIGINT.

    Raises: BadSetting without a port, or where it cannot be listened on.
    """
    if settings.sandbox_port == 0:
        raise BadSetting("BOUCLE_SANDBOX_PORT", "is not set")
    runner = web.AppRunner(application(), access_log=None)
    await runner.setup()
    try:
        with stopping() as stop:
            await _listen(runner, settings.sandbox_port)
            await stop.wait()
    finally:
        await runner.cleanup()


def application() -> web.Application:
    """The servers of all demo merchants, by the clock of this machine."""
    return create_sandbox(merchants(), variants(), lambda: datetime.now(UTC))


async def _listen(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        problem = f"cannot listen on {HOST}:{port}: {error.strerror or error}"
        raise BadSetting("BOUCLE_SANDBOX_PORT", problem) from error
