"""Certificates: issued in a chain for each issuer, revoked, superseded, never changed.

Source: docs/certificates.md.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg

from domain.canonical import parsed
from domain.topics import Topic
from domain.units.certificates import (
    PATH,
    CertificateKind,
    CertificateState,
    RevocationReason,
    code_of,
)
from domain.units.certificates.envelope import Envelope, signed
from domain.units.certificates.merkle import (
    SALT_BYTES,
    Salted,
    climbed,
    identity,
    imei_identity,
    serial_identity,
)
from domain.units.certificates.merkle import path as path_to
from domain.units.certificates.payloads import Body, Frame, Issuer, payload
from domain.units.certificates.verifying import Entry
from models.base import as_system, fetch, fetchrow, new_id
from models.events import Event, emit_all
from models.units import certificate_keys
from models.units.certificate_keys import SQL
from models.vault import Vault


class _Process:
    """What signs here, and where certificates are verified: set once by whoever boots."""

    vault = Vault()
    site = "http://localhost"


def install(vault: Vault, site: str) -> None:
    """Sign with the keys that `vault` opens; certificates name `site` to be verified at."""
    _Process.vault, _Process.site = vault, site.rstrip("/")


def vault() -> Vault:
    """What opens the keys of this process."""
    return _Process.vault


def verify_url(code: str) -> str:
    """Where anybody verifies a certificate."""
    return f"{_Process.site}{PATH}{code}"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who may read a certificate in full, with the proofs of its devices; at least one."""

    customer_id: UUID | None = None
    organisation_id: UUID | None = None
    merchant_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewCertificate:
    """A certificate to be issued.

    Shapes: `units` are the units of `body.identities` that have one, by identity.
    """

    issuer: Issuer
    owner: Owner
    body: Body
    at: datetime
    units: Sequence[tuple[str, UUID]] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate without its payload, which may list 50,000 devices."""

    id: UUID
    code: str
    kind: CertificateKind
    issuer: str
    n: int
    customer_id: UUID | None
    organisation_id: UUID | None
    merchant_id: UUID | None
    sha256: str
    key_id: str
    signature: str
    previous_sha256: str | None
    serial_count: int
    issued_at: datetime
    state: CertificateState
    reason: RevocationReason | None
    superseded_by: UUID | None
    superseded_at: datetime | None
    revoked_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Proof:
    """That an identity is on a certificate: its salt, its leaf, and the path to the root."""

    identity: str
    salt: bytes
    leaf: bytes
    path: Sequence[Any]
    root: bytes


def salted(identity: str) -> Salted:
    """An identity with a fresh salt."""
    return Salted(identity, os.urandom(SALT_BYTES))


def device(imei: str | None, serial: str | None, maker: str, other: str) -> Salted:
    """A device by its IMEI, else by its maker's number, else by another that is its own."""
    if imei:
        return salted(imei_identity(imei))
    return salted(serial_identity(maker, serial) if serial else identity(other))


async def issue(new: NewCertificate) -> Certificate:
    """Sign a certificate and put it at the end of its issuer's chain, in the current transaction.

    Whoever issues next for the same issuer waits for the end of the transaction.
    Raises: ValueError for a body that is not whole; NotCanonical.
    """
    [made] = await issue_all([new])
    return made


async def issue_all(news: Sequence[NewCertificate]) -> list[Certificate]:
    """The same for many of one issuer, in their order, in a fixed number of statements.

    Raises: ValueError for certificates of several issuers.
    """
    if len({new.issuer.code for new in news}) > 1:
        raise ValueError("certificates of one issuer are a chain")
    if not news:
        return []
    issuer = news[0].issuer.code
    key_id, private = await certificate_keys.signing(_Process.vault, news[0].at)
    async with as_system() as raw:
        await raw.execute(SQL["hold"], issuer)
        last = await raw.fetchrow(SQL["last"], issuer)
        n, previous = (last["n"], last["sha256"]) if last else (0, None)
        envelopes = await asyncio.to_thread(_signed, news, previous, private, key_id)
        made = [
            _new(new, envelope, number)
            for number, (new, envelope) in enumerate(zip(news, envelopes, strict=True), n + 1)
        ]
        await _add(raw, news, envelopes, made)
    return made


