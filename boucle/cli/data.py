"""Commands that do one thing to the data, or tell about it, and end."""

import asyncio
import csv
import difflib
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from boucle.doctor import examine, show
from boucle.orm import database, missing_migrations
from boucle.orm import migrate as migrate_tables
from boucle.session import connected
from boucle.settings import ROOT, Settings
from models.base import transaction

if TYPE_CHECKING:
    from workers.offers.importing import Imported

_SNAPSHOT = ROOT / "schema" / "schema.graphql"
_RULES = ROOT / "schema" / "rules.txt"
_NOWHERE = "asyncpg://nobody@/nothing"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FORMATS = (
    *("NATIVE_CSV", "NATIVE_TSV", "NATIVE_JSONL", "GOOGLE_XML", "GOOGLE_TSV", "META_CSV"),
    *("MIRAKL_CSV", "MIRAKL_XLSX", "LISTINGS_CSV", "SPREADSHEET", "SHOPIFY_JSONL", "SHOPIFY_CSV"),
    *("AMAZON_TSV", "AMAZON_JSON"),
)
OnProgress = Callable[[int, int], None]
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")


@contextmanager
def _bar(title: str) -> Generator[OnProgress]:
    """A progress bar on the error stream; it is told how much is done, and of how much."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True
    ) as progress:
        task = progress.add_task(title, total=None)

        def advance(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total or None)

        yield advance


@click.command()
@as_json
def migrate(as_json: bool) -> None:
    """Bring the tables up to date."""
    ran: list[str] = []
    with connected(Settings.load()) as settings:
        asyncio.run(_migrate(settings, ran.append))
    _say({"migrations": ran}, as_json, f"{len(ran)} migrations ran" if ran else "up to date")


async def _migrate(settings: Settings, on_step: Callable[[str], object]) -> None:
    await migrate_tables(str(settings.database_url), on_step)


@click.command()
def seed() -> None:
    """Bring the tables up to date, then load the reference data and the demo. Safe to repeat."""
    with connected(Settings.load()) as settings:
        settings.publish()
        console = Console(stderr=True, highlight=False)
        asyncio.run(_seed(settings, lambda step: console.print(f"migrate {step}")))
        console.print("the demo is loaded")


async def _seed(settings: Settings, on_step: Callable[[str], object]) -> None:
    await _migrate(settings, on_step)
    await import_module("boucle.demo").load(settings)


@click.command()
@click.argument("contracts", type=_FILE)
@click.argument("rates", type=_FILE)
def contracts(contracts: Path, rates: Path) -> None:
    """Load the platform's contracts with carriers and their rate cards, two CSV files."""
    with connected(Settings.load()) as settings:
        try:
            found = asyncio.run(_load_contracts(settings, contracts, rates))
        except (ValueError, KeyError) as error:
            raise click.ClickException(f"nothing was loaded: {error}") from error
        click.echo(f"{found} rates are in force")


async def _load_contracts(settings: Settings, contracts: Path, rates: Path) -> int:
    given = [_rows(contracts), _rows(rates)]
    load = import_module("models.shipments.contracts").load
    async with database(str(settings.database_url)), transaction() as raw:
        await load(raw, *given)
    return len(given[1])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@click.command()
@click.option(
    "--check", is_flag=True, help="Change nothing; exit 1 if the snapshot is not current."
)
@click.option("--print", "to_screen", is_flag=True, help="Print the schema instead of writing it.")
def schema(check: bool, to_screen: bool) -> None:
    """Write the GraphQL schema to schema/schema.graphql, and who may ask what to rules.txt."""
    made = import_module("schema.root").schema
    text = f"{made.as_str().rstrip()}\n"
    snapshots = {_SNAPSHOT: text, _RULES: import_module("boucle.matrix").matrix(made._schema)}
    if to_screen:
        click.echo(text, nl=False)
    elif check:
        for path, current in snapshots.items():
            _refuse_difference(path.read_text() if path.exists() else "", current, path.name)
        click.echo("schema/schema.graphql and schema/rules.txt are current")
    else:
        for path, current in snapshots.items():
            path.write_text(current)
            click.echo(f"wrote {path.relative_to(ROOT)}")


