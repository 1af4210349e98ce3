"""Whether a certificate holds: every check, for anybody."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self

import strawberry

from domain.units.certificates import (
    PATH,
    CertificateKind,
    CertificateState,
    RevocationReason,
    wording,
)
from domain.units.certificates.verifying import Check, Outcome, Reason, StepResult
from resolvers.catalog import language
from resolvers.context import BadInput
from resolvers.units import certificates as resolvers
from schema.common import Locale
from schema.rules import PUBLIC, ruled


@ruled(PUBLIC)
@strawberry.type
class CertificateStep:
    """One check of a certificate, and what came of it."""

    check: Check = strawberry.field(description="What was looked at.")
    outcome: Outcome = strawberry.field(description="What came of it.")
    reason: Reason | None = strawberry.field(description="Why it did not pass, or was not made.")
    step: strawberry.Private[StepResult]

    @strawberry.field
    def message(self, locale: Locale = "en") -> str:
        """The same in words."""
        return wording.spoken(self.step, language(locale))

    @classmethod
    def of(cls, step: StepResult) -> Self:
        return cls(check=step.check, outcome=step.outcome, reason=step.reason, step=step)


@ruled(PUBLIC)
@strawberry.type
class CertificateCompany:
    """A company as a certificate names it."""

    name: str = strawberry.field(description="Its name.")
    legal_id: str = strawberry.field(description="Its number in a register.")

    @classmethod
    def of(cls, facts: object) -> Self | None:
        if not isinstance(facts, Mapping):
            return None
        return cls(name=_text(facts, "name"), legal_id=_text(facts, "legal_id"))


@ruled(PUBLIC)
@strawberry.type
class CertificateDevice:
    """A device on a certificate, as everybody may read it."""

    identity: str = strawberry.field(description="Masked but for its last characters.")
    leaf: str = strawberry.field(description="Salted hash of the identity, hexadecimal.")
    maker: str | None = strawberry.field(description="Its maker.")
    model: str | None = strawberry.field(description="Its model.")
    erasure: str | None = strawberry.field(
        description="`VALIDATED`, `DESTROYED`, or `NOT_APPLICABLE` for one without storage."
    )
    disposition: str | None = strawberry.field(description="What became of it.")
    certificate: str | None = strawberry.field(description="Code of its erasure certificate.")

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        names = ("maker", "model", "erasure", "disposition", "certificate")
        told = {name: _maybe(facts, name) for name in names}
        return cls(identity=_text(facts, "identity"), leaf=_text(facts, "leaf"), **told)


@ruled(PUBLIC)
@strawberry.type
class CertificateErasure:
    """How one medium was erased, as its certificate states it."""

    medium: str = strawberry.field(description="Type of the medium: `SSD`.")
    serial: str | None = strawberry.field(description="Masked; `null` for a soldered one.")
    method: str = strawberry.field(description="`CLEAR`, `PURGE` or `DESTROY`.")
    technique: str = strawberry.field(description="`CRYPTO_ERASE`, `OVERWRITE`, …")
    standard: str = strawberry.field(description="`NIST_800_88`.")
    revision: str = strawberry.field(description="Of the standard.")
    tool: str = strawberry.field(description="Name and version.")
    started_at: str = strawberry.field(description="When it began, in UTC.")
    ended_at: str = strawberry.field(description="When it ended, in UTC.")
    result: str = strawberry.field(description="What the tool said.")
    verification: str = strawberry.field(description="Whether the technique ran.")
    validation: str = strawberry.field(description="Whether the result suffices.")

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        names = ("method", "technique", "standard", "revision", "started_at", "ended_at", "result")
        medium, tool = _facts(facts, "medium"), _facts(facts, "tool")
        return cls(
            medium=_text(medium, "type"),
            serial=_maybe(medium, "serial"),
            tool=f"{_text(tool, 'name')} {_text(tool, 'version')}".strip(),
            verification=_text(_facts(facts, "verification"), "result"),
            validation=_text(_facts(facts, "validation"), "decision"),
            **{name: _text(facts, name) for name in names},
        )


@ruled(PUBLIC)
@strawberry.type
class CertificateImpact:
    """What the devices of a certificate avoid, in kg CO2e, as decimal strings."""

    gross: str = strawberry.field(description="Before rebound.")
    net: str = strawberry.field(description="After it.")
    p05: str = strawberry.field(description="Of net: one in twenty is below.")
    p50: str = strawberry.field(description="Of net: half is below.")
    p95: str = strawberry.field(description="Of net: one in twenty is above.")
    method: str = strawberry.field(description="How it was computed.")
    factor_set: str = strawberry.field(description="With which factors.")

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self | None:
        if said.get("kind") != CertificateKind.IMPACT:
            return None
        names = ("gross", "net", "p05", "p50", "p95", "method")
        factors = _text(_facts(said, "factor_set"), "id")
        return cls(factor_set=factors, **{name: _text(said, name) for name in names})


@ruled(PUBLIC)
@strawberry.type
class CertificateVerification:
    """A certificate and every check of it. Without `holds` trust none of what it states."""

    holds: bool = strawberry.field(
        description="Nothing failed, and form, hash, key and signature were checked."
    )
    steps: list[CertificateStep] = strawberry.field(description="Every check. At most 11.")
    code: str | None = strawberry.field(description="Names it, as it states itself.")
    kind: CertificateKind | None = strawberry.field(description="What it states.")
    issued_on: date | None = strawberry.field(description="Day of issue, in UTC.")
    issuer: CertificateCompany | None = strawberry.field(description="Who states it.")
    subject: CertificateCompany | None = strawberry.field(description="Whose devices they were.")
    reference: str | None = strawberry.field(description="Fleet or lot, in the issuer's words.")
    serial_count: int | None = strawberry.field(description="How many serials it is over.")
    merkle_root: str | None = strawberry.field(description="Root over their leaves.")
    impact: CertificateImpact | None = strawberry.field(description="Of an impact: how much.")
    statement: str | None = strawberry.field(description="Of a fleet or an impact: what it is not.")
    devices: list[CertificateDevice] = strawberry.field(
        description="The first of its devices; the file lists all. At most 100."
    )
    erasures: list[CertificateErasure] = strawberry.field(
        description="Of an erasure: each medium. At most 20."
    )
    state: CertificateState | None = strawberry.field(
        description="Where it stands; `null` where the register has none of this code."
    )
    state_reason: RevocationReason | None = strawberry.field(description="Why it was revoked.")
    state_at: datetime | None = strawberry.field(description="When it was replaced or revoked.")
    superseded_by: str | None = strawberry.field(description="Code of what replaced it.")
    json_path: str | None = strawberry.field(description="Path of the file, complete.")
    pdf_path: str | None = strawberry.field(description="Path of a PDF to be printed.")

    @classmethod
    def of(cls, found: resolvers.Stated) -> Self:
        said, row = found.payload, found.row
        kind = _maybe(said, "kind")
        count, issued_on = said.get("serial_count"), _maybe(said, "issued_on")
        path = f"{PATH}{row.code}" if row else None
        return cls(
            holds=found.verification.holds,
            steps=[CertificateStep.of(step) for step in found.verification.steps],
            code=_maybe(said, "id"),
            kind=CertificateKind.__members__.get(kind or ""),
            issued_on=_day(issued_on),
            issuer=CertificateCompany.of(said.get("issuer")),
            subject=CertificateCompany.of(said.get("subject")),
            reference=_maybe(said, "reference"),
            serial_count=count if isinstance(count, int) and abs(count) < 2**31 else None,
            merkle_root=_maybe(said, "merkle_root"),
            impact=CertificateImpact.of(said),
            statement=_maybe(said, "statement"),
            devices=[CertificateDevice.of(each) for each in found.devices],
            erasures=[CertificateErasure.of(each) for each in found.erasures],
            state=row.state if row else None,
            state_reason=row.reason if row else None,
            state_at=(row.revoked_at or row.superseded_at) if row else None,
            superseded_by=found.superseded_by,
            json_path=f"{path}.json" if path else None,
            pdf_path=f"{path}.pdf" if path else None,
        )


def _maybe(facts: Mapping[str, Any], name: str) -> str | None:
    found = facts.get(name)
    return found if isinstance(found, str) else None


def _facts(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = facts.get(name)
    return found if isinstance(found, Mapping) else {}


def _text(facts: Mapping[str, Any], name: str) -> str:
    return _maybe(facts, name) or ""


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


@strawberry.type
class VerificationQuery:
    """Queries of verification; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": PUBLIC})
    async def verify_certificate(
        self,
        code: Annotated[
            str | None, strawberry.argument(description="Code of a certificate, in any spelling.")
        ] = None,
        envelope: Annotated[
            str | None,
            strawberry.argument(description="Text of a certificate's file, byte by byte."),
        ] = None,
    ) -> CertificateVerification | None:
        """Check a certificate: one of `code` and `envelope`. `null` for a code that nobody issued.

        A file may be checked without us, too: `boucle verify`.
        """
        if (code is None) == (envelope is None):
            raise BadInput("Give one of `code` and `envelope`.", argument="code")
        if code is not None:
            found = await resolvers.verify_code(code)
        else:
            found = await resolvers.verify_text(envelope or "")
        return CertificateVerification.of(found) if found else None
