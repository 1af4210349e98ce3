"""The command that records the exchange rates of a file of the European Central Bank."""

import asyncio
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from boucle.orm import database
from boucle.session import connected
from boucle.settings import Settings
from domain.markets.ecb import MOST_BYTES, RateProblem, parse
from domain.markets.rates import Rate
from models import audit
from models.announce import announce_everything
from models.base import as_system, transaction
from models.markets import rates as stored
from models.markets.rates import Imported


@click.command("rates")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--correct", is_flag=True, help="Rates of the file take the place of others.")
def rates(file: Path, *, correct: bool) -> None:
    """Record the exchange rates of FILE: eurofxref of the ECB, XML, CSV or zipped CSV.

    A file is read whole or not at all. A rate that differs from the one that is known of its day
    is named and left out; the old row is kept where `--correct` has another take its place.
    """
    found = parse(_content(file), datetime.now(UTC).date())
    problems = [each for each in found if isinstance(each, RateProblem)]
    for each in problems:
        click.echo(_told(each), err=True)
    if problems:
        raise click.ClickException(f"nothing was recorded of {file.name}")
    wanted = [each for each in found if isinstance(each, Rate)]
    with connected(Settings.load()) as settings:
        done = asyncio.run(_record(settings, wanted, correct=correct))
    for rate in done.differing:
        click.echo(f"left out: {rate.quote} of {rate.on_day} is {rate.rate} here", err=True)
    click.echo(
        f"{done.read} rates: {done.added} new, {done.unchanged} known, {done.corrected} corrected, "
        f"{len(done.differing)} left out"
    )


def _content(file: Path) -> bytes:
    """The bytes of a file, or of the one file in a zip; no more than is looked at."""
    if not zipfile.is_zipfile(file):
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    with zipfile.ZipFile(file) as packed:
        inside = packed.infolist()
        if len(inside) != 1:
            raise click.ClickException(f"{file.name} holds {len(inside)} files: one is read")
        with packed.open(inside[0]) as opened:
            return opened.read(MOST_BYTES + 1)


def _told(found: RateProblem) -> str:
    place = f"line {found.line}: " if found.line else ""
    named = " ".join(filter(None, (found.field, repr(found.value) if found.value else "")))
    return f"{place}{found.code.value} {named}".rstrip() + f". {found.hint}"


async def _record(settings: Settings, wanted: Sequence[Rate], *, correct: bool) -> Imported:
    async with database(str(settings.database_url)), transaction():
        async with as_system() as raw:
            done = await stored.take_in(raw, wanted, None, correct=correct)
            if done.added or done.corrected:
                await announce_everything(raw)
        counts = {
            "read": done.read,
            "added": done.added,
            "corrected": done.corrected,
            "differing": len(done.differing),
        }
        await audit.record(
            audit.Entry("importRates", "ExchangeRate", None, "OPERATOR", after=counts)
        )
    return done


COMMANDS = (rates,)
