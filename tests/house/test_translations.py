"""Both languages are complete: every sentence of the sources is translated, and no page mixes them."""

import ast
import io
import re
from collections.abc import Iterator, Mapping
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import httpx
import pytest
import walk
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from serving import Demo
from walk import LANGUAGES, PAGES
from walk_inside import KINDS, Visit

import kervan
from kervan.resources import templates_dir
from kervan.trade.provinces import provinces

# The first test of what is inside reads every page of every kind of account.
pytestmark = pytest.mark.timeout(600)

PACKAGE = Path(kervan.__file__).parent
KEYWORDS = {"_": None, "gettext": None, "N_": None, "NN_": (1, 2), "ngettext": (1, 2)}

# Written the same in both languages.
SAME = {
    "API", "GTIN", "GTIP", "HS", "Kervan", "SKU", "MOQ", "EUR", "OpenAPI", "English", "Türkçe", "net", "{weight} net",
    "gram", "kilogram", "litre", "metre", "kilometre", "CSV", "XLSX", "Türkiye",
    "{exporter}, {province}: {products}.", "no.", "1 {currency} = {rate} {to} ({source}, {date})", "Webhook", "Net kg",
    "{n} ms", "PDF, {language}", "net {weight}", "{n} MB", "1 EUR = {rate} {currency}, {source}, {date}.",
    "{name}, {day}", "Incoterms 2020", "JSON",
}  # fmt: skip
# Lists of names and codes: of countries, cities, associations.
NAMES_LISTED = {
    "time_zone", "country", "origin", "association", "currency", "entity", "successor", "destination", "carrier",
    "route", "organisation", "post", "org", "organiser", "zone", "province",
    "fee_currency"}  # fmt: skip
# Short names of months that both languages write alike, alone or in a span of days.
_MONTH = re.compile(r"(?:[\d –-]+ )?(?:Mar|May) \d{4}")
# An attribute of these is read out or shown.
SPOKEN = ("alt", "aria-label", "aria-valuetext", "content", "data-done", "placeholder", "title")


@cache
def msgids() -> frozenset[str | tuple[str, str]]:
    """Every sentence that the code and the templates mark, found by Babel's extractor as `make messages` does."""
    with (PACKAGE / "locale" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(io.StringIO(file.read()))
    found: set[str | tuple[str, str]] = set()
    for folder in (PACKAGE, templates_dir()):
        for _, _, message, _, _ in extract_from_dir(folder, methods, options, KEYWORDS):
            found.add(message if isinstance(message, str) else (message[0], message[1]))
    return frozenset(found)


@cache
def catalogue(language: str) -> dict[str | tuple[str, str], str | tuple[str, ...]]:
    with (PACKAGE / "locale" / language / "LC_MESSAGES" / "kervan.po").open("rb") as file:
        return {
            message.id: message.string
            for message in read_po(file, locale=language)
            if message.id and not message.fuzzy
        }


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def _forms(entry: str | tuple[str, ...]) -> tuple[str, ...]:
    return (entry,) if isinstance(entry, str) else tuple(entry)


def test_the_extractor_finds_the_sentences() -> None:
    found = msgids()
    assert len(found) > 250
    assert {"Sort by", "We could not find this page", ("{n} product", "{n} products")} <= found


def test_every_sentence_has_a_turkish_one() -> None:
    known = catalogue("tr")
    missing = [
        message for message in msgids() if not all(_forms(known.get(message, ""))) or message not in known
    ]
    assert not sorted(map(str, missing))


def test_every_refusal_is_marked_for_translation() -> None:
    """A bare literal would be shown in English and dropped from the catalogues by `make messages`."""
    refusals = {
        "KervanError",
        "TradeError",
        "NotFound",
        "Forbidden",
        "Conflict",
        "Invalid",
        "TooMany",
        "Unavailable",
    }
    bare = []
    for domain in ("discovery", "exporters", "products", "site", "trade", "web"):
        for file in (PACKAGE / domain).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id in refusals
                ):
                    bare += [
                        f"{file.name}:{node.lineno}"
                        for first in node.args[:1]
                        if isinstance(first, ast.Constant)
                    ]
    assert not bare


