"""Commands about factor sets: what ships, and the proof that nothing of it was changed."""

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
    """Hash each set again and compute the golden values; exit code 1 and what differs."""
    wrong = []
    for set_id, sha256 in impact.published().items():
        try:
            found = impact.factor_set(set_id)
        except (BadSet, KeyError) as error:
            wrong.append(f"{set_id}: {error}")
            continue
        if found.sha256 != sha256:
            wrong.append(f"{set_id}: its hash is {found.sha256}, it was published as {sha256}")
    rows = impact.golden()
    drawn = _drawing()
    for row in [] if wrong else rows:
        named = f"{row['set']} {row['category']} {row['indicator']} {row['first_life']} years"
        told = differences(row, impact.factor_set(row["set"]), drawn)
        wrong += [f"{named}: {each}" for each in told]
    if not wrong and impact.drawn_otherwise(drawn):
        wrong.append("draws.csv is not what the draws say: `boucle factors draws` writes it")
    for each in wrong:
        click.echo(each, err=True)
    if wrong:
        raise click.ClickException(f"{len(wrong)} differences")
    click.echo(f"{len(impact.published())} sets are as published, {len(rows)} golden values hold")


@factors.command("draws")
def draws() -> None:
    """Write what the draws say of every listing, which requests read: after a new set."""
    path = impact.write_draws(impact.draws_table(_drawing()))
    click.echo(f"wrote {path}")


COMMANDS = (factors,)
