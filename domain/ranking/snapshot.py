"""The name of a snapshot: equal inputs and model give equal names, in Python and in SQL."""

import hashlib
from collections.abc import Iterable

from domain.ranking.score import Competitor


def snapshot_text(model_id: str, competitors: Iterable[Competitor]) -> str:
    """The text that is hashed.

    Shapes: the model id, then one line per offer by ascending offer id,
    `id|landed|item|quality|days|warranty|battery|scope`, all joined by a line feed, none at the
    end. The id is lower-case with hyphens; numbers are plain integers; battery is `new`, the
    health in percent, or nothing if unknown; scope is the name of the `DispatchScope`.
    """
    ordered = sorted(competitors, key=lambda c: c.offer_id)
    return "\n".join([model_id, *map(_line, ordered)])


def snapshot_id(model_id: str, competitors: Iterable[Competitor]) -> str:
    """The SHA-256 of the snapshot's text in UTF-8, in lower-case hexadecimal."""
    return hashlib.sha256(snapshot_text(model_id, competitors).encode()).hexdigest()


def _line(offer: Competitor) -> str:
    health = "" if offer.battery_health is None else str(offer.battery_health)
    battery = "new" if offer.battery_new else health
    numbers = (offer.landed_minor, offer.item_minor, offer.quality_bp, offer.days)
    fields = (offer.offer_id, *numbers, offer.warranty_months, battery, offer.scope)
    return "|".join(map(str, fields))
