"""A secret opens in its own row, with a key that is still there, and as it was written."""

from uuid import UUID

import pytest

from models.vault import Cell, SecretLost, Vault

ROW = Cell("account", "second_factor", UUID(int=1))
ONE, TWO = ("k1", b"1" * 32), ("k2", b"2" * 32)


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    old = Vault([ONE]).close(b"secret", ROW)
    both = Vault([TWO, ONE])

    assert both.open(old, ROW) == b"secret"
    assert Vault([TWO]).open(both.close(b"secret", ROW), ROW) == b"secret"
    with pytest.raises(SecretLost):
        Vault([TWO]).open(old, ROW)


def test_the_same_secret_is_never_written_alike() -> None:
    vault = Vault([ONE])

    assert vault.close(b"secret", ROW) != vault.close(b"secret", ROW)
    assert b"secret" not in vault.close(b"secret", ROW)


@pytest.mark.parametrize(
    "cell",
    [
        Cell("account", "second_factor", UUID(int=2)),
        Cell("account", "other", UUID(int=1)),
        Cell("other", "second_factor", UUID(int=1)),
    ],
    ids=["another row", "another column", "another table"],
)
def test_a_secret_that_was_moved_does_not_open(cell: Cell) -> None:
    vault = Vault([ONE])

    with pytest.raises(SecretLost):
        vault.open(vault.close(b"secret", ROW), cell)


@pytest.mark.parametrize("at", [5, 20, -1])
def test_a_secret_that_was_changed_does_not_open(at: int) -> None:
    vault = Vault([ONE])
    closed = bytearray(vault.close(b"secret", ROW))
    closed[at] ^= 1

    with pytest.raises(SecretLost):
        vault.open(bytes(closed), ROW)


def test_a_secret_of_one_purpose_says_nothing_of_another() -> None:
    first, second = Vault([TWO, ONE]).secrets("codes")

    assert first == Vault([TWO]).secrets("codes")[0]
    assert second == Vault([ONE]).secrets("codes")[0]
    assert len({first, second, *Vault([TWO, ONE]).secrets("mails")}) == 4
    assert Vault().secrets("codes") != Vault().secrets("codes")
