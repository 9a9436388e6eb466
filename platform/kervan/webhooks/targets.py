"""Where a webhook may go: public https addresses only, so that nobody reaches into the house through us."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

import idna
import msgspec

from kervan.trade.errors import N_, TradeError

LONGEST = 2000

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name and port, in the order in which they should be tried; OSError when there is none."""

# Global by what Python knows of IANA's registries, and yet not the open internet: IPv4's protocol assignments with the
# metadata of one cloud among them, 6to4 relays, the address at which another cloud's machines find their own platform;
# tunnelled IPv4 and documentation in IPv6.
_NEVER = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24",
            "192.88.99.0/24",
            "168.63.129.16/32",
            "2001::/23",
            "2002::/16",
            "2001:db8::/32",
            "3fff::/20",
        ),
    )
)
_UNICAST6 = ip_network("2000::/3")

# Threads of our own: a name server that keeps us waiting shall not take those that others need.
_asking = ThreadPoolExecutor(8, thread_name_prefix="webhook-names")


class Unreachable(Exception):
    """A name without an address that webhooks may go to."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """An address that was looked at, in parts."""

    url: str
    """As it is kept and shown: the name in ASCII, no fragment."""
    scheme: str
    host: str
    """In ASCII, small letters."""
    port: int


def parse(text: str, *, local: bool = False) -> Target:
    """The target of an address that somebody typed. With `local`, http and any port of this very machine too.

    Raises TradeError with what is wrong. Nothing is looked up here; that a name leads nowhere private is seen by
    `addresses`, anew with every try.
    """
    text = text.strip()
    # urlsplit takes out tabs and line breaks by itself and lets backslashes pass, at which others see another host.
    if not text or len(text) > LONGEST or not text.isprintable() or any(sign in text for sign in " \\"):
        raise TradeError(N_("Enter an address such as https://hooks.example.com/kervan."))
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise TradeError(N_("Enter an address such as https://hooks.example.com/kervan.")) from None
    if parts.scheme not in ("http", "https") or not host:
        raise TradeError(N_("Enter an address such as https://hooks.example.com/kervan."))
    if parts.username is not None or parts.password is not None:
        raise TradeError(N_("Leave out user and password: the signature proves that it is us."))
    if local and _is_this_machine(host):
        return _target(parts, host, port or (443 if parts.scheme == "https" else 80))
    if parts.scheme != "https":
        raise TradeError(N_("The address must begin with https://."))
    if port not in (None, 443):
        raise TradeError(N_("Only the usual port of https, 443, can be used."))
    return _target(parts, _name(host if "[" not in parts.netloc else ""), 443)


def _is_this_machine(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def _target(parts: SplitResult, host: str, port: int) -> Target:
    usual = 443 if parts.scheme == "https" else 80
    shown = f"[{host}]" if ":" in host else host
    place = shown if port == usual else f"{shown}:{port}"
    # As the line of a request wants it: ASCII only, what is escaped already stays.
    path = _ascii(parts.path) or "/"
    query = f"?{_ascii(parts.query)}" if parts.query else ""
    return Target(url=f"{parts.scheme}://{place}{path}{query}", scheme=parts.scheme, host=host, port=port)


def _ascii(text: str) -> str:
    return "".join(
        char if char.isascii() else "".join(f"%{byte:02X}" for byte in char.encode()) for char in text
    )


def _name(host: str) -> str:
    problem = TradeError(N_("Use a full host name such as hooks.example.com, not an IP address."))
    try:
        name = idna.encode(host.rstrip("."), uts46=True).decode("ascii")
    except idna.IDNAError:
        raise problem from None
    labels = name.split(".")
    # A last part in digits makes every library read the whole as an IPv4 address: 0x7f.1, 127.1, 2130706433.
    if len(labels) < 2 or labels[-1].isdigit() or labels[-1].startswith("0x"):
        raise problem
    return name


def is_public(text: str) -> bool:
    """Whether an IP address belongs to the open internet, where anybody may be spoken to."""
    if "%" in text:
        return False
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv6Address) and address not in _UNICAST6:
        return False
    return not any(address.version == net.version and address in net for net in _NEVER)


def _is_loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False


async def addresses(target: Target, resolve: Resolve) -> Sequence[str]:
    """The IP addresses of the target, every one of which may be connected to.

    Raises Unreachable when the name has none or when any of them is not public: the same words for both, since the
    one who asks shall not learn what names exist inside. This machine's own are let through only where `parse`
    let its name through.
    """
    local = _is_this_machine(target.host)
    try:
        found = tuple(dict.fromkeys(await resolve(target.host, target.port)))
    except (OSError, UnicodeError):
        found = ()
    if not found or not all((_is_loopback if local else is_public)(address) for address in found):
        raise Unreachable(target.host)
    return found


async def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses that the system's resolver knows, those first that this machine would try first."""

    def asked() -> list[str]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [str(where[0]) for *_, where in found]

    return await asyncio.get_running_loop().run_in_executor(_asking, asked)
