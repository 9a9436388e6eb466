"""Words of a text: folding of letters, cleaning of what people type, tokens, light stems, codes.

Both engines and the highlighter see a text only through these functions, so they agree on what a word is.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from kervan_search.engine import BadQuery

MAX_QUERY = 200  # characters; longer questions are refused, not cut
MAX_TOKEN = 40  # longer runs are data (hashes, links), nobody types them

# What NFKD leaves whole though people type it in plain letters.
_LETTERS = {
    "ı": "i",
    "ß": "ss",
    "ẞ": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ł": "l",
    "þ": "th",
    "ħ": "h",
    "ə": "e",
    "ک": "ك",
    "گ": "ك",
    "ی": "ي",
    "ى": "ي",
    "ې": "ي",
    "ے": "ي",
    "ە": "ه",
    "ة": "ه",
    "ہ": "ه",
    "ھ": "ه",
    "ٱ": "ا",
    "ـ": "",
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "´": "'",
    "′": "'",
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "–": "-",
    "—": "-",
    "−": "-",
}

# Marks that only dress a letter (Latin/Greek/Cyrillic accents, Hebrew points, Arabic vowels). Marks that change
# the letter itself (kana voicing, Indic vowel signs) stay.
_MARKS = ((0x300, 0x36F), (0x591, 0x5C7), (0x610, 0x61A), (0x64B, 0x65F), (0x670, 0x670), (0x6D6, 0x6ED))


def _is_mark(char: str) -> bool:
    return any(low <= ord(char) <= high for low, high in _MARKS)


def _fold_char(char: str) -> str:
    if unicodedata.category(char) in ("Cf", "Cs"):
        return ""
    if char in _LETTERS:
        return _LETTERS[char]
    if unicodedata.decimal(char, None) is not None:
        return str(unicodedata.decimal(char))
    folded = []
    for part in unicodedata.normalize("NFKD", char).casefold():
        if not _is_mark(part):
            folded.append(_LETTERS.get(part, part))
    return unicodedata.normalize("NFC", "".join(folded))


class _Table(dict[int, str]):
    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_char(chr(code))
        return folded


_TABLE = _Table()


def fold(text: str) -> str:
    """The text in plain small letters: İ I ı i are one letter, accents and Turkish signs fall, ß is ss.

    Character by character, so folding the parts of a text and joining them gives the same as folding the whole.
    Full-width letters and ligatures become plain; Arabic and Persian spellings meet; Chinese stays as it is.
    """
    return text.lower() if text.isascii() else text.translate(_TABLE)  # ascii has no dotted capital


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]+"
)
_SPACES = re.compile(r"\s+")


def clean_query(text: str, max: int = MAX_QUERY) -> str:
    """What was typed without NUL, controls, bidi marks and lone surrogates, single-spaced; BadQuery when too long."""
    if len(text) > max:
        raise BadQuery(f"A search can have {max} characters at most.")
    return _SPACES.sub(" ", _UNSEEN.sub("", _CONTROLS.sub(" ", text))).strip()


# Scripts written without spaces between words: they are cut into pairs of characters.
_DENSE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # kana, Chinese characters
)
_WORD = re.compile(rf"[{_DENSE}]+|(?:(?![{_DENSE}])[^\W_])(?:(?![{_DENSE}])(?:[^\W_]|[\u0900-\u0dff]))*")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_DENSE_RUN = re.compile(rf"[{_DENSE}]")


class Span(msgspec.Struct, frozen=True):
    """A word and where it stands in the folded text."""

    text: str
    start: int
    end: int


def spans(folded: str) -> Iterator[Span]:
    """The words of an already folded text, in order; scripts without spaces give overlapping pairs."""
    pattern = _ASCII_WORD if folded.isascii() else _WORD
    for match in pattern.finditer(folded):
        word, start = match.group(), match.start()
        if word[0] > "\u0dff" and _DENSE_RUN.match(word):
            if len(word) == 1:
                yield Span(word, start, start + 1)
            for i in range(len(word) - 1):
                yield Span(word[i : i + 2], start + i, start + i + 2)
        else:
            yield Span(word, start, match.end())


def tokens(text: str) -> list[str]:
    """The folded words of a text in order: `T-Shirt, 12 V` gives t, shirt, 12, v."""
    return words_of(fold(text))


def words_of(folded: str) -> list[str]:
    """The same for a text already folded."""
    if folded.isascii():
        return [word for word in _ASCII_WORD.findall(folded) if len(word) <= MAX_TOKEN]
    return [span.text for span in spans(folded) if len(span.text) <= MAX_TOKEN]


_GLUED = re.compile(r"[^\W_]+(?:[-'./+&_][^\W_]+)+")
_SIGN = re.compile(r"[-'./+&_]")
_SIGN_INSIDE = re.compile(r"[^\W_][-'./+&_][^\W_]")
_LONE = re.compile(r"(?<![^\W_])(?:\d+|[^\W_])(?![^\W_])")  # a number or a single letter between other words
_SPLIT = re.compile(r"\d+|[^\W\d_]+")


def belong_together(first: str, second: str) -> bool:
    """Whether two neighbours may be one word: a single letter with a word (t shirt), a number with its unit (12 v)."""
    if first.isdigit():
        return second.isalpha() and len(second) <= 3
    if len(first) == 1:
        return len(second) > 1
    return len(second) == 1 and second.isalpha()


def joined(text: str) -> list[str]:
    """The words a text contains when its parts are read together: t-shirt and t shirt: tshirt, 12 V: 12v."""
    folded = fold(text)
    return joined_of(folded, tokens(folded))


def joined_of(folded: str, words: list[str]) -> list[str]:
    """The same for a text already folded and cut into its words."""
    found: dict[str, None] = {}
    if _SIGN_INSIDE.search(folded):
        for match in _GLUED.finditer(folded):
            whole = "".join(_SPLIT.findall(match.group()))
            if 2 < len(whole) <= 24:
                found[whole] = None
    if not _LONE.search(folded):
        return list(found)
    last = len(words) - 1
    for i, word in enumerate(words):
        if len(word) == 1 or word.isdigit():
            if i < last and belong_together(word, words[i + 1]):
                found[word + words[i + 1]] = None
            if i > 0 and len(word) == 1 and belong_together(words[i - 1], word):
                found[words[i - 1] + word] = None
    return list(found)


_CODE = re.compile(r"[0-9][0-9 .\-/]*[0-9]\Z")
_CODE_PLAIN = re.compile(r"[^\W_]+")


def code(text: str) -> str:
    """A code without its punctuation, folded: `6302.60.00.00.11` gives 630260000011, `AB-12/x` gives ab12x."""
    return "".join(_CODE_PLAIN.findall(fold(text)))


def number_code(text: str) -> str | None:
    """The 2 to 14 digits when the whole text is one code, with dots, spaces, dashes or slashes; else None."""
    folded = fold(text.strip())
    digits = "".join(char for char in folded if char.isdigit())
    if folded.isdigit() or _CODE.match(folded):
        return digits if 2 <= len(digits) <= 14 else None
    return None


def code_forms(text: str) -> tuple[str, ...]:
    """Every spelling under which a stored code is found: the whole, its HS prefixes, a GTIN without leading zeros."""
    whole = code(text)
    if not whole:
        return ()
    forms = {whole: None}
    if whole.isdigit():
        for length in (2, 4, 6, 8, 10, 12):
            if length < len(whole) <= 12:
                forms[whole[:length]] = None
        if 8 <= len(whole) <= 14:
            forms["g" + whole.lstrip("0").rjust(8, "0")] = None
    return tuple(forms)


# ---------------------------------------------------------------------------------------------- stems

_VOWELS = frozenset("aeiou")
_IRREGULAR = {
    "children": "child",
    "feet": "foot",
    "halves": "half",
    "knives": "knife",
    "leaves": "leaf",
    "loaves": "loaf",
    "men": "man",
    "scarves": "scarf",
    "shelves": "shelf",
    "teeth": "tooth",
    "wolves": "wolf",
    "women": "woman",
}


@lru_cache(maxsize=100_000)
def stem_english(word: str) -> str:
    """The word without English plural and -ing/-ed endings: towels, towel; berries, berry; knitted, knit."""
    if len(word) < 3 or not word.isascii() or not word.isalpha():
        return word
    word = _IRREGULAR.get(word, word)
    if len(word) < 4:
        return word
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zzes")) or (word.endswith("oes") and len(word) > 5):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        base = word[: -len(ending)]
        if word.endswith(ending) and len(base) >= 3 and _VOWELS & set(base):
            word = base[:-1] if base[-1] == base[-2] and base[-1] not in "lsz" else base
            break
    if len(word) > 4 and word.endswith("e") and word[-2] not in _VOWELS:
        word = word[:-1]
    if len(word) > 3 and word.endswith("y") and word[-2] not in _VOWELS:
        word = word[:-1] + "i"
    return word


# Turkish noun endings in folded letters (plural, possessive, case and their runs), longest first, each with the
# letters that must remain. Locative is left alone: it is rare in trade words and would halve canta, pasta, vida.
_TURKISH = [
    (ending, least)
    for least, endings in (
        (
            2,
            "larindan lerinden larinda lerinde larinin lerinin larina lerine larini lerini lardan lerden larda lerde",
        ),
        (2, "larin lerin lara lere lari leri larla lerle lar ler"),
        (
            3,
            "sindan sinden sundan sunden sinda sinde sunda sunde sinin sunun sina sine suna sune sini sunu si su",
        ),
        (5, "indan inden undan unden inda inde unda unde inin unun ina ine una une ini unu in un"),
        (4, "nin nun dan den tan ten yla yle yi yu ya ye"),
    )
    for ending in endings.split()
]
_TURKISH.sort(key=lambda rule: -len(rule[0]))
_HARDENED = {"b": "p", "d": "t", "g": "k"}


@lru_cache(maxsize=100_000)
def stem_turkish(word: str) -> str:
    """The word without Turkish plural, possessive and case endings, on folded letters: havlulari, havlusu: havlu.

    A last i or u falls too and a soft last consonant hardens (zeytinyagi, zeytinyaglari): a stem is a key, no word.
    """
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    for ending, least in _TURKISH:
        if word.endswith(ending):
            base = word[: -len(ending)]
            if len(base) < least or not _VOWELS & set(base):
                continue
            after_vowel = base[-1] in _VOWELS
            if (ending[0] in _VOWELS and after_vowel) or (ending[0] in "syn" and not after_vowel):
                continue
            word = base
            break
    if len(word) > 4 and word[-1] in "iu" and word[-2] not in _VOWELS:
        word = word[:-1]
    if len(word) > 3 and word[-1] in _HARDENED:
        word = word[:-1] + _HARDENED[word[-1]]
    return word


def stems(word: str, language: str | None = None) -> tuple[str, ...]:
    """The stems under which a folded word is kept: by the language of its text, English and Turkish when unknown.

    Languages without rules here keep the word itself.
    """
    if language == "tr":
        return (stem_turkish(word),)
    if language == "en":
        return (stem_english(word),)
    if language is not None:
        return (word,)
    english, turkish = stem_english(word), stem_turkish(word)
    return (english,) if english == turkish else (english, turkish)
