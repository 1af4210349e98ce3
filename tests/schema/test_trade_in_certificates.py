"""The former owner of a device is told, signed, that its data are gone: once, and nobody else."""

from uuid import UUID

from domain.canonical import parsed
from integrations.receipts import printed
from models.base import as_system, execute, fetch, fetchval
from models.jobs import Job
from models.units import certificates
from resolvers.trade_in import papers
from resolvers.units.certificates import verify_code
from tests import fulfilment, passports, trade_in
from tests import trade_ins as t
from tests.fulfilment import merchant_key
from tests.jobs import work
from tests.passports import a_test, at_now, erased
from tests.schema.asking import Json, answer, data
from tests.schema.test_trade_in_orders import items, of
from tests.trade_ins import Stand

__all__ = ["items", "of"]
CERTIFICATE = """query($id: ID!){tradeIn(id: $id){version certificate{
  id code kind state serialCount verifyUrl documentPath}}}"""
ONE = "query($id: ID!){certificate(id: $id){code}}"


async def bought(of: Stand) -> tuple[UUID, Json]:
    """A trade-in whose device its merchant bought and took into its stock; the device."""
    papers.install(printed)
    made = await t.to_inspection(of)
    await t.ask(t.VALIDATE, of.buyer, tradeInId=t.gid(made))
    imei = await fetchval("SELECT imei FROM trade_in_order WHERE id = $1", made)
    found = await passports.registered(of.merchant, of.item, imei)
    return made, found["unit"]


async def erase(of: Stand, unit: str, serial: str, **more: str) -> None:
    """Tell of an erasure as a merchant does, and let the jobs be done."""
    given = erased(unit, await at_now(), serial, **more)
    found = await fulfilment.ask(passports.ERASE, merchant_key(of.merchant), **given)
    assert "unit" in found, found
    await work(Job.CERTIFY_TRADE_IN)


async def read(of: Stand, made: UUID) -> Json | None:
    found: Json | None = (await data(CERTIFICATE, of.seller, id=t.gid(made)))["tradeIn"][
        "certificate"
    ]
    return found


async def test_with_the_last_medium_validated_the_former_owner_has_one_certificate(
    of: Stand,
) -> None:
    made, unit = await bought(of)
    await erase(of, unit["id"], "UFS-1", state="SUCCEEDED")
    card = {"type": "SD", "serial": "SD-2"}
    await erase(of, unit["id"], "SD-2", state="RUNNING", medium=card)  # type: ignore[arg-type]
    await erase(of, unit["id"], "UFS-1")
    assert await read(of, made) is None

    await erase(of, unit["id"], "SD-2", medium=card)  # type: ignore[arg-type]
    told = await read(of, made)
    await erase(of, unit["id"], "UFS-1")

    assert told is not None
    assert (told["kind"], told["state"], told["serialCount"]) == ("ERASURE", "VALID", 3)
    assert ((await read(of, made)) or {})["code"] == told["code"]
    assert await fetchval("SELECT count(*) FROM certificate") == 1
    stated = await verify_code(told["code"])
    assert stated is not None
    assert stated.verification.holds
    assert [each["medium"]["type"] for each in stated.erasures] in (["UFS", "SD"], ["SD", "UFS"])


async def test_the_job_runs_after_the_request_and_again_makes_nothing(of: Stand) -> None:
    made, unit = await bought(of)
    given = erased(unit["id"], await at_now())
    await fulfilment.ask(passports.ERASE, merchant_key(of.merchant), **given)
    assert await read(of, made) is None
    assert await work(Job.CERTIFY_TRADE_IN) == [Job.CERTIFY_TRADE_IN]
    first = await read(of, made)
    await execute("UPDATE outbox_job SET state = 'ready', due_at = now()")
    await work(Job.CERTIFY_TRADE_IN)

    assert first is not None
    assert await fetchval("SELECT count(*) FROM certificate") == 1


async def test_nobody_but_the_former_owner_reads_it_and_it_names_nobody(of: Stand) -> None:
    made, unit = await bought(of)
    await erase(of, unit["id"], "UFS-1", place="at Camille's")
    told = await read(of, made)
    assert told is not None

    stranger = await trade_in.customer("somebody@example.org")
    for other in (of.buyer, stranger):
        body = await answer(CERTIFICATE, other, id=t.gid(made))
        assert told["code"] not in str(body)
        assert told["code"] not in str(await answer(ONE, other, id=told["id"]))
    assert (await data(ONE, of.seller, id=told["id"]))["certificate"]["code"] == told["code"]

    row = await certificates.by_code(told["code"])
    assert row is not None
    written = (await certificates.file(row)).decode()
    payload = parsed(written.encode())["payload"]
    hidden = ["Camille", "Dominique", "UFS-1", str(of.customer)]
    hidden.append(await fetchval("SELECT imei FROM trade_in_order WHERE id = $1", made))
    assert [each for each in hidden if each in written] == []
    [entry] = payload["erasures"]
    assert entry["operator"]["reference"].endswith("-1")
    assert entry["validator"].endswith("-2")
    assert entry["destination"] == payload["issuer"]["name"] == of.merchant.legal_name
    assert (row.customer_id, row.merchant_id) == (of.customer, None)


async def test_storage_that_was_swapped_and_an_erasure_with_the_sale_certify_as_well(
    of: Stand,
) -> None:
    made, unit = await bought(of)
    caller = merchant_key(of.merchant)
    await erase(of, unit["id"], "UFS-1", state="FAILED")
    part = {"part": "STORAGE", "origin": "NEW_GENUINE", "removedMedium": "UFS-1"}
    new = {"type": "UFS", "serial": "UFS-9"}
    at = passports.ago(await at_now())
    await fulfilment.ask(passports.PART, caller, unit=unit["id"], part=part, at=at, medium=new)
    await work(Job.CERTIFY_TRADE_IN)
    assert await read(of, made) is None
    await erase(of, unit["id"], "UFS-9")
    assert await read(of, made) is not None

    second, other = await bought(of)
    tested = a_test(await at_now())
    await fulfilment.ask(passports.DIAGNOSE, caller, unit=other["id"], diagnostic=tested)
    sale = await fulfilment.paid(of.merchant, of.item, fulfilment.LineState.ACCEPTED)
    imei = await fetchval("SELECT imei FROM trade_in_order WHERE id = $1", second)
    given = fulfilment.device(sale.lines[0], await at_now(), imei=imei)
    await fulfilment.ask(fulfilment.ATTACH, caller, **given)
    await work(Job.CERTIFY_TRADE_IN)
    told = await read(of, second)
    assert told is not None
    stated = await verify_code(told["code"])
    assert stated is not None
    assert stated.verification.holds
    assert stated.erasures[0]["medium"] == {"type": "OTHER"}
    assert "operator" not in stated.erasures[0]


async def test_an_erasure_before_the_device_came_certifies_nothing(of: Stand) -> None:
    made, unit = await bought(of)
    async with as_system():
        rows = await fetch("SELECT n, kind FROM unit_event ORDER BY n")
    assert [row["kind"] for row in rows][:1] != ["ERASED"]
    await erase(of, unit["id"], "UFS-1", state="SUCCEEDED")
    await execute("UPDATE unit_erasure SET state = 'VALIDATED', after_n = 0")
    from models.units.erasures import ask_certificates

    await ask_certificates([UUID(str(await fetchval("SELECT unit_id FROM trade_in_order")))])
    await work(Job.CERTIFY_TRADE_IN)
    assert await read(of, made) is None
