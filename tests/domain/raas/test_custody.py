"""The rules of a lot's way: order, seals, masses, and chains that show what was changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.raas.custody import (
    ENDS,
    CustodyFault,
    CustodyKind,
    Holder,
    IncidentKind,
    Link,
    Standing,
    Subject,
    Taken,
    Told,
    broken_at,
    event_hash,
    follows,
    mass_balance,
    took,
)

K = CustodyKind
T0 = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NOW = T0 + timedelta(days=2)
CHAIN = UUID(int=7)


def walked(subject: Subject, *told: Told, by: Holder = Holder.PLATFORM) -> Taken:
    made: Taken | CustodyFault = Taken(Standing(subject))
    incidents = []
    for each in told:
        assert isinstance(made, Taken), made
        made = took(made.standing, each, by, NOW)
        if isinstance(made, Taken):
            incidents += made.incidents
    assert isinstance(made, Taken), made
    return Taken(made.standing, tuple(incidents))


def box(arrived: int = 10_000, seal: str = "S-1") -> list[Told]:
    hour = timedelta(hours=1)
    return [
        Told(K.PACKED, T0, mass_g=10_000),
        Told(K.SEALED, T0 + hour, seal="S-1"),
        Told(K.COLLECTED, T0 + 2 * hour),
        Told(K.ARRIVED, T0 + 3 * hour, mass_g=arrived),
        Told(K.SEAL_CHECKED, T0 + 4 * hour, seal=seal),
        Told(K.OPENED, T0 + 5 * hour),
    ]


def test_golden_17_of_the_mass_balance() -> None:
    assert not mass_balance(100_000, 97_900, 0).within
    assert mass_balance(100_000, 98_000, 0).within
    assert mass_balance(100_000, 60_000, 38_000).within
    assert not mass_balance(100_000, 102_001, 0).within


@pytest.mark.parametrize(
    ("arrived", "seal", "expected"),
    [
        (10_000, "s 1", []),
        (9_800, "S1", []),
        (9_799, "S1", [IncidentKind.MASS_BALANCE]),
        (10_000, "S-2", [IncidentKind.SEAL_BROKEN]),
        (5_000, "S-2", [IncidentKind.MASS_BALANCE, IncidentKind.SEAL_BROKEN]),
    ],
)
def test_a_container_that_changed_on_its_way_is_an_incident_and_still_recorded(
    arrived: int, seal: str, expected: list[IncidentKind]
) -> None:
    found = walked(Subject.CONTAINER, *box(arrived, seal))

    assert [kind for kind, _ in found.incidents] == expected
    assert found.standing.last is K.OPENED


def test_a_step_that_was_left_out_is_refused_unless_it_is_explained() -> None:
    sealed = walked(Subject.CONTAINER, *box()[:2]).standing

    assert took(sealed, Told(K.ARRIVED, NOW), Holder.MERCHANT, NOW) is CustodyFault.CUSTODY_GAP
    found = took(sealed, Told(K.ARRIVED, NOW, why_gap="no scanner"), Holder.MERCHANT, NOW)
    assert isinstance(found, Taken)
    assert found.incidents == (
        (IncidentKind.CUSTODY_GAP, {"after": "SEALED", "why": "no scanner"}),
    )


def test_what_was_sealed_is_opened_only_after_its_seal_was_looked_at() -> None:
    arrived = walked(Subject.CONTAINER, *box()[:4]).standing

    assert follows(Subject.CONTAINER, K.ARRIVED, sealed=True) == {K.SEAL_CHECKED, K.WEIGHED, K.LOST}
    assert took(arrived, Told(K.SEAL_CHECKED, NOW), Holder.MERCHANT, NOW) is (
        CustodyFault.SEAL_REQUIRED
    )


def test_who_sent_it_does_not_say_that_it_arrived_and_who_takes_it_does_not_seal_it() -> None:
    gone = walked(Subject.CONTAINER, *box()[:3]).standing
    packed = walked(Subject.CONTAINER, *box()[:1]).standing

    for holder in (Holder.ORGANISATION,):
        assert took(gone, Told(K.ARRIVED, NOW), holder, NOW) is CustodyFault.NOT_YOURS_TO_TELL
    for holder in (Holder.MERCHANT, Holder.CARRIER):
        sealed = Told(K.SEALED, NOW, seal="S")
        assert took(packed, sealed, holder, NOW) is CustodyFault.NOT_YOURS_TO_TELL


def test_time_runs_forward_and_not_ahead() -> None:
    packed = walked(Subject.CONTAINER, *box()[:1]).standing
    early, late = T0 - timedelta(seconds=1), NOW + timedelta(seconds=1)

    for at, fault in ((early, CustodyFault.OUT_OF_ORDER), (late, CustodyFault.FROM_THE_FUTURE)):
        assert took(packed, Told(K.WEIGHED, at), Holder.CARRIER, NOW) is fault


@pytest.mark.parametrize("subject", Subject)
def test_from_every_place_on_the_way_there_is_a_way_on_until_an_end(subject: Subject) -> None:
    seen, waiting = set(), [None]
    while waiting:
        last = waiting.pop()
        after = {k for k in follows(subject, last) if k is not K.WEIGHED}
        seen.add(last)
        ends = last in ENDS and (subject is not Subject.BATCH or last is K.LOST)
        assert after or ends, (subject, last)
        waiting += [each for each in after if each not in seen and each not in waiting]
    assert {K.COLLECTED, K.ARRIVED, K.RECEIVED, K.LOST} <= seen


def chained(n: int) -> list[Link]:
    before, made = b"", []
    for i in range(1, n + 1):
        at, data = T0 + timedelta(minutes=i), {"place": f"dock {i}"}
        found = event_hash(before, CHAIN, i, "WEIGHED", at, "CARRIER", data)
        made.append(Link(i, "WEIGHED", at, "CARRIER", data, before, found))
        before = found
    return made


@given(st.integers(1, 8), st.data())
def test_whatever_is_changed_left_out_or_moved_in_a_chain_is_found(
    n: int, data: st.DataObject
) -> None:
    links = chained(n)
    last = links[-1].hash
    assert broken_at(CHAIN, links, last) is None

    at = data.draw(st.integers(0, n - 1))
    change = data.draw(st.sampled_from(["kind", "at", "actor", "data", "cut", "drop", "swap"]))
    bad = list(links)
    if change == "cut":
        bad = bad[:at]
    elif change == "drop":
        del bad[at]
    elif change == "swap":
        bad.append(replace(bad.pop(at), n=n + 1))
    else:
        other = {"kind": "LOST", "at": T0, "actor": "MERCHANT", "data": {"place": "elsewhere"}}
        bad[at] = replace(bad[at], **{change: other[change]})
    assert broken_at(CHAIN, bad, last) is not None
