"""The money of a lot: each line, each dispute and the ledger agree to the cent; and who may ask."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from boucle.statements import statement_pdf
from domain.accounts.roles import Role
from models.base import execute, fetch, fetchval
from models.merchants import Merchant
from models.raas import clock
from resolvers.context import PROCESS_SEAL
from resolvers.raas import documents as statements
from resolvers.units import documents
from tests import factories, handover
from tests.factories import Item
from tests.handover import (
    ANSWER,
    DECIDE,
    DISPOSE,
    DISPUTE_LINE,
    ERASE,
    GRADE,
    HANDOVER,
    ISSUE,
    Handed,
    ask,
    attachment,
    company,
    contracted,
    counted,
    diagnosis,
    erasure,
    processed,
    seen,
    shop,
    staff,
    travelled,
)
from tests.schema.asking import answer, data, key_of


@pytest.fixture
async def item(db: None) -> Item:
    return (await factories.world(1, 1))[0]


@pytest.fixture
async def owner(item: Item) -> Merchant:
    await handover.phones_hold_data()
    return await factories.merchant()


async def settled(owner: Merchant, item: Item, award: int = 100_00) -> Handed:
    of = await contracted(owner, item, award=award, weights=(2, 1, 1))
    await travelled(of)
    await counted(of)
    proof = await attachment(of)
    worse = {"assetId": of.asset(0), "grade": "FAIR", "reason": "scratches"}
    bare = await ask(GRADE, shop(of), lotId=of.id, items=[worse])
    assert bare["results"][0]["code"] == "EVIDENCE_REQUIRED"
    await ask(GRADE, shop(of), lotId=of.id, items=[{**worse, "evidence": [proof]}])
    await processed(of)
    await ask(ISSUE, shop(of), lotId=of.id)
    return of


async def books(of: Handed) -> dict[str, int]:
    rows = await fetch(
        "SELECT account, sum(amount_minor)::bigint AS s FROM ledger_posting WHERE subject_id = $1 "
        "GROUP BY account",
        of.lot_id,
    )
    return {row["account"]: row["s"] for row in rows}


async def agree(of: Handed) -> dict[str, int]:
    """The ledger, after it was found to say what the statement does."""
    found = (await seen(of))["settlement"]
    lines = [edge["node"] for edge in found["lines"]["edges"]]
    for name in ("bid", "adjustment", "fee", "net"):
        total = sum(round(float(line[name]["amount"]) * 100) for line in lines)
        assert total == round(float(found[name]["amount"]) * 100), name
    said = await books(of)
    assert sum(said.values()) == 0
    assert -said["ORGANISATIONS_OWED"] == round(float(found["net"]["amount"]) * 100)
    assert -said["SERVICE_FEES"] == round(float(found["fee"]["amount"]) * 100)
    return said


async def test_a_worse_grade_takes_off_by_the_published_factors_and_the_ledger_agrees(
    owner: Merchant, item: Item
) -> None:
    of = await settled(owner, item)
    lines = (await seen(of))["settlement"]["lines"]["edges"]

    first = lines[0]["node"]
    assert (first["bid"]["amount"], first["adjustment"]["amount"]) == ("50.00", "-6.98")
    assert (first["reason"], len(first["evidence"])) == ("GRADE", 1)
    assert await agree(of) == {
        "MERCHANT_OWED": 93_02, "ORGANISATIONS_OWED": -87_44, "SERVICE_FEES": -5_58,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("declared", "adjustment"),
    [("FUNCTIONAL_GOOD", "-10.22"), ("FUNCTIONAL_USED", "-6.98"), (None, "-6.98")],
)
async def test_a_condition_as_fleets_declare_it_is_held_against_the_grade_that_was_found(
    owner: Merchant, item: Item, declared: str | None, adjustment: str
) -> None:
    of = await contracted(owner, item, weights=(2, 1, 1), grade=declared)
    await travelled(of)
    await counted(of)
    worse = {"assetId": of.asset(0), "grade": "FAIR", "reason": "scratches"}
    proof = await attachment(of)
    told = await ask(GRADE, shop(of), lotId=of.id, items=[{**worse, "evidence": [proof]}])
    await processed(of)
    await ask(ISSUE, shop(of), lotId=of.id)

    assert "code" not in told["results"][0]
    first = (await seen(of))["settlement"]["lines"]["edges"][0]["node"]
    assert (first["adjustment"]["amount"], first["reason"]) == (adjustment, "GRADE")


@pytest.mark.parametrize(
    ("how", "gross"),
    [("merchant", 50_00), ("staff", 47_00), ("staff rejects", 43_02), ("silence", 50_00)],
)
async def test_a_dispute_ends_by_the_merchant_by_staff_or_by_silence_and_the_ledger_follows(
    owner: Merchant, item: Item, how: str, gross: int
) -> None:
    of = await settled(owner, item)
    given = {"lotId": of.id, "assetId": of.asset(0), "reason": "no scratch when it left"}
    bare = await ask(DISPUTE_LINE, company(of), **given)
    evidence = [await attachment(of, merchant=False)]
    foreign = await ask(DISPUTE_LINE, company(of), **given, evidence=[await attachment(of)])
    opened = await ask(DISPUTE_LINE, company(of), **given, evidence=evidence)
    dispute = opened["dispute"]["id"]
    if how == "merchant":
        await ask(ANSWER, shop(of), disputeId=dispute, agree=True)
    elif how == "silence":
        assert await clock.end_silence(datetime.now(UTC) + timedelta(days=15)) == 1
    else:
        await ask(ANSWER, shop(of), disputeId=dispute, agree=False, reason="see the photos")
        early = await clock.let_statements_stand(datetime.now(UTC) + timedelta(days=30))
        too_much = await ask(
            DECIDE, staff(), disputeId=dispute, uphold=True, statement="s", amount="50.01"
        )
        uphold = how == "staff"
        await ask(
            DECIDE, staff(), disputeId=dispute, uphold=uphold, statement="seen", amount="47.00"
        )
        assert (early, too_much["code"]) == (0, "DECISION_AMOUNT_INVALID")
    again = await ask(DECIDE, staff(), disputeId=dispute, uphold=True, statement="s")

    assert (bare["code"], foreign["code"]) == ("EVIDENCE_REQUIRED", "ATTACHMENT_UNKNOWN")
    assert again["code"] == "DISPUTE_ENDED"
    assert (await agree(of))["MERCHANT_OWED"] == gross + 50_00
    state = await fetchval("SELECT state FROM asset WHERE id = $1", of.assets[0])
    assert state == "SETTLED"


async def test_after_its_window_a_statement_stands_is_paid_by_hand_and_the_lot_closes(
    owner: Merchant, item: Item
) -> None:
    of = await settled(owner, item)
    await execute("UPDATE settlement SET dispute_until = now() - interval '1 second'")
    evidence = [await attachment(of, merchant=False)]
    late = await ask(
        DISPUTE_LINE, company(of), lotId=of.id, assetId=of.asset(0), reason="r", evidence=evidence
    )
    finance = staff(Role.STAFF_FINANCE)
    early = await ask(handover.PAYOUT, finance, lotId=of.id, reference="SEPA 1")
    now = datetime.now(UTC)
    await clock.let_statements_stand(now)
    paid = await ask(handover.PAYOUT, finance, lotId=of.id, reference="SEPA 1")
    twice = await ask(handover.PAYOUT, finance, lotId=of.id, reference="SEPA 2")
    closed = await clock.close_paid(now)

    assert (late["code"], early["code"]) == ("DISPUTE_WINDOW_CLOSED", "PAYOUT_NOT_DUE")
    assert (paid["handover"]["state"], twice["code"], closed) == ("SETTLED", "PAYOUT_NOT_DUE", 1)
    assert await books(of) == {
        "MERCHANT_OWED": 93_02, "ORGANISATIONS_OWED": 0, "SERVICE_FEES": -5_58, "CLEARING": -87_44,
    }  # fmt: skip
    assert (await seen(of))["state"] == "CLOSED"
    assert await fetchval("SELECT state FROM fleet WHERE id = $1", of.fleet_id) == "CLOSED"


async def test_a_device_goes_nowhere_but_to_destruction_without_a_validated_erasure(
    owner: Merchant, item: Item
) -> None:
    of = await contracted(owner, item, devices=2)
    await travelled(of)
    await counted(of)
    bare = await ask(handover.DIAGNOSE, shop(of), lotId=of.id, items=[diagnosis(of, 0)])
    both = [diagnosis(of, 0, "A", "B"), diagnosis(of, 1, "C")]
    await ask(handover.DIAGNOSE, shop(of), lotId=of.id, items=both)
    one = await ask(ERASE, shop(of), lotId=of.id, items=[erasure(of, 0, "A")])
    sell = {"assetId": of.asset(0), "disposition": "RESELL"}
    early = await ask(DISPOSE, shop(of), lotId=of.id, items=[sell])
    failed = {"succeeded": False, "verification": None, "validation": None}
    twice = [
        await ask(ERASE, shop(of), lotId=of.id, items=[erasure(of, 0, "B", **failed)])
        for _ in range(2)
    ]
    weak = await ask(ERASE, shop(of), lotId=of.id, items=[erasure(of, 0, "B")])
    partner = {"name": "Shred", "country": "FR", "kind": "DESTRUCTION"}
    scheme = {"scheme": "R2V3", "number": "1"}
    lapsed = await ask(
        handover.PARTNER, shop(of), **partner,
        certifications=[{**scheme, "validTo": "2020-01-01"}],
    )  # fmt: skip
    destroy = {
        "assetId": of.asset(0), "disposition": "DESTROY", "reason": "medium dead",
        "partnerId": lapsed["id"], "proof": await attachment(of),
    }  # fmt: skip
    refused = await ask(DISPOSE, shop(of), lotId=of.id, items=[destroy])
    await ask(
        handover.PARTNER, shop(of), **partner,
        certifications=[{**scheme, "validTo": "2099-01-01"}],
    )  # fmt: skip
    done = await ask(DISPOSE, shop(of), lotId=of.id, items=[destroy])

    assert bare["results"][0]["code"] == "MEDIA_REQUIRED"
    assert (one["results"][0]["state"], lapsed["certifications"]) == ("DIAGNOSED", [])
    assert early["results"][0]["code"] == "ERASURE_NOT_VALIDATED"
    assert [each["results"][0]["state"] for each in twice] == ["DIAGNOSED", "ERASURE_FAILED"]
    assert weak["results"][0]["reason"] == "STRONGER_METHOD_NEEDED"
    assert refused["results"][0]["code"] == "PARTNER_NOT_CERTIFIED"
    assert done["results"][0]["state"] == "DISPOSED"
    erased = await fetch("SELECT topic FROM event WHERE topic = 'asset.erased'")
    assert erased == []


async def test_others_see_nothing_of_a_lot_and_change_nothing(owner: Merchant, item: Item) -> None:
    of = await contracted(owner, item)
    other = await contracted(await factories.merchant("other"), item)
    await travelled(of)
    strangers = [company(other), shop(other)]
    lot, asset = {"lotId": of.id}, {"assetId": of.asset(0)}
    weighed = {"subject": "BATCH", "kind": "WEIGHED", "at": handover.ago(hours=1)}
    asked = {
        handover.RECORD: {**lot, "events": [weighed]},
        handover.RECEIVE: {**lot, "scans": [{"at": handover.ago(hours=1), "assetTag": "T"}]},
        handover.COMPLETE: lot, handover.ACCEPT_COUNT: lot, ISSUE: lot,
        handover.EXTRA: {**lot, **asset, "keep": True},
        handover.DIAGNOSE: {**lot, "items": [diagnosis(of, 0, "M")]},
        ERASE: {**lot, "items": [erasure(of, 0, "M")]},
        DISPOSE: {**lot, "items": [{**asset, "disposition": "RESELL"}]},
        DISPUTE_LINE: {**lot, **asset, "reason": "r"},
    }  # fmt: skip
    for caller in strangers:
        assert (await data(HANDOVER, caller, id=of.id))["handover"] is None
        for mutation, given in asked.items():
            assert (await ask(mutation, caller, **given))["code"] == "HANDOVER_UNKNOWN"
    for mutation in (handover.COMPLETE, ISSUE):
        assert (await ask(mutation, company(of), **lot))["code"] == "HANDOVER_UNKNOWN"
    auditor = company(of, "lots:read")
    assert (await seen(of, auditor))["state"] == "RECEIVED"
    denied = await answer(handover.ACCEPT_COUNT, auditor, i={**lot, "idempotencyKey": "k"})
    assert denied["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await data(HANDOVER, staff(), id=of.id))["handover"]["state"] == "RECEIVED"
    keyless = await answer(HANDOVER, key_of(owner, "orders:read"), id=of.id)
    assert keyless["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_repeated_call_counts_processes_and_settles_once(
    owner: Merchant, item: Item
) -> None:
    of = await settled(owner, item)
    once = {"lotId": of.id, "assetId": of.asset(0), "reason": "r", "idempotencyKey": "once"}
    evidence = [await attachment(of, merchant=False)]
    first = await ask(DISPUTE_LINE, company(of), **once, evidence=evidence)
    second = await ask(DISPUTE_LINE, company(of), **once, evidence=evidence)
    assert first == second
    assert await fetchval("SELECT count(*) FROM lot_dispute") == 1


async def test_a_statement_is_a_document_whose_lines_sum_to_its_totals(
    owner: Merchant, item: Item
) -> None:
    of = await settled(owner, item)
    await execute("UPDATE asset SET model = '=1+1' WHERE id = $1", of.assets[0])
    paths = "query($id: ID!){handover(lotId: $id){settlement{documentPath pdfPath}}}"
    found = (await data(paths, company(of), id=of.id))["handover"]["settlement"]
    files = []
    for path in (found["documentPath"], found["pdfPath"]):
        opened = documents.opened(PROCESS_SEAL, path.rpartition("/")[2], datetime.now(UTC))
        assert isinstance(opened, documents.Link)
        statements.install(statement_pdf)
        made = await documents.made(opened)
        assert made is not None
        files.append(made)

    rows = list(csv.reader(io.StringIO(files[0].data.decode())))
    *lines, total = rows[1:]
    assert lines[0][3] == "'=1+1"
    for column in (4, 5, 7, 8):
        assert sum(Decimal(line[column]) for line in lines) == Decimal(total[column])
    assert (total[4], total[8]) == ("100.00", "87.44")
    assert files[1].data.startswith(b"%PDF-")
