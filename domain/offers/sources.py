"""Where a feed is pulled from, and with which credentials: what may be stored, and what may not.

The form of an address is checked when it is stored, to tell a merchant early. Whether it may be
called is decided where the socket is opened.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from domain.accounts.places import public

WEB_PORTS: Final = frozenset({80, 443, 8443})
SFTP_PORTS: Final = frozenset({22, 2222})
LONGEST_URL: Final = 2_000
LONGEST_SECRET: Final = 4_096
LONGEST_KEY: Final = 16_384
SHOWN: Final = 80
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_SFTP: Final = re.compile(
    r"sftp://(?P<user>[^/@:\s]{1,255})@(?P<host>\[[0-9a-fA-F:.]+\]|[^/@:\s\[\]]+)"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<folder>/(?:[^\s?*\[\]][^?*\[\]]*/)?)(?P<pattern>[^/]+)"
)
_INSIDE: Final = re.compile(r"(?:.*\.)?(?:localhost|local|internal|home\.arpa)")
_ODD_NUMBER: Final = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*")
_FINGERPRINT: Final = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_HEADER_TEXT: Final = re.compile(r"[\x21-\x7e]+")
_KEY_NAME: Final = re.compile(r"[A-Za-z0-9_.\[\]-]{1,100}")
_PRIVATE_KEY: Final = re.compile(
    r"\s*-----BEGIN (?P<kind>[A-Z ]*PRIVATE KEY)-----[A-Za-z0-9+/=\s]+-----END (?P=kind)-----\s*"
)


class CredentialKind(StrEnum):
    """How we say who we are to a merchant's server."""

    BASIC = "BASIC"
    BEARER = "BEARER"
    QUERY_KEY = "QUERY_KEY"
    PASSWORD = "PASSWORD"  # noqa: S105 - a kind, no secret
    PRIVATE_KEY = "PRIVATE_KEY"


OF_SFTP: Final = frozenset({CredentialKind.PASSWORD, CredentialKind.PRIVATE_KEY})
PARTS: Final[Mapping[CredentialKind, tuple[str, ...]]] = {
    CredentialKind.BASIC: ("user", "password"),
    CredentialKind.BEARER: ("token",),
    CredentialKind.QUERY_KEY: ("name", "value"),
    CredentialKind.PASSWORD: ("password",),
    CredentialKind.PRIVATE_KEY: ("private_key",),
}
_OPEN_PARTS: Final = frozenset({"user", "name"})


@dataclass(frozen=True, slots=True)
class Wrong:
    """A value that a feed cannot have.

    Shapes: `field` is its name with dots between the parts; `value` is what was given, 80
    characters at most, None for a secret; `fix` says what would do.
    """

    field: str
    value: str | None
    fix: str


@dataclass(frozen=True, slots=True)
class SftpPlace:
    """A file on a merchant's SFTP server: the newest in `folder` whose name fits `pattern`.

    Shapes: `folder` ends in `/`; `/~/` begins one below the folder of the account.
    """

    user: str
    host: str
    port: int
    folder: str
    pattern: str


def shown(value: object) -> str | None:
    """A value as a refusal names it."""
    return None if value is None else str(value)[:SHOWN]


def sftp_place(url: str) -> SftpPlace | None:
    """What an address of the form `sftp://user@host[:port]/folder/pattern` names; None for others.

    Nothing in it is percent-encoded; `*`, `?` and `[…]` stand in the last part only.
    """
    found = _SFTP.fullmatch(url)
    if found is None:
        return None
    host, port = found["host"].strip("[]").rstrip(".").lower(), int(found["port"] or 22)
    return SftpPlace(found["user"], host, port, found["folder"], found["pattern"])


def is_sftp(url: str | None) -> bool:
    """Whether an address is one of an SFTP server."""
    return url is not None and url[:5].lower() == "sftp:"


def party(url: str | None) -> tuple[str, str | None, int | None] | None:
    """To whom credentials for this address would be shown: scheme, host and port."""
    if url is None:
        return None
    if (place := sftp_place(url)) is not None:
        return "sftp", place.host, place.port
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def wrong_url(url: str, allowed: Collection[str]) -> Wrong | None:
    """Why an address cannot be that of a feed; None for one that can.

    Shapes: `allowed` holds `host:port` inside the operator's network that may be named.
    """
    fix = _form(url) or _place(url, allowed)
    return Wrong("url", shown(url), fix) if fix else None


