"""Commands that enter people, organisations and API keys, so that nobody need write rows."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import click

from boucle.house import vault_of
from boucle.orm import database
from boucle.session import connected
from boucle.settings import Settings
from domain.accounts import USUAL_LIFE, places, scopes
from domain.accounts.roles import (
    MERCHANT_SCOPES,
    ORGANISATION_SCOPES,
    CallerKind,
    Role,
    kind_of,
    needs_second_factor,
)
from domain.accounts.sign_in import TOTP_BYTES, totp_uri
from models import audit
from models.accounts import Account, ApiKey, Organisation, people
from models.base import transaction
from models.merchants import Merchant
from models.vault import Vault

T = TypeVar("T")

_merchant = click.option("--merchant", "merchant_slug", help="Slug of the merchant.")
_organisation = click.option("--organisation", "organisation_slug", help="Slug of the company.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")


def _run(work: Awaitable[T], settings: Settings) -> T:
    """Run `work` with the database open."""

    async def inside() -> T:
        async with database(str(settings.database_url)):
            return await work

    return asyncio.run(inside())


def _tell(facts: dict[str, Any], as_json: bool) -> None:
    """One fact a line, the empty ones left out; or JSON."""
    texts = {
        name: " ".join(value) if isinstance(value, list) else value
        for name, value in facts.items()
        if value or value == 0
    }
    lines = (f"{name:>14}  {value}" for name, value in texts.items())
    click.echo(json.dumps(facts, default=str) if as_json else "\n".join(lines))


@click.group()
def account() -> None:
    """Enter people who sign in."""


@account.command("add")
@click.option("--email", required=True, help="Where codes are mailed to.")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice([*Role.__members__])
)
@click.option("--market", "markets", multiple=True, help="Staff act in these; in all without any.")
@_merchant
@_organisation
@_json
def add_account(*, as_json: bool, **asked: Any) -> None:
    """Write an account, or give the one of this address these roles and no other.

    Roles of staff and ORG_ADMIN need an authenticator app: its secret is printed once.
    """
    with connected(Settings.load()) as settings:
        _tell(_run(_add_account(vault_of(settings), **asked), settings), as_json)


async def _add_account(
    vault: Vault,
    email: str,
    roles: Sequence[str],
    markets: Sequence[str],
    merchant_slug: str | None,
    organisation_slug: str | None,
) -> dict[str, Any]:
    address, held = _address(email), frozenset(Role(role) for role in roles)
    kind = kind_of(held)
    if kind is None:
        raise click.ClickException("--role: these belong to different kinds of callers")
    merchant_id, organisation_id = await _owner(merchant_slug, organisation_slug)
    wanted = {CallerKind.MERCHANT: merchant_id, CallerKind.ORGANISATION: organisation_id}
    if kind in wanted and wanted[kind] is None:
        raise click.ClickException(f"--{kind.lower()}: these roles need one")
    row = await people.enter(
        address,
        held,
        merchant_id=merchant_id if kind is CallerKind.MERCHANT else None,
        organisation_id=organisation_id if kind is CallerKind.ORGANISATION else None,
        markets=_markets(markets) if kind is CallerKind.STAFF else None,
    )
    fresh = needs_second_factor(held) and row.second_factor is None
    uri = await _second_factor(row, vault) if fresh else None
    return {"account": row.id, "email": address, "roles": sorted(held), "second factor": uri}


@account.command("second-factor")
@click.option("--email", required=True, help="Whose.")
@_json
def second_factor(email: str, *, as_json: bool) -> None:
    """Give an account a new secret for its authenticator app, and print it once."""
    with connected(Settings.load()) as settings:
        vault = vault_of(settings)
        _tell({"second factor": _run(_new_second_factor(email, vault), settings)}, as_json)


async def _new_second_factor(email: str, vault: Vault) -> str:
    row = await Account.get_or_none(issuer="", subject=_address(email))
    if row is None:
        raise click.ClickException("--email: there is no account of this address")
    return await _second_factor(row, vault)


async def _second_factor(row: Account, vault: Vault) -> str:
    secret = secrets.token_bytes(TOTP_BYTES)
    row.second_factor, row.second_factor_step = vault.close(secret, people.cell(row)), None
    await row.save(update_fields=["second_factor", "second_factor_step", "updated_at"])
    return totp_uri(secret, row.email)


@click.group()
def organisation() -> None:
    """Enter client companies."""


@organisation.command("add")
@click.option("--slug", required=True, help="Stable name, such as atelier-nord.")
@click.option("--name", required=True, help="Name for people.")
@_json
def add_organisation(slug: str, name: str, *, as_json: bool) -> None:
    """Write an organisation; one that is there stays as it is."""
    with connected(Settings.load()) as settings:
        row = _run(people.organisation(slug, name), settings)
        _tell({"organisation": row.id, "slug": row.slug, "name": row.name}, as_json)


@click.group()
def key() -> None:
    """Make and revoke API keys."""


@key.command("add")
@_merchant
@_organisation
@click.option(
    "--scope", "grants", multiple=True, required=True, help="As offers:read or offers:write@FR,DE."
)
@click.option("--network", "networks", multiple=True, help="IP address or CIDR network.")
@click.option("--name", default="", help="What it is for.")
@click.option("--days", type=click.IntRange(1, 365), default=USUAL_LIFE.days, show_default=True)
@_json
def add_key(*, as_json: bool, **asked: Any) -> None:
    """Make an API key and print it once: only its hash is kept."""
    with connected(Settings.load()) as settings:
        _tell(_run(_add_key(**asked), settings), as_json)


async def _add_key(
    merchant_slug: str | None,
    organisation_slug: str | None,
    grants: Sequence[str],
    networks: Sequence[str],
    name: str,
    days: int,
) -> dict[str, Any]:
    from resolvers.accounts.keys import issue  # noqa: PLC0415  # only this command needs it

    merchant_id, organisation_id = await _owner(merchant_slug, organisation_slug)
    if (merchant_id is None) == (organisation_id is None):
        raise click.ClickException("--merchant or --organisation: name one of the two")
    held = scopes.read(grants)
    if isinstance(held, str):
        raise click.ClickException(f"--scope: {held!r} is not written as offers:read@FR,DE")
    known = MERCHANT_SCOPES if merchant_id else ORGANISATION_SCOPES
    if unknown := sorted(held.keys() - known):
        raise click.ClickException(f"--scope: {unknown[0]!r} is none of {', '.join(sorted(known))}")
    found = [places.network(text) for text in networks]
    if None in found:
        raise click.ClickException(f"--network: {networks[found.index(None)]!r} is no network")
    row = ApiKey(
        merchant_id=merchant_id,
        organisation_id=organisation_id,
        name=name[:100],
        scopes=scopes.written(held),
        networks=found or None,
        expires_at=datetime.now(UTC) + timedelta(days=days),
    )
    text = issue(row)
    async with transaction():
        await row.save(force_create=True)
        await _noted("createApiKey", row, {"prefix": row.prefix, "scopes": row.scopes})
    return {"key": text, "prefix": row.prefix, "scopes": row.scopes, "expires": row.expires_at}


@key.command("revoke")
@click.argument("prefix")
def revoke_key(prefix: str) -> None:
    """End the key with this public prefix: nothing takes it 5 seconds later."""
    with connected(Settings.load()) as settings:
        if not _run(_revoke_key(prefix), settings):
            raise click.ClickException("there is no such key, or it was revoked before")
    click.echo("revoked")


async def _revoke_key(prefix: str) -> int:
    public = prefix.removeprefix("bcl_live_").removeprefix("bcl_test_")[:12]
    row = await ApiKey.get_or_none(prefix=public, revoked_at=None)
    if row is None:
        return 0
    row.revoked_at = datetime.now(UTC)
    async with transaction():
        await row.save(update_fields=["revoked_at", "updated_at"])
        await _noted("revokeApiKey", row, {"revokedAt": row.revoked_at})
    return 1


async def _noted(action: str, row: ApiKey, after: dict[str, Any]) -> None:
    """Note in the audit log what the operator of the server did, in the current transaction."""
    await audit.record(
        audit.Entry(
            action=action,
            object_type="ApiKey",
            object_id=row.id,
            actor_kind="OPERATOR",
            merchant_id=row.merchant_id,
            organisation_id=row.organisation_id,
            after=after,
        )
    )


async def _owner(
    merchant_slug: str | None, organisation_slug: str | None
) -> tuple[UUID | None, UUID | None]:
    merchant = await Merchant.get_or_none(slug=merchant_slug) if merchant_slug else None
    company = await Organisation.get_or_none(slug=organisation_slug) if organisation_slug else None
    if merchant_slug and merchant is None:
        raise click.ClickException(f"--merchant: there is no merchant {merchant_slug!r}")
    if organisation_slug and company is None:
        raise click.ClickException(f"--organisation: there is no {organisation_slug!r}: add it")
    return merchant.id if merchant else None, company.id if company else None


def _address(text: str) -> str:
    if (address := places.email(text)) is None:
        raise click.ClickException("--email: this is not an e-mail address")
    return address


def _markets(codes: Sequence[str]) -> list[str] | None:
    if bad := [code for code in codes if len(code) != 2 or not code.isupper()]:
        raise click.ClickException(f"--market: {bad[0]!r} is not a code such as FR")
    return sorted(set(codes)) or None


COMMANDS: tuple[click.Command, ...] = (account, organisation, key)
