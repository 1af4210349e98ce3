"""Fleets for tests: organisations with files, and imports brought to their end."""

import csv
import hashlib
import io
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from stdnum import luhn

from domain.offers.policy import FeedPolicy
from domain.raas import FleetKind
from domain.raas.lines import FleetOutcome
from models.accounts import Organisation
from models.offers import files
from models.raas import fleets, imports
from models.raas.imports import FleetImport
from tests.factories import NOW, some_id
from tests.orders import insert
from workers.raas.importing import import_once

HEADER = ("assetTag", "imei", "serial", "manufacturer", "model", "purchaseDate", "condition")
LATER = datetime(2026, 6, 1, 12, tzinfo=UTC)


def imei(number: int) -> str:
    """An IMEI of a device that there is not: its first digits are of the range for tests."""
    digits = f"00{number:012d}"
    return digits + luhn.calc_check_digit(digits)


async def organisation(slug: str = "acme") -> Organisation:
    """A company."""
    return await Organisation.create(slug=slug, name=slug)


async def fleet(owner: Organisation, number: str = "F-1") -> UUID:
    """An empty fleet of a company in France."""
    new = fleets.New(owner.id, number, "Phones", FleetKind.AD_HOC, "FR", "FR", "EUR")
    return await fleets.add(new)


def sheet(
    rows: Sequence[Mapping[str, Any] | Sequence[Any]], header: Sequence[str] = HEADER
) -> bytes:
    """Rows as a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        cells = [row.get(name, "") for name in header] if isinstance(row, Mapping) else row
        writer.writerow(cells)
    return out.getvalue().encode()


async def stored(owner: Organisation, body: bytes) -> files.Kept:
    """A file that a company has sent."""
    digest = hashlib.sha256(body).hexdigest()
    with tempfile.NamedTemporaryFile() as file:
        path = Path(file.name)
        path.write_bytes(body)
        kept = await files.store(path, None, "fleet.csv", digest, organisation_id=owner.id)
    return files.Kept(kept, "fleet.csv", digest, len(body))


async def asked(
    owner: Organisation,
    fleet_id: UUID,
    body: bytes,
    policy: FeedPolicy = FeedPolicy.REJECT_FAILED_ROWS,
    **more: Any,
) -> UUID:
    """An import of a file that waits."""
    file = await stored(owner, body)
    new = imports.New(
        fleet_id, owner.id, file.id, file.name, file.sha256, file.size, policy,
        more.pop("dry_run", False), **more,
    )  # fmt: skip
    return await imports.ask(new)


async def imported(
    owner: Organisation, fleet_id: UUID, body: bytes, now: datetime = NOW, **more: Any
) -> FleetImport:
    """An import of a file at its end."""
    done = await import_once(await asked(owner, fleet_id, body, **more), now)
    assert done is not None
    return done


async def outcomes(run: FleetImport) -> list[tuple[int, str, str | None]]:
    """The number, the outcome and the code of each line."""
    rows = await imports.lines(run.id, None, 0, 100_000)
    return [(row.line, row.outcome.value, row.code.value if row.code else None) for row in rows]


async def outcome(run: FleetImport) -> FleetOutcome:
    """The outcome of the only line."""
    [row] = await imports.lines(run.id, None, 0, 2)
    return row.outcome


async def site(owner: Organisation, name: str) -> UUID:
    """A site of a company in France."""
    made: UUID = await insert(
        "organisation_site", id=some_id(), organisation_id=owner.id, name=name, address={},
        country="FR", contact={}, time_zone="Europe/Paris", hours=[], version=1,
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    return made
