"""Each way to tamper with a certificate fails, and says by which reason."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.canonical import canonical, sha256
from domain.units.certificates import CertificateState
from domain.units.certificates.envelope import PublicKey, key_id_of, public_of, signed
from domain.units.certificates.verifying import (
    Check,
    Entry,
    Outcome,
    Reason,
    Register,
    Verification,
    verified,
)
from resolvers.units.certificates import Stated
from schema.units.verification import CertificateVerification
from tests.certificates import KEY, OTHER, PRIVATE, envelope, many_devices, one_device

FLEET = envelope(many_devices(7), previous="ab" * 32)
TEXT = FLEET.text()
KNOWN = Register(Entry(FLEET.sha256, CertificateState.VALID, "ab" * 32))


def failures(found: Verification) -> dict[Check, Reason | None]:
    assert found.steps[0].check is Check.CANONICAL_FORM
    assert [step.check for step in found.steps] == list(Check)
    return {step.check: step.reason for step in found.failed}


def altered(change: Callable[[dict[str, Any]], object], *, again: bool = False) -> bytes:
    """The certificate with its payload changed; `again`: signed by its issuer as it then is."""
    payload = json.loads(TEXT)["payload"]
    change(payload)
    if again:
        return signed(payload, PRIVATE, FLEET.key_id).text()
    return replace(FLEET, payload=payload, written=canonical(payload)).text()


def test_a_certificate_as_it_was_issued_holds_step_by_step() -> None:
    found = verified(TEXT, [KEY], KNOWN)

    assert found.holds
    outcomes = {step.check: step.outcome for step in found.steps}
    assert outcomes.pop(Check.FACTOR_SET) is Outcome.NOT_CHECKED  # it names none
    assert set(outcomes.values()) == {Outcome.PASSED}
    assert verified(TEXT + b"\n", [KEY], KNOWN).holds


def test_without_a_register_chain_and_status_are_not_checked_rather_than_passed() -> None:
    found = verified(TEXT, [KEY])

    assert found.holds
    unseen = {s.check: s.reason for s in found.steps if s.outcome is Outcome.NOT_CHECKED}
    assert unseen == {
        Check.PREVIOUS: Reason.NO_REGISTER,
        Check.FACTOR_SET: Reason.NO_FACTOR_SET,
        Check.STATUS: Reason.NO_REGISTER,
    }
    assert Check.PREVIOUS not in failures(verified(TEXT, [KEY], previous="ab" * 32))
    assert failures(verified(TEXT, [KEY], previous="cd" * 32)) == {
        Check.PREVIOUS: Reason.PREVIOUS_MISMATCH
    }


@given(st.integers(0, len(TEXT) - 1), st.integers(1, 255))
def test_any_byte_that_is_changed_fails(place: int, by: int) -> None:
    changed = bytearray(TEXT)
    changed[place] ^= by

    found = verified(bytes(changed), [KEY], KNOWN)

    assert found.failed
    assert not found.holds


@given(st.integers(0, len(TEXT)), st.binary(min_size=1, max_size=3))
def test_any_byte_that_is_put_in_fails(place: int, more: bytes) -> None:
    longer = TEXT[:place] + more + TEXT[place:]

    assert longer == TEXT + b"\n" or not verified(longer, [KEY], KNOWN).holds


@given(st.integers(2, 40), st.data())
def test_any_device_left_out_fails_even_when_its_issuer_signs_again(
    count: int, data: st.DataObject
) -> None:
    whole = envelope(many_devices(count))
    payload = json.loads(whole.text())["payload"]
    del payload["devices"][data.draw(st.integers(0, count - 1))]
    forged = replace(whole, payload=payload, written=canonical(payload)).text()
    again = signed(payload, PRIVATE, whole.key_id).text()

    assert failures(verified(forged, [KEY])) == {
        Check.HASH: Reason.HASH_MISMATCH,
        Check.SIGNATURE: Reason.SIGNATURE_INVALID,
        Check.DEVICE_LIST: Reason.DEVICE_COUNT_MISMATCH,
    }
    assert failures(verified(again, [KEY])) == {Check.DEVICE_LIST: Reason.DEVICE_COUNT_MISMATCH}
    payload["serial_count"] -= 1
    recounted = signed(payload, PRIVATE, whole.key_id).text()
    assert failures(verified(recounted, [KEY])) == {Check.DEVICE_LIST: Reason.DEVICE_ROOT_MISMATCH}


@given(st.permutations(range(7)))
def test_any_other_order_of_the_devices_fails(order: list[int]) -> None:
    def change(payload: dict[str, Any]) -> None:
        payload["devices"] = [payload["devices"][n] for n in order]

    found = failures(verified(altered(change, again=True), [KEY]))

    same = order == sorted(order)
    assert found == ({} if same else {Check.DEVICE_ORDER: Reason.DEVICES_REORDERED})


def test_a_device_that_is_there_twice_or_without_a_leaf_fails() -> None:
    def twice(payload: dict[str, Any]) -> None:
        payload["devices"].insert(1, payload["devices"][0])
        payload["devices"].pop()

    def bare(payload: dict[str, Any]) -> None:
        payload["devices"][0]["leaf"] = "00"

    found = failures(verified(altered(twice, again=True), [KEY]))
    assert found[Check.DEVICE_ORDER] is Reason.DEVICES_REORDERED
    assert found[Check.DEVICE_LIST] is Reason.DEVICE_COUNT_MISMATCH
    assert failures(verified(altered(bare, again=True), [KEY])) == {
        Check.DEVICE_LIST: Reason.DEVICE_COUNT_MISMATCH
    }


def test_another_spelling_of_the_same_signature_fails() -> None:
    """Its last letter has four bits that no byte of it comes from."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    held = [
        letter
        for letter in letters
        if verified(
            replace(FLEET, signature=FLEET.signature[:-1] + letter).text(), [KEY], KNOWN
        ).holds
    ]

    assert held == [FLEET.signature[-1]]