def _signed(
    news: Sequence[NewCertificate], previous: str | None, private: bytes, key_id: str
) -> list[Envelope]:
    """Each with the hash of the one before it. In a thread: a fleet takes half a second."""
    made = []
    for new in news:
        code = code_of(os.urandom(10))
        issued_on = new.at.astimezone(UTC).date()
        frame = Frame(code, issued_on, new.issuer, previous, verify_url(code))
        made.append(signed(payload(new.body, frame), private, key_id))
        previous = made[-1].sha256
    return made


def _new(new: NewCertificate, envelope: Envelope, n: int) -> Certificate:
    owner = new.owner
    return Certificate(
        id=new_id(),
        code=envelope.payload["id"],
        kind=new.body.kind,
        issuer=new.issuer.code,
        n=n,
        customer_id=owner.customer_id,
        organisation_id=owner.organisation_id,
        merchant_id=owner.merchant_id,
        sha256=envelope.sha256,
        key_id=envelope.key_id,
        signature=envelope.signature,
        previous_sha256=envelope.payload.get("previous_sha256"),
        serial_count=len(new.body.identities),
        issued_at=new.at,
        state=CertificateState.VALID,
        reason=None,
        superseded_by=None,
        superseded_at=None,
        revoked_at=None,
        version=1,
    )


async def _add(
    raw: asyncpg.Connection,
    news: Sequence[NewCertificate],
    envelopes: Sequence[Envelope],
    made: Sequence[Certificate],
) -> None:
    rows = [
        [getattr(each, name) for name in _COLUMNS] + [envelope.written]
        for each, envelope in zip(made, envelopes, strict=True)
    ]
    await raw.execute(SQL["add"], *map(list, zip(*rows, strict=True)))
    leaves = [leaf for each, new in zip(made, news, strict=True) for leaf in _leaves(each.id, new)]
    await raw.execute(SQL["add_devices"], *map(list, zip(*leaves, strict=True)))


async def revoke(certificate_id: UUID, reason: RevocationReason, at: datetime) -> bool:
    """Take a certificate back and tell each of its owners, in the current transaction.

    False for one that was revoked before, or is not there.
    """
    async with as_system() as raw:
        if await raw.execute(SQL["revoke"], certificate_id, reason.value, at) == "UPDATE 0":
            return False
        row = _certificate(await _there(raw, certificate_id))
        said = {"code": row.code, "reason": reason.value}
        what = (Topic.CERTIFICATE_REVOKED, row.merchant_id, "Certificate", row.id, row.version)
        event = Event(*what, said)
        own = replace(event, merchant_id=None, organisation_id=row.organisation_id)
        await emit_all([each for each in (event, own) if each.merchant_id or each.organisation_id])
    return True


async def supersede(certificate_id: UUID, by: UUID, at: datetime) -> bool:
    """Let another certificate stand in the place of one, in the current transaction.

    False for one that is not valid any more, or is not there.
    """
    async with as_system() as raw:
        status: str = await raw.execute(SQL["supersede"], certificate_id, by, at)
    return status == "UPDATE 1"


async def hold(certificate_id: UUID) -> CertificateState | None:
    """The state of a certificate, held until the end of the transaction; None where it is not."""
    async with as_system() as raw:
        found = await raw.fetchval(SQL["lock"], certificate_id)
    return None if found is None else CertificateState(found)


async def one(certificate_id: UUID) -> Certificate | None:
    """A certificate, as the current transaction may see it."""
    row = await fetchrow(SQL["one"], certificate_id)
    return _certificate(row) if row else None


