"""Anybody verifies a certificate; owners list theirs and prove devices; staff revoke.

Source: docs/certificates.md.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from domain.accounts.roles import CallerKind, Role
from domain.units.certificates import CertificateState, RevocationReason, code_in
from domain.units.certificates.envelope import Malformed, PublicKey
from domain.units.certificates.envelope import read as read_envelope
from domain.units.certificates.merkle import identity as identity_of
from domain.units.certificates.verifying import Register, Verification, verified
from models import impact
from models.base import OPERATIONS
from models.offers.read import Position
from models.units import certificate_keys, certificates
from models.units.certificates import Certificate, Owner, Proof
from resolvers import paging
from resolvers.context import NOT_KEPT, BadInput, Context, SignInFirst, depends, stored_text
from resolvers.effects import Outcome, audited, staff_once

ROLE: Final = Role.STAFF_DECISIONS
SCOPES: Final = ("fleets:read", "reports:read", "trade_in:read", "orders:read")
"""One of these is enough: the first two are those of organisations, the others of merchants."""
MOST_LISTED: Final = 100
"""Devices that a page or an answer shows; the file lists all of them."""
MOST_MEDIA: Final = 20
LONGEST_IDENTITY: Final = 200
FACTOR_SETS: Final = impact.published()
"""The hash of each set of factors as it was published, by its id."""
_KEPT: Final = 256
_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Stated:
    """A certificate as verified: what it states, without the list of a fleet, and each check.

    Shapes: `row` None where the register has no such certificate; `devices` are the first 100.
    """

    verification: Verification
    row: Certificate | None
    superseded_by: str | None
    devices: Sequence[Mapping[str, Any]]

    @property
    def erasures(self) -> list[Mapping[str, Any]]:
        """How each medium was erased, up to 20; none for other certificates."""
        found = self.payload.get("erasures")
        listed = found[:MOST_MEDIA] if isinstance(found, list) else []
        return [each for each in listed if isinstance(each, dict)]

    @property
    def payload(self) -> Mapping[str, Any]:
        """What the document states, signed or not; empty for what is no certificate."""
        return self.verification.payload or {}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a certificate cannot be revoked."""

    code: str
    state: CertificateState | None = None


_kept: OrderedDict[tuple[Any, ...], Stated] = OrderedDict()
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def by_code(code: str) -> Certificate | None:
    """A certificate by its code, as people type it; None for one that is not there."""
    found = code_in(stored_text(code[:64], "code"))
    return await certificates.by_code(found) if found else None


async def verify_code(code: str) -> Stated | None:
    """Check the certificate of a code as it is handed out; None for one that is not there.

    The answer for a certificate that did not change is kept: fleets have 50,000 devices.
    """
    depends(NOT_KEPT)
    row = await by_code(code)
    if row is None:
        return None
    keys = await certificate_keys.published()
    entry = await certificates.entry(row)
    name = (row.sha256, row.version, entry.previous, tuple(keys))
    if name not in _kept:
        text = await certificates.file(row)
        _keep(name, await _stated(text, keys, Register(entry, FACTOR_SETS), row))
    _kept.move_to_end(name)
    return _kept[name]


async def verify_text(text: str) -> Stated:
    """Check the file of a certificate that somebody has, as text."""
    return await verify_file(text.encode("utf-8", "surrogatepass"))


async def verify_file(written: bytes) -> Stated:
    """The same of its bytes."""
    depends(NOT_KEPT)
    row = await _row_of(written)
    register = Register(await certificates.entry(row) if row else None, FACTOR_SETS)
    return await _stated(written, await certificate_keys.published(), register, row)


async def _row_of(written: bytes) -> Certificate | None:
    """The certificate that a file says it is: by its code, so that an altered one is found."""
    try:
        envelope, _ = await asyncio.to_thread(read_envelope, written)
    except Malformed:
        return None
    named = envelope.payload.get("id")
    found = code_in(named) if isinstance(named, str) else None
    return await certificates.by_code(found) if found else None


