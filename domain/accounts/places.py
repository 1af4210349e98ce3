"""Where people are reached and where requests come from: e-mail and IP addresses."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

MOST_NETWORKS: Final = 50
NAT64: Final = ip_network("64:ff9b::/96")
RELAYS: Final = ip_network("192.88.99.0/24")
_LONGEST_EMAIL: Final = 254
_LOCAL: Final = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")


def email(text: str) -> str | None:
    """An e-mail address in its one form: lower case, the domain in ASCII; None for no address.

    Source: the HTML standard's "valid e-mail address", with a dotted domain; RFC 5891.
    """
    local, at, domain = text.strip().lower().rpartition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        return None
    found = f"{local}{at}{domain}"
    if len(found) > _LONGEST_EMAIL or len(local) > 64:
        return None
    return found if _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain) else None


def network(text: str) -> str | None:
    """A network in CIDR form, or one address; None for what is neither, or has host bits set."""
    try:
        return str(ip_network(text.strip()))
    except ValueError:
        return None


def public(host: str) -> bool:
    """Whether an address may be called, and the IPv4 address that an IPv6 one wraps.

    Raises: ValueError for what is no address in its usual form (`0177.0.0.1`, `2130706433`).
    """
    address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if address.is_site_local or (inner and not public(str(inner))):
            return False
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address in RELAYS
    )


def among(address: str | None, networks: Iterable[str]) -> bool:
    """Whether an IP address is in one of the networks; an unknown address is in none."""
    if address is None or (found := _address(address)) is None:
        return False
    return any(found in ip_network(each) for each in networks)


def neighbourhood(address: str | None) -> str:
    """What failed sign-ins are counted by: an IPv4 address, the /64 of an IPv6 one."""
    found = None if address is None else _address(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False))
    return str(found) if found is not None else "unknown"


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
