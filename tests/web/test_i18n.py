"""Which language a reader gets, and the sentences of each."""

from pathlib import Path

import pytest

from kervan.errors import NotFound
from kervan.trade.errors import TradeError
from kervan.web import i18n


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("tr", "tr"),
        ("tr-TR,tr;q=0.9,en;q=0.8", "tr"),
        ("de,en;q=0.5,tr;q=0.7", "tr"),
        ("en;q=0.3, TR;q=0.31", "tr"),
        ("tr;q=0", "en"),
        ("tr;q=abc", "en"),
        ("tr;q=5", "en"),
        ("*", "en"),
        (",;,=;q", "en"),
        ("\ud800tr", "en"),
    ],
)
def test_the_browser_says_which_language_it_wants_most(header: str, language: str) -> None:
    assert i18n.preferred(header) == language


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/en", ("en", "/")),
        ("/tr/products/x", ("tr", "/products/x")),
        ("/", (None, "/")),
        ("/entry", (None, "/entry")),
    ],
)
def test_a_path_begins_with_its_language(path: str, found: tuple[str | None, str]) -> None:
    assert i18n.split_path(path) == found


@pytest.fixture
def turkish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "tr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "kervan.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "Made by {name}"\nmsgstr "{name} üretti"\n\n'
        'msgid "Broken {name}"\nmsgstr "Bozuk {ad}"\n\n'
        'msgid "Not yet"\nmsgstr ""\n\n'
        '#, fuzzy\nmsgid "Guessed"\nmsgstr "Tahmin"\n\n'
        'msgid "{n} product"\nmsgid_plural "{n} products"\nmsgstr[0] "{n} ürün"\nmsgstr[1] "{n} ürün var"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(i18n, "LOCALE_DIR", tmp_path)
    monkeypatch.setattr(i18n, "catalogue", i18n.catalogue.__wrapped__)


@pytest.mark.usefixtures("turkish")
def test_sentences_come_from_the_catalogue_and_else_stay_english() -> None:
    assert i18n.translate("tr", "Made by {name}", name="Örnek") == "Örnek üretti"
    assert i18n.translate("en", "Made by {name}", name="Örnek") == "Made by Örnek"
    assert i18n.translate("tr", "Not yet") == "Not yet"
    assert i18n.translate("tr", "Guessed") == "Guessed"
    assert i18n.translate("tr", "Unknown {x}") == "Unknown {x}"


@pytest.mark.usefixtures("turkish")
def test_a_translation_with_a_wrong_placeholder_is_not_shown() -> None:
    assert i18n.translate("tr", "Broken {name}", name="x") == "Broken x"


@pytest.mark.usefixtures("turkish")
def test_counted_sentences_take_the_form_of_the_count() -> None:
    forms = [i18n.ngettext("tr", "{n} product", "{n} products", n) for n in (1, 2)]
    assert forms == ["{n} ürün", "{n} ürün var"]
    assert i18n.ngettext("tr", "{n} day", "{n} days", 2) == "{n} days"


def test_errors_of_both_kinds_become_sentences() -> None:
    assert i18n.sentence("en", NotFound("No {what}.", what="towel")) == "No towel."
    assert i18n.sentence("en", TradeError("{code} is odd.", code="61")) == "61 is odd."
    assert i18n.sentence("en", "Bare sentence.") == "Bare sentence."


def test_filling_never_fails_whatever_was_typed() -> None:
    assert i18n.fill("{a} and {b}", "{a}", {"a": "{0.__class__}"}) == "{0.__class__}"
    assert i18n.fill("{", "{", {"a": 1}) == "{"
