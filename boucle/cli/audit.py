"""Commands about the audit log: close what was added, and prove that nothing was changed."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import click

from boucle.orm import database
from boucle.session import connected
from boucle.settings import Settings
from models import audit as log
from models.audit import Seal, Verified
from models.base import transaction

T = TypeVar("T")


def _run(work: Awaitable[T]) -> T:
    async def inside(settings: Settings) -> T:
        async with database(str(settings.database_url)):
            return await work

    with connected(Settings.load()) as settings:
        return asyncio.run(inside(settings))


@click.group()
def audit() -> None:
    """Seal the audit log, and verify its seals."""


@audit.command("seal")
def seal() -> None:
    """Close what was added since the last seal, as the clock does once a day.

    Keep the last hash elsewhere: `verify --expect` then tells also whether seals were removed.
    """
    made = _run(_seal())
    for each in made:
        click.echo(f"sealed {each.first_n} to {each.last_n}, {each.rows} rows: {each.hash.hex()}")
    if not made:
        click.echo("nothing was added")


async def _seal() -> list[Seal]:
    last_n = await log.last_written()
    made: list[Seal] = []
    while True:
        async with transaction():
            found = await log.seal(last_n)
        if found is None:
            return made
        made.append(found)


@audit.command("verify")
@click.option("--expect", help="A hash that was printed before: its seal must be there.")
def verify(expect: str | None) -> None:
    """Hash the log again; exit code 1 and the first range that is not what was sealed."""
    found, there = _run(_verify(expect))
    if found.broken is not None:
        at = found.broken
        what = "has no seal before it" if found.gap else "is not what was sealed"
        first = found.gap or at.first_n
        raise click.ClickException(f"{first} to {at.last_n}, sealed {at.at:%Y-%m-%d %H:%M}, {what}")
    if not there:
        raise click.ClickException(f"no seal has the hash {expect}: seals are gone")
    last = found.last
    click.echo(f"{found.seals} seals hold" + (f", the last {last.hash.hex()}" if last else ""))


async def _verify(expect: str | None) -> tuple[Verified, bool]:
    try:
        there = expect is None or await log.sealed(bytes.fromhex(expect))
    except ValueError:
        raise click.ClickException("--expect: this is not a hash") from None
    return await log.verify(), there


COMMANDS: tuple[click.Command, ...] = (audit,)
