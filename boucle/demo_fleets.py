"""The fleets of the demo's organisation, declared as any client would.

Some hundred devices of a file with the mistakes that inventories have: the worker imports it; a few
minutes later, when there are offers, it values them. And few devices without a mistake, which are
imported and valued at once, and put to bid.
"""

import csv
import hashlib
import io
import random
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from stdnum import luhn

from boucle import demo_lots, demo_trade_in
from boucle.demo_catalogue import rows
from boucle.settings import Settings
from domain.offers.policy import FeedPolicy
from domain.raas import AssetState, FleetKind, FleetState
from models.base import as_system
from models.jobs import Job
from models.offers import files
from models.outbox import enqueue
from models.raas import assets, fleets, imports, valuing
from workers.raas.importing import import_once

NUMBER: Final = "F-DEMO-1"
NAME: Final = "Renewal 2026"
DEVICES: Final = 320
SEED: Final = 20_260_504
SOLD: Final = ("F-DEMO-2", "Renewal 2025")
SOLD_DEVICES: Final = 40
CATEGORIES: Final = ("smartphone", "tablet", "laptop")
VALUED_AFTER: Final = timedelta(minutes=3)
_HEADER: Final = (
    *("Asset tag", "IMEI", "Serial number", "Manufacturer", "Model", "Purchase date"),
    "Condition",
)
_CONDITIONS: Final = (
    *("good", "good", "used", "used", "used", "très bon état", "cracked screen", "defekt", ""),
)


async def bring(settings: Settings, organisation_id: UUID, now: datetime) -> None:
    """Declare the fleets that are not there, in the current transaction, and sell of the second."""
    known = {row.number for row in await fleets.listed(organisation_id, None, None, 100)}
    if NUMBER not in known:
        fleet_id, _ = await _asked(organisation_id, (NUMBER, NAME), inventory())
        await enqueue(Job.VALUE_FLEET, due_at=now + VALUED_AFTER, fleet_id=str(fleet_id))
    if SOLD[0] not in known:
        fleet_id, import_id = await _asked(organisation_id, SOLD, returned())
        await import_once(import_id, now)
        async with as_system() as raw:
            await valuing.value(raw, fleet_id, now)
            matched = assets.Filters(state=AssetState.MATCHED)
            free = [row.id for row in await assets.listed(fleet_id, matched, None, SOLD_DEVICES)]
        await demo_lots.bring(settings, organisation_id, fleet_id, free)


async def _asked(organisation_id: UUID, named: tuple[str, str], text: str) -> tuple[UUID, UUID]:
    """A new fleet, and the import of its file that waits."""
    kind, place = FleetKind.HARDWARE_REFRESH, ("FR", "FR", "EUR")
    fleet_id = await fleets.add(fleets.New(organisation_id, *named, kind, *place))
    fleet = await fleets.held(fleet_id, organisation_id)
    if fleet is None:
        raise LookupError(fleet_id)
    body = text.encode()
    digest = hashlib.sha256(body).hexdigest()
    with tempfile.TemporaryDirectory(prefix="boucle-demo-") as folder:
        path = Path(folder) / "fleet.csv"
        path.write_bytes(body)
        file = await files.store(path, None, path.name, digest, organisation_id=organisation_id)
    await fleets.moved(fleet, FleetState.IMPORTING)
    what = (fleet_id, organisation_id, file, "fleet.csv", digest, len(body))
    new = imports.New(*what, FeedPolicy.REJECT_FAILED_ROWS, dry_run=False)
    return fleet_id, await imports.ask(new)


def inventory() -> str:
    """The file of the fleet in review; the same each time."""
    draw = random.Random(SEED)  # noqa: S311 - invented devices
    brands = {row["code"]: row["name"] for row in rows("brands.csv")}
    known = [row for row in rows("products.csv") if row["category"] in CATEGORIES]
    recent = [row for row in known if row["release_date"] >= "2019"]
    chosen = draw.sample(recent, 24)
    lines = []
    for n in range(DEVICES):
        product = draw.choice(chosen)
        size = "" if product["category"] == "laptop" else f" {draw.choice((64, 128, 256))} GB"
        mobile = product["category"] == "smartphone"
        day = f"20{draw.randrange(19, 25)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
        lines.append(
            (
                f"DEMO-{n:04d}",
                (_imei("0049015", n) if n % 53 else "N/A") if mobile else "",
                "" if mobile else f"DM{n:08d}",
                brands[product["brand"]],
                (product["model"] + size) if n % 61 else "Unknown model",
                day,
                draw.choice(_CONDITIONS),
            )
        )
    return _written(lines)


def returned() -> str:
    """The file of the fleet that is sold; the same each time.

    Phones without a mistake that merchants bid for, so that each has a value at once.
    """
    draw = random.Random(SEED)  # noqa: S311 - invented devices
    phones = [each for each in demo_trade_in.bought() if each.category == "smartphone"]
    lines = []
    for n in range(SOLD_DEVICES):
        phone = draw.choice(phones)
        day = f"202{draw.randrange(2, 5)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
        name = f"{phone.model} {phone.attributes['storage_gb']} GB"
        said = (phone.brand, name, day, draw.choice(("good", "used")))
        lines.append((f"AN25-{n:04d}", _imei("0049016", n), "", *said))
    return _written(lines)


def _imei(tac: str, n: int) -> str:
    digits = f"{tac}{n:07d}"
    return digits + luhn.calc_check_digit(digits)


def _written(lines: Sequence[tuple[str, ...]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    writer.writerows(lines)
    return out.getvalue()
