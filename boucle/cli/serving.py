"""Commands that stay: everything at once, or one kind of process."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module

import click
from rich.console import Console

from boucle.servers import InUse
from boucle.session import connected
from boucle.settings import Settings


@click.command()
def run() -> None:
    """Start everything: servers, demo data, API, workers, relay, clock, sandbox, carriers.

    Ctrl-C or SIGTERM stops it. A second run of the same home refuses to start.
    """
    from boucle.run import run as run_everything  # noqa: PLC0415  # only this command needs it

    settings = Settings.load()
    try:
        run_everything(settings, Console(highlight=False))
    except InUse as use:
        message = f"Boucle already runs here as process {use.pid or 'unknown'} ({settings.home})."
        raise click.ClickException(
            f"{message} Stop it first, or set BOUCLE_HOME and BOUCLE_PORT for a second one."
        ) from use


@click.command()
@click.option(
    "--fd", type=int, help="Serve on this open socket instead of BOUCLE_HOST:BOUCLE_PORT."
)
def serve(fd: int | None) -> None:
    """Serve the API on BOUCLE_HOST:BOUCLE_PORT."""
    with connected(Settings.load()) as settings:
        settings.publish()
        import_module("boucle.serve").serve(settings, fd)


@click.command()
@click.option("--queue", "queues", multiple=True, help="Only this queue; may be given many times.")
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--threads", type=click.IntRange(1, 256), default=8, show_default=True)
def worker(queues: Sequence[str], processes: int, threads: int) -> None:
    """Run the background jobs of the queues."""
    from dramatiq.cli import main, make_argument_parser  # noqa: PLC0415

    with connected(Settings.load()) as settings:
        settings.publish()
        words = import_module("boucle.worker").arguments(processes, threads, queues)
        sys.exit(main(make_argument_parser().parse_args(words)))


@click.command()
def relay() -> None:
    """Hand the jobs of committed transactions to the queue."""
    _stay("boucle.relay")


@click.command()
def sender() -> None:
    """Turn events into webhooks and send them to the endpoints of partners."""
    _stay("boucle.sender")


@click.command()
def clock() -> None:
    """Ask for the periodic jobs when they are due."""
    _stay("boucle.clock")


@click.command()
def sandbox() -> None:
    """Play the demo merchants: their feeds, their stock, their answers."""
    _stay("boucle.sandbox")


@click.command()
def carriers() -> None:
    """Play the carriers: their tracking, by the clock, and their pushes."""
    _stay("boucle.carriers")


@click.command()
def shoppers() -> None:
    """Play the demo's customers and merchants: they buy and ship, through the API."""
    _stay("boucle.shoppers")


def _stay(module: str) -> None:
    """Run a module's `run(settings)` on one event loop until it ends."""
    import uvloop  # noqa: PLC0415

    with connected(Settings.load()) as settings:
        import_module("boucle.telemetry").set_up_logs(settings.log_level)
        forever: Callable[[Settings], Awaitable[None]] = import_module(module).run
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_awaited(forever, settings))


async def _awaited(forever: Callable[[Settings], Awaitable[None]], settings: Settings) -> None:
    await forever(settings)


COMMANDS: tuple[click.Command, ...] = (
    *(run, serve, worker, relay, sender, clock, sandbox, carriers, shoppers),
)