def test_no_translation_is_left_over() -> None:
    """A sentence that no page says any more would be translated again and again."""
    for language in LANGUAGES:
        assert not sorted(map(str, catalogue(language).keys() - msgids()))


def test_placeholders_are_the_same_in_every_form() -> None:
    for message, entry in catalogue("tr").items():
        wanted = set().union(*map(_placeholders, _forms(message)))
        for form in _forms(entry):
            assert _placeholders(form) == wanted, message


def test_turkish_sentences_end_as_the_english_ones_do() -> None:
    for message, entry in catalogue("tr").items():
        for sign in (".", "?"):
            assert _forms(message)[-1].endswith(sign) == _forms(entry)[-1].endswith(sign), message
        assert "  " not in "".join(_forms(entry)), message


def test_a_sentence_that_is_the_same_in_both_languages_is_a_name() -> None:
    entries = ((_forms(message)[0], _forms(entry)[0]) for message, entry in catalogue("tr").items())
    same = {english for english, turkish in entries if english == turkish}
    words = {english for english in same if re.search(r"[A-Za-z]{3}", re.sub(r"\{\w+\}", "", english))}
    assert not words - SAME


class _Seen(HTMLParser):
    """What a reader sees or hears of a page in its own language: texts and spoken attributes, outside data.

    Names of firms and goods stand in <bdi>, words of machines in <code>, what somebody typed in a <textarea> or in
    something with `dir="auto"`; texts in another language say so by `lang`.
    """

    _VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "source", "wbr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self.meta: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.headings = 0
        self.language = ""
        self.title = ""
        self._open: list[tuple[str, bool]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = named.get("lang", "")
        if tag == "meta" and "content" in named:
            self.meta[named.get("name") or named.get("property") or ""] = named["content"]
        if tag == "link":
            self.links[f"{named.get('rel')} {named.get('hreflang', '')}".strip()] = named.get("href", "")
        self.headings += tag == "h1"
        aside = tag in ("bdi", "code", "script", "style", "mark", "textarea") or (
            tag != "html" and ("lang" in named or named.get("dir") == "auto")
        )
        aside = aside or (tag == "select" and named.get("name") in NAMES_LISTED)
        inside = aside or bool(self._open and self._open[-1][1])
        if not inside and tag != "meta":
            self.texts |= {_plain(named[name]) for name in SPOKEN if named.get(name)}
        if tag not in self._VOID:
            self._open.append((tag, inside))

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if [tag for tag, _ in self._open[-2:]] == ["head", "title"]:
            self.title += data
        elif self._open and not self._open[-1][1] and data.strip():
            self.texts.add(_plain(data))


def _plain(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def seen(demo: Demo) -> Iterator[dict[tuple[str, str], _Seen]]:
    """Every type of page in both languages."""
    with httpx.Client(base_url=demo.address, timeout=30) as client:
        yield {
            (language, name): _Seen(client.get(path).text)
            for language in LANGUAGES
            for name, path in walk.paths(demo.address, language).items()
        }


@pytest.fixture(scope="module")
def seen_inside(demo: Demo, inside: Mapping[str, Visit]) -> dict[str, dict[str, tuple[_Seen, _Seen]]]:
    """Every page behind the sign-in, by kind of account and path, in English and in Turkish."""
    found: dict[str, dict[str, tuple[_Seen, _Seen]]] = {}
    for kind, visit in inside.items():
        with httpx.Client(
            base_url=demo.address, timeout=30, cookies=dict(visit.cookies), follow_redirects=True
        ) as client:
            found[kind] = {
                stop.path: (
                    _Seen(client.get(stop.address("en")).text),
                    _Seen(client.get(stop.address("tr")).text),
                )
                for stop in visit.stops
            }
    return found


@cache
def _english() -> re.Pattern[str]:
    """What matches an English sentence of the sources, its placeholders filled, unless Turkish says it the same way."""
    turkish = catalogue("tr")
    sentences = set()
    for message in msgids():
        for n, form in enumerate(_forms(message)):
            other = _forms(turkish.get(message, ""))
            if form != other[min(n, len(other) - 1)] and re.search(
                r"[A-Za-z]{2}", re.sub(r"\{\w+\}", "", form)
            ):
                sentences.add(form)
    parts = (re.sub(r"\\\{\w+\\\}", ".+", re.escape(_plain(sentence))) for sentence in sentences)
    return re.compile("|".join(parts))


@pytest.mark.parametrize("name", PAGES)
def test_no_english_sentence_stands_on_a_turkish_page(seen: dict[tuple[str, str], _Seen], name: str) -> None:
    page = seen["tr", name]
    leaked = {text for text in page.texts if _english().fullmatch(text)}
    assert not leaked


@pytest.mark.parametrize("name", PAGES)
def test_nothing_but_names_is_the_same_on_both_pages(seen: dict[tuple[str, str], _Seen], name: str) -> None:
    """Finds sentences that were never marked for translation."""
    same = seen["en", name].texts & seen["tr", name].texts
    words = {text for text in same if re.search(r"[A-Za-z]{3}", text) and not _MONTH.fullmatch(text)}
    assert not words - SAME - {province.name for province in provinces()}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_what_it_is_and_where_its_translations_are(
    seen: dict[tuple[str, str], _Seen], demo: Demo, language: str, name: str
) -> None:
    page = seen[language, name]
    assert page.language == language
    assert page.headings == 1
    assert page.title.endswith(" · Kervan")
    assert len(page.title) > len(" · Kervan")
    assert 40 <= len(page.meta["description"]) <= 320
    assert page.meta["og:locale"][:2] == language
    if name != "missing":
        assert page.links["canonical"].startswith(f"{demo.address}/{language}")
        assert page.links[f"alternate {language}"] == page.links["canonical"]
        assert {"alternate en", "alternate tr", "alternate x-default"} <= page.links.keys()


def test_titles_tell_pages_apart(seen: dict[tuple[str, str], _Seen]) -> None:
    same = {
        "product-refused",
        "second-page",
        "refused",
        "narrowed",
        "requests-refused",
        "events-refused",
        "guest",
        "ticket-unknown",
        "survey-unknown",
    }
    for language in LANGUAGES:
        titles = [seen[language, name].title for name in PAGES if name not in same]
        assert len(titles) == len(set(titles))


@pytest.mark.parametrize("kind", KINDS)
def test_no_english_sentence_stands_on_a_turkish_page_inside(
    seen_inside: dict[str, dict[str, tuple[_Seen, _Seen]]], kind: str
) -> None:
    leaked = {
        path: found
        for path, (_, turkish) in seen_inside[kind].items()
        if (found := {text for text in turkish.texts - SAME if _english().fullmatch(text)})
    }
    assert not leaked


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_but_names_is_the_same_on_both_pages_inside(
    seen_inside: dict[str, dict[str, tuple[_Seen, _Seen]]], kind: str
) -> None:
    """Names of people, firms and goods stand in <bdi>; what else is the same was never marked for translation."""
    names = SAME | {province.name for province in provinces()}
    same = {
        path: found
        for path, (english, turkish) in seen_inside[kind].items()
        if (
            found := {
                text
                for text in english.texts & turkish.texts
                if re.search(r"[A-Za-z]{3}", text) and not _MONTH.fullmatch(text)
            }
            - names
        )
    }
    assert not same


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_inside_says_what_it_is(
    seen_inside: dict[str, dict[str, tuple[_Seen, _Seen]]], kind: str
) -> None:
    """In its own language, with one heading and a title of its own."""
    for path, pair in seen_inside[kind].items():
        for language, page in zip(LANGUAGES, pair, strict=True):
            assert page.language == language, path
            assert page.headings == 1, path
            assert page.title.endswith(" · Kervan"), path
            assert len(page.title) > len(" · Kervan"), path