async def _stated(
    text: bytes, keys: Sequence[PublicKey], register: Register, row: Certificate | None
) -> Stated:
    slots = _slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE))
    async with slots:
        found = await asyncio.to_thread(verified, text, keys, register)
    payload = dict(found.payload or {})
    devices = payload.pop("devices", None)
    listed = devices[:MOST_LISTED] if isinstance(devices, list) else []
    by = await certificates.code(row.superseded_by) if row and row.superseded_by else None
    short = replace(found, payload=payload)
    return Stated(short, row, by, [each for each in listed if isinstance(each, dict)])


def _keep(name: tuple[Any, ...], stated: Stated) -> None:
    _kept[name] = stated
    while len(_kept) > _KEPT:
        _kept.popitem(last=False)


async def file(row: Certificate) -> bytes:
    """The file of a certificate."""
    return await certificates.file(row)


async def certificate(ctx: Context, certificate_id: UUID) -> Certificate | None:
    """A certificate of the caller's; None for any other. Staff see all.

    Raises: SignInFirst, Forbidden.
    """
    _, presented = _owner(ctx)
    async with ctx.private(presented):
        return await certificates.one(certificate_id)


async def listed(ctx: Context, first: int, after: str | None) -> paging.Page[Certificate]:
    """The certificates of the caller, the youngest first. Raises: SignInFirst, Forbidden."""
    size = paging.size(first)
    owner, _ = _owner(ctx)
    if owner is None:
        raise SignInFirst("Ask as a customer, a merchant or an organisation.")
    of = paging.fingerprint("certificates", owner)
    position = paging.opened(after, of, ctx.seal)
    async with ctx.private():
        rows = await certificates.page(owner, position.id if position else None, size + 1)
    return paging.page_of(rows, lambda row: Position("", 0, row.id), size, of, ctx.seal)


async def proof(ctx: Context, certificate_id: UUID, identity: str) -> Proof | None:
    """That a device is on a certificate of the caller's; None where it is not, or not theirs.

    Raises: SignInFirst, Forbidden; BadInput for a text that is too long.
    """
    if not 0 < len(identity) <= LONGEST_IDENTITY:
        raise BadInput("An identity has 1 to 200 characters.", argument="identity")
    named = identity_of(stored_text(identity, "identity"))
    owner, _ = _owner(ctx)
    if owner is None:
        return None
    async with ctx.private():
        return await certificates.proof(certificate_id, named)


async def revoke(
    ctx: Context, certificate_id: UUID, reason: RevocationReason, key: str
) -> Certificate | Refusal:
    """Revoke a certificate; its owners are told.

    Refuses: one that is not there, one that was revoked before. Raises: SignInFirst, Forbidden.
    """
    given = {"certificate": certificate_id, "reason": reason.value}

    async def act(_staff: UUID) -> Outcome:
        before = await certificates.hold(certificate_id)
        if before is None:
            return {"refused": "CERTIFICATE_UNKNOWN"}
        if not await certificates.revoke(certificate_id, reason, ctx.now):
            return {"refused": "INVALID_TRANSITION", "state": before.value}
        after = {"state": CertificateState.REVOKED.value, "reason": reason.value}
        held = {"state": before.value}
        name = "revokeCertificate"
        await audited(ctx, name, "Certificate", certificate_id, before=held, after=after)
        return {"certificate": str(certificate_id)}

    outcome = await staff_once(ctx, ROLE, "revokeCertificate", key, given, act)
    if code := outcome.get("refused"):
        state = outcome.get("state")
        return Refusal(code, CertificateState(state) if state else None)
    async with ctx.private(OPERATIONS):
        found = await certificates.one(certificate_id)
    if found is None:
        raise LookupError("the certificate was revoked before")
    return found


def _owner(ctx: Context) -> tuple[Owner | None, str | None]:
    """Whose certificates the caller reads, and what it presents; staff present their office.

    Raises: SignInFirst, Forbidden.
    """
    caller = ctx.caller
    if caller.kind is CallerKind.STAFF:
        ctx.staff_markets(ROLE)
        return None, OPERATIONS
    scope = next((each for each in SCOPES if each in caller.scopes), SCOPES[0])
    if caller.organisation_id is not None:
        return Owner(organisation_id=ctx.organisation_id(scope)), None
    if caller.merchant_id is not None:
        return Owner(merchant_id=ctx.merchant_id(scope)), None
    return Owner(customer_id=ctx.customer_id()), None
