"""Documents that exporters and importers send: registration papers, certificates, proofs; PDF, JPEG or PNG."""

import hashlib
import re
import unicodedata

import msgspec

from kervan.files import images, pdf
from kervan.trade import identifiers
from kervan.trade.errors import N_, TradeError

LARGEST_DOCUMENT = 10 * images.MB
LONGEST_SIDE = 7016
"""Pixels of a picture that is a document: A4 at 600 dots per inch."""
LONGEST_NAME = 100

_EXTENSIONS = {"PDF": ("pdf", "application/pdf"), "JPEG": ("jpg", "image/jpeg"), "PNG": ("png", "image/png")}
_KNOWN_ENDING = re.compile(r"\.(pdf|jpe?g|png)\s*$", re.IGNORECASE | re.ASCII)
_NOT_IN_NAMES = re.compile(r'[<>:"|?*]')
_ELEVEN_DIGITS = re.compile(r"(?<!\d)\d{11}(?!\d)")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode categories that show nothing or turn the reading order: control, format, surrogate, private, unassigned."""
_REFUSALS: dict[pdf.Verdict, str] = {
    "locked": N_("This PDF is protected by a password. Save it without one, then send it again."),
    "active": N_("This PDF holds a script or starts a program. Print it to a new PDF, then send that."),
    "carrier": N_("This PDF holds other files. Send each of them as a file of its own."),
    "broken": N_("We cannot read this PDF. Print it to a new PDF, then send that."),
}


class Accepted(msgspec.Struct, frozen=True):
    """A document that may be kept: `data` is what to keep, `sha256` its digest as hex, `name` is fit to be shown."""

    kind: str
    """`PDF`, `JPEG` or `PNG`, by the content."""
    content_type: str
    extension: str
    data: bytes
    name: str
    sha256: str


async def accept(data: bytes, declared_name: str) -> Accepted:
    """The document as it may be kept. Pictures are encoded anew and lose their metadata; a PDF stays as it is.

    A PDF must therefore only ever be handed out as a download (`answers.download`). TradeError with a sentence for the
    sender: above 10 MB, another format whatever its name says, a PDF that is protected, acts or holds other files.
    """
    if len(data) > LARGEST_DOCUMENT:
        raise TradeError(
            N_("This file is larger than {limit} MB. Send a smaller one."),
            limit=LARGEST_DOCUMENT // images.MB,
        )
    if data.startswith(b"%PDF-"):
        kind = "PDF"
        if refusal := _REFUSALS.get(await pdf.look(data)):
            raise TradeError(refusal)
    elif b"%PDF-" in data[:1024]:
        raise TradeError(_REFUSALS["broken"])
    else:
        found = images.kind_of(data)
        if found not in ("JPEG", "PNG") and not images.is_heic(data):
            raise TradeError(N_("We do not take this kind of file here. Send PDF, JPEG or PNG."))
        kind = found or "JPEG"
        data = await images.encoded_anew(data, kind, LONGEST_SIDE)
    extension, content_type = _EXTENSIONS[kind]
    name = safe_name(declared_name, extension)
    return Accepted(kind, content_type, extension, data, name, hashlib.sha256(data).hexdigest())


def safe_name(declared: str, extension: str) -> str:
    """The name of a file as its sender typed it, fit to be shown and offered: one line, no path, no unseen signs.

    It ends with the extension and has at most 100 characters; `document` where nothing is left. An identity number
    (TCKN), by which tax offices name their files, becomes eleven x: it is kept nowhere in clear.
    """
    name = unicodedata.normalize("NFC", declared[:1000]).replace("\\", "/").rpartition("/")[2]
    name = " ".join(name.split())
    name = "".join(sign for sign in name if unicodedata.category(sign) not in _UNSEEN)
    name = _ELEVEN_DIGITS.sub(_hidden, _KNOWN_ENDING.sub("", _NOT_IN_NAMES.sub(" ", name)))
    name = " ".join(name.split())[: LONGEST_NAME - len(extension) - 1].strip(". ")
    return f"{name or 'document'}.{extension}"


def _hidden(digits: re.Match[str]) -> str:
    try:
        identifiers.tckn(digits[0])
    except TradeError:
        return digits[0]
    return "x" * 11
