"""The second factor: six digits of an authenticator app (RFC 6238), and the codes for when it is lost."""

import datetime as dt
import secrets
from hashlib import sha256

import pyotp
import segno
from markupsafe import Markup

from kervan.trade.errors import ascii_digits
from kervan.vault import same
from kervan_search.text import fold

ISSUER = "Kervan"
STEP_SECONDS = 30
DIGITS = 6
DRIFT = 1
"""Steps that the clock of a telephone may be ahead or behind."""

RECOVERY_CODES = 10

# Crockford's 32 letters: none of i, l, o, u, so that nothing is misread from paper.
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_MISREAD = str.maketrans("ilo", "110")
_LONGEST_INPUT = 64


def new_secret() -> str:
    """A new secret of 160 bits in base32, as authenticator apps take it. Keep it sealed."""
    return pyotp.random_base32()


def uri(secret: str, email: str) -> str:
    """The otpauth:// address that an authenticator app reads from the picture."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(
        name=email, issuer_name=ISSUER
    )


def qr_svg(uri: str, title: str = "QR") -> Markup:
    """The address as an inline SVG without styles, with `title` for those who do not see it.

    Black on white in dark pages too: many apps cannot read it the other way round. The page gives the size
    (class `qr`).
    """
    code = segno.make(uri, micro=False, error="m")
    # segno escapes the title.
    svg = code.svg_inline(
        dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None, title=title
    )
    return Markup(svg.replace("<svg ", '<svg role="img" ', 1))


def matching_step(secret: str, code: str, last_step: int | None, at: dt.datetime) -> int | None:
    """The number of the half minute whose digits were typed; keep it as `last_step` of the next call.

    `at` is aware. None when the code is wrong or belongs to `last_step` or before: a code that somebody
    looked at over a shoulder works only once.
    """
    digits = "".join(ascii_digits(code[:_LONGEST_INPUT]).split())
    if len(digits) != DIGITS or not digits.isdecimal():
        return None
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
    now = int(at.timestamp()) // STEP_SECONDS
    found = None
    for step in range(now - DRIFT, now + DRIFT + 1):
        if same(totp.generate_otp(step), digits) and (last_step is None or step > last_step):
            found = step
    return found


def recovery_codes() -> list[str]:
    """Ten codes of the form xxxx-xxxx-xxxx, 60 random bits each. Show them once, keep their `code_hash`."""
    return ["-".join(_letters() for _ in range(3)) for _ in range(RECOVERY_CODES)]


def code_hash(code: str) -> bytes:
    """The 32 bytes by which a recovery code is found, however it was typed: capitals, spaces, o for 0."""
    letters = "".join(char for char in fold(code[:_LONGEST_INPUT]).translate(_MISREAD) if char in _LETTERS)
    return sha256(letters.encode("ascii")).digest()


def _letters() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(4))
