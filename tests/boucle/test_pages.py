"""The pages: what they ask the schema, what they show of its answer, and what they never run."""

import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from graphql import parse, validate
from starlette.applications import Starlette
from starlette.routing import Route

from boucle import pages
from boucle.graphql.reference import graphql_schema
from boucle.pages import demo_key, explorer, feeds, operations
from boucle.pages.feeds import with_bar
from boucle.pages.product import choices
from boucle.settings import Environment, Settings
from domain.accounts import make
from domain.accounts.roles import CallerKind
from domain.ranking.model import DEFAULT_PARAMETERS
from resolvers.context import Caller
from schema.root import schema as served
from tests.boucle import pages_answers as answers

STATIC = Path(pages.__file__).parent / "static"
MERCHANT = Caller(
    kind=CallerKind.MERCHANT,
    merchant_id=UUID(int=7),
    key_prefix="demo",
    scopes=frozenset({"feeds:read"}),
)


def app_of(schema: answers.Schema, settings: Settings) -> Starlette:
    explorer = Route("/graphql", pages.graphiql)
    return Starlette(routes=[explorer, *pages.routes(settings, schema)])


@pytest.fixture
def schema() -> answers.Schema:
    return answers.Schema()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({"BOUCLE_HOME": str(tmp_path)})


