"""The country team sees what a market lacks, opens it by two, and pauses it, in a browser."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.accounts.roles import Role
from domain.markets import MarketStage
from integrations.bus import MemoryBus
from models.base import execute, fetchval
from models.markets import Market
from tests import factories, identity
from tests.boucle.browser import CHROMIUM, Page, browsing
from tests.boucle.test_pages_signed_browser import sign_in, site
from tests.rules import lawful
from tests.schema.selling import sells

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
HOSTILE = "<img src=x onerror=alert(1)>"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CHECKED = (
    "JSON.stringify([...document.querySelectorAll('.checks > li')]"
    ".map(e => [e.dataset.check, e.className]))"
)


async def launch() -> None:
    """FR before its opening, with offers and a request of a colleague."""
    items = await factories.world(2, 2)
    await lawful()
    await Market.filter(code="FR").update(stage=MarketStage.SOFT)
    await sells(await factories.merchant("amber"), items[:3])
    for key in ("checkout.order_button", "guarantee.notice", "support.contact"):
        await execute(
            "INSERT INTO market_text (market, key, language, text, source) "
            "VALUES ('FR', $1, 'en', 'words', 'test')", key)  # fmt: skip
    await execute(
        "INSERT INTO market_approval (market, stage, percent, requested_by, expires_at) "
        "VALUES ('FR', 'PUBLIC', 100, $1, now() + interval '7 days')",
        factories.some_id(),
    )


async def duties() -> None:
    """A member of the team, who sees to one check and vouched for another."""
    team = await identity.enter("team@example.org", Role.COUNTRY_TEAM, markets=["FR"])
    await execute(
        "INSERT INTO market_check (market, code, owner_id, due_on, attested_on, attested_by, "
        "evidence) VALUES ('FR', 'SUPPORT_LANGUAGES', NULL, '2026-01-02', $1, $2, $3), "
        "('FR', 'RULES', $2, '2026-01-02', NULL, NULL, '')",
        datetime.now(UTC).date(), team.id, HOSTILE)  # fmt: skip


async def shown(page: Page, width: int, name: str) -> int:
    """By how much the page is wider than a screen of this width; a picture where one is asked."""
    more = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    await page.call("Emulation.setDeviceMetricsOverride", **more)
    if folder := os.environ.get("BOUCLE_PICTURES"):
        await page.shoot(Path(folder) / f"markets-{name}-{width}.png")
    wider: int = await page.run(WIDER)
    return wider


async def paused(page: Page, why: str) -> None:
    """Stop trade-in with a reason, by the form."""
    await page.run("document.getElementById('scope').value = 'TRADE_IN'")
    await page.run("document.getElementById('why').focus()")
    await page.type(why)
    await page.key("Enter")
    await page.until("document.querySelector('.halted') !== null")


@pytest.mark.parametrize("lang", ["en", "fr"])
async def test_a_team_sees_what_lacks_agrees_to_an_opening_and_pauses_its_market(
    fresh_db: str, tmp_path: Path, lang: str
) -> None:
    await launch()
    async with (
        site(fresh_db, MemoryBus()) as address,
        browsing(f"{address}/team/markets?lang={lang}", tmp_path) as page,
    ):
        await duties()
        await sign_in(page, "team@example.org", identity.app_code())
        await page.until("document.querySelectorAll('.checks > li').length === 11")
        places = await page.run("document.getElementById('place').innerText")
        found = dict(json.loads(await page.run(CHECKED)))
        order = [state for _, state in json.loads(await page.run(CHECKED))]
        told = await page.run("document.getElementById('board').innerText")
        wider = [await shown(page, width, lang) for width in (1280, 390)]
        await page.run("document.querySelector('#requests button.primary').click()")
        await page.until("document.querySelector('#requests button') === null")
        await paused(page, "a drill")
        kept = await fetchval("SELECT reason FROM market_pause WHERE scope = 'TRADE_IN'")
        wider.append(await shown(page, 390, f"{lang}-paused"))
        await page.run("document.querySelector('.halted li button').click()")
        await page.until("document.querySelector('.halted') === null")
        left = await fetchval("SELECT count(*) FROM market_pause")

    assert "\n" not in places.strip()  # the market of the team alone
    assert (found["RULES"], found["TRANSLATIONS"], found["REHEARSAL"]) == ("FAIL",) * 3
    assert (found["SUPPORT_LANGUAGES"], found["KYC_RULES"]) == ("PASS", "PASS")
    assert order == sorted(order, key=["FAIL", "WARN", "PASS"].index)
    assert "team@example.org" in told
    assert {"en": "overdue since", "fr": "en retard depuis"}[lang] in told
    assert {"en": "What to do: Rehearse", "fr": "Que faire : Répétez"}[lang] in told
    assert wider == [0, 0, 0]
    assert await fetchval("SELECT state FROM market_approval") == "APPROVED"
    assert (kept, left) == ("a drill", 0)
    assert page.console == []
