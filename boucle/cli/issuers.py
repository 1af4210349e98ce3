"""Commands that connect a company's own OpenID provider, for the operator who vouches for it."""

from collections.abc import Sequence
from typing import Any

import click

from boucle.cli.people import _json, _run, _tell, organisation
from boucle.session import connected
from boucle.settings import Settings
from domain.accounts.company_tokens import CompanyIssuer
from domain.accounts.organisations import MEMBER_ROLES
from domain.accounts.roles import Role
from models import audit
from models.accounts import Organisation, issuers
from models.base import transaction

_slug = click.option("--slug", required=True, help="Slug of the organisation.")
_issuer = click.option("--issuer", required=True, help="As its tokens name it: https://…")


@organisation.command("connect-issuer")
@_slug
@_issuer
@click.option("--audience", required=True, help="What its tokens for this server say in `aud`.")
@click.option("--domain", "domains", multiple=True, required=True, help="Of e-mail addresses.")
@click.option("--role-claim", required=True, help="Such as groups, or realm_access.roles.")
@click.option("--map", "pairs", multiple=True, required=True, help="As fleet-buyers=ORG_REQUESTER.")
@_json
def connect_issuer(*, as_json: bool, **asked: Any) -> None:
    """Believe the tokens of a company's OpenID provider for its own people.

    Said again for the same issuer and audience it replaces what was said.
    """
    with connected(Settings.load()) as settings:
        _tell(_run(_connect(**asked), settings), as_json)


async def _connect(
    slug: str,
    issuer: str,
    audience: str,
    domains: Sequence[str],
    role_claim: str,
    pairs: Sequence[str],
) -> dict[str, Any]:
    of = await _organisation(slug)
    if not issuer.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise click.ClickException("--issuer: an https address")
    claims = dict(_pair(each) for each in pairs)
    wanted = CompanyIssuer(
        of.id,
        issuer,
        audience,
        tuple(sorted({domain.lower().lstrip("@") for domain in domains})),
        role_claim,
        claims,
    )
    async with transaction():
        if await issuers.connect(wanted) is None:
            raise click.ClickException("another organisation has this issuer with this audience")
        await _noted(of, "connectIssuer", {"issuer": issuer, "audience": audience, **claims})
    return {"organisation": of.slug, "issuer": issuer, "roles": sorted(set(claims.values()))}


@organisation.command("disconnect-issuer")
@_slug
@_issuer
def disconnect_issuer(slug: str, issuer: str) -> None:
    """Believe it no more: its tokens open nothing 5 seconds later."""
    with connected(Settings.load()) as settings:
        if not _run(_disconnect(slug, issuer), settings):
            raise click.ClickException("the organisation has no such issuer")
    click.echo("disconnected")


async def _disconnect(slug: str, issuer: str) -> int:
    of = await _organisation(slug)
    async with transaction():
        gone = await issuers.disconnect(of.id, issuer)
        if gone:
            await _noted(of, "disconnectIssuer", {"issuer": issuer})
    return gone


async def _organisation(slug: str) -> Organisation:
    found = await Organisation.get_or_none(slug=slug)
    if found is None:
        raise click.ClickException(f"--slug: there is no {slug!r}: add it")
    return found


def _pair(text: str) -> tuple[str, str]:
    word, _, role = text.rpartition("=")
    if not word or role not in Role.__members__ or Role(role) not in MEMBER_ROLES:
        known = ", ".join(sorted(MEMBER_ROLES))
        raise click.ClickException(f"--map: {text!r} is not written as WORD=ROLE, one of {known}")
    return word, role


async def _noted(of: Organisation, action: str, after: dict[str, Any]) -> None:
    entry = audit.Entry(
        action, "Organisation", of.id, "OPERATOR", organisation_id=of.id, after=after
    )
    await audit.record(entry)


COMMANDS: tuple[click.Command, ...] = ()
"""None of its own: they are added to `organisation`."""
