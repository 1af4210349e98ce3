"""The numbers that docs/certificates.md gives to whoever writes a verifier."""

import hashlib
import json

import pytest

from domain.canonical import NotCanonical, canonical, parsed, sha256
from domain.units.certificates import code_in, code_of, shown
from domain.units.certificates.envelope import signed
from domain.units.certificates.merkle import (
    Salted,
    climbed,
    identity,
    imei_identity,
    masked,
    path,
    root,
    serial_identity,
)
from tests.certificates import KEY, PRIVATE

DOCUMENT = json.loads(
    '{"version":1,"id":"cert-1","subject":{"name":"Société É","legal_id":"FR12"},'
    '"net_kgco2e":"433.966733","units":17,'
    '"counts":{"resold":13,"parts":0,"recycled":3,"lost":1}}'
)
WRITTEN = (
    '{"counts":{"lost":1,"parts":0,"recycled":3,"resold":13},"id":"cert-1",'
    '"net_kgco2e":"433.966733","subject":{"legal_id":"FR12","name":"Société É"},'
    '"units":17,"version":1}'
)
SHA256 = "dfd9de3a2e3f7f824e746026f65f18b717ba867ab9dc5181b2a274d8164b5082"
SIGNATURE = "pow8dzGPOUdZ_7w4HFFzLHCgZcHk4NXg0x84eDcwWNDiyF-0Wsyz1DqsN0_-v0lpcGsdMODe-vsdaUHQ9McGAg"
DEVICES = [
    Salted(imei_identity("490154203237518"), b"\x00" * 16),
    Salted(serial_identity("Apple", "C02XK0AAJGH5"), b"\x01" * 16),
    Salted(serial_identity("Dell", "7XJ2-K33"), b"\x02" * 16),
]


def test_the_canonical_form_of_the_example_is_these_bytes() -> None:
    found = canonical(DOCUMENT)

    assert found == WRITTEN.encode()
    assert len(found) == 171
    assert sha256(found) == SHA256


def test_the_signature_of_the_example_is_this_one() -> None:
    found = signed(DOCUMENT, PRIVATE, KEY.key_id)

    assert (found.sha256, found.signature) == (SHA256, SIGNATURE)
    assert KEY.signed(found.written, SIGNATURE)


def test_the_tree_over_the_three_devices_has_this_root() -> None:
    leaves = [each.leaf for each in DEVICES]

    assert [each.hex()[:8] for each in leaves] == ["7372bb29", "e6c75d93", "8ab60d1c"]
    assert root(leaves).hex() == "980d5861f08bd306d02323e864dadf307d6f13ac77c3c048960706506d92dfc2"
    two = "e2778c2787932c6a2c2d39e32883cc153fc9b3689c482bee12c7f4a46cdde96f"
    assert root(leaves[:2]).hex() == two
    one = "7372bb296785132f722eb89d143c2747382f7ebfe2d178935da0b7907195b932"
    assert root(leaves[:1]).hex() == one == leaves[0].hex()


def test_each_device_climbs_to_the_root_and_to_no_other() -> None:
    leaves = [each.leaf for each in DEVICES]
    top = root(leaves)

    for each in leaves:
        assert climbed(each, path(leaves, each)) == top
        assert climbed(hashlib.sha256(each).digest(), path(leaves, each)) != top
    with pytest.raises(ValueError, match="tree"):
        root([])


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(1.5, id="a float"),
        pytest.param(None, id="null"),
        pytest.param(2**53, id="an integer that readers differ on"),
        pytest.param("e\u0301", id="a text that is not NFC"),
        pytest.param("\ud800", id="half a surrogate pair"),
        pytest.param({"É": 1}, id="a key outside ASCII"),
        pytest.param({"Name": 1}, id="a key with capitals"),
        pytest.param(b"1", id="bytes"),
        pytest.param([[float("nan")]], id="not a number"),
    ],
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical({"name": value})


@pytest.mark.parametrize(
    "text", [b'{"a":1,"a":1}', b'{"a":1.0}', b'{"a":1e3}', b'{"a":NaN}', b"[1]", b"\xff", b""]
)
def test_a_document_is_read_strictly(text: bytes) -> None:
    with pytest.raises(NotCanonical):
        parsed(text)


def test_identities_are_written_one_way_and_shown_masked() -> None:
    assert identity("49 0154-203237518") == "IMEI:490154203237518"
    assert identity("sn:apple:c02xk0aajgh5") == DEVICES[1].identity
    assert DEVICES[2].identity == "SN:DELL:7XJ2K33"
    assert masked("IMEI:490154203237518") == "IMEI:••••••••••••518"
    assert masked("SN:DELL:AB1") == "SN:DELL:••1"
    assert masked("SN:DELL:A") == "SN:DELL:•"


def test_a_code_is_read_however_it_was_typed() -> None:
    code = code_of(bytes(range(10)))

    assert len(code) == 16
    assert code_in(shown(code).lower()) == code
    assert code_in("O123-456I-89AB-CDEF") == "0123456189ABCDEF"
    assert code_in("0123-4567") is None
    assert code_in("U123456789ABCDEF") is None
