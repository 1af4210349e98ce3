"""An organisation follows a fleet from its bids to its statement, in a browser, on a phone too."""

import json
from pathlib import Path

import pytest

from boucle import demo_lots
from boucle.settings import Settings
from domain.accounts.roles import Role
from integrations.bus import MemoryBus
from models.base import execute
from models.units import certificates
from tests import factories, fleets, handover, identity
from tests.boucle.browser import CHROMIUM, Page, browsing
from tests.boucle.test_pages_signed_browser import sign_in, site

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
HOSTILE = "<img src=x onerror=alert(1)>"
DEVICES = 12
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def sold() -> None:
    """A fleet with a lot that is settled, one to be awarded, and two that take bids."""
    await factories.world(1, 1)
    await handover.phones_hold_data()
    owner = await fleets.organisation("acme")
    of = await fleets.fleet(owner, DEVICES, models=(HOSTILE, "Nova 1"))
    for n in range(3):
        await factories.merchant(f"m{n}", quality_bp=7000)
    await execute(
        "UPDATE asset SET tag = 'T-' || line, tag_key = 't-' || line, grade = 'FUNCTIONAL_GOOD'"
    )
    await demo_lots.bring(Settings.load({}), owner, of.id, of.assets)
    await identity.enter(
        "renewal@example.org", Role.ORG_REQUESTER, second_factor=False, organisation_id=owner
    )


async def rows(page: Page, title: str) -> list[str]:
    """What the rows of the tables under a title say."""
    script = (
        "JSON.stringify([...[...document.querySelectorAll('#board .panel')].find(p => "
        f"p.querySelector('h2').innerText === {json.dumps(title)})"
        ".querySelectorAll('tbody tr')].map(r => r.innerText))"
    )
    found: list[str] = json.loads(await page.run(script))
    return found


async def opened(page: Page) -> None:
    """Sign in as a member without a second factor, and open the only fleet by the keyboard."""
    await sign_in(page, "renewal@example.org")
    await page.until("document.querySelectorAll('.order a').length === 1")
    await page.run("document.querySelector('.order a').focus()")
    await page.key("Enter")
    await page.until("!document.getElementById('board').hidden")


async def awarded_on_a_phone(page: Page) -> int:
    """Award the lot that waits for it; by how much the page is wider than the screen."""
    more = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    await page.call("Emulation.setDeviceMetricsOverride", **more)
    wider: int = await page.run(WIDER)
    await page.run("document.querySelector('#board button.primary').click()")
    await page.until("document.querySelector('.lot-state-AWARDED') !== null")
    return wider


async def certificate(page: Page) -> tuple[str, int]:
    """What the page of the lot's certificate says, and by how much it is wider than the screen."""
    link = "document.querySelector('#board a[href^=\"/certificates/\"]')"
    await page.run(f"{link}.click()")
    await page.until("location.pathname.startsWith('/certificates/')")
    await page.until("document.querySelector('main')?.innerText.includes('erified')")
    return await page.run("document.querySelector('main').innerText"), await page.run(WIDER)


async def test_a_member_sees_bids_custody_proof_and_money_of_a_fleet_and_awards_a_lot(
    fresh_db: str, tmp_path: Path
) -> None:
    vault, address_of = certificates._Process.vault, certificates._Process.site
    try:
        with identity.at_home():
            await sold()
            async with (
                site(fresh_db, MemoryBus()) as address,
                browsing(f"{address}/fleets?lang=en", tmp_path) as page,
            ):
                await opened(page)
                told = await page.run("document.getElementById('board').innerText")
                steps = await page.run(
                    "[...document.querySelectorAll('.timeline strong')].map(e => e.innerText)"
                )
                proof, money = await rows(page, "Proof"), await rows(page, "Settlement")
                wider = await awarded_on_a_phone(page)
                stated, more = await certificate(page)
    finally:
        certificates.install(vault, address_of)

    assert HOSTILE in told
    assert steps == [
        *("Packed · C1", "Sealed · C1", "Collected · C1", "Arrived · C1", "Seal checked · C1"),
        *("Opened · C1", "Received · 3 devices", "Erased · 3 devices", "Put on sale · 3 devices"),
    ]
    assert len(proof) == 3
    assert all("FLASH VALIDATED" in row for row in proof)
    assert len(money) == 3 + 1
    assert money[-1].startswith("Σ")
    assert "Verified" in stated
    assert (wider, more) == (0, 0)
    assert page.console == []
