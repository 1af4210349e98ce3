"""What the simulator remembers over a restart: a file of JSON lines, the later line wins."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.following import Callback
from integrations.sandbox.carriers.parcels import Registration
from integrations.sandbox.carriers.pushes import Cursor, Key
from integrations.sandbox.carriers.scenarios import Kind

Line = Mapping[str, Any]


class Store:
    """The file. A line that was cut off by a kill is left out when it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def lines(self) -> Iterator[Line]:
        """What was written before."""
        if not self._path.exists():
            return
        for text in self._path.read_text(encoding="utf-8").splitlines():
            try:
                value = json.loads(text)
            except ValueError:
                continue
            if isinstance(value, dict):
                yield value

    def append(self, lines: Iterable[Line]) -> None:
        """Write more."""
        with self._path.open("a", encoding="utf-8") as file:
            file.writelines(_text(line) for line in lines)

    def replace(self, lines: Iterable[Line]) -> None:
        """Write all anew: what a later line overtook is gone."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text("".join(_text(line) for line in lines), encoding="utf-8")
        fresh.replace(self._path)


def parcel_line(parcel: Registration) -> Line:
    """A parcel as a line."""
    return {"parcel": {**asdict(parcel), "created_at": parcel.created_at.isoformat()}}


def parcel_of(line: Line) -> Registration:
    """The parcel of a line. Raises: ValueError, TypeError, KeyError for what is none."""
    values = dict(line["parcel"])
    values["api"], values["kind"] = TrackingApi(values["api"]), Kind(values["kind"])
    values["created_at"] = datetime.fromisoformat(values["created_at"])
    return Registration(**values)


def callback_line(callback: Callback) -> Line:
    """An address for pushes as a line."""
    return {"callback": {**asdict(callback), "since": callback.since.isoformat()}}


def callback_of(line: Line) -> Callback:
    """The address of a line. Raises: ValueError, TypeError, KeyError for what is none."""
    values = dict(line["callback"])
    values["api"] = TrackingApi(values["api"])
    values["since"] = datetime.fromisoformat(values["since"])
    return Callback(**values)


def follow_line(api: TrackingApi, number: str, since: datetime | None) -> Line:
    """A subscription as a line. Shapes: None ends it."""
    stamp = since.isoformat() if since else None
    return {"follow": {"api": api, "number": number, "since": stamp}}


def cursor_line(key: Key, cursor: Cursor) -> Line:
    """How far an address has heard of a number, as a line."""
    url, api, number = key
    where = {"url": url, "api": api, "number": number}
    return {"cursor": {**where, "at": cursor[0].isoformat(), "position": cursor[1]}}


def _text(line: Line) -> str:
    return json.dumps(line, ensure_ascii=False) + "\n"
