"""What a certificate says, of plain values: one device's erasure, a fleet, or an impact.

No payload holds personal data: people are references that only their employer can read, devices
are salted leaves beside a masked identity.
Source: docs/certificates.md, "Payloads"; NIST SP 800-88 revision 2; IEEE 2883-2022.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from domain.units.certificates import FLEET_STATEMENT, STATEMENT, VERSION, CertificateKind
from domain.units.certificates.merkle import Salted, root

METHODS: Final = frozenset({"CLEAR", "PURGE", "DESTROY"})
"""How data are removed. Source: NIST SP 800-88 revision 2, 2.3."""
GONE: Final = frozenset({"VALIDATED", "DESTROYED", "NOT_APPLICABLE"})
"""What a fleet certificate may say of the data of a device."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who states it. `code` names its chain of certificates: `platform`, or an id of a merchant."""

    code: str
    name: str
    legal_id: str


@dataclass(frozen=True, slots=True)
class Party:
    """A company that a certificate is about; never a person."""

    name: str
    legal_id: str


@dataclass(frozen=True, slots=True)
class Medium:
    """What held data. Units: `capacity_bytes`. `serial` None: soldered, without one of its own."""

    type: str
    serial: Salted | None = None
    capacity_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """What erased. `licence` is the number under which it ran."""

    name: str
    version: str | None = None
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """How a medium was erased, who looked, and what was decided.

    Shapes: `operator` and `validator` are references of people (`OP-17`), never names. `method` is
    `CLEAR` `PURGE` `DESTROY`; `validation` is `VALIDATED` or `REJECTED`. What is None was not told,
    and is left out.
    """

    medium: Medium
    method: str
    technique: str
    standard: str
    revision: str | None
    tool: Tool
    started_at: datetime | None
    ended_at: datetime
    result: str
    verification_method: str | None
    verification_result: str
    validation: str
    validated_at: datetime
    validator: str | None
    operator: str | None
    operator_role: str | None
    place: str | None
    destination: str
    source: str | None = None
    confidentiality_before: str | None = None
    confidentiality_after: str | None = None
    verification_sample: str | None = None
    log_sha256: str | None = None
    custody_event_id: str | None = None


@dataclass(frozen=True, slots=True)
class FleetDevice:
    """One device of a fleet, and what became of it.

    `erasure` is `VALIDATED`, `DESTROYED` or `NOT_APPLICABLE` (no storage); `certificate` the code
    of its erasure certificate.
    """

    identity: Salted
    maker: str
    model: str
    erasure: str
    disposition: str
    certificate: str | None = None


@dataclass(frozen=True, slots=True)
class CategoryImpact:
    """The part of one category in a statement. Units: kg CO2e."""

    category: str
    outcomes: Mapping[str, int]
    gross: Decimal
    net: Decimal
    grade: str


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of a statement a party claims, and since when it has agreed."""

    role: str
    share: Decimal
    party_signed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Impact:
    """An impact as the engine computed it. Units: kg CO2e; shares from 0 to 1."""

    method: str
    factor_set_id: str
    factor_set_sha256: str
    functional_unit: str
    boundary: str
    reference_scenario: str
    categories: Sequence[CategoryImpact]
    beta: Decimal
    gross: Decimal
    net: Decimal
    p05: Decimal
    p50: Decimal
    p95: Decimal
    share_not_positive: Decimal
    units: int
    alpha: Sequence[Share] = ()
    erasure_certificates: Sequence[str] = ()
    exclusions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """What a certificate says, before it is numbered and put into its chain.

    `identities` are all that its root is over.
    """

    kind: CertificateKind
    facts: Mapping[str, Any]
    identities: tuple[Salted, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """What makes a body a certificate: its code, day, issuer and place in the issuer's chain."""

    code: str
    issued_on: date
    issuer: Issuer
    previous_sha256: str | None
    verify_url: str


def erasure(
    device: Salted,
    maker: str,
    model: str,
    erasures: Sequence[Erasure],
    *,
    device_id: str | None = None,
) -> Body:
    """That the data of one device are gone: one entry per medium.

    Raises: ValueError for a device without an entry, for an entry that was not validated, and for a
    method that is none.
    """
    if any(each.method not in METHODS for each in erasures):
        raise ValueError(f"a method is one of {', '.join(sorted(METHODS))}")
    if not erasures or any(each.validation != "VALIDATED" for each in erasures):
        raise ValueError("a device has validated entries for its media, or no certificate")
    ordered = sorted(erasures, key=_by_medium)
    serials = tuple(each.medium.serial for each in ordered if each.medium.serial)
    listed = {**_listed(device), "maker": maker, "model": model}
    facts = {
        "devices": [_filled({**listed, "device_id": device_id})],
        "erasures": [_erasure(each) for each in ordered],
    }
    return Body(CertificateKind.ERASURE, facts, (device, *serials))


def fleet(
    subject: Party,
    reference: str,
    devices: Sequence[FleetDevice],
    period: tuple[date, date],
) -> Body:
    """What became of every device of a fleet or lot; `reference` names it.

    Raises: ValueError for no device, for an identity that is there twice, for a device whose data
    may be there, and for one that was erased without a certificate.
    """
    if len({each.identity.identity for each in devices}) != len(devices) or not devices:
        raise ValueError("a fleet has devices, each once")
    if any(each.erasure not in GONE for each in devices):
        raise ValueError("a device whose data may be there is on no certificate")
    if any(each.erasure == "VALIDATED" and not each.certificate for each in devices):
        raise ValueError("a device that was erased has an erasure certificate")
    ordered = sorted(devices, key=lambda each: each.identity.leaf)
    facts = {
        "subject": _party(subject),
        "reference": reference,
        "period": _period(period),
        "devices": [_device(each) for each in ordered],
        "erasure_certificate_count": sum(each.certificate is not None for each in devices),
        "statement": FLEET_STATEMENT,
    }
    return Body(CertificateKind.FLEET, facts, tuple(each.identity for each in ordered))