def _form(url: str) -> str | None:
    if len(url) > LONGEST_URL:
        return f"An address has at most {LONGEST_URL} characters."
    if not url.isprintable() or " " in url:
        return "An address has no spaces and no control characters."
    return _form_of_sftp(url) if is_sftp(url) else _form_of_web(url)


def _form_of_sftp(url: str) -> str | None:
    place = sftp_place(url)
    if place is None or not 0 < place.port < 65_536 or "/../" in place.folder:
        return "Write sftp://user@host/folder/pattern, with wildcards in the last part only."
    return None


def _form_of_web(url: str) -> str | None:
    parts = _split(url)
    if parts is None or parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return "Write an address that begins with https://, http:// or sftp://."
    if parts.username is not None or parts.password is not None:
        return "Leave user and password out of the address, and send them as credentials."
    return "Leave the part after # out." if parts.fragment else None


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return None
    return parts


def _place(url: str, allowed: Collection[str]) -> str | None:
    scheme, host, port = party(url) or ("", None, None)
    named = f"[{host}]:{port}" if ":" in (host or "") else f"{host}:{port}"
    if host is None or named in allowed:
        return None
    ports = SFTP_PORTS if scheme == "sftp" else WEB_PORTS
    if port not in ports:
        return f"Use one of the ports {', '.join(map(str, sorted(ports)))}."
    name = host.rstrip(".")
    if _INSIDE.fullmatch(name) or not _is_public(name):
        return "Name a host that can be reached from the public internet."
    return None


def _is_public(host: str) -> bool:
    """Whether a host may be public: a name may, until it is resolved."""
    try:
        return public(host)
    except ValueError:
        return "." in host and not _ODD_NUMBER.fullmatch(host)


def wrong_host_key(text: str) -> Wrong | None:
    """Why a text is no fingerprint of a host key."""
    if _FINGERPRINT.fullmatch(text):
        return None
    return Wrong("host_key", shown(text), "Write SHA256: and 43 characters, as ssh-keygen -l does.")


def wrong_credentials(
    kind: CredentialKind, parts: Mapping[str, str], url: str | None, allowed: Collection[str]
) -> Wrong | None:
    """Why credentials cannot be stored for an address. Never tells a secret back."""
    if url is None:
        return Wrong("credentials", kind, "Credentials need an address to be sent to.")
    if (kind in OF_SFTP) != is_sftp(url):
        fits = [each.value for each in CredentialKind if (each in OF_SFTP) == is_sftp(url)]
        return Wrong("credentials", kind, f"For this address use {', '.join(fits)}.")
    scheme, host, port = party(url) or ("", None, None)
    if scheme == "http" and f"{host}:{port}" not in allowed:
        return Wrong("credentials", kind, "Use https: credentials would be sent in clear.")
    for name in PARTS[kind]:
        if fix := _part(kind, name, parts.get(name, "")):
            told = parts.get(name) if name in _OPEN_PARTS else None
            return Wrong(f"credentials.{kind.value.lower()}.{name}", shown(told), fix)
    return None


def _part(kind: CredentialKind, name: str, text: str) -> str | None:
    if name == "private_key":
        return _key(text)
    if not 0 < len(text) <= LONGEST_SECRET:
        return f"It has 1 to {LONGEST_SECRET} characters."
    match kind, name:
        case CredentialKind.BEARER, _ if not _HEADER_TEXT.fullmatch(text):
            return "A token has printable ASCII characters without spaces."
        case CredentialKind.BASIC, "user" if ":" in text:
            return "A user name of Basic authentication has no colon."
        case CredentialKind.QUERY_KEY, "name" if not _KEY_NAME.fullmatch(text):
            return "The name has 1 to 100 letters, digits and _ . - [ ]."
        case _:
            return None if text.isprintable() else "It has no control characters."


def _key(text: str) -> str | None:
    if len(text) > LONGEST_KEY or not _PRIVATE_KEY.fullmatch(text):
        return "Send the whole private key file, PEM or OpenSSH, without a passphrase."
    return "Send a key without a passphrase." if "ENCRYPTED" in text else None


def as_stored(kind: CredentialKind, parts: Mapping[str, str]) -> dict[str, Any]:
    """Credentials as they are encrypted."""
    return {"kind": kind.value} | {name: parts[name] for name in PARTS[kind]}
