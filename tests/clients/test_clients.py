"""Standard clients against the server: audits, Apollo, urql, Relay, code generation, streams.

The programs are Node's and are installed by `make clients`; where they are not, the tests say so
and are skipped. Each script prints one line of JSON per check: `name`, `state` (`ok` or
`failed`) and `reason`.
"""

import asyncio
import json
import os
import re
import shutil
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from boucle.asgi import create_app
from boucle.settings import ROOT
from integrations.bus import MemoryBus
from models.base import fetchval
from models.merchants import Merchant
from schema.common import global_id
from tests.boucle.edge import key, settings
from tests.boucle.listening import listening
from tests.schema import shop

HERE = Path(__file__).parent
NODE = shutil.which("node")
PRODUCTS = 12
SECONDS = 50
COMPLAINTS = "the runtime complains of nothing"


def _lacking() -> str | None:
    """What is missing for these tests."""
    if NODE is None:
        return "Node is not installed"
    if not (HERE / "node_modules" / "graphql-http").is_dir():
        return "the clients are not installed: run `make clients`"
    return None


@pytest.fixture(scope="module")
def installed() -> None:
    """Skips where the clients cannot run."""
    if (reason := _lacking()) is not None:
        pytest.skip(reason)


@pytest.fixture(scope="module")
async def environ(
    installed: None, migrated: None, module_db: str
) -> AsyncGenerator[dict[str, str]]:
    """What the scripts are told: the address of a small shop, a merchant's key, things in it."""
    await shop.many(PRODUCTS)
    owner = await Merchant.get(slug="amber")
    text, _ = await key(owner.id, "feeds:read", "feeds:write", "offers:read")
    run = await fetchval(
        "SELECT run.id FROM feed_run run JOIN feed ON feed.id = run.feed_id"
        " WHERE feed.merchant_id = $1",
        owner.id,
    )
    product = await fetchval("SELECT id FROM product WHERE slug = 'calder-0'")
    given = settings(module_db)
    async with listening(given, create_app(given, bus=MemoryBus())) as port:
        yield {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "API": f"http://127.0.0.1:{port}/graphql",
            "API_KEY": text,
            "RUN": str(global_id("FeedRun", run)),
            "PRODUCT": str(global_id("Product", product)),
            "SLUG": "calder-0",
            "PRODUCTS": str(PRODUCTS),
            "SCHEMA": str(ROOT / "schema" / "schema.graphql"),
        }


async def _checks(environ: dict[str, str], *command: str) -> dict[str, str]:
    """The checks of a script by name: "ok", or why not."""
    assert NODE is not None
    process = await asyncio.create_subprocess_exec(
        NODE,
        *command,
        cwd=HERE,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(SECONDS):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    told = [json.loads(line) for line in out.splitlines() if line.startswith(b'{"name"')]
    assert process.returncode == 0, err.decode()
    assert told
    return {check["name"]: "ok" if check["state"] == "ok" else check["reason"] for check in told}


def test_the_clients_of_the_documentation_are_those_that_run_here() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```(?:js|json5)\n(.+?)^```$", page, re.DOTALL | re.MULTILINE)
    snippets = [*(HERE / "snippets").iterdir(), HERE / "codegen" / "codegen.json"]

    assert sorted(shown) == sorted(path.read_text(encoding="utf-8") for path in snippets)


def _not_ok(checks: dict[str, str]) -> dict[str, str]:
    return {name: reason for name, reason in checks.items() if reason != "ok"}


async def test_all_61_audits_of_graphql_over_http_pass(
    environ: dict[str, str], request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = await _checks(environ, "audits.mjs")
    if request.config.get_verbosity() > 0:
        with capsys.disabled():
            sys.stdout.writelines(f"\n  {told} {name}" for name, told in checks.items())

    assert _not_ok(checks) == {}
    assert len(checks) == 61


@pytest.mark.parametrize("version", ["4", "3"])
async def test_apollo_client_reads_changes_and_refuses(
    environ: dict[str, str], version: str
) -> None:
    assert _not_ok(await _checks(environ, "apollo.mjs", version)) == {}


@pytest.mark.parametrize("version", ["4", "3"])
async def test_apollo_client_persists_its_queries(environ: dict[str, str], version: str) -> None:
    assert _not_ok(await _checks(environ, "persisted.mjs", version)) == {}


async def test_urql_reads_changes_and_refuses(environ: dict[str, str]) -> None:
    assert _not_ok(await _checks(environ, "urql.mjs")) == {}


@pytest.fixture(scope="module")
async def relay(environ: dict[str, str]) -> dict[str, str]:
    """The checks of Relay, run once."""
    return await _checks(environ, "relay/run.cjs")


async def test_relay_compiles_pages_and_refetches(relay: dict[str, str]) -> None:
    assert _not_ok({name: told for name, told in relay.items() if name != COMPLAINTS}) == {}


async def test_relay_finds_every_id_under_one_type(relay: dict[str, str]) -> None:
    assert relay[COMPLAINTS] == "ok"


async def test_generated_types_are_strict(environ: dict[str, str]) -> None:
    assert _not_ok(await _checks(environ, "codegen/run.mjs")) == {}


async def test_graphql_ws_subscribes(environ: dict[str, str]) -> None:
    assert _not_ok(await _checks(environ, "socket.mjs")) == {}


async def test_graphql_sse_subscribes(environ: dict[str, str]) -> None:
    assert _not_ok(await _checks(environ, "events.mjs")) == {}
