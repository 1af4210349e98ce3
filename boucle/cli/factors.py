"""Commands about factor sets: what ships, and the proof that nothing of it was changed."""

from collections.abc import Iterator
from importlib import import_module

import click

from domain.impact.factors import BadSet
from domain.impact.plans import Draw
from domain.impact.proof import differences
from models import impact


def _drawing() -> Draw:
    """The draws, whose library no server loads that only reads what they said."""
    found: Draw = import_module("domain.impact.draws").drawn
    return found


@click.group()
def factors() -> None:
    """List the factor sets of impact figures, and verify them."""


@factors.command("list")
def listed() -> None:
    """The sets that ship, with their hashes."""
    for set_id in impact.LISTING:
        found = impact.factor_set(set_id)
        counted = f"{len(found.factors)} factors, {found.published_on}"
        click.echo(f"{found.id} {found.sha256} {found.method}, {counted}")


@factors.command("verify")
def verify() -> None:
    """Hash each set again, compute the golden values and check the draws; else exit code 1."""
    wrong = list(_edited()) or list(_otherwise(_drawing()))
    for each in wrong:
        click.echo(each, err=True)
    if wrong:
        raise click.ClickException(f"{len(wrong)} differences")
    sets, values = len(impact.published()), len(impact.golden())
    click.echo(f"{sets} sets are as published, {values} golden values hold")


def _edited() -> Iterator[str]:
    """Sets that are not what was published."""
    for set_id, sha256 in impact.published().items():
        try:
            found = impact.factor_set(set_id)
        except (BadSet, KeyError) as error:
            yield f"{set_id}: {error}"
            continue
        if found.sha256 != sha256:
            yield f"{set_id}: its hash is {found.sha256}, it was published as {sha256}"


def _otherwise(drawn: Draw) -> Iterator[str]:
    """What the method, the draws and the table of draws say otherwise than they should."""
    for row in impact.golden():
        named = f"{row['set']} {row['category']} {row['indicator']} {row['first_life']} years"
        for each in differences(row, impact.factor_set(row["set"]), drawn):
            yield f"{named}: {each}"
    wrong_spreads = import_module("domain.impact.spreads").wrong_spreads
    for set_id in impact.published():
        yield from wrong_spreads(impact.factor_set(set_id))
    if impact.drawn_otherwise(drawn):
        yield "draws.csv is not what the draws say: `boucle factors draws` writes it"


@factors.command("draws")
def draws() -> None:
    """Write what the draws say of every listing, which requests read: after a new set."""
    path = impact.write_draws(impact.draws_table(_drawing()))
    click.echo(f"wrote {path}")


COMMANDS = (factors,)
