"""Pushes of a carrier: three times each, shuffled, days late, some forged; each told once."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import orjson

from domain.shipments import Scan, ShipmentStatus, deciding
from domain.shipments.carriers import TrackingApi
from integrations.carriers.aftership import AfterShipPush
from models.base import fetch, fetchval
from models.shipments import accounts
from models.vault import Vault
from resolvers.accounts.house import house_of, install
from resolvers.shipments import pushes
from tests.factories import Item
from tests.faults.kinds import Kind, Piece

S = ShipmentStatus
TAGS: Final = (
    ("InfoReceived", "InfoReceived_001"),
    ("InTransit", "InTransit_002"),
    ("InTransit", "InTransit_003"),
    ("OutForDelivery", "OutForDelivery_001"),
    ("AttemptFail", "AttemptFail_001"),
    ("AvailableForPickup", "AvailableForPickup_001"),
    ("Delivered", "Delivered_001"),
    ("InTransit", "InTransit_003"),
)
"""A plain way, and a hub scan that was read after the delivery."""
SECRET: Final = "a-secret-of-the-aggregator"
TIMES: Final = 3
LATE: Final = timedelta(days=3)


class Parcels(Kind):
    """What is pushed three times, mixed with forgeries, ends as if told once and in order."""

    name = "parcels"

    def __init__(self, *, long: bool) -> None:
        self._parcels = 125 if long else 25
        self._account = uuid4()
        self._number = 0

    async def prepare(self, items: list[Item], address: str, vault: Vault) -> None:
        install(house_of(vault, "http://127.0.0.1:8000"))
        given = accounts.Set(
            TrackingApi.AFTERSHIP, None, secrets={"api_key": "k"}, push_secrets=[SECRET],
            pushes=True,
        )  # fmt: skip
        await accounts.store(self._account, given, vault)

    async def start(self, chance: Random) -> Piece:
        """Send everything to the use case behind the route; returns when all is acknowledged."""
        self._number += 1
        made = datetime.now(UTC).replace(microsecond=0) - LATE
        numbers = [f"F{self._number:05d}N{n:04d}" for n in range(self._parcels)]
        ids = [await self._parcel(number, made) for number in numbers]
        bodies = [_body(number, made, step) for number in numbers for step in range(len(TAGS))]
        sent = [(body, SECRET) for body in bodies] * TIMES
        forged = [(_body(number, made, 6), "a guess") for number in numbers]
        sent += forged
        chance.shuffle(sent)
        refused = 0
        for body, secret in sent:
            taken = await pushes.take(
                TrackingApi.AFTERSHIP, self._account, _proof(body, secret), body
            )
            refused += isinstance(taken, pushes.BadProof)
        facts = {"ids": ids, "refused": refused, "pushes": len(bodies), "made": made}
        facts |= {"numbers": numbers, "deliveries": await _deliveries(numbers)}
        return Piece(self, ("parcels", numbers[0]), facts)

    async def _parcel(self, number: str, made: datetime) -> UUID:
        found: UUID = await fetchval(
            "INSERT INTO shipment (purpose, carrier, tracking_number, created_at, api, account_id, "
            "next_poll_at) VALUES ('RETURN', 'POSTE_ITALIANE', $1, $2, 'AFTERSHIP', $3, "
            "now() + interval '30 days') RETURNING id",
            number,
            made,
            self._account,
        )
        return found

    async def jobs(self, piece: Piece) -> dict[UUID, tuple[str, int]]:
        rows = await fetch(
            "SELECT id, state, attempt FROM outbox_job WHERE job = 'read_push' "
            "AND (kwargs->>'delivery_id')::uuid = ANY ($1)",
            piece.facts["deliveries"],
        )
        return {row["id"]: (row["state"], row["attempt"]) for row in rows}

    async def ended(self, piece: Piece) -> bool:
        left: int = await fetchval(
            "SELECT count(*) FROM carrier_delivery WHERE id = ANY ($1) AND processed_at IS NULL",
            piece.facts["deliveries"],
        )
        return left == 0

    async def check(self, piece: Piece) -> list[str]:
        facts = piece.facts
        wrong = []
        if facts["refused"] != len(facts["ids"]):
            wrong.append(f"parcels: {facts['refused']} of {len(facts['ids'])} forgeries refused")
        if len(facts["deliveries"]) != facts["pushes"]:
            wrong.append(f"parcels: {len(facts['deliveries'])} stored of {facts['pushes']} pushes")
        rows = await fetch(
            "SELECT s.id, s.tracking_number, s.status, s.delivered_at, s.first_scan_at, "
            "(SELECT count(*) FROM shipment_event e WHERE e.shipment_id = s.id) AS events "
            "FROM shipment s WHERE s.id = ANY ($1)",
            facts["ids"],
        )
        meant = _meant(facts["numbers"][0], facts["made"])
        wrong += [
            f"parcel {row['tracking_number']}: {tuple(row)[2:]}, not {meant}"
            for row in rows
            if tuple(row)[2:] != meant
        ]
        return wrong


async def _deliveries(numbers: Sequence[str]) -> list[UUID]:
    rows = await fetch(
        "SELECT id FROM carrier_delivery WHERE "
        "convert_from(body, 'UTF8')::jsonb->'msg'->>'tracking_number' = ANY ($1)",
        list(numbers),
    )
    return [row["id"] for row in rows]


def _meant(number: str, made: datetime) -> tuple[Any, ...]:
    """Status, delivery, first scan and number of events of a history told once, in order."""
    scans: list[Scan] = []
    reader = AfterShipPush()
    for step in range(len(TAGS)):
        [told] = reader.read(_body(number, made, step), datetime.now(UTC))
        scans += told.scans
    once = {scan.key("POSTE_ITALIANE", number): scan for scan in scans}
    found = deciding(once.values(), datetime.now(UTC))
    if found is None or found.status is not S.DELIVERED:
        raise RuntimeError("the history ends as delivered")
    moved = {S.UNKNOWN, S.ANNOUNCED, S.CANCELLED, None}
    first = min(scan.occurred_at for scan in once.values() if scan.status not in moved)
    return S.DELIVERED.value, found.occurred_at, first, len(once)


def _body(number: str, made: datetime, step: int) -> bytes:
    """The push of one step of a parcel, always the same bytes."""
    tag, subtag = TAGS[step]
    point = {
        "checkpoint_time": (made + timedelta(hours=6 * step)).isoformat(),
        "tag": tag, "subtag": subtag, "message": tag, "raw_tag": str(step), "city": "Roma",
        "country_region": "ITA", "slug": "poste-italiane",
    }  # fmt: skip
    msg = {"tracking_number": number, "slug": "poste-italiane", "checkpoints": [point]}
    event = {"event": "tracking_update", "event_id": f"{number}-{step}", "msg": msg}
    return orjson.dumps(event)


def _proof(body: bytes, secret: str) -> dict[str, str]:
    digest = hmac.digest(secret.encode(), body, hashlib.sha256)
    return {"aftership-hmac-sha256": base64.b64encode(digest).decode()}
