"""Nothing but validated erasures, or destruction, lets a device go."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.raas import ASSET_MOVES, AssetState, Disposition
from domain.raas.erasing import (
    MOVES,
    DispositionFault,
    ErasingFault,
    Medium,
    MediumState,
    MediumType,
    Partner,
    Try,
    Validation,
    Verification,
    disposition_fault,
    effective,
    erased,
    tried,
    validated,
)
from domain.units.proofs import ErasureMethod, ErasureTechnique

M, T, S, A = ErasureMethod, ErasureTechnique, MediumState, AssetState
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
FLASH = Medium(MediumType.FLASH)
RAN = Verification("FULL_READ", 10_000, passed=True)
GOOD = Validation("OP-2", passed=True, at=NOW)
PURGED = Try(
    M.PURGE, T.CRYPTO_ERASE, "Wiper", "1", "OP-1", "technician", "Lyon",
    NOW - timedelta(hours=1), NOW, succeeded=True, verification=RAN, validation=GOOD,
)  # fmt: skip
FAILED = replace(PURGED, succeeded=False, verification=None, validation=None)


def test_golden_17_of_erasures() -> None:
    assert effective(M.PURGE, T.FACTORY_RESET, encrypted=False) is M.CLEAR
    assert effective(M.PURGE, T.FACTORY_RESET, encrypted=True) is M.PURGE
    verified = tried(FLASH, replace(PURGED, validation=None), NOW)
    assert isinstance(verified, Medium)
    assert erased([verified], storage=True) is None
    fault = disposition_fault(A.DIAGNOSED, Disposition.RESELL, None, None, proof=False)
    assert fault is DispositionFault.ERASURE_NOT_VALIDATED


def test_two_media_need_two() -> None:
    done = tried(FLASH, PURGED, NOW)
    assert isinstance(done, Medium)

    assert erased([done, FLASH], storage=True) is None
    assert erased([done, done], storage=True) is A.ERASED
    assert erased([], storage=True) is None
    assert erased([], storage=False) is A.ERASED


def test_a_method_that_failed_twice_is_followed_by_the_next_and_at_last_by_destruction() -> None:
    medium, states = FLASH, []
    clear = replace(FAILED, method=M.CLEAR, technique=T.OVERWRITE)
    for each in (clear, clear, FAILED, FAILED):
        found = tried(medium, each, NOW)
        assert isinstance(found, Medium)
        medium = found
        states.append(medium.state)
    assert states == [S.FAILED, S.QUARANTINED, S.FAILED, S.QUARANTINED]
    assert tried(medium, PURGED, NOW) is ErasingFault.STRONGER_METHOD_NEEDED
    assert erased([medium], storage=True) is A.ERASURE_FAILED
    shredded = tried(medium, replace(PURGED, method=M.DESTROY, technique=T.SHRED), NOW)
    assert isinstance(shredded, Medium)
    assert erased([shredded], storage=True) is A.DESTROYED
    assert erased([replace(shredded, removable=True)], storage=True) is A.ERASED


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"technique": T.DEGAUSS}, ErasingFault.TECHNIQUE_NOT_FOR_MEDIUM),
        ({"technique": T.OVERWRITE}, ErasingFault.TECHNIQUE_NOT_OF_METHOD),
        ({"technique": T.SHRED}, ErasingFault.TECHNIQUE_NOT_OF_METHOD),
        ({"verification": None}, ErasingFault.VERIFICATION_MISSING),
        ({"validation": replace(GOOD, by="")}, ErasingFault.VALIDATOR_MISSING),
        ({"ended_at": NOW + timedelta(seconds=1)}, ErasingFault.TIMES_INVALID),
        ({"tool_version": ""}, ErasingFault.FACTS_MISSING),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, object], fault: ErasingFault) -> None:
    assert tried(FLASH, replace(PURGED, **change), NOW) is fault  # type: ignore[arg-type]


def test_only_what_was_verified_is_validated_later() -> None:
    verified = tried(FLASH, replace(PURGED, validation=None), NOW)
    assert isinstance(verified, Medium)

    assert validated(FLASH, GOOD) is ErasingFault.NOT_VERIFIED
    for passed, state in ((True, S.VALIDATED), (False, S.FAILED)):
        found = validated(verified, replace(GOOD, passed=passed))
        assert isinstance(found, Medium)
        assert found.state is state


TRIES = st.builds(
    lambda method, technique, ok, ran, word: replace(
        PURGED,
        method=method,
        technique=technique,
        succeeded=ok,
        verification=replace(RAN, passed=ran) if ran is not None else None,
        validation=replace(GOOD, passed=word) if word is not None else None,
    ),
    st.sampled_from(M),
    st.sampled_from(T),
    st.booleans(),
    st.none() | st.booleans(),
    st.none() | st.booleans(),
)


@given(st.sampled_from(MediumType), st.lists(TRIES, max_size=12))
def test_whatever_is_tried_media_move_along_their_moves_and_lie_only_when_proved(
    kind: MediumType, tries: list[Try]
) -> None:
    medium = Medium(kind)
    for each in tries:
        found = tried(medium, each, NOW)
        if isinstance(found, ErasingFault):
            continue
        assert found.state in MOVES[medium.state]
        medium = found
        if medium.state in {S.VALIDATED, S.DESTROYED}:
            proved = [each.verification, each.validation]
            assert each.succeeded
            assert all(word is not None and word.passed for word in proved)
    state = erased([medium], storage=True)
    assert (
        state is None or state is A.DIAGNOSED or state in {*ASSET_MOVES[A.DIAGNOSED], A.DESTROYED}
    )


CERTIFIED, LAPSED = Partner("RECYCLER", frozenset({"R2V3"})), Partner("RECYCLER")


@pytest.mark.parametrize(
    ("to", "reason", "partner", "proof", "fault"),
    [
        (Disposition.RESELL, None, None, False, None),
        (Disposition.PARTS, None, None, True, DispositionFault.REASON_REQUIRED),
        (Disposition.PARTS, "cracked", None, False, DispositionFault.EVIDENCE_REQUIRED),
        (Disposition.PARTS, "cracked", None, True, None),
        (Disposition.RECYCLE, "dead", None, True, DispositionFault.PARTNER_REQUIRED),
        (Disposition.RECYCLE, "dead", LAPSED, True, DispositionFault.PARTNER_NOT_CERTIFIED),
        (Disposition.RECYCLE, "dead", CERTIFIED, True, None),
        (Disposition.DONATE, "old", LAPSED, True, None),
    ],
)
def test_a_later_disposition_needs_a_reason_a_proof_and_somebody_who_may(
    to: Disposition,
    reason: str | None,
    partner: Partner | None,
    proof: bool,
    fault: DispositionFault | None,
) -> None:
    assert disposition_fault(A.ERASED, to, reason, partner, proof=proof) is fault
