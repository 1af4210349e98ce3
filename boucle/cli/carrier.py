"""Commands about accounts with carriers: the platform's own, or a merchant's."""

import asyncio
from collections.abc import Awaitable, Sequence
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import click

from boucle.house import vault_of
from boucle.orm import database
from boucle.session import connected
from boucle.settings import Settings
from domain.shipments.carriers import TrackingApi, check_secrets
from models import audit
from models.base import new_id, transaction
from models.merchants import Merchant
from models.shipments import accounts
from models.shipments.accounts import Listed

T = TypeVar("T")

_apis = click.Choice([api.value for api in TrackingApi], case_sensitive=False)
_merchant = click.option("--merchant", "slug", help="Slug of the merchant whose it is.")


async def _inside(settings: Settings, work: Awaitable[T]) -> T:
    async with database(str(settings.database_url)):
        return await work


@click.group("carrier")
def carrier() -> None:
    """Accounts with carriers and aggregators, by which parcels are followed."""


@carrier.command("set")
@click.argument("api", type=_apis)
@click.option("--secret", "named", multiple=True, help="NAME=VALUE; NAME alone asks for it.")
@click.option("--push-secret", "pushes", multiple=True, help="What pushes prove; newest first.")
@click.option("--url", help="Another root of the API than the published one.")
@click.option("--token-url", help="Another address of its tokens.")
@click.option("--name", default="", help="A name for it.")
@click.option("--per-second", type=Decimal, help="Calls a second that the contract allows.")
@click.option("--per-day", type=int, help="Calls a day, or numbers where these are counted.")
@click.option("--id", "given_id", type=click.UUID, help="The account to change.")
@_merchant
def set_account(
    api: str,
    named: Sequence[str],
    pushes: Sequence[str],
    slug: str | None,
    given_id: UUID | None,
    **given: Any,
) -> None:
    """Make an account, or give one other secrets: it works again, whatever had become of it.

    Without --merchant it is the platform's. Secrets are encrypted and never told back.
    """
    chosen, secrets = TrackingApi(api.upper()), dict(map(_secret, named))
    if wrong := check_secrets(chosen, secrets):
        said = [f"{n} is missing" for n in wrong.missing] + [f"no {n} here" for n in wrong.unknown]
        raise click.ClickException(f"--secret: {', '.join(said)}")

    async def work(settings: Settings) -> UUID:
        owner = await Merchant.get_or_none(slug=slug) if slug else None
        if slug and owner is None:
            raise click.ClickException(f"--merchant: there is no merchant {slug}")
        said = accounts.Set(
            chosen,
            owner.id if owner else None,
            secrets=secrets,
            push_secrets=list(pushes) or None,
            pushes=bool(pushes),
            **given,
        )
        return await _store(given_id or new_id(), said, settings)

    with connected(Settings.load()) as settings:
        made = asyncio.run(_inside(settings, work(settings)))
    click.echo(f"account {made} of {chosen} is set")
    if pushes:
        click.echo(f"pushes go to /webhooks/carriers/{chosen.lower()}/{made}")


async def _store(account_id: UUID, given: accounts.Set, settings: Settings) -> UUID:
    async with transaction():
        if not await accounts.store(account_id, given, vault_of(settings)):
            raise click.ClickException("--id: this is the account of another API or owner")
        said = {"api": given.api, "url": given.url, "name": given.name}
        entry = audit.Entry(
            "setCarrierAccount", "CarrierAccount", account_id, "OPERATOR",
            merchant_id=given.merchant_id, after=said,
        )  # fmt: skip
        await audit.record(entry)
    return account_id


def _secret(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    return name, value if equals else click.prompt(name, hide_input=True)


@carrier.command("list")
@_merchant
def list_accounts(slug: str | None) -> None:
    """The platform's accounts, or those of a merchant: never a secret."""

    async def work() -> list[Listed]:
        owner = await Merchant.get_or_none(slug=slug) if slug else None
        if slug and owner is None:
            raise click.ClickException(f"--merchant: there is no merchant {slug}")
        return await accounts.owned(owner.id if owner else None)

    with connected(Settings.load()) as settings:
        found = asyncio.run(_inside(settings, work()))
    for each in found:
        state = each.disabled_because or ("paused" if each.paused_until else "working")
        click.echo(f"{each.id}  {each.api:<16} {state:<20} {each.name}")
    if not found:
        click.echo("there are none")


COMMANDS: tuple[click.Command, ...] = (carrier,)