def impact(
    subject: Party, period: tuple[date, date], found: Impact, identities: Sequence[Salted]
) -> Body:
    """How much was avoided by devices that are used again; shares over 1 in all are refused.

    Raises: ValueError for shares over 1, and for no device.
    """
    if sum((each.share for each in found.alpha), Decimal(0)) > 1 or not identities:
        raise ValueError("an impact is of devices, and its shares are at most 1")
    numbers = {
        name: _decimal(getattr(found, name))
        for name in ("beta", "gross", "net", "p05", "p50", "p95", "share_not_positive")
    }
    facts = {
        "subject": _party(subject),
        "period": _period(period),
        "method": found.method,
        "factor_set": {"id": found.factor_set_id, "sha256": found.factor_set_sha256},
        "functional_unit": found.functional_unit,
        "boundary": found.boundary,
        "reference_scenario": found.reference_scenario,
        "categories": [_category(each) for each in found.categories],
        **numbers,
        "alpha": [_share(each) for each in found.alpha],
        "units": found.units,
        "erasure_certificates": sorted(found.erasure_certificates),
        "exclusions": list(found.exclusions),
        "statement": STATEMENT,
    }
    return Body(CertificateKind.IMPACT, facts, tuple(identities))


def payload(body: Body, frame: Frame) -> dict[str, Any]:
    """The whole of what is signed; a first certificate has no `previous_sha256`."""
    whole = _filled(
        {
            **body.facts,
            "id": frame.code,
            "version": VERSION,
            "kind": body.kind.value,
            "issued_on": frame.issued_on.isoformat(),
            "issuer": {"name": frame.issuer.name, "legal_id": frame.issuer.legal_id},
            "serial_count": len(body.identities),
            "merkle_root": root(each.leaf for each in body.identities).hex(),
            "previous_sha256": frame.previous_sha256,
            "verify_url": frame.verify_url,
        }
    )
    return {name: _composed(value) for name, value in whole.items()}


def _composed(value: Any) -> Any:
    """A value with its texts in NFC."""
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {name: _composed(each) for name, each in value.items()}
    return [_composed(each) for each in value] if isinstance(value, list) else value


def _by_medium(each: Erasure) -> tuple[bytes, datetime]:
    serial = each.medium.serial
    return (serial.leaf if serial else b"", each.started_at or each.ended_at)


def _listed(identity: Salted) -> dict[str, Any]:
    return {"leaf": identity.leaf.hex(), "identity": identity.masked}


def _device(each: FleetDevice) -> dict[str, Any]:
    return _filled(
        {
            **_listed(each.identity),
            "maker": each.maker,
            "model": each.model,
            "erasure": each.erasure,
            "disposition": each.disposition,
            "certificate": each.certificate,
        }
    )


def _erasure(each: Erasure) -> dict[str, Any]:
    serial = each.medium.serial
    named = {} if serial is None else {"leaf": serial.leaf.hex(), "serial": serial.masked}
    medium = {**named, "type": each.medium.type, "capacity_bytes": each.medium.capacity_bytes}
    before, after = each.confidentiality_before, each.confidentiality_after
    return _filled(
        {
            "medium": _filled(medium),
            "source": each.source,
            "confidentiality": _filled({"before": before, "after": after}) or None,
            "method": each.method,
            "technique": each.technique,
            "standard": each.standard,
            "revision": each.revision,
            "tool": _filled(
                {
                    "name": each.tool.name,
                    "version": each.tool.version,
                    "licence": each.tool.licence,
                }
            ),
            "started_at": _at(each.started_at) if each.started_at else None,
            "ended_at": _at(each.ended_at),
            "result": each.result,
            "verification": _filled(
                {
                    "method": each.verification_method,
                    "sample": each.verification_sample,
                    "result": each.verification_result,
                }
            ),
            "validator": each.validator,
            "validation": {"decision": each.validation, "at": _at(each.validated_at)},
            "operator": _filled({"reference": each.operator, "role": each.operator_role}) or None,
            "place": each.place,
            "destination": each.destination,
            "log_sha256": each.log_sha256,
            "custody_event_id": each.custody_event_id,
        }
    )


def _category(each: CategoryImpact) -> dict[str, Any]:
    return {
        "category": each.category,
        "outcomes": {name.lower(): count for name, count in each.outcomes.items()},
        "gross": _decimal(each.gross),
        "net": _decimal(each.net),
        "grade": each.grade,
    }


def _share(each: Share) -> dict[str, Any]:
    day = each.party_signed_on
    signed_on = day.isoformat() if day else None
    said = {"role": each.role, "share": _decimal(each.share), "party_signed_on": signed_on}
    return _filled(said)


def _party(each: Party) -> dict[str, str]:
    return {"name": each.name, "legal_id": each.legal_id}


def _period(days: tuple[date, date]) -> dict[str, str]:
    return {"from": days[0].isoformat(), "to": days[1].isoformat()}


def _filled(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that are there: what is absent is left out."""
    return {name: value for name, value in facts.items() if value is not None}


def _decimal(value: Decimal) -> str:
    return f"{value:f}"


def _at(moment: datetime) -> str:
    """UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