async def some(ids: Sequence[UUID]) -> dict[UUID, Certificate]:
    """Certificates, as the current transaction may see them. One statement."""
    return {row["id"]: _certificate(row) for row in await fetch(SQL["some"], list(ids))}


async def of_unit(unit_id: UUID) -> list[Certificate]:
    """The certificates that name a unit, the youngest first, as the transaction may see them."""
    return [_certificate(row) for row in await fetch(SQL["of_unit"], unit_id)]


async def page(owner: Owner, before: UUID | None, most: int) -> list[Certificate]:
    """The certificates of an owner, the youngest first, older than `before`."""
    whose = (owner.customer_id, owner.organisation_id, owner.merchant_id)
    return [_certificate(row) for row in await fetch(SQL["page"], *whose, before, most)]


async def proof(certificate_id: UUID, identity: str) -> Proof | None:
    """The proof of an identity for whoever may see the certificate's devices; None if not on it."""
    row = await fetchrow(SQL["proof"], certificate_id, identity)
    if row is None:
        return None
    leaves = [each["leaf"] for each in await fetch(SQL["leaves"], certificate_id)]
    steps = await asyncio.to_thread(path_to, leaves, row["leaf"])
    return Proof(identity, row["salt"], row["leaf"], steps, climbed(row["leaf"], steps))


async def by_code(code: str) -> Certificate | None:
    """A certificate by its code, for anybody: what it says is public, its proofs are not."""
    return await _public("by_code", code)


async def by_hash(sha256: str) -> Certificate | None:
    """The same by the hash of its payload."""
    return await _public("by_hash", sha256)


async def _public(name: str, value: str) -> Certificate | None:
    async with as_system() as raw:
        row = await raw.fetchrow(SQL[name], value)
    return _certificate(row) if row else None


async def code(certificate_id: UUID) -> str | None:
    """The code of a certificate, for anybody."""
    async with as_system() as raw:
        found: str | None = await raw.fetchval(SQL["code"], certificate_id)
    return found


async def envelope(row: Certificate) -> Envelope:
    """What was signed, as it is handed to anybody. Its payload is read in a thread."""
    written = await _written(row)
    payload_of = await asyncio.to_thread(parsed, written)
    return Envelope(payload_of, written, row.sha256, row.key_id, row.signature)


async def file(row: Certificate) -> bytes:
    """The file of a certificate, byte by byte as it is verified."""
    return Envelope({}, await _written(row), row.sha256, row.key_id, row.signature).text()


async def _written(row: Certificate) -> bytes:
    async with as_system() as raw:
        written: bytes = await raw.fetchval(SQL["payload"], row.id)
    return written


async def entry(row: Certificate) -> Entry:
    """What the register says of a certificate to whoever verifies it."""
    async with as_system() as raw:
        before = await raw.fetchval(SQL["before"], row.issuer, row.n)
    return Entry(row.sha256, row.state, before)


def _leaves(
    certificate_id: UUID, new: NewCertificate
) -> Iterator[tuple[UUID, UUID | None, bytes, bytes]]:
    units = dict(new.units)
    for each in new.body.identities:
        yield certificate_id, units.get(each.identity), each.leaf, each.salt


_COLUMNS = (
    *("id", "code", "kind", "issuer", "n", "customer_id", "organisation_id", "merchant_id"),
    *("sha256", "key_id", "signature", "previous_sha256", "serial_count", "issued_at"),
)


async def _there(raw: asyncpg.Connection, certificate_id: UUID) -> asyncpg.Record:
    row = await raw.fetchrow(SQL["one"], certificate_id)
    if row is None:
        raise LookupError("the certificate was there before")
    return row


def _certificate(row: asyncpg.Record) -> Certificate:
    facts = {
        "kind": CertificateKind(row["kind"]),
        "state": CertificateState(row["state"]),
        "reason": RevocationReason(row["reason"]) if row["reason"] else None,
    }
    return Certificate(**{**row} | facts)
