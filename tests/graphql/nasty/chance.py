"""Chance that depends only on a seed and a name: the same for every engine, whatever its order."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from strawberry.dataloader import DataLoader


def chance(seed: int, *key: Any) -> random.Random:
    """A generator of its own for this key."""
    return random.Random(f"{seed}/{key}")


class Fault(Exception):
    """What a resolver of this schema raises."""


class Named:
    """An object whose text is the same in every process."""

    def __init__(self, name: str = "thing") -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.name}>"


async def after(turns: int, value: Any) -> Any:
    """The value after so many turns of the loop; an exception is raised."""
    for _ in range(turns):
        await asyncio.sleep(0)
    if isinstance(value, Raise):
        raise value.error
    return value


class Promise:
    """An awaitable that is no coroutine: nothing is said of one that nobody awaits."""

    def __init__(self, turns: int, value: Any) -> None:
        self._turns, self._value = turns, value

    def __await__(self) -> Any:
        return after(self._turns, self._value).__await__()

    def __repr__(self) -> str:
        return "<promise>"


@dataclass
class Raise:
    """Stands for an exception that is raised where the value is asked for."""

    error: Exception


def given(value: Any) -> Any:
    """The value, or the exception that stands for it."""
    if isinstance(value, Raise):
        raise value.error
    return value


@dataclass
class World:
    """The context of one operation: a seed, a journal of effects, a loader, a counter."""

    seed: int = 0
    journal: list[str] = field(default_factory=list)
    number: int = 0
    user: str = "ada"
    _loader: DataLoader[str, str] | None = None

    def loader(self) -> DataLoader[str, str]:
        """The loader of the operation: it fails for keys that hold an x."""
        if self._loader is None:
            self._loader = DataLoader(load_fn=self._load)
        return self._loader

    async def _load(self, keys: list[str]) -> list[str | BaseException]:
        await asyncio.sleep(0)
        return [Fault(f"no {key}") if "x" in key else f"loaded {key}" for key in keys]
