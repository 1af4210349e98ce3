"""A headless Chromium that a test drives by its own protocol: typing, choosing files, looking."""

import asyncio
import base64
import itertools
import json
import re
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--remote-debugging-port=0", "--window-size=1280,1400"),
)
SECONDS = 30


class Page:
    """One page. `console` holds what the browser complained of; `sent` every request."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self.console: list[str] = []
        self.sent: list[dict[str, Any]] = []

    async def listen(self) -> None:
        """Take what the browser says, until it ends."""
        async for text in self._socket:
            said = json.loads(text)
            if "id" in said:
                self._waiting.pop(said["id"]).set_result(said)
            elif said["method"] in {"Log.entryAdded", "Runtime.exceptionThrown"}:
                self.console.append(json.dumps(said["params"]))
            elif said["method"] == "Network.requestWillBeSent":
                self.sent.append(said["params"]["request"])

    async def call(self, method: str, **params: Any) -> Any:
        """One command and its result."""
        number = next(self._ids)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        async with asyncio.timeout(SECONDS):
            said = await self._waiting[number]
        assert "error" not in said, said
        return said["result"]

    async def run(self, script: str) -> Any:
        """The value of an expression."""
        found = await self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def until(self, script: str) -> Any:
        """Wait until an expression is true."""
        try:
            async with asyncio.timeout(SECONDS):
                while not (value := await self.run(script)):  # noqa: ASYNC110 - a page
                    await asyncio.sleep(0.05)
        except TimeoutError:
            shown = await self.run("document.querySelector('main').innerText")
            raise AssertionError(f"{script} does not come true: {shown}") from None
        return value

    async def key(self, name: str) -> None:
        """Press a key where the focus is."""
        text = {"Enter": "\r"}.get(name, "")
        code = {"Enter": 13, "Tab": 9}.get(name, 0)
        more = {"key": name, "code": name, "windowsVirtualKeyCode": code}
        await self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **more)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **more)

    async def type(self, text: str) -> None:
        """Type where the focus is."""
        await self.call("Input.insertText", text=text)

    async def choose_file(self, selector: str, path: Path) -> None:
        """Choose a file, as its dialogue would."""
        document = await self.call("DOM.getDocument")
        root = document["root"]["nodeId"]
        node = await self.call("DOM.querySelector", nodeId=root, selector=selector)
        await self.call("DOM.setFileInputFiles", nodeId=node["nodeId"], files=[str(path)])

    async def shoot(self, into: Path) -> None:
        """Store a picture of the whole page."""
        found = await self.call("Page.captureScreenshot", captureBeyondViewport=True)
        into.write_bytes(base64.b64decode(found["data"]))


@asynccontextmanager
async def browsing(url: str, profile: Path) -> AsyncGenerator[Page]:
    """A page at this address."""
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank",
        stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        async with asyncio.timeout(SECONDS):
            port = 0
            while not port:
                line = (await process.stderr.readline()).decode()
                if found := re.search(r"ws://127\.0\.0\.1:(\d+)/", line):
                    port = int(found[1])
        drained = asyncio.create_task(process.stderr.read())
        async with connect(await _page_of(port), max_size=None, proxy=None) as socket:
            page = Page(socket)
            listening = asyncio.create_task(page.listen())
            for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
                await page.call(f"{domain}.enable")
            await page.call("Page.navigate", url=url)
            await page.until(
                "document.readyState === 'complete' && location.href !== 'about:blank'"
            )
            yield page
            listening.cancel()
        drained.cancel()
    finally:
        process.kill()
        await process.wait()


async def _page_of(port: int) -> str:
    """The address of the browser's first page."""
    async with httpx.AsyncClient(trust_env=False, timeout=SECONDS) as client:
        pages = (await client.get(f"http://127.0.0.1:{port}/json")).json()
    address: str = next(each for each in pages if each["type"] == "page")["webSocketDebuggerUrl"]
    return address
