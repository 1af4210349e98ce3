"""Numbers that devices are known by, proofs that they may leave, and chains of events."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.units import (
    Imei,
    ImeiFault,
    UnitEventKind,
    event_hash,
    imei,
    imei_identifier,
    masked,
    serial,
    serial_identifier,
)
from domain.units.proofs import (
    Diagnostic,
    Erasure,
    ErasureMethod,
    ErasureResult,
    ErasureTechnique,
    ProofFault,
    diagnostic_fault,
    erasure_fault,
)

NOW = datetime(2026, 11, 6, tzinfo=UTC)
UNIT = UUID(int=1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("490154203237518", "490154203237518"),
        ("49-015420-323751-8", "490154203237518"),
        (" 49 0154 2032 37518 ", "490154203237518"),
        ("490154203237517", ImeiFault.CHECK_DIGIT),
        ("490154203237519", ImeiFault.CHECK_DIGIT),
        ("49015420323751", ImeiFault.LENGTH),
        ("4901542032375189", ImeiFault.LENGTH),
        ("A90154203237518", ImeiFault.NOT_DIGITS),
        ("", ImeiFault.NOT_DIGITS),
        ("٤٩٠١٥٤٢٠٣٢٣٧٥١٨", ImeiFault.NOT_DIGITS),
    ],
)
def test_an_imei_has_fifteen_digits_of_which_the_last_checks_the_others(
    text: str, found: str | ImeiFault
) -> None:
    read = imei(text)

    assert (read.digits if isinstance(read, Imei) else read) == found
    if isinstance(read, Imei):
        assert read.tac == "49015420"


@given(st.text("0123456789", min_size=15, max_size=15), st.integers(0, 14))
def test_one_wrong_digit_never_passes(digits: str, place: int) -> None:
    if isinstance(imei(digits), Imei):
        other = str((int(digits[place]) + 1) % 10)
        assert imei(digits[:place] + other + digits[place + 1 :]) is ImeiFault.CHECK_DIGIT


def test_a_serial_number_is_its_makers_and_its_spelling_does_not_matter() -> None:
    spelt = serial(" c02-xk1.abc ")

    assert spelt == "C02XK1ABC"
    assert serial("x!") is None
    assert serial_identifier(spelt, "calder") == serial_identifier("C02XK1ABC", "calder")
    assert serial_identifier(spelt, "calder").key != serial_identifier(spelt, "other").key
    assert imei_identifier(Imei("490154203237518")).key == "IMEI:490154203237518"
    assert masked("490154203237518") == "•" * 11 + "7518"


def _erased(**more: object) -> Erasure:
    facts: dict[str, object] = {
        "result": ErasureResult.VALIDATED, "at": NOW, "standard": "NIST_800_88", "tool": "t",
        "method": ErasureMethod.PURGE, "technique": ErasureTechnique.CRYPTO_ERASE,
    }  # fmt: skip
    return Erasure(**facts | more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("erasure", "storage", "fault"),
    [
        (_erased(), True, None),
        (None, True, ProofFault.NONE_GIVEN),
        (None, False, None),
        (_erased(result=ErasureResult.VERIFIED), True, ProofFault.NOT_VALIDATED),
        (_erased(result=ErasureResult.SUCCEEDED), True, ProofFault.NOT_VALIDATED),
        (_erased(result=ErasureResult.NOT_APPLICABLE), True, ProofFault.HAS_STORAGE),
        (_erased(result=ErasureResult.NOT_APPLICABLE), False, None),
        (_erased(tool=None), True, ProofFault.FACTS_MISSING),
        (_erased(technique=ErasureTechnique.FACTORY_RESET), True, ProofFault.METHOD_NOT_SHOWN),
        (_erased(technique=ErasureTechnique.FACTORY_RESET, encrypted=True), True, None),
        (
            _erased(technique=ErasureTechnique.FACTORY_RESET, method=ErasureMethod.CLEAR),
            True,
            None,
        ),
        (_erased(technique=ErasureTechnique.SHRED), True, ProofFault.DEVICE_DESTROYED),
        (_erased(at=NOW + timedelta(seconds=1)), True, ProofFault.FROM_THE_FUTURE),
    ],
)
def test_only_a_validated_erasure_lets_a_device_with_data_leave(
    erasure: Erasure | None, *, storage: bool, fault: ProofFault | None
) -> None:
    assert erasure_fault(erasure, NOW, storage=storage) == fault


def test_one_test_that_failed_keeps_a_device_here() -> None:
    good = Diagnostic("p", True, NOW, 80, {"screen": True})
    bad = Diagnostic("p", True, NOW, 80, {"screen": True, "camera": False})

    assert diagnostic_fault(good, NOW) is None
    assert diagnostic_fault(bad, NOW) is ProofFault.NOT_PASSED
    assert diagnostic_fault(Diagnostic("p", True, NOW, 79), NOW) is ProofFault.BATTERY_LOW


@given(st.dictionaries(st.text(max_size=5), st.integers(-9, 9), min_size=1, max_size=4))
def test_a_chain_tells_each_change_and_not_the_order_of_names(data: dict[str, int]) -> None:
    def made(facts: dict[str, int], before: bytes = b"", n: int = 1) -> bytes:
        return event_hash(before, UNIT, n, UnitEventKind.SOLD, NOW, facts)

    first = made(data)

    assert made(dict(reversed(list(data.items())))) == first
    key = next(iter(data))
    assert made(data | {key: data[key] + 1}) != first
    assert made(data, before=first) != first
    assert made(data, n=2) != first
