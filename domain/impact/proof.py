"""Whether a set is what was published, and the method says what it was published with.

Source: docs/impact.md, "Proof".
"""

from collections.abc import Mapping
from decimal import Decimal

from domain.impact import Indicator, Inputs, Result
from domain.impact.engine import assess
from domain.impact.factors import FactorSet
from domain.impact.plans import Draw
from domain.impact.shown import stored

DRAWN_WITHIN = Decimal("0.01")
"""How far a percentile may be from the published one: it is drawn in floats."""


def differences(golden: Mapping[str, str], factors: FactorSet, draw: Draw) -> list[str]:
    """What the method says otherwise than a golden row; none where it says the same."""
    inputs = Inputs(
        golden["category"],
        Indicator(golden["indicator"]),
        first_life=Decimal(golden["first_life"]),
    )
    found = assess(inputs, factors, draw)
    if not isinstance(found, Result) or found.figures is None or found.net_range is None:
        return [f"no figures: {found}"]
    point, drawn = found.figures, found.net_range
    told = []
    exact = {
        "device_for_device": point.device_for_device,
        "gross": point.gross,
        "net": point.net,
        "share": found.share_not_positive,
    }
    for name, value in exact.items():
        if golden[name] and (value is None or stored(value) != Decimal(golden[name])):
            told.append(f"{name} is {value}, not {golden[name]}")
    for name, value in (("p05", drawn.p05), ("p50", drawn.p50), ("p95", drawn.p95)):
        if golden[name] and (value is None or abs(value - Decimal(golden[name])) > DRAWN_WITHIN):
            told.append(f"{name} is {value}, not {golden[name]}")
    words = {
        "status": found.status.value,
        "grade": found.grade.value if found.grade else "",
        "reason": found.reasons[0].value if found.reasons else "",
    }
    told += [
        f"{name} is {word}, not {golden[name]}"
        for name, word in words.items()
        if golden["status"] and word != golden[name]
    ]
    return told
