"""A receiver of webhooks for whoever builds one: echoes challenges, verifies, tells, forwards.

Listens on this machine alone.
"""

import asyncio
import json
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import aiohttp
from aiohttp import web

from domain.partners import signing
from domain.partners.webhooks import CHALLENGE_TOPIC

HOST = "127.0.0.1"
FORWARD_SECONDS = 8
MOST_BYTES = 4 * 1024 * 1024
_PASSED_ON = ("content-type", "user-agent", signing.ID, signing.TIMESTAMP, signing.SIGNATURE)


@dataclass(frozen=True, slots=True)
class Heard:
    """A request, and what was made of it. `why` says why it is not taken for ours."""

    verified: bool
    status: int
    why: str | None
    id: str | None
    body: Any
    forwarded: int | None = None

    def as_json(self) -> str:
        """One line for a program."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def as_text(self) -> str:
        """Some lines for a person."""
        said = self.body if isinstance(self.body, dict) else {}
        about = said.get("object") if isinstance(said.get("object"), dict) else {}
        facts = [
            f"{datetime.now():%H:%M:%S}",  # noqa: DTZ005  # the clock on this person's wall
            "verified" if self.verified else "REFUSED ",
            str(said.get("topic", "?")),
            f"version {said.get('version', '?')}",
            f"{about.get('type', '?')} {about.get('id', '?')}" if about else "",
            self.id or "",
        ]
        lines = ["  ".join(fact for fact in facts if fact)]
        if self.why:
            lines.append(f"          {self.why}")
        lines += [
            f"          {name}: {json.dumps(said[name], ensure_ascii=False)}"
            for name in ("data", "payload", "payloadError")
            if name in said
        ]
        if self.forwarded is not None:
            lines.append(f"          forwarded: {self.forwarded or 'no answer'}")
        return "\n".join(lines)


class Listener:
    """Answers every POST: 200 for what is ours, 401 for what is not, else what the other said."""

    def __init__(
        self,
        secrets: Sequence[bytes],
        tell: Callable[[Heard], None],
        forward: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._secrets, self._tell, self._forward, self._clock = secrets, tell, forward, clock

    def app(self) -> web.Application:
        """The server."""
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_post("/{path:.*}", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        sent = {name.lower(): value for name, value in request.headers.items()}
        wrong = signing.verify(self._secrets, sent, body, self._clock())
        said = _read(body)
        message_id = sent.get(signing.ID)
        if wrong is not None:
            self._tell(Heard(False, 401, wrong.value, message_id, said))
            return web.json_response({"error": wrong.value}, status=401)
        if isinstance(said, dict) and said.get("topic") == CHALLENGE_TOPIC:
            self._tell(Heard(True, 200, None, message_id, said))
            return web.json_response({"challenge": said["data"]["challenge"]})
        forwarded = await self._passed_on(sent, body) if self._forward else None
        status = 200 if forwarded is None else forwarded or 502
        self._tell(Heard(True, status, None, message_id, said, forwarded))
        return web.Response(status=status)

    async def _passed_on(self, sent: dict[str, str], body: bytes) -> int:
        """The status that the program behind answered; 0 for none."""
        headers = {name: sent[name] for name in _PASSED_ON if name in sent}
        limit = aiohttp.ClientTimeout(total=FORWARD_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as client,
                client.post(str(self._forward), data=body, headers=headers) as response,
            ):
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return 0


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


async def listen(listener: Listener, port: int, on_start: Callable[[int], None]) -> None:
    """Listen until Ctrl-C or SIGTERM. Raises: OSError for a port that is taken."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(listener.app(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        on_start(runner.addresses[0][1])
        await stop.wait()
    finally:
        await runner.cleanup()
