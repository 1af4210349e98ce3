"""Local counterparts that say exactly what a test wants, and a look at what they left behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def raw(answer: bytes, pause: float = 0) -> AsyncIterator[str]:
    """A local server that writes these bytes, pausing before the body, and closes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head, end, content = answer.partition(b"\r\n\r\n")
        writer.write(head + end)
        await writer.drain()
        await asyncio.sleep(pause)
        writer.write(content)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/feed.csv"


def names_in(folder: Path) -> list[str]:
    """The files that are there."""
    return sorted(path.name for path in folder.iterdir())
