"""Calls that are repeated with the key of the first try until they are answered."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import aiohttp

AGAIN_SECONDS: Final = 0.2
TRIES: Final = 1_000


async def answered(
    session: aiohttp.ClientSession,
    addresses: Sequence[str],
    token: str,
    query: str,
    variables: Mapping[str, Any],
) -> dict[str, Any]:
    """What the one field of a document says, from whichever process answers first.

    Raises: TimeoutError where none ever does.
    """
    body = {"query": query, "variables": dict(variables)}
    headers = {"Authorization": f"Bearer {token}"}
    found: dict[str, Any] = {}
    for turn in range(TRIES):
        url = f"{addresses[turn % len(addresses)]}/graphql"
        try:
            async with session.post(url, json=body, headers=headers) as response:
                found = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            found = {}
        if "errors" not in found and found.get("data"):
            (answer,) = found["data"].values()
            told: dict[str, Any] = answer
            return told
        await asyncio.sleep(AGAIN_SECONDS)
    raise TimeoutError(f"{body}: {found}")
