"""Certificates on paper: what the PDF of one says, in English and in French."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from boucle.pages.words import say
from domain.canonical import parsed
from domain.units.certificates import CertificateKind, shown, wording
from domain.units.certificates.verifying import Outcome
from integrations.papers import Facts, Paper, Table, printed
from models.units.certificates import Certificate
from resolvers.units.certificates import Stated

MOST_PRINTED: Final = 2_000
"""Devices that a PDF lists; the JSON file lists all."""
_MARKS: Final = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.NOT_CHECKED: "·"}


def certificate_pdf(
    row: Certificate, stated: Stated, text: bytes, language: str, today: date
) -> bytes:
    """The PDF of a certificate, as it stands today. It blocks: run it in a thread."""
    payload = parsed(text)["payload"]
    holds = stated.verification.holds
    verdict = say("certificate.holds" if holds else "certificate.fails", language)
    kind = wording.KINDS[row.kind][language == "fr"]
    parts: list[Facts | Table] = [_facts(row, stated, payload, language)]
    if row.kind is CertificateKind.IMPACT:
        parts.append(_impact(payload, language))
    parts += [_erasure(each, language) for each in payload.get("erasures", ())]
    if "devices" in payload:
        parts.append(_devices(payload["devices"], language))
    parts.append(_steps(stated, language))
    statement = [payload["statement"]] if "statement" in payload else []
    if statement and language != "en":
        statement.append(say(f"certificate.statement.{row.kind}", language))
    return printed(
        Paper(
            title=kind,
            subtitle=f"{payload['issuer']['name']} · {shown(row.code)}",
            banner=f"{say('certificate.as', language)} {today}: {verdict}",
            good=holds,
            at=row.issued_at,
            footer=f"{kind} {shown(row.code)} · SHA-256 {row.sha256}",
            parts=parts,
            link=payload["verify_url"],
            notes=[*statement, say("certificate.view", language)],
        )
    )


def _facts(row: Certificate, stated: Stated, payload: Mapping[str, Any], language: str) -> Facts:
    issuer, subject = payload["issuer"], payload.get("subject")
    period = payload.get("period")
    pairs = {
        "code": shown(row.code),
        "issuer": f"{issuer['name']}, {issuer['legal_id']}",
        "subject": f"{subject['name']}, {subject['legal_id']}" if subject else None,
        "reference": payload.get("reference"),
        "period": f"{period['from']} → {period['to']}" if period else None,
        "issued": payload["issued_on"],
        "state": _state(row, language),
        "by": shown(stated.superseded_by) if stated.superseded_by else None,
        "serials": str(row.serial_count),
        "root": payload["merkle_root"],
        "sha256": row.sha256,
        "key": row.key_id,
        "signature": row.signature,
    }
    return Facts(say("certificate.title", language), _said(pairs, language))


def _state(row: Certificate, language: str) -> str:
    said = wording.STATES[row.state][language == "fr"]
    at = row.revoked_at or row.superseded_at
    why = wording.REVOCATIONS[row.reason][language == "fr"] if row.reason else None
    since = f" {say('certificate.since', language)} {at.date()}" if at else ""
    return said + since + (f" {say('certificate.because', language)} {why}" if why else "")


def _impact(payload: Mapping[str, Any], language: str) -> Facts:
    factors = payload["factor_set"]
    ranged = " · ".join(str(payload[name]) for name in ("p05", "p50", "p95"))
    pairs = {
        "net": payload["net"],
        "range": ranged,
        "method": f"{payload['method']}, {factors['id']} ({factors['sha256']})",
    }
    return Facts(say("certificate.kind.IMPACT", language), _said(pairs, language))


def _erasure(each: Mapping[str, Any], language: str) -> Facts:
    medium, tool = each["medium"], each["tool"]
    checked, decided, operator = each["verification"], each["validation"], each.get("operator", {})
    place = " → ".join(each[name] for name in ("place", "destination") if name in each)
    pairs = {
        "technique": f"{each['method']}, {each['technique']}",
        "standard": _listed(each, "standard", "revision"),
        "tool": " ".join(tool[name] for name in ("name", "version", "licence") if name in tool),
        "time": " → ".join(each[name] for name in ("started_at", "ended_at") if name in each),
        "verification": _listed(checked, "method", "result"),
        "validation": _listed({**decided, **each}, "decision", "at", "validator"),
        "operator": _listed(operator, "reference", "role") or None,
        "place": place,
    }
    named = " ".join(filter(None, (medium["type"], medium.get("serial"))))
    return Facts(f"{say('certificate.medium', language)}: {named}", _said(pairs, language))


def _listed(facts: Mapping[str, Any], *names: str) -> str:
    """Those of these facts that were told."""
    return ", ".join(str(facts[name]) for name in names if name in facts)


def _devices(devices: Sequence[Mapping[str, Any]], language: str) -> Table:
    listed = devices[:MOST_PRINTED]
    rows = [
        (
            str(n),
            device["identity"],
            " ".join(filter(None, (device.get("maker"), device.get("model")))),
            say(f"erasure.{device['erasure']}", language) if "erasure" in device else "",
            say(f"disposition.{device['disposition']}", language)
            if "disposition" in device
            else "",
            device["leaf"][:32],
        )
        for n, device in enumerate(listed, 1)
    ]
    names = ("identity", "model", "erasure", "disposition", "leaf.short")
    heads = ["#", *(say(f"certificate.{name}", language) for name in names)]
    note = ""
    if len(listed) < len(devices):
        count = f"{len(listed)} {say('certificate.listed', language)} {len(devices)}."
        note = f"{count} {say('certificate.first', language)}"
    widths = (0.05, 0.22, 0.24, 0.1, 0.1, 0.29)
    return Table(say("certificate.devices", language), heads, widths, rows, note)


def _word(device: Mapping[str, Any], name: str, language: str) -> str:
    return say(f"{name}.{device[name]}", language) if name in device else ""


def _steps(stated: Stated, language: str) -> Table:
    at = language == "fr"
    rows = [
        (
            _MARKS[step.outcome],
            wording.CHECKS[step.check][at],
            wording.REASONS[step.reason][at] if step.reason else "",
        )
        for step in stated.verification.steps
    ]
    title = say("certificate.steps", language)
    return Table(title, ["", "", ""], (0.04, 0.4, 0.56), rows)


def _said(pairs: Mapping[str, str | None], language: str) -> list[tuple[str, str]]:
    return [(say(f"certificate.{name}", language), text) for name, text in pairs.items() if text]
