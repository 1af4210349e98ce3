"""A lot of the demo that goes from its bids to its statement, by the ways that clients use."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

from domain.accounts.roles import CallerKind, Role, scopes_of
from domain.raas import Disposition
from domain.raas.custody import CustodyKind, Subject
from domain.raas.erasing import MediumType, Try, Validation, Verification
from domain.units.proofs import Diagnostic, ErasureMethod, ErasureTechnique
from models.accounts import members
from models.base import as_system
from models.raas import clock
from models.raas.lots import LotRow
from resolvers.context import Caller, Context
from resolvers.orders.refusals import Refusal as OtherRefusal
from resolvers.raas import awarding, counting, custody, processing, settling
from resolvers.raas.refusals import Refusal

PLACE: Final = "12 rue des Ateliers, Lille"
WORKSHOP: Final = "Lyon"
BOX: Final = "C1"
SEAL: Final = "BCL-204711"
MASS_G: Final = 4_200
MOST_MEMBERS: Final = 100
T = TypeVar("T")


async def administrator(organisation_id: UUID) -> Context:
    """Who manages an organisation, so that no award waits for anybody else."""
    for member in await members.listed(organisation_id, None, MOST_MEMBERS):
        if Role.ORG_ADMIN in member.terms.roles:
            return context(organisation_id=organisation_id, user_id=member.account_id)
    raise RuntimeError(f"the demo's organisation {organisation_id} has no administrator")


def context(
    merchant_id: UUID | None = None,
    organisation_id: UUID | None = None,
    user_id: UUID | None = None,
) -> Context:
    """Somebody of a merchant or of an organisation who may do all."""
    role = Role.MERCHANT_OWNER if merchant_id else Role.ORG_ADMIN
    kind = CallerKind.MERCHANT if merchant_id else CallerKind.ORGANISATION
    roles, scopes = frozenset({role.value}), scopes_of([role])
    return Context(
        Caller(kind, merchant_id, organisation_id, user_id=user_id, roles=roles, scopes=scopes),
        request_id="demo",
    )


def done(found: T | Refusal | OtherRefusal) -> T:
    """What was asked for. Raises: RuntimeError for a refusal: the demo's own data do not fit."""
    if isinstance(found, Refusal | OtherRefusal):
        raise RuntimeError(f"the demo's lot was refused: {found.code} {found.facts}")
    return found


async def hand_over(seller: Context, lot: LotRow) -> None:
    """Award a lot whose bids were opened, and bring it to a statement that waits to be accepted."""
    key = f"demo-{lot.id}"
    awarded = done(await awarding.award(seller, lot.id, None, None, f"{key}-award"))
    winner = context(merchant_id=awarded.awarded_merchant_id)
    done(await awarding.confirm(winner, lot.id, f"{key}-confirm"))
    await _carried(seller, winner, lot.id, key)
    devices = await _counted(winner, lot.id, key)
    await _processed(winner, lot.id, devices, key)
    done(await settling.issue(winner, lot.id, f"{key}-statement"))
    now = datetime.now(UTC)
    while await clock.certify_devices(now):
        pass
    await clock.certify(now)


def _ago(minutes: int) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


async def _carried(seller: Context, winner: Context, lot_id: UUID, key: str) -> None:
    """Packed and sealed by one side, driven by a carrier, opened by the other."""
    now = datetime.now(UTC)
    wanted = custody.Wanted(
        PLACE, now - timedelta(hours=2), now + timedelta(hours=2), "Navette Nord", 1
    )
    _, code = done(await custody.schedule(seller, lot_id, wanted, f"{key}-pickup"))
    step = CustodyKind
    sent = [
        _step(step.PACKED, 95, "AN-7", PLACE, mass_g=MASS_G),
        _step(step.SEALED, 94, "AN-7", PLACE, seal=SEAL),
    ]
    driven = [
        _step(step.COLLECTED, 90, "NN-31", PLACE),
        _step(step.ARRIVED, 60, "NN-31", WORKSHOP, mass_g=MASS_G),
    ]
    came = [
        _step(step.SEAL_CHECKED, 55, "OP-1", WORKSHOP, seal=SEAL),
        _step(step.OPENED, 54, "OP-1", WORKSHOP),
    ]
    done(await custody.record(seller, lot_id, sent, f"{key}-sent"))
    done(
        await custody.record_by_code(
            Context(request_id="demo"), code or "", driven, f"{key}-driven"
        )
    )
    done(await custody.record(winner, lot_id, came, f"{key}-came"))


def _step(kind: CustodyKind, minutes: int, by: str, place: str, **more: Any) -> custody.Event:
    return custody.Event(Subject.CONTAINER, BOX, kind, _ago(minutes), place, by, **more)


async def _counted(winner: Context, lot_id: UUID, key: str) -> Sequence[UUID]:
    """All devices are scanned as they were declared, and nothing more arrives."""
    async with as_system() as raw:
        rows = await raw.fetch(
            "SELECT id, imei, serial, tag FROM asset WHERE lot_id = $1 ORDER BY id", lot_id
        )
    scans = [
        counting.ScanGiven(_ago(50), row["tag"], row["imei"], row["serial"], place=WORKSHOP)
        for row in rows
    ]
    done(await counting.receive(winner, lot_id, scans, f"{key}-scans"))
    done(await counting.complete(winner, lot_id, f"{key}-count"))
    return [row["id"] for row in rows]


async def _processed(winner: Context, lot_id: UUID, devices: Sequence[UUID], key: str) -> None:
    """Each device is tested, erased, and sold again."""
    tests = [
        processing.Diagnosed(
            each,
            Diagnostic("boucle-demo 1", passed=True, at=_ago(45), battery_health=88).facts(),
            [processing.NewMedium(f"M-{n:04}", MediumType.FLASH, 128, removable=False)],
        )
        for n, each in enumerate(devices)
    ]
    erased = [processing.Erased(each, f"M-{n:04}", _try()) for n, each in enumerate(devices)]
    left = [processing.Disposed(each, Disposition.RESELL) for each in devices]
    done(await processing.diagnose(winner, lot_id, tests, f"{key}-tests"))
    done(await processing.erase(winner, lot_id, erased, f"{key}-erased"))
    done(await processing.dispose(winner, lot_id, left, f"{key}-left"))


def _try() -> Try:
    ran = Verification("FULL_READ", 10_000, passed=True)
    word = Validation("OP-2", passed=True, at=_ago(20))
    return Try(
        ErasureMethod.PURGE, ErasureTechnique.CRYPTO_ERASE, "Demo tool", "7.9", "OP-1", "tester",
        WORKSHOP, _ago(40), _ago(30), succeeded=True, encrypted=True, verification=ran,
        validation=word,
    )  # fmt: skip