@pytest.fixture
async def client(schema: answers.Schema, settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app_of(schema, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        yield client


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    async def caller(settings: Settings) -> Caller:
        return MERCHANT

    monkeypatch.setattr(feeds, "demo_caller", caller)


PAGES = [
    "/",
    "/?q=iphone",
    "/p/apple-iphone-13",
    "/ranking",
    "/impact",
    "/impact?country=fr&period=2026-05&indicator=RAW",
    "/ranking/FR",
    "/feeds",
    "/feeds/run-1",
    "/feeds/new",
    "/graphql",
]
PAGES += ["/mails", "/orders", "/team/carriers", "/team/markets"]


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("path", PAGES)
async def test_a_page_allows_no_inline_script_and_sends_no_cookie(
    client: httpx.AsyncClient, path: str, lang: str
) -> None:
    answer = await client.get(path, params={"lang": lang})

    assert answer.status_code == 200
    assert f'<html lang="{lang}"' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert ("unsafe-inline" in policy) == (path == "/graphql")
    assert "unsafe-eval" not in policy
    assert "set-cookie" not in answer.headers
    assert answers.HOSTILE not in answer.text
    assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", answer.text)
    assert not re.search(r'<script(?![^>]*(src="/static/|type="application/json"))', answer.text)


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("path", PAGES)
async def test_a_page_loads_only_files_that_are_there(client: httpx.AsyncClient, path: str) -> None:
    linked = re.findall(r'<(?:script src|link [^>]*href)="([^"]+)"', (await client.get(path)).text)

    assert linked
    assert {(await client.get(link)).status_code for link in linked} == {200}
    assert all(link.startswith("/static/") for link in linked)


async def test_search_sends_the_choices_of_the_address_as_filters(
    client: httpx.AsyncClient, schema: answers.Schema
) -> None:
    await client.get(
        "/?market=DE&q=iphone&brand=apple&brand=dyson&grade=GOOD&grade=SHINY&a.storage_gb=128"
        "&a.storage_gb=256&min=100,5&max=NaN&days=3&battery=new&sort=PRICE&after=x&lang=fr"
    )

    assert schema.variables("SearchPage") == {
        "market": "DE",
        "term": "iphone",
        "filters": {
            "brand": ["apple", "dyson"],
            "grade": ["GOOD"],
            "attributes": [{"key": "storage_gb", "values": ["128", "256"]}],
            "price": {"min": "100.5"},
            "deliveryDays": 3,
            "batteryNew": True,
        },
        "sort": "PRICE",
        "first": 24,
        "after": "x",
        "locale": "fr",
    }


async def test_a_market_that_is_not_public_is_not_offered_and_not_asked(
    client: httpx.AsyncClient, schema: answers.Schema
) -> None:
    text = (await client.get("/?market=SE")).text

    assert schema.variables("SearchPage")["market"] == "FR"
    assert 'value="SE"' not in text
    assert 'value="DE"' in text


async def test_market_and_language_follow_the_browser_until_the_address_says_more(
    client: httpx.AsyncClient, schema: answers.Schema
) -> None:
    german = {"accept-language": "de-DE,fr;q=0.8"}

    assert '<html lang="fr"' in (await client.get("/", headers=german)).text
    assert schema.variables("SearchPage")["market"] == "DE"
    assert '<html lang="en"' in (await client.get("/?lang=en&market=FR", headers=german)).text
    assert schema.variables("SearchPage")["market"] == "FR"


async def test_a_facet_link_adds_its_value_and_a_chosen_one_takes_it_away(
    client: httpx.AsyncClient,
) -> None:
    text = (await client.get("/?market=FR&brand=apple&after=x")).text

    assert 'href="/?market=FR" aria-current="true"' in text
    assert 'href="/?market=FR&amp;brand=apple&amp;brand=dyson"' in text
    assert 'href="/?market=FR&amp;brand=apple&amp;a.storage_gb=128"' in text
    assert 'href="/?market=FR&amp;brand=apple&amp;after=search-cursor"' in text


async def test_a_result_shows_total_grade_offers_and_range(client: httpx.AsyncClient) -> None:
    text = (await client.get("/?lang=en")).text

    assert "€1,290.49" in text
    assert "Very good" in text
    assert "12 offers · 1 merchant<" in text
    assert "delivered within 3 days" in text
    assert "€1,290.49 \u2013 €1,450.00" in text
    assert "No offer now" in text
    assert 'href="/?lang=en&amp;q=iphone"' in text
    assert 'href="/p/apple-iphone-13-128gb?market=FR&amp;lang=en"' in text


async def test_the_product_page_shows_every_part_of_the_price_and_why(
    client: httpx.AsyncClient,
) -> None:
    text = (await client.get("/p/apple-iphone-13?lang=en")).text

    for shown in (
        "€289.00",
        "€1.49",
        "€290.49",
        "Tue 5 May \u2013 Thu 7 May",
        "Colissimo",
        "Remiz SAS",
    ):
        assert shown in text
    assert "Levies" not in text
    assert re.findall(r"<li>((?:Well|Ships|Shares)[^<]+)</li>", text) == [
        "Well rated by buyers",
        "Ships from your country",
        "Shares the first place with near-equal offers",
    ]
    assert "FR-0123456789abcdef" in text
    assert "ab" * 32 in text


async def test_the_product_page_says_who_the_seller_is_before_the_law(
    client: httpx.AsyncClient,
) -> None:
    text = (await client.get("/p/apple-iphone-13?lang=fr")).text

    for shown in ("Remiz SAS", "1 rue des Essais", "69003 Lyon", "+33600000000",
                  "bonjour@remiz.example", "RCS Lyon 303 265 045", "Qui est le vendeur",
                  "conformes au droit de l&#39;Union", "Déclaré par le vendeur."):  # fmt: skip
        assert shown in text


async def test_the_product_page_asks_for_what_was_chosen(
    client: httpx.AsyncClient, schema: answers.Schema
) -> None:
    await client.get("/p/apple-iphone-13?market=DE&grade=PREMIUM&sort=NEAREST&after=c")

    given = schema.variables("ProductPage")
    assert (given["slug"], given["market"]) == ("apple-iphone-13", "DE")
    assert (given["grade"], given["sort"], given["after"]) == ("PREMIUM", "NEAREST", "c")

    await client.get("/p/apple-iphone-13?grade=SHINY&sort=LUCK")

    given = schema.variables("ProductPage")
    assert (given["grade"], given["sort"]) == (None, "RANK")


def test_a_value_leads_to_the_closest_variant_that_has_it() -> None:
    storage, color = choices(answers.listing()["variants"], answers.BLACK_128)

    assert [(v["label"], v["slug"]) for v in storage["values"]] == [
        ("128 GB", "apple-iphone-13-128gb-black"),
        ("256 GB", "apple-iphone-13-256gb-black"),
        ("512 GB", "apple-iphone-13-512gb-red"),
    ]
    assert [(v["value"], v["slug"], v["available"]) for v in color["values"]] == [
        ("black", "apple-iphone-13-128gb-black", True),
        ("red", "apple-iphone-13-128gb-red", False),
    ]
    assert [v["selected"] for v in color["values"]] == [True, False]


async def test_an_unknown_product_is_a_page_of_status_404(
    client: httpx.AsyncClient, schema: answers.Schema
) -> None:
    schema.listing = None

    answer = await client.get("/p/unknown?lang=en")

    assert answer.status_code == 404
    assert "Not here" in answer.text


@pytest.mark.parametrize(("code", "status"), [("BAD_USER_INPUT", 400), ("UNAVAILABLE", 503)])
async def test_errors_of_the_schema_become_a_page_that_names_the_code_alone(
    client: httpx.AsyncClient, schema: answers.Schema, code: str, status: int
) -> None:
    schema.errors = [{"message": answers.HOSTILE, "extensions": {"code": code}}]

    answer = await client.get("/")

    assert answer.status_code == status
    assert code in answer.text
    assert "alert(1)" not in answer.text


async def test_the_formula_page_shows_the_weights_that_rank(client: httpx.AsyncClient) -> None:
    text = (await client.get("/ranking?lang=en")).text

    shown = re.findall(r"<strong>(\w+)</strong><span>([\d,]+)</span>", text)
    assert [int(weight.replace(",", "")) for _, weight in shown] == list(
        DEFAULT_PARAMETERS.weights().values()
    )
    assert shown[0] == ("Quality", "3,000")


async def test_the_page_of_a_market_shows_what_the_schema_says_of_its_ranking(
    client: httpx.AsyncClient, schema: answers.Schema
) -> None:
    text = (await client.get("/ranking/fr?lang=en")).text

    shown = re.findall(r"<strong>(\w+)</strong><span>([\d.,]+) %</span>", text)
    assert shown[:2] == [("Delivery", "75"), ("Quality", "25")]
    assert schema.variables("RankingPage") == {"market": "FR", "locale": "en"}
    assert "No place can be bought." in text
    assert (await client.get("/ranking/SE")).status_code == 404


@pytest.mark.usefixtures("demo")
async def test_a_run_shows_each_problem_with_its_suggestion(
    client: httpx.AsyncClient, schema: answers.Schema
) -> None:
    text = (await client.get("/feeds/run-1?outcome=REJECTED&lang=en")).text

    for shown in ("1,017", "PRICE_AMBIGUOUS", "Write 1299.00.", "&lt;script&gt;alert(1)"):
        assert shown in text
    assert schema.variables("FeedRun")["outcome"] == "REJECTED"
    assert schema.asked[-1][2] == MERCHANT
    assert (await client.get("/feeds/run-9")).status_code == 404


async def test_without_the_demo_key_no_feed_is_shown(
    client: httpx.AsyncClient, schema: answers.Schema
) -> None:
    assert "feed-panel" not in (await client.get("/")).text
    assert (await client.get("/feeds")).status_code == 404
    assert (await client.get("/feeds/run-1")).status_code == 404
    assert {name for name, _, _ in schema.asked} == {"Markets", "SearchPage"}


class StoredKey:
    """A row of the demo merchant's key."""

    merchant_id, prefix, scopes = UUID(int=7), "prefix", ["feeds:read"]
    organisation_id = expires_at = None

    def __init__(self, sha256: bytes, lives: bool) -> None:
        self.secret_sha256, self.lives = sha256, lives

    def usable(self, now: object) -> bool:
        return self.lives


@pytest.mark.parametrize(
    ("environment", "secret", "lives", "known"),
    [
        (Environment.DEVELOPMENT, b"s" * 32, True, True),
        (Environment.PRODUCTION, b"s" * 32, True, False),
        (Environment.DEVELOPMENT, b"t" * 32, True, False),
        (Environment.DEVELOPMENT, b"s" * 32, False, False),
    ],
)
async def test_the_demo_key_serves_while_it_is_right_and_not_in_production(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    environment: Environment,
    secret: bytes,
    lives: bool,
    known: bool,
) -> None:
    key, stored = make(b"p" * 12, b"s" * 32, False), make(b"p" * 12, secret, False)
    settings.demo_key_file.write_text(f"{key.text}\n", encoding="utf-8")

    async def find(prefix: str) -> StoredKey | None:
        return StoredKey(stored.sha256, lives) if prefix == key.prefix else None

    monkeypatch.setattr(demo_key, "find", find)

    caller = await demo_key.demo_caller(replace(settings, environment=environment))

    expected = replace(MERCHANT, key_prefix="prefix")
    assert caller == (expected if known else None)


@pytest.mark.usefixtures("demo")
async def test_the_panel_of_the_search_page_can_be_asked_alone(client: httpx.AsyncClient) -> None:
    panel = (await client.get("/feeds?part=panel&lang=en")).text

    assert panel.lstrip().startswith('<section class="panel" id="feed-panel"')
    assert "340 updated" in panel
    assert "1.4\u00a0s" in panel


def test_a_bar_is_whole_and_shows_its_smallest_part() -> None:
    bar = with_bar(answers.run(1))["bar"]

    assert [part["outcome"] for part in bar] == [
        *("CREATED", "UPDATED", "UNCHANGED", "PENDING_PRODUCT", "REJECTED")
    ]
    assert min(part["width"] for part in bar) > 0.9
    assert sum(part["width"] for part in bar) == pytest.approx(100, abs=0.1)
    assert bar[-1]["start"] + bar[-1]["width"] == pytest.approx(100, abs=0.1)


@pytest.mark.parametrize(
    "query",
    [
        *(operations.MARKETS, operations.SEARCH, operations.LISTING),
        *(operations.FEED_RUNS, operations.FEED_RUN),
        *(operations.DEVICE, operations.DEVICE_KNOWN),
        *(tab["query"] for tab in explorer.TABS),
    ],
)
def test_every_operation_that_pages_send_or_show_is_valid(query: str) -> None:
    assert validate(graphql_schema(served), parse(query)) == []


async def test_production_has_no_explorer_to_link_to(
    settings: Settings, schema: answers.Schema
) -> None:
    strict = replace(settings, environment=Environment.PRODUCTION)
    transport = httpx.ASGITransport(app_of(schema, strict))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        for path in ("/", "/p/apple-iphone-13", "/ranking"):
            assert "/graphql" not in (await client.get(path)).text


async def test_graphiql_gets_operations_that_cannot_end_its_script(
    client: httpx.AsyncClient,
) -> None:
    tabs = re.search(
        r'<script id="tabs"[^>]*>(.*?)</script>', (await client.get("/graphql")).text, re.DOTALL
    )

    assert tabs is not None
    assert "query ProductPage(" in tabs[1]
    assert "<" not in tabs[1]


def test_nothing_that_is_served_names_a_source_map_or_a_font() -> None:
    for file in (STATIC / "graphiql").glob("*.min.*"):
        text = file.read_text(encoding="utf-8")
        assert "sourceMappingURL" not in text
        assert "@font-face" not in text
    assert sum(f.stat().st_size for f in STATIC.rglob("*") if f.is_file()) < 3_000_000
