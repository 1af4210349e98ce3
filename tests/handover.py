"""Contracted lots for tests, and what each side asks of them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from domain.accounts.roles import CallerKind, Role
from models.accounts import Organisation
from models.base import execute, fetchrow
from models.merchants import Merchant
from resolvers.context import Caller
from schema.common import global_id
from tests import factories
from tests.factories import NOW, Item
from tests.orders import insert
from tests.schema.asking import Json, data, key_of

_numbers = count(1)
SCOPES = ("lots:read", "lots:write")
P = "... on Problem{code message path}"
T = "... on InvalidTransition{from to allowed}"
S = f"{{... on HandoverChanged{{handover{{state}}}} {P} {T}}}"
SCHEDULE = f"""mutation($i: SchedulePickupInput!){{schedulePickup(input: $i){{
  ... on PickupScheduled{{code pickup{{state moved}}}} {P} {T}}}}}"""
RESCHEDULE = SCHEDULE.replace("schedulePickup(", "reschedulePickup(")
_EVENTS = f"""results{{... on CustodyEventRecorded{{chainId n hash incidents}} {P}
  ... on CustodyGap{{after}} ... on SerialNotInManifest{{scanned}}}}"""
RECORD = f"""mutation($i: RecordCustodyEventsInput!){{recordCustodyEvents(input: $i){{
  ... on CustodyEventsAnswered{{{_EVENTS}}} {P}}}}}"""
IMPORT = f"""mutation($i: ImportCustodyScansInput!){{importCustodyScans(input: $i){{
  ... on CustodyEventsAnswered{{{_EVENTS}}} {P}}}}}"""
BY_CODE = f"""mutation($i: RecordCustodyByCodeInput!){{recordCustodyByCode(input: $i){{
  ... on CustodyEventsAnswered{{{_EVENTS}}} {P}}}}}"""
RESOLVE = f"""mutation($i: ResolveCustodyIncidentInput!){{resolveCustodyIncident(input: $i){{
  ... on CustodyIncidentResolved{{incidentId}} {P}}}}}"""
RECEIVE = f"""mutation($i: ReceiveAssetsInput!){{receiveAssets(input: $i){{
  ... on AssetsScanned{{results{{
    ... on AssetScanned{{assetId found reasons again elsewhere}} {P}}}}}
  {P} {T}}}}}"""
COMPLETE = f"mutation($i: LotStepInput!){{completeReceipt(input: $i){S}}}"
ACCEPT_COUNT = f"mutation($i: LotStepInput!){{acceptReconciliation(input: $i){S}}}"
EXTRA = f"mutation($i: DecideExtraAssetInput!){{decideExtraAsset(input: $i){S}}}"
_DONE = f"""{{... on AssetsProcessed{{results{{... on AssetProcessed{{assetId state}} {P} {T}
  ... on ErasureInvalid{{reason}}}}}} {P} {T}}}"""
DIAGNOSE = f"mutation($i: RecordDiagnosesInput!){{recordDiagnoses(input: $i){_DONE}}}"
ERASE = f"mutation($i: RecordErasuresInput!){{recordErasures(input: $i){_DONE}}}"
VALIDATE = f"mutation($i: ValidateErasuresInput!){{validateErasures(input: $i){_DONE}}}"
DISPOSE = f"mutation($i: RecordDispositionsInput!){{recordDispositions(input: $i){_DONE}}}"
GRADE = f"mutation($i: AdjustGradesInput!){{adjustGrades(input: $i){_DONE}}}"
PARTNER = """mutation($i: DownstreamPartnerInput!){setDownstreamPartner(input: $i){
  id name certifications{scheme validTo}}}"""
ISSUE = f"mutation($i: LotStepInput!){{issueSettlement(input: $i){S}}}"
ACCEPT = f"mutation($i: LotStepInput!){{acceptSettlement(input: $i){S}}}"
_END = f"{{... on LotDisputeChanged{{dispute{{id state decidedBy answerBy}}}} {P}}}"
_DISPUTE = f"{_END[:-1]} {T}}}"
DISPUTE_COUNT = f"mutation($i: DisputeAssetInput!){{disputeReconciliation(input: $i){_DISPUTE}}}"
DISPUTE_LINE = f"mutation($i: DisputeAssetInput!){{disputeSettlementLine(input: $i){_DISPUTE}}}"
ANSWER = f"mutation($i: AnswerDisputeInput!){{answerDispute(input: $i){_END}}}"
DECIDE = f"mutation($i: DecideDisputeInput!){{decideDispute(input: $i){_END}}}"
PAYOUT = (
    "mutation($i: RecordSettlementPayoutInput!){recordSettlementPayout(input: $i)"
    f"{S.replace(T, '')}}}"
)
HANDOVER = """query($id: ID!){handover(lotId: $id){lotId number state assets award{amount}
  pickup{state} containers{number seal lastKind sentG massG devices}
  events(first: 100){edges{node{subject name n kind actor by seal massG hash previous}}}
  incidents(first: 100){edges{node{id kind subject name facts resolvedAt}}}
  brokenChains{subject name n}
  reconciliation{declared received mismatched missing uncounted extra standsAt}
  devices(first: 100){edges{node{id state found reasons grade disposition
    media{serial state erasures{n method state tool}}}}}
  disputes{edges{node{id assetId about state reason decidedBy statement}}}
  settlement{state bid{amount} adjustment{amount} fee{amount} net{amount} disputeUntil
    lines(first: 100){edges{node{assetId bid{amount} adjustment{amount} fee{amount} net{amount}
      reason evidence}}}}}}"""


@dataclass(frozen=True, slots=True)
class Handed:
    """A contracted lot: its two sides and its devices, in order."""

    lot_id: UUID
    fleet_id: UUID
    organisation: Organisation
    merchant: Merchant
    assets: tuple[UUID, ...]

    @property
    def id(self) -> str:
        """Its id as clients know it."""
        return str(global_id("Lot", self.lot_id))

    def asset(self, n: int) -> str:
        """The id of a device as clients know it."""
        return str(global_id("Asset", self.assets[n]))


def imei(n: int) -> str:
    """The IMEI of the nth invented phone."""
    digits = f"49015420{n:06d}"
    doubled = [int(d) * (1 + place % 2) for place, d in enumerate(digits)]
    total = sum(each // 10 + each % 10 for each in doubled)
    return f"{digits}{-total % 10}"


async def contracted(
    owner: Merchant,
    item: Item,
    organisation: Organisation | None = None,
    *,
    devices: int = 3,
    award: int = 100_00,
    weights: tuple[int, ...] = (),
    grade: str | None = "GOOD",
) -> Handed:
    """A lot that was contracted, of phones that are known by their IMEI."""
    slug = f"company-{next(_numbers)}"
    of = organisation or await Organisation.create(slug=slug, name=slug, country="FR", market="FR")
    n = next(_numbers)
    times = {"version": 1, "created_at": NOW, "updated_at": NOW}
    where = {"country": "FR", "market": "FR", "currency": "EUR"}
    fleet = await insert(
        "fleet", id=factories.some_id(), organisation_id=of.id, number=f"FH-{n}", name=slug,
        kind="AD_HOC", state="IN_SALE", assets=devices, **where, **times,
    )  # fmt: skip
    whose = {"fleet_id": fleet, "organisation_id": of.id}
    lot = await insert(
        "lot", id=factories.some_id(), number=f"LH-{n}", **whose, **where, title=slug, rules={},
        state="CONTRACTED", sealed=True, assets=devices, awarded_merchant_id=owner.id,
        awarded_bid_id=factories.some_id(), award_minor=award, **times,
    )  # fmt: skip
    made = sorted(factories.some_id() for _ in range(devices))  # statements list them in this order
    for d, each in enumerate(made):
        number = imei(n * 1_000 + d)
        await insert(
                "asset",
                id=each,
                **whose,
                line=d + 1,
                tag=f"T{n}-{d}",
                tag_key=f"T{n}-{d}",
                live=True,
                imei=number,
                key=f"IMEI:{number}",
                manufacturer="calder",
                variant_id=item.variant_id,
                state="IN_LOT",
                lot_id=lot,
                grade=grade,
                value_median_minor=weights[d] if weights else 50_00,
                **times,
        )  # fmt: skip
    return Handed(lot, fleet, of, owner, tuple(made))


def company(of: Handed, *scopes: str) -> Caller:
    """A key of the organisation of a lot."""
    return Caller(
        kind=CallerKind.ORGANISATION,
        organisation_id=of.organisation.id,
        key_prefix="company",
        scopes=frozenset(scopes or SCOPES),
    )


def shop(of: Handed, *scopes: str) -> Caller:
    """A key of the merchant of a lot."""
    return key_of(of.merchant, *(scopes or SCOPES))


def staff(*roles: Role) -> Caller:
    """A member of staff."""
    return Caller(
        kind=CallerKind.STAFF,
        user_id=factories.some_id(),
        roles=frozenset(role.value for role in roles or (Role.STAFF_ADMIN,)),
    )


async def ask(mutation: str, caller: Caller | None, **given: Any) -> Json:
    """The answer of a mutation; a key of its own unless one is given."""
    given.setdefault("idempotencyKey", f"handover-{next(_numbers)}")
    [(_, found)] = (await data(mutation, caller, i=given)).items()
    return found


async def seen(of: Handed, caller: Caller | None = None) -> Json:
    """The lot as one of its sides sees it."""
    found: Json = (await data(HANDOVER, caller or company(of), id=of.id))["handover"]
    return found


async def state(of: Handed) -> str:
    """Where the lot stands."""
    row = await fetchrow("SELECT state FROM lot WHERE id = $1", of.lot_id)
    assert row is not None
    return str(row["state"])


def ago(**time: float) -> str:
    """A moment before now, as clients send it."""
    return (datetime.now(UTC) - timedelta(**time)).isoformat()


async def attachment(of: Handed, *, merchant: bool = True) -> str:
    """A file of one of the sides; its id."""
    owner = {"merchant_id": of.merchant.id} if merchant else {"organisation_id": of.organisation.id}
    row = {
        "id": factories.some_id(), "purpose": "EVIDENCE", "media_type": "image/jpeg", "bytes": 1,
        "sha256": f"\\x{factories.some_id().hex}", "data": "\\x00", "claimed": False,
        "created_at": NOW, "kept_until": datetime.now(UTC) + timedelta(days=2),
    }  # fmt: skip
    made: UUID = await insert("attachment", **owner, **row)
    return str(made)


async def travelled(of: Handed, *, mass: int = 10_000, arrived: int | None = None) -> None:
    """The lot in one sealed container, from its site to the merchant."""
    box = {"subject": "CONTAINER", "name": "C1"}
    sent = [
        {**box, "kind": "PACKED", "at": ago(hours=9), "massG": mass},
        {**box, "kind": "SEALED", "at": ago(hours=8), "seal": "SEAL-1"},
        {**box, "kind": "COLLECTED", "at": ago(hours=7)},
    ]
    came = [
        {**box, "kind": "ARRIVED", "at": ago(hours=6), "massG": arrived or mass},
        {**box, "kind": "SEAL_CHECKED", "at": ago(hours=5), "seal": "seal 1"},
        {**box, "kind": "OPENED", "at": ago(hours=4)},
    ]
    for caller, events in ((company(of), sent), (shop(of), came)):
        told = await ask(RECORD, caller, lotId=of.id, events=events)
        assert all("code" not in each for each in told["results"]), told


async def counted(of: Handed, *which: int) -> Json:
    """These devices are scanned, all if none is named, and nothing more arrives."""
    wanted = which or range(len(of.assets))
    rows = await _numbers_of(of)
    scans = [{"at": ago(hours=1), "imei": rows[n]} for n in wanted]
    await ask(RECEIVE, shop(of), lotId=of.id, scans=scans)
    return await ask(COMPLETE, shop(of), lotId=of.id)


async def _numbers_of(of: Handed) -> list[str]:
    found = []
    for asset in of.assets:
        row = await fetchrow("SELECT imei FROM asset WHERE id = $1", asset)
        found.append(str(row["imei"]) if row else "")
    return found


def diagnosis(of: Handed, n: int, *media: str) -> Json:
    """A test of a device, with these media."""
    found = [{"serial": each, "type": "FLASH", "removable": False} for each in media]
    test = {"protocol": "P1", "passed": True, "at": ago(minutes=50)}
    return {"assetId": of.asset(n), "diagnostic": test, "media": found}


def erasure(of: Handed, n: int, medium: str, **more: Any) -> Json:
    """A purge of a medium that was verified and validated; `more` differs."""
    return {
        "assetId": of.asset(n), "mediumSerial": medium, "method": "PURGE",
        "technique": "CRYPTO_ERASE", "tool": "Wiper", "toolVersion": "1.2", "operator": "OP-1",
        "operatorRole": "technician", "place": "Lyon", "startedAt": ago(minutes=40),
        "endedAt": ago(minutes=30), "succeeded": True,
        "verification": {"method": "FULL_READ", "passed": True},
        "validation": {"by": "OP-2", "passed": True, "at": ago(minutes=20)},
    } | more  # fmt: skip


async def processed(of: Handed, *which: int) -> None:
    """These devices are diagnosed, erased and resold."""
    wanted = which or tuple(range(len(of.assets)))
    await ask(DIAGNOSE, shop(of), lotId=of.id, items=[diagnosis(of, n, f"M{n}") for n in wanted])
    await ask(ERASE, shop(of), lotId=of.id, items=[erasure(of, n, f"M{n}") for n in wanted])
    items = [{"assetId": of.asset(n), "disposition": "RESELL"} for n in wanted]
    told = await ask(DISPOSE, shop(of), lotId=of.id, items=items)
    assert {each.get("state") for each in told["results"]} == {"DISPOSED"}, told


async def phones_hold_data() -> None:
    """Phones are known by their IMEI and hold data."""
    await execute("INSERT INTO category_unit VALUES ('smartphone', 'IMEI', true, 'test')")


async def agreed_to() -> None:
    """Whatever waits for somebody else of an organisation is approved."""
    await execute("UPDATE approval SET state = 'APPROVED' WHERE state = 'OPEN'")