def test_a_figure_that_is_changed_fails_by_hash_and_signature() -> None:
    def change(payload: dict[str, Any]) -> None:
        payload["reference"] = "LOT-2"

    found = failures(verified(altered(change), [KEY]))
    assert found == {
        Check.HASH: Reason.HASH_MISMATCH,
        Check.SIGNATURE: Reason.SIGNATURE_INVALID,
    }


def test_a_hash_that_was_made_to_fit_still_fails_by_signature() -> None:
    payload = {**FLEET.payload, "reference": "LOT-2"}
    written = canonical(payload)
    fitted = replace(FLEET, payload=payload, written=written, sha256=sha256(written)).text()

    assert failures(verified(fitted, [KEY])) == {Check.SIGNATURE: Reason.SIGNATURE_INVALID}


@pytest.mark.parametrize(
    ("key", "failed"),
    [
        pytest.param(None, {Check.KEY: Reason.KEY_UNKNOWN}, id="no key"),
        pytest.param(
            replace(KEY, valid_to=date(2026, 11, 22)),
            {Check.KEY_VALIDITY: Reason.KEY_EXPIRED},
            id="ended the day before",
        ),
        pytest.param(replace(KEY, valid_to=date(2026, 11, 23)), {}, id="ended on the day"),
        pytest.param(
            replace(KEY, valid_from=date(2026, 11, 24)),
            {Check.KEY_VALIDITY: Reason.KEY_NOT_YET_VALID},
            id="began the day after",
        ),
        pytest.param(
            replace(KEY, revoked_on=date(2027, 1, 1)),
            {Check.KEY_VALIDITY: Reason.KEY_REVOKED},
            id="revoked, even after the issue",
        ),
        pytest.param(
            replace(KEY, public=public_of(OTHER)),
            {Check.SIGNATURE: Reason.SIGNATURE_INVALID},
            id="another's under its id",
        ),
    ],
)
def test_a_key_must_be_known_valid_on_the_day_and_not_revoked(
    key: PublicKey | None, failed: dict[Check, Reason]
) -> None:
    found = verified(TEXT, [] if key is None else [key])

    assert failures(found) == failed
    assert found.holds is (not failed)


