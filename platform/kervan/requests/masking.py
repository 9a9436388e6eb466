"""Contact data in texts of requests: found and masked, since the way to a buyer is chosen beside the text."""

import re
import unicodedata

import msgspec
import phonenumbers

from kervan.requests.structs import Content, Spec
from kervan.trade import websites
from kervan.trade.errors import ascii_digits

MASK = "•••"

_AT = (
    r"(?:@|\s?[\(\[\{]\s?(?:at|ät|et)\s?[\)\]\}]\s?"
    r"|\s(?:at)\s(?=[\w-]+(?:\.|\s?[\(\[]?\s?dot\s?[\)\]]?\s?)[a-z]{2,}))"
)
_DOT = r"(?:\.|\s?[\(\[\{]\s?(?:dot|punkt|nokta)\s?[\)\]\}]\s?|\sdot\s)"
_EMAIL = re.compile(rf"[\w.+%-]+{_AT}[\w-]+(?:{_DOT}[\w-]+)*{_DOT}[^\W\d_]{{2,24}}", re.IGNORECASE)
_URL = re.compile(r"(?:https?://|ftp://|www\.)\S+", re.IGNORECASE)
_MESSENGER = re.compile(
    r"(?:t\.me|wa\.me|telegram\.me|line\.me|viber\.me|m\.me|instagram\.com|facebook\.com|linkedin\.com)/\S+",
    re.IGNORECASE,
)
_DOMAIN = re.compile(
    r"(?<![\w@.-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:com|net|org|biz|info|shop|store|online|co|io|eu|"
    r"[a-z]{2})(?:/\S*)?(?![\w.-])",
    re.IGNORECASE,
)
# Words that say that what follows is a number to call, in the languages of this board's writers.
_CALL = re.compile(
    r"(?:\b(?:tel|telefon|telephone|phone|mobile|cell|gsm|whats\s?app|wa|viber|telegram|call|fax|ara|tél|móvil|"
    r"handy|тел|هاتف|واتساب)\b\.?\s*(?:no|nr|number|numara)?\.?\s*[:=]?\s*)(\+?[\d][\d\s().\-/]{5,20}\d)",
    re.IGNORECASE,
)
# File endings and units that look like a domain: "drawing.pdf", "12.mm".
_NO_DOMAINS = frozenset({"pdf", "jpg", "png", "doc", "xls", "csv", "mm", "cm", "kg", "no", "nr"})


class Masked(msgspec.Struct, frozen=True):
    """A text without contact data, and what was taken out, word for word."""

    text: str
    found: tuple[str, ...]


def mask(text: str) -> Masked:
    """The text with e-mail addresses, web addresses and telephone numbers replaced by three dots.

    HS codes, quantities and dates are left alone: a number is taken for a telephone number with its country's + or
    00 in front, or behind a word such as Tel.
    """
    # Signs that show nothing would hide an address from us and not from a reader.
    text = "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Cs") or char in "\n\t")
    spans = _spans(text)
    if not spans:
        return Masked(text, ())
    out, at, found = [], 0, []
    for start, end in spans:
        if start < at:
            continue
        out += [text[at:start], MASK]
        found.append(text[start:end])
        at = end
    out.append(text[at:])
    return Masked("".join(out), tuple(found))


def _spans(text: str) -> list[tuple[int, int]]:
    plain = ascii_digits(text.replace("＠", "@").replace("．", "."))
    found = [match.span() for pattern in (_EMAIL, _URL, _MESSENGER) for match in pattern.finditer(plain)]
    found += [match.span() for match in _DOMAIN.finditer(plain) if _is_domain(match[0])]
    found += [match.span(1) for match in _CALL.finditer(plain)]
    international = re.sub(r"(?<!\d)00(?=[1-9])", " +", plain)
    if len(international) == len(plain):
        for number in phonenumbers.PhoneNumberMatcher(international, None):
            found.append((number.start, number.end))
    return sorted(found, key=lambda span: (span[0], -span[1]))


def _is_domain(text: str) -> bool:
    host = text.partition("/")[0]
    last = host.rpartition(".")[2].casefold()
    return last not in _NO_DOMAINS and not host.replace(".", "").isdigit() and len(host) >= 5 and _known(host)


def _known(host: str) -> bool:
    try:
        websites.website(host)
    except ValueError:
        return False
    # "e.g", "i.e": a name has at least three letters before its ending.
    return len(host.rpartition(".")[0]) >= 3


def mask_content(content: Content) -> tuple[Content, tuple[str, ...]]:
    """A request's texts without contact data, and what was found."""
    found: list[str] = []

    def clean(text: str) -> str:
        masked = mask(text)
        found.extend(masked.found)
        return masked.text

    return (
        msgspec.structs.replace(
            content,
            title=clean(content.title),
            summary=clean(content.summary),
            description=clean(content.description),
            place=clean(content.place),
            specs=tuple(Spec(clean(spec.name), clean(spec.value)) for spec in content.specs),
        ),
        tuple(found),
    )
