"""Contact data in texts of requests: found and masked, since the way to a buyer is chosen beside the text."""

import re
import unicodedata

import msgspec
import phonenumbers

from kervan.requests.rules import LONGEST_DESCRIPTION, MOST_SPECS
from kervan.requests.structs import Content, Spec
from kervan.trade import websites
from kervan.trade.errors import ascii_digits

MASK = "•••"

_AT = (
    r"(?:@|\s?[\(\[\{<]\s?(?:at|ät|et)\s?[\)\]\}>]\s?|\s?-at-\s?"
    r"|\s(?:at)\s(?=[\w-]+(?:\.|\s?[\(\[]?\s?dot\s?[\)\]]?\s?)[a-z]{2,}))"
)
_SPELLED_DOT = r"\s?[\(\[\{<]\s?(?:dot|punkt|nokta)\s?[\)\]\}>]\s?"
_DOT = rf"(?:\.|{_SPELLED_DOT}|\s?-dot-\s?|\sdot\s)"
# Looked for where a word begins only: from each of its letters the time would grow with the square of the length.
_EMAIL = re.compile(
    rf"(?<![\w.+%-])[\w.+%-]+{_AT}[\w-]+(?:{_DOT}[\w-]+)*{_DOT}[^\W\d_]{{2,24}}", re.IGNORECASE
)
_URL = re.compile(r"(?:https?://|ftp://|www\.)\S+", re.IGNORECASE)
_MESSENGER = re.compile(
    r"(?:t\.me|wa\.me|telegram\.me|line\.me|viber\.me|m\.me|fb\.com|fb\.me|ig\.me|vk\.com|wa\.link|instagram\.com|"
    r"facebook\.com|linkedin\.com)/\S+",
    re.IGNORECASE,
)
# A name in another network: "Skype: live:jonas", "Instagram @nordlicht", "WeChat ID jonas1990", "@nordlicht_handel".
_HANDLE = re.compile(
    r"\b(?:insta(?:gram)?|skype|telegram|we\s?chat|weixin|viber|facebook|linkedin|zalo|kakao(?:talk)?)"
    r"(?:\s?id)?\s{0,2}(?:[:=@]\s?@?|(?<=id)\s)([\w.:-]{3,64})|(?<!\S)@([a-z_][\w.]{3,64})",
    re.IGNORECASE,
)
_SPELLED_DOMAIN = re.compile(
    rf"(?<![\w-])[\w-]{{3,63}}(?:(?:{_SPELLED_DOT})[a-z]{{2,24}}|(?:\sdot\s|\s\.\s?)(?:com|net|org|info|biz|eu))\b",
    re.IGNORECASE,
)
_DOMAIN = re.compile(
    r"(?<![\w@.-])(?:[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?\.)+(?:com|net|org|biz|info|shop|store|online|co|io|eu|app|dev|"
    r"global|trade|tech|site|xyz|cloud|company|email|link|world|mobi|asia|[a-z]{2})(?:/\S*)?(?![\w.-])",
    re.IGNORECASE,
)
# Words that say that what follows is a number to call, in the languages of this board's writers.
_CALL = re.compile(
    r"(?:(?:\b(?:tel|telefon|telephone|phone|ph|mobile|mob|cell|cep|gsm|whats\s?app|wa|viber|telegram|call|fax|ara|tél|"
    r"móvil|cel|celular|handy|sms|тел|هاتف|واتساب)\b|[☎☏✆📞📱]|电话|手机)\.?\s{0,3}(?:no|nr|number|numara|me on|me at|"
    r"us on|us at)?\.?\s{0,3}[:=]?\s{0,3})([+(]{0,2}\d[\d\s().\-–—/*_]{5,24}\d)",
    re.IGNORECASE,
)
# Turkish mobile numbers are written in groups that nothing else has: 0532 555 44 33.
_MOBILE = re.compile(r"(?<![\d.,-])0\s?5\d{2}([ .-])\d{3}\1\d{2}\1\d{2}(?![\d.,-]*\d)")
# Signs that take no room and belong to no category of such.
_NO_ROOM = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe0e\ufe0f")
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
    # No text of a request may be longer: it gets refused, and nobody waits until it was looked through.
    if len(text) > LONGEST_DESCRIPTION:
        return Masked(text, ())
    # Signs that show nothing would hide an address from us and not from a reader.
    text = "".join(
        char for char in text if unicodedata.category(char) not in ("Cf", "Cs") and char not in _NO_ROOM
    )
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
    plain = ascii_digits("".join(map(_simple, text)))
    patterns = (_EMAIL, _URL, _MESSENGER, _SPELLED_DOMAIN, _MOBILE)
    found = [match.span() for pattern in patterns for match in pattern.finditer(plain)]
    found += [match.span(match.lastindex or 0) for match in _HANDLE.finditer(plain)]
    found += [match.span() for match in _DOMAIN.finditer(plain) if _is_domain(match[0])]
    found += [match.span(1) for match in _CALL.finditer(plain)]
    # The same length, so that what is found stands at the same place.
    international = re.sub(r"(?<!\d)(?<!\d\s)00(?=\s?[1-9])", " +", plain.replace("_", " ").replace("*", " "))
    international = re.sub(r"\bplus(?=\s?[1-9]\d)", "   +", international, flags=re.IGNORECASE)
    for number in phonenumbers.PhoneNumberMatcher(international, None):
        found.append((number.start, number.end))
    return sorted(found, key=lambda span: (span[0], -span[1]))


def _simple(char: str) -> str:
    """The plain sign that another one looks like, where it is one: ｄ, 𝐝 or ₄, and the full stops of other scripts."""
    if char.isascii():
        return char
    if char in "。｡․":
        return "."
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 else char


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
            specs=content.specs
            if len(content.specs) > MOST_SPECS
            else tuple(Spec(clean(spec.name), clean(spec.value)) for spec in content.specs),
        ),
        tuple(found),
    )
