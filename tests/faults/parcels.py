"""Pushes of a carrier: three times each, shuffled, days late, some forged; each told once."""

import asyncio
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
from integrations.carriers.pushed import Pushed
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
_STATES: Final = {"done": "done", "dead": "dead"}
"""Jobs that wait are under way: they are many, and short."""
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
        """Make parcels, and begin to send what is pushed of them."""
        self._number += 1
        made = datetime.now(UTC).replace(microsecond=0) - LATE
        numbers = [f"F{self._number:05d}N{n:04d}" for n in range(self._parcels)]
        ids = [await self._parcel(number, made) for number in numbers]
        bodies = [_body(number, made, step) for number in numbers for step in range(len(TAGS))]
        sent = [(body, SECRET) for body in bodies] * TIMES
        sent += [(_body(number, made, 6), "a guess") for number in numbers]
        chance.shuffle(sent)
        facts = {"ids": ids, "pushes": len(bodies), "made": made, "numbers": numbers}
        facts["sending"] = asyncio.create_task(self._send(sent))
        return Piece(self, ("parcels", numbers[0][:6]), facts)

    async def _send(self, sent: Sequence[tuple[bytes, str]]) -> int:
        """Send all to the use case behind the route, until each is answered; how many refused."""
        refused = 0
        for body, secret in sent:
            proof = _proof(body, secret)
            push = Pushed(TrackingApi.AFTERSHIP, proof, body)
            taken = await pushes.take(self._account, push)
            refused += isinstance(taken, pushes.BadProof)
        return refused

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
        """Those that read the pushes; and what still sends, which no kill of a worker ends."""
        rows = await fetch(
            "SELECT j.id, j.state, j.attempt FROM outbox_job j JOIN carrier_delivery d "
            "ON d.id = (j.kwargs->>'delivery_id')::uuid "
            "WHERE j.job = 'read_push' AND d.delivery_key LIKE $1",
            f"{piece.of[1]}%",
        )
        known = {row["id"]: (_STATES.get(row["state"], "running"), row["attempt"]) for row in rows}
        sending = "done" if piece.facts["sending"].done() else "running"
        return {**known, self._account: (sending, 0)}

    async def ended(self, piece: Piece) -> bool:
        return await self._unread(piece) == 0

    async def _unread(self, piece: Piece) -> int:
        left: int = await fetchval(
            "SELECT count(*) FROM carrier_delivery "
            "WHERE delivery_key LIKE $1 AND processed_at IS NULL",
            f"{piece.of[1]}%",
        )
        return left

    async def check(self, piece: Piece) -> list[str]:
        facts = piece.facts
        wrong = []
        refused = await facts["sending"]
        if refused != len(facts["ids"]):
            wrong.append(f"parcels: {refused} of {len(facts['ids'])} forgeries refused")
        stored = await fetchval(
            "SELECT count(*) FROM carrier_delivery WHERE delivery_key LIKE $1", f"{piece.of[1]}%"
        )
        if stored != facts["pushes"]:
            wrong.append(f"parcels: {stored} stored of {facts['pushes']} pushes")
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
