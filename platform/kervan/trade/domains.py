"""Domain names: one ASCII form to compare, a readable one to show, and what somebody registered of them."""

import unicodedata
from functools import cache

import idna
from publicsuffixlist import PublicSuffixList

# RFC 6761, RFC 6762, RFC 7686, RFC 8375 and ICANN's .internal: names that no registry gives to a firm.
# `example` is not among them: the demo inventory lives there.
_NOT_PUBLIC = frozenset(
    {"alt", "arpa", "internal", "invalid", "lan", "local", "localhost", "onion", "test", "home.arpa"}
)


def ascii_domain(text: str) -> str | None:
    """The domain in small ASCII letters (A-labels); None when it is no domain name."""
    try:
        found = idna.encode(without_dotted_i(text), uts46=True, transitional=False)
    except (idna.IDNAError, UnicodeError):
        return None
    # The last dot may have been typed as 。, which the encoder turns into one.
    return found.decode("ascii").casefold().removesuffix(".")


def without_dotted_i(text: str) -> str:
    """The text composed (NFC), with i for İ: a Turkish keyboard writes it in capitals, no registry takes it.

    The i with a dot of its own that `str.lower` makes of İ is meant as well.
    """
    return unicodedata.normalize("NFC", text).replace("İ", "i").replace("i\u0307", "i")


def readable(domain: str) -> str:
    """The A-labels of a domain as people read them: xn--mller-kva.de gives müller.de."""
    try:
        return idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return domain


def is_public(domain: str) -> bool:
    """Whether the ASCII domain can be found on the internet: has a dot, is no address, no private name."""
    labels = domain.split(".")
    return (
        len(labels) > 1
        and (labels[-1].isalpha() or labels[-1].startswith("xn--"))  # 127.0.0.1 and 1.0x7f are addresses
        and labels[-1] not in _NOT_PUBLIC
        and registrable(domain) is not None
    )


def registrable(domain: str) -> str | None:
    """The part of an ASCII domain that its owner registered (shop.firma.com.tr: firma.com.tr).

    By the Public Suffix List of the installed package, private part included: firma.github.io is an owner of
    its own. None for a public suffix itself.
    """
    return _suffixes().privatesuffix(domain)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
