"""What was issued once verifies for ever: these files are not to be written again."""

from itertools import pairwise
from pathlib import Path

import pytest

from domain.units.certificates.envelope import keys_in, read
from domain.units.certificates.verifying import verified

FOLDER = Path(__file__).parents[2] / "data" / "certificates"
HASHES = {
    "erasure-v1.json": "4155b8eac886667e4d04d3e53dd7215dc5a15860442c7f7454f53dd48fe52126",
    "fleet-v1.json": "c95f23d579ee0728d87925bca32d1307d08058c60e61de073bb2714942c907dd",
    "impact-v1.json": "fc90b1abf7698f043e48458b1e47644d4ce1b57e0aa6e5190774b9b50ab89e07",
}


@pytest.mark.parametrize("name", HASHES)
def test_a_certificate_of_version_1_still_verifies(name: str) -> None:
    keys = keys_in((FOLDER / "keys.json").read_bytes())
    text = (FOLDER / name).read_bytes()

    envelope, same = read(text)
    found = verified(text, keys)

    assert same
    assert (envelope.sha256, envelope.payload["version"]) == (HASHES[name], 1)
    assert found.holds, found.failed


def test_the_three_are_a_chain() -> None:
    envelopes = [read((FOLDER / name).read_bytes())[0] for name in HASHES]

    assert "previous_sha256" not in envelopes[0].payload
    for one, two in pairwise(envelopes):
        assert two.payload["previous_sha256"] == one.sha256
