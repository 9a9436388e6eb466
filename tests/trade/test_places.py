"""Countries, provinces and languages by code and by name."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan.trade.collation import sort_key
from kervan.trade.countries import countries, country_name, find_country, is_country
from kervan.trade.errors import TradeError
from kervan.trade.languages import LANGUAGES, direction, is_language, language_name, languages
from kervan.trade.provinces import find_province, province, provinces

TURKISH_ORDER = [
    "Çad",
    "Çin",
    "Danimarka",
    "Ilgaz",
    "Irak",
    "İran",
    "İzlanda",
    "Şili",
    "Tayland",
    "Umman",
    "Ürdün",
]


@pytest.mark.parametrize(
    ("code", "locale", "name"),
    [
        ("DE", "tr", "Almanya"),
        ("DE", "en", "Germany"),
        ("DE", "ar", "ألمانيا"),
        ("TR", "en", "Türkiye"),
        ("TR", "tr", "Türkiye"),
    ],
)
def test_a_country_is_named_in_the_locale(code: str, locale: str, name: str) -> None:
    assert country_name(code, locale) == name


@pytest.mark.parametrize("code", ["", "de", "UK", "ZZ", "EU", "DEU"])
def test_what_is_no_country_code_is_refused(code: str) -> None:
    assert not is_country(code)
    with pytest.raises(TradeError):
        country_name(code, "en")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("de", "DE"),
        ("DEU", "DE"),
        ("almanya", "DE"),
        ("GERMANY", "DE"),
        ("İTALYA", "IT"),
        ("Turkey", "TR"),
        ("abd", "US"),
        ("Kosova", "XK"),
    ],
)
def test_a_country_is_found_by_code_or_name(written: str, code: str) -> None:
    assert find_country(written) == code


def test_a_turkish_list_is_in_the_order_of_the_turkish_alphabet() -> None:
    assert sorted(reversed(TURKISH_ORDER), key=lambda name: sort_key(name, "tr")) == TURKISH_ORDER
    names = [name for _, name in countries("tr")]
    assert names.index("Danimarka") > names.index("Çin") > names.index("Cibuti")
    assert names.index("Irak") < names.index("İran") < names.index("Jamaika")


def test_a_german_list_puts_the_umlaut_beside_its_letter() -> None:
    names = [name for _, name in countries("de")]
    assert names.index("Oman") < names.index("Österreich") < names.index("Pakistan")


def test_there_are_81_provinces_in_turkish_order() -> None:
    names = [entry.name for entry in provinces()]
    assert (
        len(names)
        == len({entry.plate for entry in provinces()})
        == len({entry.slug for entry in provinces()})
        == 81
    )
    assert sorted(entry.plate for entry in provinces()) == [f"{plate:02}" for plate in range(1, 82)]
    assert (
        names.index("Iğdır") < names.index("Isparta") < names.index("İstanbul") < names.index("Kahramanmaraş")
    )
    assert names[-1] == "Zonguldak"


@pytest.mark.parametrize(
    "written", ["istanbul", "İSTANBUL", "ISTANBUL", " İstanbul ", "34", "３４", "TR-34", "tr-34"]
)
def test_a_province_is_found_in_any_writing(written: str) -> None:
    found = find_province(written)
    assert (found.plate, found.name, found.iso, found.slug) == ("34", "İstanbul", "TR-34", "istanbul")


@pytest.mark.parametrize(
    ("written", "plate"),
    [
        ("6", "06"),
        ("Iğdır", "76"),
        ("IGDIR", "76"),
        ("Hakkari", "30"),
        ("urfa", "63"),
        ("Antep", "27"),
        ("İzmit", "41"),
    ],
)
def test_everyday_names_and_short_plates_are_understood(written: str, plate: str) -> None:
    assert find_province(written) == province(plate)


@pytest.mark.parametrize("written", ["", "0", "00", "82", "TR-", "Berlin", "\x00", "x" * 500])
def test_what_is_no_province_is_refused(written: str) -> None:
    with pytest.raises(TradeError):
        find_province(written)


def test_languages_have_names_and_directions() -> None:
    assert language_name("de", "tr") == "Almanca"
    assert language_name("tr", "en") == "Turkish"
    assert [direction(code) for code in ("ar", "fa", "he", "ur", "tr", "zh")] == ["rtl"] * 4 + ["ltr"] * 2
    assert len(set(LANGUAGES)) == len(LANGUAGES) == len(languages("tr"))
    for code in LANGUAGES:
        assert all(language_name(code, locale) for locale in ("tr", "en", "de", "ar"))
    assert not is_language("xx")
    with pytest.raises(TradeError):
        language_name("xx", "en")


@given(st.text())
def test_any_text_is_a_place_or_refused(text: str) -> None:
    for find in (find_province, find_country):
        with suppress(TradeError):
            find(text)
