"""Addresses of firms' websites, safe to link to."""

import re
from urllib.parse import urlsplit, urlunsplit

from kervan.trade import domains
from kervan.trade.errors import N_, TradeError

LONGEST = 200
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:(?!\d)")
_BARE_SLASHES = re.compile(r"^//")


def website(text: str) -> str:
    """The website as https://firma.com.tr/en: the host in small letters and readable, no fragment.

    https is meant where nothing was typed; http stays where it was. Nothing is asked of the network.
    TradeError for other schemes, for names and passwords in the address, for IP addresses, private names
    and more than 200 characters.
    """
    typed = text.strip()
    if len(typed) > LONGEST:
        raise _too_long()
    if not typed or not typed.isprintable() or any(char in ' <>"\\^`{|}' for char in typed):
        raise _wrong()
    if not _SCHEME.match(typed):
        typed = f"https://{_BARE_SLASHES.sub('', typed)}"
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError as error:
        raise _wrong() from error
    if parts.scheme not in ("http", "https"):
        raise TradeError(N_("The address of a website begins with https:// or http://."))
    if "@" in parts.netloc:
        raise TradeError(N_("Write the address of the website without a name or a password in it."))
    host = domains.ascii_domain(parts.hostname or "")
    if host is None or not domains.is_public(host):
        raise _wrong()
    shown = domains.readable(host)
    if port not in (None, 80 if parts.scheme == "http" else 443):
        shown = f"{shown}:{port}"
    path = "" if parts.path == "/" else parts.path
    found = urlunsplit((parts.scheme, shown, path, parts.query, ""))
    if len(found) > LONGEST:
        raise _too_long()
    return found


def _wrong() -> TradeError:
    return TradeError(N_("This is not the address of a website. Write it like https://www.company.com."))


def _too_long() -> TradeError:
    return TradeError(N_("The address of a website has at most {count} characters."), count=LONGEST)
