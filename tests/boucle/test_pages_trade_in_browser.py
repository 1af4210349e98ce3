"""A person sells a phone with a phone: four steps to the label, then an answer to less money."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import workers.shipments.labels as label_jobs
from domain.shipments import ShipmentStatus
from integrations.bus import MemoryBus
from models.base import execute, fetchval, transaction
from models.jobs import Job
from models.shipments import contracts
from models.trade_in.orders import trade_in_topic
from models.units.attachments import Owner
from tests import factories, photos, trade_in
from tests import trade_ins as t
from tests.boucle.browser import CHROMIUM, Page, browsing
from tests.boucle.test_pages_signed_browser import HOSTILE, sign_in, site
from tests.factories import line
from tests.jobs import work
from tests.schema import shop
from tests.trade_ins import Stand

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
SHOWN = "!document.getElementById('{}').hidden"
TOLD = "document.getElementById('told').innerText"
WIDE = "document.documentElement.scrollWidth <= window.innerWidth"


async def a_buyer() -> Stand:
    """A merchant with a hostile name that bids for a phone that is on sale, in France."""
    [item] = await factories.world(1, 1)
    await trade_in.reference()
    async with transaction() as raw:
        await contracts.load(raw, [t.CARD], t.RATES)
    seller = await factories.merchant("seller", markets=("FR",))
    await shop.sell(seller, [line(item, "a", "300.00", markets="FR")])
    await shop.searchable()
    of = await t.stand(item)
    await execute("UPDATE merchant SET name = $2 WHERE id = $1", of.merchant.id, HOSTILE)
    return of


async def write(page: Page, field: str, text: str) -> None:
    await page.run(f"document.getElementById('{field}').focus()")
    await page.type(text)


async def press(page: Page, selector: str) -> None:
    """Press a button by the keyboard."""
    await page.run(f"document.querySelector(`{selector}`).focus()")
    await page.key("Enter")


async def find_and_describe(page: Page) -> None:
    await write(page, "term", "Calder")
    await page.key("Enter")
    await page.until("document.querySelector('#found button') !== null")
    await press(page, "#found button")
    await page.until("document.querySelector('#variant-list button') !== null")
    await press(page, "#variant-list button")
    await page.until(SHOWN.format("step-state"))
    for question, answer in trade_in.PHONE.items():
        await page.run(f"document.querySelector(`[name={question}][value={answer}]`).click()")
    await press(page, "#step-state button.primary")
    await page.until(SHOWN.format("step-bids"))


async def accept(page: Page, papers: Path) -> None:
    await write(page, "number", t.imei_number(4812))
    await page.key("Enter")
    await page.until("document.querySelector('#bids button') !== null")
    await press(page, "#bids button")
    await sign_in(page, "reprise@example.com")
    await page.until(SHOWN.format("step-accept"))
    await write(page, "holder", "Camille Canari")
    await write(page, "iban", t.IBAN)
    await page.run("document.querySelectorAll('[name=declare]').forEach((each) => each.click())")
    for n, side in enumerate(("FRONT", "BACK")):
        file = papers / f"{side}.jpg"
        file.write_bytes(photos.photo(size=(64 + n, 48)))
        await page.choose_file(f"#paper-ID_{side}", file)
    await press(page, "#step-accept button.primary")
    over = [SHOWN.format(name) for name in ("step-send", "problem")]
    await page.until(" || ".join(over))


async def send(page: Page) -> None:
    await page.run("document.querySelectorAll('[name=ticked]').forEach((each) => each.click())")
    address = {"name": "Camille Canari", "street": "1 rue des Essais", "postal": "69003"}
    for field, text in (address | {"city": "Lyon"}).items():
        await write(page, field, text)
    await page.key("Enter")
    await page.until("document.querySelector('#told a[href^=\"/documents/\"]') !== null")


async def less(of: Stand, made: Any, bus: MemoryBus) -> None:
    """The device comes, and its merchant offers less."""
    async with transaction():
        await t.carried(made, ShipmentStatus.DELIVERED)
    await work(Job.ISSUE_LABEL, Job.TRADE_IN_PARCEL)
    await t.ask(t.INSPECT, of.buyer, tradeInId=t.gid(made))
    proof = await t.photo(Owner(merchant_id=of.merchant.id))
    given = {"amount": "120.00", "reasons": ["SCREEN_CRACKED"], "proofs": [proof]}
    await t.ask(t.COUNTER, of.buyer, tradeInId=t.gid(made), **given)
    await bus.publish(trade_in_topic(made), {})


async def test_a_person_walks_to_the_label_and_answers_less_money_on_a_phone(
    fresh_db: str, tmp_path: Path, monkeypatch: Any
) -> None:
    of, bus = await a_buyer(), MemoryBus()
    async with (
        site(fresh_db, bus) as address,
        t.a_desk() as desk,
        browsing(f"{address}/trade-in?lang=fr&market=FR", tmp_path / "profile") as page,
    ):
        monkeypatch.setattr(label_jobs, "runtime", lambda: SimpleNamespace(labels=desk))
        size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
        await page.call("Emulation.setDeviceMetricsOverride", **size)
        await find_and_describe(page)
        worth = await page.run("document.getElementById('value').innerText")
        await accept(page, tmp_path)
        refused = await page.run("document.getElementById('problem').innerText")
        fits = [await page.run(WIDE)]
        await send(page)
        label = await page.run(TOLD)
        fits.append(await page.run(WIDE))

        made = await t.latest(of)
        await less(of, made, bus)
        await page.until(f"{TOLD}.includes('120,00')")
        offered = await page.run(TOLD)
        fits.append(await page.run(WIDE))
        await press(page, ".todo button.primary")
        await page.until("document.querySelector('.tradein-VALIDATED') !== null")

    assert refused == ""
    assert "194,00" in worth
    assert (HOSTILE in label, HOSTILE in offered) == (True, True)
    assert "En attente de votre colis" in label
    assert "écran fissuré" in offered
    assert fits == [True, True, True]
    documents = await fetchval("SELECT documents FROM trade_in_order")
    assert (sorted(documents), await t.state(made)) == (["ID_BACK", "ID_FRONT"], "VALIDATED")
    assert page.console == []
