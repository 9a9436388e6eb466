"""Where an online meeting is held: an address that one side gives, or a room of our own with a name nobody guesses."""

import secrets
from urllib.parse import urlsplit

from kervan.settings import load
from kervan.trade.errors import N_, TradeError

LONGEST = 500

_ALPHABET = "abcdefghjkmnpqrstuvwxyz023456789"


def own() -> str:
    """A new room under KERVAN_MEETING_ROOMS; '' when the platform has none."""
    base = load().meeting_rooms
    # 30 signs of 32 each, 150 bits: who has the name is in the room, so it is told to the two sides only.
    return base + "kervan-" + "".join(secrets.choice(_ALPHABET) for _ in range(30)) if base else ""


def address(text: str) -> str:
    """The address of a room as it is kept. Raises TradeError for one that is no https:// address of the net."""
    typed = text.strip()
    problem = TradeError(N_("Give an address that begins with https:// and can be opened from anywhere."))
    if len(typed) > LONGEST:
        raise TradeError(N_("At most {n} characters."), n=LONGEST)
    if not typed.isascii() or not typed.isprintable() or any(sign in ' "<>\\^`{|}' for sign in typed):
        raise problem
    try:
        parts = urlsplit(typed)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise problem from None
    if parts.scheme != "https" or parts.username is not None or parts.password is not None or port == 0:
        raise problem
    labels = host.split(".")
    # Neither a name of one's own network nor a bare number: a room is opened from another country.
    if len(labels) < 2 or not all(labels) or not labels[-1].isalpha() or labels[-1] in ("local", "localhost"):
        raise problem
    return typed