def test_a_forger_with_a_key_of_its_own_is_unknown() -> None:
    forged = envelope(many_devices(7), OTHER)

    assert forged.key_id == key_id_of(public_of(OTHER))
    assert failures(verified(forged.text(), [KEY])) == {Check.KEY: Reason.KEY_UNKNOWN}


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (CertificateState.SUPERSEDED, Reason.CERTIFICATE_SUPERSEDED),
        (CertificateState.REVOKED, Reason.CERTIFICATE_REVOKED),
    ],
)
def test_the_register_says_what_became_of_it(state: CertificateState, reason: Reason) -> None:
    register = Register(Entry(FLEET.sha256, state, "ab" * 32))

    assert failures(verified(TEXT, [KEY], register)) == {Check.STATUS: reason}


def test_what_the_register_does_not_have_or_has_elsewhere_in_the_chain_fails() -> None:
    moved = Register(Entry(FLEET.sha256, CertificateState.VALID, None))

    assert failures(verified(TEXT, [KEY], Register())) == {Check.STATUS: Reason.CERTIFICATE_UNKNOWN}
    assert failures(verified(TEXT, [KEY], moved)) == {Check.PREVIOUS: Reason.PREVIOUS_MISMATCH}


def test_a_factor_set_must_be_one_that_is_known_by_its_hash() -> None:
    def change(payload: dict[str, Any]) -> None:
        payload["factor_set"] = {"id": "be-v2", "sha256": "00"}

    text = altered(change, again=True)
    entry = Entry(json.loads(text)["sha256"], CertificateState.VALID, "ab" * 32)

    assert verified(text, [KEY], Register(entry, {"be-v2": "00"})).holds
    unknown = {Check.FACTOR_SET: Reason.FACTOR_SET_UNKNOWN}
    assert failures(verified(text, [KEY], Register(entry, {"be-v2": "01"}))) == unknown
    assert failures(verified(text, [KEY], Register(entry, {}))) == unknown


def test_a_version_that_nobody_knows_is_not_taken_for_one_that_is() -> None:
    text = altered(lambda payload: payload.update(version=2), again=True)
    true = altered(lambda payload: payload.update(version=True), again=True)

    for each in (text, true):
        found = verified(each, [KEY])
        assert failures(found) == {Check.VERSION: Reason.VERSION_UNKNOWN}
        assert not found.holds


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b"\xff", TEXT[:-1], b'{"payload":{}}', TEXT * 2]
)
def test_what_is_no_certificate_fails_by_its_form_alone(text: bytes) -> None:
    found = verified(text, [KEY])

    assert failures(found) == {Check.CANONICAL_FORM: Reason.NOT_AN_ENVELOPE}
    assert not found.holds


NAMES = (
    *("id", "version", "kind", "issued_on", "issuer", "previous_sha256", "factor_set"),
    *("devices", "erasures", "serial_count", "merkle_root", "medium", "leaf", "name"),
)
JSON = st.recursive(
    st.one_of(st.integers(-3, 3), st.booleans(), st.sampled_from(["", "00", "2026-11-23", "é"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(NAMES), JSON), st.sampled_from([None, KNOWN, Register()]))
def test_no_payload_makes_verifying_fail_otherwise(
    payload: dict[str, Any], register: Register | None
) -> None:
    text = signed(payload, PRIVATE, FLEET.key_id).text()

    found = verified(text, [KEY], register)

    assert [step.check for step in found.steps] == list(Check)
    signature = next(step for step in found.steps if step.check is Check.SIGNATURE)
    assert signature.outcome is Outcome.PASSED
    CertificateVerification.of(Stated(found, None, None, ()))


def test_a_certificate_that_was_written_anew_says_so_and_its_signature_holds() -> None:
    pretty = json.dumps(json.loads(TEXT), indent=1, ensure_ascii=False).encode()

    assert failures(verified(pretty, [KEY])) == {Check.CANONICAL_FORM: Reason.NOT_CANONICAL}


def test_the_media_of_a_device_are_on_its_list_too() -> None:
    whole = envelope(one_device())
    payload = json.loads(whole.text())["payload"]
    assert payload["serial_count"] == 3
    assert verified(whole.text(), [KEY]).holds

    del payload["erasures"][0]

    forged = signed(payload, PRIVATE, whole.key_id).text()
    assert failures(verified(forged, [KEY])) == {Check.DEVICE_LIST: Reason.DEVICE_COUNT_MISMATCH}
