"""The pages in a browser: drawn, and nothing of them refused by their policy."""

import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest
import uvicorn
from graphql import graphql_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from boucle import pages
from boucle.graphql.reference import graphql_schema
from boucle.pages import feeds
from boucle.settings import Settings
from schema.root import schema as served
from tests.boucle import pages_answers as answers
from tests.boucle.test_pages import MERCHANT

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--enable-logging=stderr", "--virtual-time-budget=6000", "--window-size=1280,1000"),
)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


async def _graphql(request: Request) -> Response:
    """GraphiQL itself, and introspection for it to read."""
    if request.method == "GET":
        return pages.graphiql(request)
    result = graphql_sync(graphql_schema(served), (await request.json())["query"])
    return JSONResponse({"data": result.data})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of the pages on a free port, with the demo's feeds."""
    with pytest.MonkeyPatch.context() as patch, socket.create_server(("127.0.0.1", 0)) as listener:

        async def caller(settings: Settings) -> object:
            return MERCHANT

        patch.setattr(feeds, "demo_caller", caller)
        settings = Settings.load({"BOUCLE_HOME": str(tmp_path_factory.mktemp("home"))})
        graphql = Route("/graphql", _graphql, methods=["GET", "POST"])
        app = Starlette(routes=[graphql, *pages.routes(settings, answers.Schema())])
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def opened(url: str, profile: Path) -> tuple[str, list[str]]:
    """The document after its scripts ran, and what the browser's console says."""
    assert CHROMIUM is not None
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    said = re.findall(r"CONSOLE.*?\] (\".*)", done.stderr)
    return done.stdout, said


@pytest.mark.parametrize(
    "path", ["/?lang=en", "/p/apple-iphone-13", "/ranking", "/impact", "/feeds/run-1"]
)
def test_a_page_is_drawn_and_nothing_of_it_is_refused(site: str, tmp_path: Path, path: str) -> None:
    document, console = opened(site + path, tmp_path)

    assert 'class="brand"' in document
    assert console == []


def test_graphiql_starts_with_our_tabs_and_reads_the_schema(site: str, tmp_path: Path) -> None:
    document, console = opened(f"{site}/graphql", tmp_path)

    assert "graphiql-container" in document
    tabs = re.findall(r'graphiql-tab-button"[^>]*>([^<]+)<', document)
    assert {"SearchPage", "ProductPage", "FeedRuns"} <= set(tabs)
    assert "is not valid JSON" not in document
    assert [said for said in console if "Content Security Policy" in said] == []


def test_the_operation_of_a_page_opens_in_graphiql(site: str, tmp_path: Path) -> None:
    page, _ = opened(f"{site}/p/apple-iphone-13?lang=en", tmp_path / "shop")
    link = re.search(r'href="(/graphql#[^"]+)"', page)
    assert link is not None

    document, _ = opened(site + link[1].replace("&amp;", "&"), tmp_path / "explorer")

    shown = re.sub(r"<[^>]+>", "", document)
    assert "apple-iphone-13" in shown
    assert "featuredOffer" in shown
