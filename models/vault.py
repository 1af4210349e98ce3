"""Secrets that must be read back: encrypted, and bound to the row that they stand in.

Source: NIST SP 800-38D (AES-GCM), RFC 5869 (HKDF).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class SecretLost(Exception):
    """A secret was encrypted with a key that is not there any more, or for another row."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a secret stands: it opens nowhere else."""

    table: str
    column: str
    row_id: UUID

    def text(self) -> bytes:
        """The associated data of the encryption."""
        return f"{self.table}.{self.column}:{self.row_id}".encode()


class Vault:
    """Encrypts with the first of its keys and decrypts with all of them."""

    def __init__(self, keys: Sequence[tuple[str, bytes]] = ()) -> None:
        """Take key ids and 256-bit keys; without any, one that ends with the process."""
        given = list(keys) or [("process", os.urandom(32))]
        self._keys = dict(given)
        self._first = given[0][0]

    def close(self, secret: bytes, cell: Cell) -> bytes:
        """The secret, encrypted: length and text of the key's id, nonce, ciphertext."""
        key_id, nonce = self._first.encode(), os.urandom(_NONCE)
        closed = AESGCM(self._derived(self._first, "cells")).encrypt(nonce, secret, cell.text())
        return bytes([len(key_id)]) + key_id + nonce + closed

    def open(self, closed: bytes, cell: Cell) -> bytes:
        """The secret as it was. Raises: SecretLost."""
        end = 1 + closed[0]
        key_id, nonce = closed[1:end].decode(), closed[end : end + _NONCE]
        if key_id not in self._keys:
            raise SecretLost(f"key {key_id!r} is not among BOUCLE_KEYS")
        try:
            cipher = AESGCM(self._derived(key_id, "cells"))
            return cipher.decrypt(nonce, closed[end + _NONCE :], cell.text())
        except InvalidTag as error:
            raise SecretLost("the text was changed, or belongs to another row") from error

    def secrets(self, purpose: str) -> list[bytes]:
        """A secret for a purpose under each key, that of the key in use first."""
        order = sorted(self._keys, key=lambda key_id: key_id != self._first)
        return [self._derived(key_id, purpose) for key_id in order]

    def _derived(self, key_id: str, purpose: str) -> bytes:
        info = f"boucle {purpose}".encode()
        return HKDF(SHA256(), 32, salt=None, info=info).derive(self._keys[key_id])
