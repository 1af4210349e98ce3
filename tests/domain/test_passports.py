"""Chains that cannot be changed unseen, codes that are not guessed, facts without names."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.units import DeviceStatus, UnitEventKind, canonical, event_hash
from domain.units.chain import Broken, Link, walk
from domain.units.codes import ALPHABET, new_code, read_code, spaced
from domain.units.facts import PUBLIC, public
from domain.units.status import Checked, Lock, LockState, StatusAnswer, joined, worst

UNIT = UUID(int=7)
NOW = datetime(2026, 11, 2, 9, 30, 15, 123456, tzinfo=UTC)
json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each, max_size=3)
    ),
    max_leaves=6,
)
events = st.lists(
    st.tuples(
        st.sampled_from(UnitEventKind), st.dictionaries(st.text(max_size=5), json, max_size=4)
    ),
    min_size=1,
    max_size=6,
)


def chain(of: list[tuple[UnitEventKind, dict[str, Any]]]) -> list[Link]:
    """Events as they are written."""
    links: list[Link] = []
    before = b""
    for n, (kind, data) in enumerate(of, 1):
        at = NOW + timedelta(minutes=n)
        made = event_hash(before, UNIT, n, kind, at, data)
        links.append(Link(n, kind.value, at, orjson.loads(canonical(data)), before, made))
        before = made
    return links


@given(events)
def test_what_was_written_is_intact(of: list[tuple[UnitEventKind, dict[str, Any]]]) -> None:
    links = chain(of)

    assert walk(UNIT, links, len(links), links[-1].hash).intact


@given(events, st.data())
def test_any_changed_byte_is_found_at_the_first_link_that_it_breaks(
    of: list[tuple[UnitEventKind, dict[str, Any]]], draw: st.DataObject
) -> None:
    links = chain(of)
    place = draw.draw(st.integers(0, len(links) - 1))
    link, head = links[place], links[-1].hash
    what = draw.draw(st.sampled_from(["kind", "at", "data", "hash", "previous", "n"]))
    if what == "kind":
        kind = draw.draw(st.sampled_from([each.value for each in UnitEventKind] + ["OTHER"]))
        links[place] = replace(link, kind=kind)
    elif what == "at":
        links[place] = replace(link, at=link.at + timedelta(microseconds=1))
    elif what == "data":
        text = canonical(link.data)
        at = draw.draw(st.integers(0, len(text) - 1))
        byte = draw.draw(st.integers(0, 255))
        changed = text[:at] + bytes([byte]) + text[at + 1 :]
        try:
            links[place] = replace(link, data=orjson.loads(changed))
        except orjson.JSONDecodeError:
            assume(False)
        assume(canonical(links[place].data) != text)
    elif what == "n":
        links[place] = replace(link, n=link.n + 1)
    else:
        was = getattr(link, what)
        assume(was)
        at = draw.draw(st.integers(0, 31))
        flip = draw.draw(st.integers(1, 255))
        links[place] = replace(link, **{what: was[:at] + bytes([was[at] ^ flip]) + was[at + 1 :]})
    assume(links[place] != link)

    found = walk(UNIT, links, len(links), head)

    assert found.broken == place + 1


@given(events, st.data())
def test_a_link_left_out_or_put_elsewhere_or_cut_off_is_found(
    of: list[tuple[UnitEventKind, dict[str, Any]]], draw: st.DataObject
) -> None:
    links = chain(of)
    out = draw.draw(st.integers(0, len(links) - 1))
    left = links[:out] + links[out + 1 :]

    found = walk(UNIT, left, len(links), links[-1].hash)
    longer = walk(UNIT, links, len(links) - 1, links[-1].hash)
    swapped = walk(UNIT, links[::-1], len(links), links[-1].hash)

    assert (found.broken, found.because) == (out + 1, Broken.MISSING)
    assert longer.because is Broken.END
    assert swapped.intact == (len(links) == 1)


def test_a_code_is_read_as_people_write_it() -> None:
    for code in (new_code() for _ in range(200)):
        assert read_code(spaced(code)) == read_code(f" {code.lower()} ") == code
        assert read_code(code.replace("0", "O").replace("1", "l")) == code


@given(st.integers(0, 13), st.sampled_from(ALPHABET))
def test_a_code_with_one_wrong_letter_or_two_exchanged_is_none(place: int, letter: str) -> None:
    code = new_code()
    wrong = code[:place] + letter + code[place + 1 :]
    swapped = code[:place] + code[place : place + 2][::-1] + code[place + 2 :]

    assert wrong == code or read_code(wrong) is None
    assert swapped == code or read_code(swapped) is None


@given(st.sampled_from(UnitEventKind), st.text(min_size=4, max_size=20))
def test_no_text_of_anybodys_is_public(kind: UnitEventKind, text: str) -> None:
    """Whatever stands in whatever fact: only words of closed lists come through."""
    assume(not any(test(text) for tests in PUBLIC.values() for test in tests.values()))
    names = {name for tests in PUBLIC.values() for name in tests} | {"operator", "note"}

    found = public(kind, NOW, dict.fromkeys(names, text))

    assert found is None or found.data == {}


def test_the_worst_answer_counts_and_unknown_is_not_clear() -> None:
    clear, unknown, flagged = (StatusAnswer(each) for each in DeviceStatus if each != "X")
    by = {each.status: each for each in (clear, unknown, flagged)}

    assert worst([by[DeviceStatus.CLEAR], by[DeviceStatus.UNKNOWN]]).status == "UNKNOWN"
    assert worst(by.values()).status == "FLAGGED"
    assert worst([]).status == "UNKNOWN"
    off = dict.fromkeys(Lock, LockState.OFF)
    assert joined([off, off | {Lock.MDM: LockState.ON}])[Lock.MDM] is LockState.ON
    assert joined([off, {}])[Lock.FRP] is LockState.UNKNOWN
    checked = Checked(DeviceStatus.CLEAR, None, "X", NOW, NOW + timedelta(hours=1), off)
    assert (checked.holds(NOW), checked.holds(NOW + timedelta(hours=1))) == (True, False)
