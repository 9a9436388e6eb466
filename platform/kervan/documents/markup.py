"""XML written as text: every element closes itself and every text is escaped, so the result is always well formed."""

import re
from xml.sax.saxutils import escape, quoteattr

# What XML 1.0 cannot hold, and marks that turn the reading direction round and so can show another text than
# the one that is there. Tabs and line ends become spaces.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def clean(text: str) -> str:
    """The text on one line, without control characters, half characters and marks that reverse the reading."""
    # isprintable is quick and says yes to nearly every text; it says no to no-break spaces too.
    return " ".join((text if text.isprintable() else _UNFIT.sub("", text)).split())


def element(name: str, *inside: str, **attributes: str) -> str:
    """The element around parts that are markup already; empty parts vanish."""
    if not attributes:
        return f"<{name}>{''.join(inside)}</{name}>"
    written = "".join(f" {key}={quoteattr(clean(value))}" for key, value in attributes.items())
    return f"<{name}{written}>{''.join(inside)}</{name}>"


def leaf(name: str, text: str | None, **attributes: str) -> str:
    """The element around a cleaned and escaped text; nothing at all where there is no text."""
    cleaned = clean(text or "")
    return element(name, escape(cleaned), **attributes) if cleaned else ""
