"""A fleet of the demo's organisation: some hundred devices, declared as any client would.

The file is made from the reference catalogue, with the mistakes that inventories have. The worker
imports it; a few minutes later, when there are offers, it values the fleet.
"""

import csv
import hashlib
import io
import random
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from stdnum import luhn

from boucle.demo_catalogue import rows
from domain.offers.policy import FeedPolicy
from domain.raas import FleetKind, FleetState
from models.jobs import Job
from models.offers import files
from models.outbox import enqueue
from models.raas import fleets, imports

NUMBER: Final = "F-DEMO-1"
NAME: Final = "Renewal 2026"
DEVICES: Final = 320
SEED: Final = 20_260_504
CATEGORIES: Final = ("smartphone", "tablet", "laptop")
VALUED_AFTER: Final = timedelta(minutes=3)
_HEADER: Final = (
    *("Asset tag", "IMEI", "Serial number", "Manufacturer", "Model", "Purchase date"),
    "Condition",
)
_CONDITIONS: Final = (
    *("good", "good", "used", "used", "used", "très bon état", "cracked screen", "defekt", ""),
)


async def bring(organisation_id: UUID, now: datetime) -> None:
    """Declare the fleet unless it is there, in the current transaction."""
    if any(row.number == NUMBER for row in await fleets.listed(organisation_id, None, None, 100)):
        return
    kind, place = FleetKind.HARDWARE_REFRESH, ("FR", "FR", "EUR")
    fleet_id = await fleets.add(fleets.New(organisation_id, NUMBER, NAME, kind, *place))
    fleet = await fleets.held(fleet_id, organisation_id)
    if fleet is None:
        return
    body = inventory().encode()
    digest = hashlib.sha256(body).hexdigest()
    with tempfile.TemporaryDirectory(prefix="boucle-demo-") as folder:
        path = Path(folder) / "fleet.csv"
        path.write_bytes(body)
        file = await files.store(path, None, path.name, digest, organisation_id=organisation_id)
    await fleets.moved(fleet, FleetState.IMPORTING)
    what = (fleet_id, organisation_id, file, "fleet.csv", digest, len(body))
    await imports.ask(imports.New(*what, FeedPolicy.REJECT_FAILED_ROWS, dry_run=False))
    await enqueue(Job.VALUE_FLEET, due_at=now + VALUED_AFTER, fleet_id=str(fleet_id))


def inventory() -> str:
    """The file of the fleet; the same each time."""
    draw = random.Random(SEED)  # noqa: S311 - invented devices
    brands = {row["code"]: row["name"] for row in rows("brands.csv")}
    known = [row for row in rows("products.csv") if row["category"] in CATEGORIES]
    recent = [row for row in known if row["release_date"] >= "2019"]
    chosen = draw.sample(recent, 24)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    for n in range(DEVICES):
        product = draw.choice(chosen)
        size = "" if product["category"] == "laptop" else f" {draw.choice((64, 128, 256))} GB"
        mobile = product["category"] == "smartphone"
        day = f"20{draw.randrange(19, 25)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
        digits = f"0049015{n:07d}"
        imei = digits + luhn.calc_check_digit(digits)
        writer.writerow(
            (
                f"DEMO-{n:04d}",
                (imei if n % 53 else "N/A") if mobile else "",
                "" if mobile else f"DM{n:08d}",
                brands[product["brand"]],
                (product["model"] + size) if n % 61 else "Unknown model",
                day,
                draw.choice(_CONDITIONS),
            )
        )
    return out.getvalue()
