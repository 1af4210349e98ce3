"""The pages of those who sign in: their operations, their words, and both in a browser."""

import json
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
from graphql import parse, validate

from boucle import pages
from boucle.graphql.reference import graphql_schema
from boucle.pages.operations_markets import MARKETS
from boucle.pages.operations_signed import CARRIERS, ORDERS
from boucle.settings import Settings
from domain.shipments.carriers import CarrierCode
from schema.root import schema as served
from tests.boucle import pages_answers as answers
from tests.boucle.test_pages import app_of

STATIC = Path(pages.__file__).parent / "static"
SCRIPTS = {"/orders": ("orders.js", "journey.js", "signed.js")}
SCRIPTS |= {"/team/carriers": ("carriers.js", "health.js", "signed.js")}
SCRIPTS |= {"/team/markets": ("markets.js", "once.js", "signed.js")}
OPERATIONS = {**ORDERS, **CARRIERS, **MARKETS}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncGenerator[httpx.AsyncClient]:
    settings = Settings.load({"BOUCLE_HOME": str(tmp_path)})
    transport = httpx.ASGITransport(app_of(answers.Schema(), settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as made:
        yield made


async def facts_of(client: httpx.AsyncClient, path: str, lang: str) -> dict[str, dict[str, str]]:
    """What a page tells its script."""
    text = (await client.get(path, params={"lang": lang})).text
    found = re.search(r'<script id="page-facts" type="application/json">(.+?)</script>', text)
    assert found is not None
    facts: dict[str, dict[str, str]] = json.loads(found[1])
    return facts


@pytest.mark.parametrize("text", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_every_operation_that_the_scripts_send_is_valid(text: str) -> None:
    assert validate(graphql_schema(served), parse(text)) == []


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("path", SCRIPTS)
async def test_every_word_and_operation_that_a_script_names_is_given_to_it(
    client: httpx.AsyncClient, path: str, lang: str
) -> None:
    facts = await facts_of(client, path, lang)
    scripts = "".join((STATIC / name).read_text(encoding="utf-8") for name in SCRIPTS[path])

    words = set(re.findall(r'"((?:sign|ask|journey|lane|health|launch)\.[a-zA-Z0-9.]+)"', scripts))
    operations = re.findall(r'(?:ask|posted|change|changed|follow)\("(\w+)"', scripts)

    assert words
    assert words <= set(facts["words"])
    assert operations
    assert set(operations) <= set(facts["operations"])
    assert facts["language"] == lang


async def test_every_state_is_told_in_words_of_the_language(client: httpx.AsyncClient) -> None:
    english, french = [(await facts_of(client, "/orders", lang))["words"] for lang in ("en", "fr")]

    codes = [key for key in english if key.split(".")[0] in {"line", "order", "actor", "purpose"}]
    assert len(codes) == 13 + 9 + 4 + 6
    assert [key for key in codes if english[key] == french[key]] == []
    assert [key for key in codes if "_" in english[key]] == []


async def test_every_carrier_with_a_client_has_its_own_name(client: httpx.AsyncClient) -> None:
    text = (await client.get("/team/carriers")).text

    names = (await facts_of(client, "/team/carriers", "en"))["carriers"]
    assert set(names) == set(CarrierCode) - {CarrierCode.OTHER}
    [select] = re.findall(r'<select id="carrier">(.+?)</select>', text)
    assert set(re.findall(r'<option value="(\w+)">', select)) == set(CarrierCode)


@pytest.mark.parametrize("path", SCRIPTS)
async def test_without_javascript_a_page_tells_where_the_same_is_found(
    client: httpx.AsyncClient, path: str
) -> None:
    text = (await client.get(path, params={"lang": "en"})).text

    told = re.search(r"<noscript>(.+?)</noscript>", text, re.DOTALL)
    assert told is not None
    assert "docs/" in told[1]
    assert re.findall(r'<form class="step sign"[^>]*>', text) == [
        '<form class="step sign" id="sign-email" hidden>',
        '<form class="step sign" id="sign-code" hidden>',
    ]


@pytest.mark.parametrize("path", SCRIPTS)
async def test_every_field_has_a_label(client: httpx.AsyncClient, path: str) -> None:
    text = (await client.get(path)).text

    fields = set(re.findall(r'<(?:input|select) id="([\w-]+)"', text))
    assert fields
    assert fields <= set(re.findall(r'<label for="([\w-]+)"', text))


def test_scripts_keep_the_token_in_the_tab_and_never_write_html() -> None:
    names = {name for used in SCRIPTS.values() for name in used}
    scripts = "".join((STATIC / name).read_text(encoding="utf-8") for name in names)

    for word in ("localStorage", "document.cookie", "innerHTML", "insertAdjacentHTML", "eval("):
        assert word not in scripts
    kept = re.findall(r"sessionStorage\.setItem\(([^;]+)\);", scripts)
    assert kept == ["KEPT, JSON.stringify({ token, kind, email, ends })"]
