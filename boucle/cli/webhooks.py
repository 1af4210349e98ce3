"""Commands for whoever builds a receiver of webhooks; they need no server of ours."""

import asyncio
import time
from pathlib import Path
from typing import Any

import click

from domain.partners import signing


class _Secret(click.ParamType[bytes]):
    """The text of a secret; a wrong one ends the command."""

    name = "whsec_…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        if isinstance(value, bytes):
            return value
        secret = signing.read(str(value))
        if secret is None:
            self.fail("a secret is `whsec_` and the base64 of 24 to 64 bytes", param, ctx)
        return secret


_secret = click.option(
    "--secret",
    "secrets",
    type=_Secret(),
    multiple=True,
    required=True,
    help="As createWebhookEndpoint showed it; twice while it rotates.",
)


@click.group()
def webhooks() -> None:
    """Receive and verify webhooks on your own machine."""


@webhooks.command()
@click.option("--port", type=click.IntRange(0, 65535), default=9000, show_default=True)
@click.option("--forward", metavar="URL", help="Pass verified events on; answer as it does.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@_secret
def listen(port: int, forward: str | None, as_json: bool, secrets: tuple[bytes, ...]) -> None:
    """Answer the challenge, verify each request, and print it. Ctrl-C stops it."""
    from boucle.listen import HOST, Heard, Listener  # noqa: PLC0415  # brings a web server
    from boucle.listen import listen as listen_at  # noqa: PLC0415

    def tell(heard: Heard) -> None:
        click.echo(heard.as_json() if as_json else heard.as_text())

    def begun(at: int) -> None:
        place = f"{HOST}:{at}"
        hint = f"a server of yours calls it with BOUCLE_WEBHOOK_ALLOWED_HOSTS={place}"
        click.echo(f"listening at http://{place}/; {hint}", err=True)

    try:
        asyncio.run(listen_at(Listener(secrets, tell, forward), port, begun))
    except OSError as error:
        raise click.ClickException(f"cannot listen on {HOST}:{port}: {error.strerror}") from error


@webhooks.command()
@click.option("--id", "message_id", required=True, help="The header webhook-id.")
@click.option("--timestamp", required=True, help="The header webhook-timestamp.")
@click.option("--signature", required=True, help="The header webhook-signature.")
@click.option("--body", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--any-age", is_flag=True, help="Also take what was signed over 5 minutes ago.")
@_secret
def verify(
    message_id: str,
    timestamp: str,
    signature: str,
    body: Path,
    any_age: bool,
    secrets: tuple[bytes, ...],
) -> None:
    """Tell whether a request that you saved is ours; exit code 1 and the reason if it is not."""
    sent = {
        signing.ID: message_id,
        signing.TIMESTAMP: timestamp,
        signing.SIGNATURE: signature,
    }
    now = float(timestamp) if any_age and timestamp.isdigit() else time.time()
    if wrong := signing.verify(secrets, sent, body.read_bytes(), now):
        raise click.ClickException(wrong.value)
    click.echo("verified")


COMMANDS: tuple[click.Command, ...] = (webhooks,)
