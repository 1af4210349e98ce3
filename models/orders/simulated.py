"""What the simulated provider remembers, kept apart from what we know of the same payments."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from models.base import as_system
from models.jobs import Job
from models.outbox import enqueue

if TYPE_CHECKING:
    from integrations.payments.simulator import Telling

Facts = dict[str, Any]


class SimulatedBook:
    """Rows of `simulated_payment`; the webhooks of a change are jobs of its transaction."""

    async def change(
        self, ref: str, change: "Callable[[Facts | None], tuple[Facts, Sequence[Telling]]]"
    ) -> Facts:
        """Change what is known of a payment, nobody else meanwhile; what is known then."""
        async with as_system() as raw:
            await raw.execute(
                "INSERT INTO simulated_payment (ref, facts) VALUES ($1, 'null') "
                "ON CONFLICT DO NOTHING",
                ref,
            )
            text = await raw.fetchval(
                "SELECT facts::text FROM simulated_payment WHERE ref = $1 FOR UPDATE", ref
            )
            facts, tellings = change(orjson.loads(text))
            await raw.execute(
                "UPDATE simulated_payment SET facts = $2::text::jsonb, version = version + 1 "
                "WHERE ref = $1",
                ref,
                orjson.dumps(facts).decode(),
            )
            for telling in tellings:
                for _ in range(telling.times):
                    await _enqueue(telling)
        return facts

    async def read(self, ref: str) -> Facts | None:
        """What is known of a payment."""
        async with as_system() as raw:
            text: str | None = await raw.fetchval(
                "SELECT facts::text FROM simulated_payment WHERE ref = $1", ref
            )
        return None if text is None else orjson.loads(text)


async def _enqueue(telling: "Telling") -> None:
    await enqueue(
        Job.TELL_SIMULATED_PAYMENT,
        due_at=telling.at,
        ref=telling.ref,
        kind=telling.kind,
        event_id=telling.event_id,
    )
