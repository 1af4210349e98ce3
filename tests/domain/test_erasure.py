"""An erasure goes its way: two tries of a method, then the next, then the shredder."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.units.erasure import (
    MOST_TRIES,
    ErasureFault,
    ErasureState,
    MediumType,
    NotAllowed,
    Standing,
    allowed,
    independent,
    move,
    next_method,
    path,
    shown,
    technique_fault,
    word,
)
from domain.units.proofs import ErasureMethod, ErasureTechnique

S, M, T = ErasureState, ErasureMethod, ErasureTechnique
ORDER = list(M)


def test_a_phone_that_was_reset_without_proof_of_encryption_is_cleared_and_no_more() -> None:
    assert shown(M.PURGE, T.FACTORY_RESET, encrypted=False) is M.CLEAR
    assert shown(M.PURGE, T.FACTORY_RESET, encrypted=True) is M.PURGE
    assert shown(M.PURGE, T.CRYPTO_ERASE, encrypted=False) is M.PURGE
    assert shown(M.DESTROY, T.OVERWRITE, encrypted=True) is M.PURGE
    assert shown(M.CLEAR, T.SHRED, encrypted=False) is M.DESTROY


@pytest.mark.parametrize(
    ("said", "method"),
    [
        ("basic", M.CLEAR), ("Baseline", M.CLEAR), ("enhanced", M.PURGE),
        ("cryptographic erasure", M.PURGE), ("PHYSICAL destruction", M.DESTROY), ("quick", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_words_of_tools_are_methods(said: str, method: ErasureMethod | None) -> None:
    assert word(said) is method


def test_a_magnet_does_nothing_to_flash() -> None:
    told = {medium for medium in MediumType if technique_fault(T.DEGAUSS, medium)}

    assert told == set(MediumType) - {MediumType.HDD, MediumType.OTHER}
    assert technique_fault(T.DEGAUSS, MediumType.UFS) is ErasureFault.DEGAUSS_ON_FLASH
    assert technique_fault(T.OVERWRITE, MediumType.SSD) is None


@pytest.mark.parametrize(
    ("operator", "validator", "other"),
    [("Ann", "Bob", True), ("Ann", " ann ", False), (None, "Bob", False), ("Ann", None, False)],
)
def test_another_person_validates(operator: str | None, validator: str | None, other: bool) -> None:
    assert independent(operator, validator) is other


@given(st.sampled_from(S), st.sampled_from(S))
def test_a_report_means_steps_that_follow_one_another(now: ErasureState, to: ErasureState) -> None:
    standing = Standing(now, M.CLEAR, 1)
    for step in path(standing, to):
        after = move(
            standing, step, None if standing.state in {S.FAILED, S.QUARANTINED} else M.CLEAR
        )
        if not isinstance(after, Standing):
            assert isinstance(after, NotAllowed)
            return
        standing = after
    assert standing.state is to


class Erasing(RuleBasedStateMachine):
    """One medium, and whatever is told of it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = Standing()
        self.ran: list[ErasureMethod] = []

    @rule(to=st.sampled_from(S), method=st.none() | st.sampled_from(M))
    def told(self, to: ErasureState, method: ErasureMethod | None) -> None:
        before = self.now
        after = move(before, to, method)
        if isinstance(after, NotAllowed):
            assert to not in allowed(before)
            assert set(after.allowed) == allowed(before)
        elif isinstance(after, ErasureFault):
            assert to is S.RUNNING
        else:
            assert to in allowed(before)
            self.now = after
            if to is S.RUNNING and after.method:
                self.ran.append(after.method)

    @precondition(lambda self: self.now.state is S.QUARANTINED)
    @rule()
    def goes_on(self) -> None:
        wanted = next_method(self.now)
        assert (S.RUNNING in allowed(self.now)) == (wanted is not None)

    @invariant()
    def methods_only_grow_and_are_tried_twice(self) -> None:
        places = [ORDER.index(each) for each in self.ran]
        assert places == sorted(places)
        assert all(self.ran.count(each) <= MOST_TRIES for each in M)
        assert self.now.tries <= MOST_TRIES

    @invariant()
    def only_what_is_validated_or_destroyed_has_no_way_on(self) -> None:
        assert bool(allowed(self.now)) == (self.now.state not in {S.VALIDATED, S.DESTROYED})

    @invariant()
    def what_is_validated_was_verified(self) -> None:
        if self.now.state is S.VALIDATED:
            assert self.ran


TestErasing: Any = Erasing.TestCase
TestErasing.settings = settings(max_examples=200, stateful_step_count=40)
