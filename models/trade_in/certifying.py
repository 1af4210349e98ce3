"""That the data of a device that was traded in are gone: a certificate for its former owner.

Source: docs/trade-in.md, "Certificates"; docs/certificates.md.
"""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson

from domain.units.certificates.merkle import medium_identity
from domain.units.certificates.payloads import Erasure, Issuer, Medium, Tool, erasure
from domain.units.erasure import ErasureState, independent
from models.base import as_system
from models.sql import statements
from models.trade_in import orders
from models.units import certificates
from models.units.certificates import NewCertificate, Owner

SQL = statements(Path(__file__).with_suffix(".sql"))
_NEEDED = ("standard", "technique", "tool")


async def certify(trade_in_id: UUID, now: datetime) -> UUID | None:
    """Certify in the merchant's chain that a bought device was erased, once; the certificate.

    Only its former owner reads it in full. None while a medium that is in the device was not erased
    and validated since it came, and for a trade-in that has its certificate.
    """
    async with as_system() as raw:
        row = await raw.fetchrow(SQL["hold"], trade_in_id)
        if row is None:
            return None
        told = await raw.fetch(SQL["erased"], row["unit_id"], trade_in_id)
        if not told or not all(map(_clean, told)):
            return None
        named = (row["imei"], row["serial"], row["maker"], f"TRADE-IN:{row['number']}")
        device = certificates.device(*named)
        entries = [_erasure(each, row["legal_name"]) for each in told]
        body = erasure(device, row["maker"], row["model"], entries)
        issuer = Issuer(str(row["merchant_id"]), row["legal_name"], row["slug"])
        owner = Owner(customer_id=row["customer_id"])
        units = [(device.identity, row["unit_id"])]
        made = await certificates.issue(NewCertificate(issuer, owner, body, now, units))
        await raw.execute(SQL["certified"], trade_in_id, made.id)
    await orders.change(await orders.again(trade_in_id), now, {})
    return made.id


def _clean(row: asyncpg.Record) -> bool:
    """Whether an erasure was validated and tells what a certificate says of it."""
    if row["state"] != ErasureState.VALIDATED or row["method"] is None:
        return False
    said = orjson.loads(row["facts"])
    return all(said.get(name) for name in _NEEDED)


def _erasure(row: asyncpg.Record, merchant: str) -> Erasure:
    """An entry. Who worked and who looked are references into the merchant's records, never names.

    The place is left out: it is free text, and the certificate is public.
    """
    said = orjson.loads(row["facts"])
    at = datetime.fromisoformat(said.get("endedAt") or said["at"])
    began = said.get("startedAt")
    record = row["erasure_id"].hex[-8:] if row["serial"] else None
    operator, validator = said.get("operator"), said.get("validator")
    second = independent(operator, validator)
    serial = certificates.salted(medium_identity(row["serial"])) if row["serial"] else None
    return Erasure(
        medium=Medium(row["type"], serial, row["capacity_bytes"]),
        method=row["method"], technique=said["technique"], standard=said["standard"],
        revision=said.get("revision"), tool=Tool(said["tool"], said.get("toolVersion")),
        started_at=datetime.fromisoformat(began) if began else None, ended_at=at,
        result="SUCCEEDED", verification_method=said.get("verification"),
        verification_result="PASSED", validation="VALIDATED", validated_at=at,
        validator=f"{record}-{2 if second else 1}" if validator and record else None,
        operator=f"{record}-1" if operator and record else None, operator_role=None, place=None,
        destination=merchant, log_sha256=said.get("logSha256"),
    )  # fmt: skip
