"""Signatures as the published scheme has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.partners.signing import (
    SIGNATURE,
    TIMESTAMP,
    Unverified,
    headers,
    read,
    sign,
    verify,
    written,
)

SECRET = bytes(range(32))
ID = "0192f6a1-7c1e-7b4e-9d51-3f6a4d0c2b11"
AT = 1_795_428_000
BODY = (
    b'{"id":"0192f6a1-7c1e-7b4e-9d51-3f6a4d0c2b11","topic":"feed.run_finished","version":4,'
    b'"at":"2026-11-23T10:00:00.000Z","object":{"type":"FeedRun","id":"RmVlZFJ1bjox"},'
    b'"data":{"state":"COMPLETED"}}'
)
MADE_BY_OPENSSL = "v1,kx6PmKHejPWXwSS6K6QfsfzZ4Yr5Gr60O3/E9S5iWVY="
secrets = st.binary(min_size=24, max_size=64)


def test_a_signature_is_the_one_that_openssl_makes() -> None:
    assert sign(SECRET, ID, AT, BODY) == MADE_BY_OPENSSL
    assert written(SECRET) == "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@given(secrets)
def test_a_secret_is_read_as_it_was_written(secret: bytes) -> None:
    assert read(written(secret)) == read(written(secret).removeprefix("whsec_")) == secret


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_AAAA", "whsec_%%%", "bcl_live_x", "é" * 40])
def test_what_is_no_secret_is_none(text: str) -> None:
    assert read(text) is None


@given(st.lists(secrets, min_size=1, max_size=2), st.text(min_size=1), st.binary())
def test_what_was_signed_is_verified_by_each_of_its_secrets(
    used: list[bytes], message_id: str, body: bytes
) -> None:
    sent = headers(used, message_id, AT, body)

    assert all(verify([secret], sent, body, AT) is None for secret in used)


@given(secrets, secrets, st.binary(), st.binary(), st.integers(0, 600))
def test_another_secret_body_id_or_time_is_refused(
    secret: bytes, other: bytes, body: bytes, changed: bytes, seconds: int
) -> None:
    sent = headers([secret], ID, AT, body)
    forged = [
        verify([other], sent, body, AT) if other != secret else Unverified.OTHER,
        verify([secret], sent, changed, AT) if changed != body else Unverified.OTHER,
        verify([secret], sent | {"webhook-id": ID[:-1]}, body, AT),
        verify([secret], sent | {TIMESTAMP: str(AT + 1)}, body, AT),
    ]

    assert forged == [Unverified.OTHER] * 4
    late = verify([secret], sent, body, AT + seconds)
    early = verify([secret], sent, body, AT - seconds)
    inside = seconds <= 300
    assert (late, early) == ((None, None) if inside else (Unverified.TOO_OLD, Unverified.TOO_NEW))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"webhook-id": ""}, Unverified.NO_ID),
        ({TIMESTAMP: ""}, Unverified.NO_TIMESTAMP),
        ({TIMESTAMP: "2026-11-23"}, Unverified.BAD_TIMESTAMP),
        ({TIMESTAMP: "-5"}, Unverified.BAD_TIMESTAMP),
        ({SIGNATURE: ""}, Unverified.NO_SIGNATURE),
        ({SIGNATURE: MADE_BY_OPENSSL.removeprefix("v1,")}, Unverified.NO_V1),
        ({SIGNATURE: f"v1a,abc {MADE_BY_OPENSSL}"}, None),
        ({SIGNATURE: "v1,é"}, Unverified.OTHER),
    ],
)
def test_it_is_told_what_is_wrong_with_a_request(
    changed: dict[str, str], why: Unverified | None
) -> None:
    assert verify([SECRET], headers([SECRET], ID, AT, BODY) | changed, BODY, AT) == why