def _refuse_difference(snapshot: str, current: str, name: str = _SNAPSHOT.name) -> None:
    if snapshot == current:
        return
    lines = difflib.unified_diff(
        snapshot.splitlines(), current.splitlines(), name, "the code", lineterm="", n=1
    )
    click.echo("\n".join(list(lines)[:40]))
    raise click.ClickException(f"schema/{name} is not current: run `make schema`")


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if one is missing.")
@click.option("--name", help="What the new migration does, in a few words.")
def migrations(check: bool, name: str | None) -> None:
    """Write the migration that makes the tables agree with the models."""
    found = asyncio.run(missing_migrations(_NOWHERE))
    if check and found:
        operations = [str(operation) for writer in found for operation in writer.operations]
        click.echo("\n".join(operations[:20]))
        raise click.ClickException("models and migrations differ: run `make migrations`")
    for writer in found:
        if name:
            number, _, _ = writer.name.partition("_")
            writer.name = f"{number}_{'_'.join(name.lower().split())}"
        click.echo(f"wrote {writer.write()}; read it, and edit it")
    if not found:
        click.echo("models and migrations agree")


@click.group()
def feed() -> None:
    """Work with merchants' feeds."""


@feed.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--merchant", "merchant_slug", required=True, help="The merchant's slug.")
@click.option("--mode", type=click.Choice(["full", "delta"]), default="delta", show_default=True)
@click.option("--format", type=click.Choice(FORMATS), help="Told from the file where not given.")
@click.option("--dry-run", is_flag=True, help="Report what would change, and change nothing.")
@as_json
def import_feed(file: Path, *, as_json: bool, **asked: Any) -> None:
    """Import FILE as the feed of one merchant and tell what became of its lines.

    A full feed also withdraws the offers that it does not name.
    """
    with connected(Settings.load()) as settings, _bar(file.name) as advance:
        settings.publish()
        import_module("boucle.telemetry").set_up_logs("WARNING")  # the report says the rest
        report = asyncio.run(_import_file(settings, file, asked, advance))
    _say(asdict(report), as_json, _told(report))
    if report.stopped:
        raise SystemExit(1)


async def _import_file(
    settings: Settings, file: Path, asked: dict[str, Any], advance: OnProgress
) -> "Imported":
    """The one call into the importer. Raises: ClickException for an unknown merchant."""
    import dramatiq  # noqa: PLC0415  # only this command needs it
    from dramatiq.brokers.stub import StubBroker  # noqa: PLC0415

    if dramatiq.broker.global_broker is None:
        dramatiq.set_broker(StubBroker())  # actors want one as they are imported; no job is sent
    from workers.offers.importing import UnknownMerchant, import_file  # noqa: PLC0415

    try:
        async with database(str(settings.database_url)):
            return await import_file(path=file, on_progress=advance, **asked)
    except UnknownMerchant as error:
        raise click.ClickException(str(error)) from error


def _told(report: "Imported") -> str:
    """The report for a person: one fact a line, the empty ones left out."""
    facts = asdict(report)
    facts |= {f"  {code}": n for code, n in facts.pop("problems").items()}
    return "\n".join(f"{key:>24}  {value}" for key, value in facts.items() if value != "")


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """Check servers, migrations, queues, clock, disk; say what to do. Exit 1 if one is ill."""
    findings = asyncio.run(examine(Settings.load()))
    show(findings, Console(highlight=False), as_json=as_json)
    if not all(finding.well for finding in findings):
        raise SystemExit(1)


def _say(facts: dict[str, Any], as_json: bool, text: str) -> None:
    click.echo(json.dumps(facts, default=str) if as_json else text)


COMMANDS: tuple[click.Command, ...] = (
    *(migrate, seed, schema, migrations, feed, doctor),
    contracts,
)
