"""Commands about certificates: verify one without any server, and look after the keys that sign."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import click

from domain.units.certificates.envelope import Malformed, PublicKey, keys_in, read
from domain.units.certificates.merkle import Salted, Step, climbed, identity
from domain.units.certificates.verifying import Outcome, Verification, verified
from domain.units.certificates.wording import spoken

T = TypeVar("T")
KEYS: Final = "keys.json"
MOST_BYTES: Final = 64 * 1_048_576
_MARKS: Final = {Outcome.PASSED: "ok  ", Outcome.FAILED: "FAIL", Outcome.NOT_CHECKED: "  - "}
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", metavar="CERTIFICATE.JSON", type=_FILE)
@click.option("--keys", "keys_file", type=_FILE, help="keys.json of the issuer, saved before.")
@click.option("--previous", type=_FILE, help="The issuer's certificate before this one.")
@click.option("--proof", type=_FILE, help="JSON with identity, salt and path of one device.")
@click.option("--locale", type=click.Choice(["en", "fr"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a program.")
def verify(
    file: Path,
    keys_file: Path | None,
    previous: Path | None,
    proof: Path | None,
    locale: str,
    *,
    as_json: bool,
) -> None:
    """Check a certificate step by step, without a network and without a database.

    Without --keys it looks for keys.json beside the certificate. What only the issuer's register
    knows, its status above all, is told as not checked. Exit code 0 only if nothing failed.
    """
    found = verified(_read(file), _keys(keys_file, file), previous=_hash(previous))
    on_it = None if proof is None else _proven(proof, found)
    _tell(found, on_it, locale, as_json=as_json)
    reasons = [f"{step.check} {step.reason}" for step in found.failed]
    if on_it is False:
        reasons.append("PROOF PROOF_MISMATCH")
    if reasons or not found.holds:
        raise click.ClickException(f"does not hold: {', '.join(reasons)}")


def _tell(found: Verification, on_it: bool | None, locale: str, *, as_json: bool) -> None:
    if as_json:
        facts = [
            {"check": step.check, "outcome": step.outcome, "reason": step.reason}
            for step in found.steps
        ]
        click.echo(json.dumps({"holds": found.holds, "proof": on_it, "steps": facts}))
        return
    for step in found.steps:
        reason = f" [{step.reason}]" if step.reason else ""
        click.echo(f"{_MARKS[step.outcome]} {spoken(step, locale)}{reason}")
    if on_it is not None:
        words = "The device of the proof is on it." if on_it else "The proof leads elsewhere."
        click.echo(f"{_MARKS[Outcome.PASSED if on_it else Outcome.FAILED]} {words}")


def _read(file: Path) -> bytes:
    if file.stat().st_size > MOST_BYTES:
        raise click.ClickException(f"{file.name}: over {MOST_BYTES // 1_048_576} MiB")
    return file.read_bytes()


def _keys(given: Path | None, file: Path) -> Sequence[PublicKey]:
    beside = file.with_name(KEYS)
    found = given or (beside if beside.is_file() else None)
    if found is None:
        return ()
    try:
        return keys_in(_read(found))
    except Malformed as error:
        raise click.ClickException(f"{found.name}: {error}") from error


def _hash(previous: Path | None) -> str | None:
    if previous is None:
        return None
    try:
        return read(_read(previous))[0].sha256
    except Malformed as error:
        raise click.ClickException(f"{previous.name}: {error}") from error


def _proven(proof: Path, found: Verification) -> bool:
    """Whether identity, salt and path of a file lead to the root that the certificate states."""
    try:
        given = json.loads(_read(proof))
        salted = Salted(identity(given["identity"]), bytes.fromhex(given["salt"]))
        steps = [Step(bytes.fromhex(each["hash"]), bool(each["left"])) for each in given["path"]]
        reached = climbed(salted.leaf, steps)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise click.ClickException(f"{proof.name}: this is no proof of a device") from error
    return reached.hex() == (found.payload or {}).get("merkle_root")


@click.group()
def certificate() -> None:
    """Look after the keys that sign certificates."""


@certificate.command("keys")
def list_keys() -> None:
    """List every key that ever signed, the newest first."""
    from models.units import certificate_keys  # noqa: PLC0415  # `verify` needs no database

    for each in _run(certificate_keys.keys):
        until = f"to {each.valid_to:%Y-%m-%d}" if each.valid_to else "signs now"
        state = f"revoked {each.revoked_at:%Y-%m-%d}" if each.revoked_at else until
        click.echo(f"{each.key_id}  from {each.valid_from:%Y-%m-%d}  {state}")


@certificate.command("rotate")
def rotate() -> None:
    """Sign with a new key from now on; what the old ones signed stays good."""
    click.echo(_run(_rotate))


async def _rotate() -> str:
    from models.base import transaction  # noqa: PLC0415
    from models.units import certificate_keys, certificates  # noqa: PLC0415

    async with transaction():
        made = await certificate_keys.rotate(certificates.vault(), datetime.now(UTC))
        await _noted("rotateCertificateKey", made)
    return made


@certificate.command("revoke-key")
@click.argument("key_id")
@click.confirmation_option(prompt="Nothing that this key signed will verify any more. Revoke it?")
def revoke_key(key_id: str) -> None:
    """Let nothing count that a key signed, because others may have it. It cannot be undone."""
    if not _run(lambda: _revoke(key_id)):
        raise click.ClickException("there is no such key, or it was revoked before")
    click.echo("revoked")


async def _revoke(key_id: str) -> bool:
    from models.base import transaction  # noqa: PLC0415
    from models.units import certificate_keys  # noqa: PLC0415

    async with transaction():
        done = await certificate_keys.revoke_key(key_id, datetime.now(UTC))
        if done:
            await _noted("revokeCertificateKey", key_id)
    return done


async def _noted(action: str, key_id: str) -> None:
    from models import audit  # noqa: PLC0415

    after = {"keyId": key_id}
    await audit.record(audit.Entry(action, "CertificateKey", None, "OPERATOR", after=after))


def _run(work: Callable[[], Awaitable[T]]) -> T:
    """Run `work` with the database open, and the keys that the settings open."""
    from boucle.certificates import install_certificates  # noqa: PLC0415
    from boucle.orm import database  # noqa: PLC0415
    from boucle.session import connected  # noqa: PLC0415
    from boucle.settings import Settings  # noqa: PLC0415

    async def inside(settings: Settings) -> T:
        async with database(str(settings.database_url)):
            return await work()

    with connected(Settings.load()) as settings:
        install_certificates(settings)
        return asyncio.run(inside(settings))


COMMANDS: tuple[click.Command, ...] = (verify, certificate)
