"""The past of the demo's merchants: orders, parcels, cases and reviews of the last 300 days.

Each merchant behaves as its row of the reference file says; what it is ranked by is then measured
from these orders like from any others. Written once, in the same way for the same day.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from domain.accounts.roles import CallerKind, Role
from domain.calendars import Calendar
from domain.catalog import Grade
from domain.orders import LineState
from domain.shipments import ShipmentPurpose, ShipmentStatus
from domain.shipments.carriers import CarrierCode
from integrations.sandbox.merchants import DemoMerchant, shipping_of
from integrations.sandbox.variants import DemoVariant, in_currency, wanted, worth_cents
from models.accounts import Account
from models.base import as_system, at_desk
from models.merchants import Merchant

DAYS: Final = 300
NEWEST_DAYS: Final = 9  # what is younger would still be on its way
BUYERS: Final = 60
RETURN_DAYS: Final = 30
CASES: Final = 0.12
REVIEWS: Final = 0.4
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
CARRIERS: Final[Mapping[str, CarrierCode]] = {
    "Yamato": CarrierCode.YAMATO,
    "Colissimo": CarrierCode.LA_POSTE,
    "Chronopost": CarrierCode.CHRONOPOST,
    "Correos": CarrierCode.CORREOS,
    "PostNL": CarrierCode.POSTNL,
    "Royal Mail": CarrierCode.ROYAL_MAIL,
    "bpost": CarrierCode.BPOST,
    "DHL Express": CarrierCode.DHL_EXPRESS,
    "DHL Paket": CarrierCode.DHL_PARCEL_DE,
    "DHL Parcel Connect": CarrierCode.DHL,
    "USPS": CarrierCode.USPS,
}
"""The carriers by the names that the demo's merchants give their options."""
_TIMES: Final = (
    *("accepted_at", "dispatch_by", "shipped_at", "first_scan_at", "delivered_at", "return_until"),
    *("ended_at", "promised_from", "promised_by", "reason"),
)
_GRADES: Final = (Grade.FAIR, Grade.GOOD, Grade.GOOD, Grade.VERY_GOOD, Grade.EXCELLENT)
_RESOLUTIONS: Final = ("REPAIR", "REPLACE", "REFUND")
_INSERT: Final = (
    "INSERT INTO {table} ({names}) SELECT {names} "
    "FROM jsonb_populate_recordset(NULL::{table}, $1::text::jsonb)"
)
_KNOWN: Final = "SELECT merchant_id FROM orders WHERE merchant_id = ANY ($1) GROUP BY 1"
_TOPS: Final = "SELECT code, coalesce(parent, code) AS top FROM category"
_VARIANTS: Final = "SELECT g.gtin, g.variant_id FROM variant_gtin g"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a merchant behaves. Units: shares of lines, `stars` their mean, `lines` in 300 days."""

    lines: int
    fails: float
    cancels: float
    ships_late: float
    replies_late: float
    stars: float


_ROWS: Final = ("purchase", "orders", "line", "shipment", "case")


class Rows:
    """Rows by table, in the order in which they may be written."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, Any]]] = {
            table: []
            for table in (
                *("unit", "purchase", "orders", "order_line", "shipment"),
                *("shipment_line", "after_sales_case", "review"),
            )
        }

    def add(self, table: str, **row: Any) -> None:
        """One more row of a table."""
        self.tables[table].append(row)

    async def write(self, raw: asyncpg.Connection) -> None:
        """Write all, by the names of their columns."""
        for table, rows in self.tables.items():
            if not rows:
                continue
            names = ", ".join(rows[0])
            insert = _INSERT.format(table=table, names=names)
            await raw.execute(insert, orjson.dumps(rows, default=str).decode())


async def bring(
    raw: asyncpg.Connection,
    given: Sequence[Mapping[str, str]],
    merchants: Mapping[str, Merchant],
    catalogue: Sequence[DemoVariant],
    now: datetime,
) -> bool:
    """Write the past of the merchants that have none, in the current transaction.

    Return whether anything was written.
    """
    ids = [merchant.id for merchant in merchants.values()]
    known = {row["merchant_id"] for row in await raw.fetch(_KNOWN, ids)}
    begun = [row for row in given if json.loads(row["behaviour"])["lines"]]
    missing = [row for row in begun if merchants[row["slug"]].id not in known]
    if not missing:
        return False
    buyers = await _buyers()
    variants = {row["gtin"]: row["variant_id"] for row in await raw.fetch(_VARIANTS)}
    tops = {row["code"]: row["top"] for row in await raw.fetch(_TOPS)}
    rows = Rows()
    for row in missing:
        past = _Past(row, merchants[row["slug"]], catalogue, variants, tops, buyers, now)
        past.write(rows)
    async with as_system() as system:
        await rows.write(system)
    return True


