"""SEPA by files: a pain.001 in a folder for each batch, which the operator's bank picks up."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from integrations.payouts import Order, Taken, Told, Transfer
from integrations.payouts.pain001 import Debtor, document, reference


class SepaFiles:
    """Writes files. A bank's refusal, or its return, is told by `boucle payout returned`."""

    name = "SEPA"
    currencies: Sequence[str] = ("EUR",)

    def __init__(self, folder: Path, debtor: Debtor) -> None:
        self._folder, self._debtor = folder, debtor

    async def send(self, order: Order) -> Taken:
        """Write the file of an order, whole or not at all; asked again it is the same file."""
        text = document(order, self._debtor)
        await asyncio.to_thread(self._write, f"{reference(order.id)}.xml", text)
        return Taken(text, [Told(each.id, None) for each in order.transfers])

    async def returned(self, sent: Sequence[Transfer]) -> Sequence[Told]:
        """Nothing: files tell nothing by themselves."""
        return ()

    def _write(self, name: str, text: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f".{name}.part"
        with part.open("wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / name)
