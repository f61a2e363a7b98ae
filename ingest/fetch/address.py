"""Which network addresses may be fetched from: public ones, so that a register cannot make Duegraph read inside.

A name is resolved once, every address it resolves to is judged, and the connection goes to the address that was judged:
a name that resolves differently the next moment changes nothing.

Source: OWASP Server-Side Request Forgery Prevention Cheat Sheet; RFC 6890 (special-purpose addresses), RFC 6052
(64:ff9b::/96), RFC 3056 (6to4), RFC 4380 (Teredo).
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Final

from kb.errors import InputError, UnreadableError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE: Final = ipaddress.ip_network("::/96")
# Never fetched from, whatever is allowed: services of the machine's own link tell secrets without asking for any
# (169.254.169.254 is where clouds keep credentials).
_NEVER: Final = tuple(map(ipaddress.ip_network, ("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "100.100.100.200/32")))


def resolve(host: str, port: int, *, private: bool) -> list[str]:
    """Return the addresses of a host, all of them allowed.

    Args:
        host: a name, or an address in any notation the system reads (decimal, octal, IPv6).
        port: of the service.
        private: allow private and loopback addresses too.

    Raises:
        UnreadableError: the name does not resolve (code "no-host").
        InputError: one of its addresses must not be fetched from (code "address-refused").
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnreadableError(
            f"the host {host!r} is not known: {error}.", code="no-host", place=host, remedy="Check the address."
        ) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not allowed(address, private=private):
            raise InputError(
                f"the host {host!r} has the address {address}, which is not public.",
                code="address-refused",
                place=host,
                remedy="Sources inside your own network need DUEGRAPH_FETCH_PRIVATE=true.",
            )
    return addresses


def allowed(address: str, *, private: bool) -> bool:
    """Say whether an address may be fetched from; addresses inside other addresses are judged too."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_one_allowed(each, private=private) for each in (parsed, *_embedded(parsed)))


def _one_allowed(address: Address, *, private: bool) -> bool:
    if address.is_multicast or address.is_unspecified or any(address in network for network in _NEVER):
        return False
    if isinstance(address, ipaddress.IPv6Address) and list(_embedded(address)):
        return True  # what it carries decides
    if private and (address.is_private or address.is_loopback):
        return True
    return address.is_global and not address.is_reserved


def _embedded(address: Address) -> list[Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[Address | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    low = int(address) & 0xFFFFFFFF
    if address in _NAT64 or (address in _COMPATIBLE and low > 1):
        found.append(ipaddress.IPv4Address(low))
    return [each for each in found if each is not None]
