"""Numbers that people read out on the phone: random, so that they do not tell how many there are."""

import secrets
from datetime import datetime

# Crockford's base 32: no I, L, O or U.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_number(prefix: str, at: datetime) -> str:
    """A number such as KV26-7H4K-92XQ: what it is, the year, eight random signs (40 bits)."""
    signs = "".join(_SIGNS[byte & 31] for byte in secrets.token_bytes(8))
    return f"{prefix}{at:%y}-{signs[:4]}-{signs[4:]}"


def tidied(text: str) -> str:
    """A number as somebody typed it: capitals, the letters that it never holds as the digits they look like."""
    found = text.strip().upper().translate(str.maketrans("ILO", "110"))  # ascii
    return found.replace(" ", "-").replace("--", "-")
