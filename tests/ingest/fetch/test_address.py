"""Which addresses are fetched from: public ones in every notation, and nothing that hides another."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.fetch.address import allowed, resolve
from kb.errors import InputError, UnreadableError

# ruff: noqa: S104 - addresses to refuse, nothing is bound
REFUSED = [
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
    "100.100.100.200", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a00:1",
    "2002:7f00:1::", "2002:a00:1::", "2001:0:7f00:1::", "::127.0.0.1", "localhost", "",
]  # fmt: skip
PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_inside_are_refused_in_every_form(address: str) -> None:
    assert not allowed(address, private=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert allowed(address, private=False)
    assert allowed(address, private=True)


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("fc00::1", True),
        ("169.254.169.254", False),
        ("::ffff:169.254.169.254", False),
        ("fe80::1", False),
        ("fd00:ec2::254", False),
        ("100.100.100.200", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
    ],
)
def test_the_setting_opens_private_networks_but_never_where_clouds_keep_credentials(address: str, fine: bool) -> None:
    assert allowed(address, private=True) is fine


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_an_address_inside_an_ipv6_one_is_judged_like_itself(number: int) -> None:
    plain = ipaddress.IPv4Address(number)
    for form in (f"::ffff:{plain}", str(ipaddress.IPv6Address((0x64FF9B << 96) + number))):
        if not allowed(str(plain), private=False):
            assert not allowed(form, private=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "::1"])
def test_a_host_is_judged_by_what_it_resolves_to(host: str) -> None:
    with pytest.raises(InputError) as caught:
        resolve(host, 80, private=False)
    assert caught.value.code in {"address-refused", "no-host"}  # not every system reads every notation
    if host in {"127.0.0.1", "localhost"}:
        assert caught.value.code == "address-refused"
        assert resolve(host, 80, private=True)


def test_one_private_address_among_public_ones_refuses_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def mixed(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, 1, 6, "", (ip, 80)) for ip in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", mixed)
    with pytest.raises(InputError, match=r"10\.0\.0\.1"):
        resolve("mixed.example", 80, private=False)


def test_a_name_that_does_not_resolve_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(UnreadableError) as caught:
        resolve("nowhere.example", 80, private=False)
    assert caught.value.code == "no-host"