@at_desk
async def _buyers() -> list[UUID]:
    """The invented people who bought, at addresses that no mail reaches (RFC 2606)."""
    found = []
    for n in range(BUYERS):
        email = f"buyer-{n:02d}@example.org"
        facts = {"kind": CallerKind.CUSTOMER, "roles": [Role.CUSTOMER.value], "email": email}
        account, _ = await Account.get_or_create(facts, issuer="", subject=email)
        found.append(account.id)
    return found


class _Past:
    """What one merchant sold, drawn from its behaviour."""

    def __init__(
        self,
        row: Mapping[str, str],
        merchant: Merchant,
        catalogue: Sequence[DemoVariant],
        variants: Mapping[str, UUID],
        tops: Mapping[str, str],
        buyers: Sequence[UUID],
        now: datetime,
    ) -> None:
        self.merchant, self.buyers, self.now = merchant, buyers, now
        self.demo = DemoMerchant.of(row)
        self.does = Behaviour(**json.loads(row["behaviour"]))
        self.shipping = shipping_of(row)
        self.site = row["sites"].split("|")[0].partition(":")[2]
        self.random = Random(row["slug"])  # noqa: S311 - an invented past, no secret
        self.calendar = Calendar(self.site, "UTC")
        self.tops = tops
        sold = [v for v in catalogue if v.gtin.rjust(14, "0") in variants and self._sells(v)]
        self.sold = sold
        self.weights = list(accumulate(wanted(each) for each in sold))
        self.variants = variants
        self.line = 0

    def _sells(self, variant: DemoVariant) -> bool:
        wants = self.demo.assortment
        return not wants or not {variant.category, f"brand:{variant.brand_code}"}.isdisjoint(wants)

    def write(self, rows: Rows) -> None:
        """All of its lines, the oldest first."""
        days = sorted(self.random.uniform(NEWEST_DAYS, DAYS) for _ in range(self.does.lines))
        for age in reversed(days) if self.sold else ():
            self._sale(rows, self.now - age * _DAY)

    def _sale(self, rows: Rows, paid: datetime) -> None:
        draw = self.random
        self.line += 1
        variant = draw.choices(self.sold, cum_weights=self.weights)[0]
        grade = draw.choice(_GRADES)
        to = draw.choice(self.shipping)
        price = in_currency(worth_cents(variant, grade), self.demo.currency)
        accepted = paid + draw.uniform(1, 20) * _HOUR
        life = self._life(paid, accepted, to.delay_hours)
        owners = {"merchant_id": self.merchant.id, "customer_id": draw.choice(self.buyers)}
        ids = {name: self._id(name) for name in (*_ROWS, "unit")}
        total = price + to.price_minor
        shared = {
            "customer_id": owners["customer_id"], "market": to.market, "country": to.market,
            "currency": self.demo.currency, "created_at": paid, "version": 1,
            "updated_at": life.get("delivered_at") or paid,
        }  # fmt: skip
        rows.add(
            "purchase", id=ids["purchase"], **shared, state="PAID", total_minor=total,
            postal_code="", language=self.demo.language, paid_at=paid,
        )  # fmt: skip
        shared |= {"purchase_id": ids["purchase"], "merchant_id": self.merchant.id}
        rows.add(
            "orders", id=ids["orders"], **shared, mystery=False, items_minor=price,
            number=f"H-{self.demo.slug[:12]}-{self.line:05d}".upper(), state="CLOSED",
            shipping_minor=to.price_minor, service_fee_minor=0, levies_minor=0, duties_minor=0,
            total_minor=total,
        )  # fmt: skip
        variant_id = self.variants[variant.gtin.rjust(14, "0")]
        sent = life["shipped_at"] is not None
        if sent:  # which device it was is known, so that it counts in the register of impact
            rows.add(
                "unit", id=ids["unit"], variant_id=variant_id, category=variant.category,
                device_status="CLEAR", passports=1, events=0, last_hash="\\x",
                created_at=paid, updated_at=paid,
            )  # fmt: skip
        rows.add(
            "order_line", id=ids["line"], order_id=ids["orders"], **shared, position=1,
            offer_id=self._id("offer"), sku=f"{self.demo.slug[:6].upper()}-{self.line:05d}",
            variant_id=variant_id, title=f"{variant.brand} {variant.model}",
            category=variant.category, grade=grade.rank, battery_new=False, item_minor=price,
            shipping_minor=to.price_minor, service_fee_minor=0, levies_minor=0, duties_minor=0,
            total_minor=total, vat_scheme=self.merchant.vat_scheme,
            warranty={"legalMonths": 24, "commercialMonths": 12}, dispatch_country=self.site,
            handling_hours=self.merchant.handling_hours, carrier=to.carrier, paid_at=paid,
            accept_by=paid + _DAY, unit_id=ids["unit"] if sent else None, **life,
        )  # fmt: skip
        if sent:
            life |= {"carrier": to.carrier, "market": to.market}
            self._parcel(rows, ids, owners, life)
            self._afterwards(rows, ids, owners | {"variant_id": variant_id}, variant, life)

    def _life(self, paid: datetime, accepted: datetime, travels: int) -> dict[str, Any]:
        """The times of a line, and where it stands now."""
        draw, none = self.random, dict.fromkeys(_TIMES)
        if draw.random() < self.does.cancels:
            ended = {"state": LineState.REFUSED, "counts": True, "ended_at": accepted}
            return none | ended | {"reason": "NOT_IN_STOCK", "refunded_minor": 0}
        due = self.calendar.hours_after(accepted, self.merchant.handling_hours).astimezone(UTC)
        late = draw.random() < self.does.ships_late
        scanned = due + (1 if late else -1) * draw.uniform(0.2, 30 if late else 6) * _HOUR
        delivered = max(scanned, accepted + _HOUR) + draw.uniform(0.6, 1.4) * (travels + 14) * _HOUR
        back_until = delivered + RETURN_DAYS * _DAY
        over = back_until < self.now
        promised = self.calendar.after(due.date(), -(-travels // 24) + 1)
        return none | {
            "state": LineState.COMPLETED if over else LineState.DELIVERED, "counts": False,
            "accepted_at": accepted, "dispatch_by": due, "shipped_at": max(scanned, accepted),
            "first_scan_at": max(scanned, accepted), "delivered_at": delivered,
            "return_until": back_until, "ended_at": back_until if over else None,
            "promised_from": promised - _DAY, "promised_by": promised, "refunded_minor": 0,
        }  # fmt: skip

    def _id(self, what: str) -> UUID:
        """An id of version 7's form, the same for the same sale of the same merchant."""
        bits = Random(f"{self.demo.slug} {self.line} {what}").getrandbits(128)  # noqa: S311
        return UUID(int=bits & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)

    def _parcel(
        self,
        rows: Rows,
        ids: Mapping[str, UUID],
        owners: Mapping[str, Any],
        life: Mapping[str, Any],
    ) -> None:
        """The parcel of a line, delivered; its scans were forgotten since."""
        carrier = CARRIERS.get(life["carrier"], CarrierCode.OTHER)
        number, market = f"PAST{self.line:08d}", life["market"]
        rows.add(
            "shipment", id=ids["shipment"], purpose=ShipmentPurpose.DELIVERY, **owners,
            order_id=ids["orders"], market=market, carrier=carrier, tracking_number=number,
            origin=self.site, destination=market, status=ShipmentStatus.DELIVERED,
            status_at=life["delivered_at"], last_scan_at=life["delivered_at"],
            first_scan_at=life["first_scan_at"], delivered_at=life["delivered_at"],
            promised_from=life["promised_from"], promised_by=life["promised_by"], polls=0,
            failures=0, version=1, late=False, stalled=False, never_accepted=False,
            created_at=life["shipped_at"], updated_at=life["delivered_at"],
        )  # fmt: skip
        rows.add("shipment_line", shipment_id=ids["shipment"], line_id=ids["line"], **owners)

    def _afterwards(
        self,
        rows: Rows,
        ids: Mapping[str, UUID],
        owners: Mapping[str, Any],
        variant: DemoVariant,
        life: Mapping[str, Any],
    ) -> None:
        """Cases and reviews of a line that was delivered."""
        draw, delivered = self.random, life["delivered_at"]
        fails = draw.random() < self.does.fails
        opened = delivered + draw.uniform(1, 25) * _DAY
        if (fails or draw.random() < CASES) and opened < self.now - 4 * _DAY:
            due = self.calendar.hours_after(opened, 24)
            late = draw.random() < self.does.replies_late
            replied = due + _HOUR * draw.uniform(1, 40) if late else opened + _HOUR
            over, how = replied + 2 * _DAY, "REMOTE_ASSISTANCE"
            if fails:
                how = draw.choice(_RESOLUTIONS)
            of = {key: value for key, value in owners.items() if key != "variant_id"}
            rows.add(
                "after_sales_case", id=ids["case"], line_id=ids["line"], order_id=ids["orders"],
                **of, market=life["market"], type="FAULT" if fails else "OTHER", state="CLOSED",
                owner="MERCHANT", opened_by="CUSTOMER", first_reply_by=due,
                first_replied_at=replied, decided_at=replied + _DAY, resolution=how, version=1,
                closed_at=over, created_at=opened, updated_at=over,
            )  # fmt: skip
        written = delivered + draw.uniform(1, 6) * _DAY
        if draw.random() < REVIEWS and written < self.now:
            stars = 1 + sum(draw.random() < (self.does.stars - 1) / 4 for _ in range(4))
            rows.add(
                "review", id=self._id("review"), line_id=ids["line"], order_id=ids["orders"],
                **owners, category=self.tops[variant.category], stars=stars, created_at=written,
            )  # fmt: skip
