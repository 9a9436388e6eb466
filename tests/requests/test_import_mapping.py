"""Mappings of tender lists, and what their cells mean: days, languages, sectors."""

from datetime import date

import pytest

from kervan.errors import CommandError
from kervan.imports import values as import_values
from kervan.requests import import_mapping


@pytest.mark.parametrize(
    "text",
    [
        "[columns]\ntitle = 'title'\n",
        "[columns]\ntitle = 'title'\ncountry = 'country'\nprice = 'price'\n",
        "[columns]\ntitle = 'title'\ncountry = {}\n",
        "[columns]\ntitle = 'title'\ncountry = { constant = 'DE', default = 'DE' }\n",
        "[columns]\ntitle = 'title'\ncountry = 'country'\n[sectors]\nlinen = 'no-sector'\n",
        "[columns]\ntitle = 'title'\ncountry = 'country'\n[file]\ndates = 'ymd'\n",
        "not toml at all",
    ],
)
def test_a_wrong_mapping_is_refused(text: str) -> None:
    with pytest.raises(CommandError):
        import_mapping.load("mine.toml", text.encode())


def test_patterns_values_and_defaults_of_a_mapping() -> None:
    mapping = import_mapping.load(
        "mine.toml",
        b"""[columns]
title = "name"
country = { column = "where", values = { "Viet Nam (South)" = "VN" }, default = "DE" }
source_url = { pattern = "https://tenders.example/{ref}", default = "https://tenders.example" }
[sectors]
"bed linen" = "63"
"linen" = "clothing"
"3951" = "home-textiles"
"carpets" = "5702"
""",
    )
    assert import_mapping.cell(mapping, "country", {"where": "viet nam (SOUTH)"}) == "VN"
    assert import_mapping.cell(mapping, "country", {"where": ""}) == "DE"
    assert import_mapping.cell(mapping, "source_url", {"ref": "7/1"}) == "https://tenders.example/7/1"
    assert import_mapping.cell(mapping, "source_url", {"ref": ""}) == "https://tenders.example"
    assert import_mapping.cell(mapping, "title", {"name": "Bed\u202elinen\x00"}) == "Bedlinen"
    assert import_mapping.sector(mapping, "Supply of Bed Linen") == ("home-textiles", None)
    assert import_mapping.sector(mapping, "39518000; 1") == ("home-textiles", None)
    assert import_mapping.sector(mapping, "Carpets") == ("carpets", "5702")
    assert import_mapping.sector(mapping, "carpentry") == (None, None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2013-09-27Z", date(2013, 9, 27)),
        ("2015-07-16T15:04:41.3492184+00:00", date(2015, 7, 16)),
        ("2014-07-24 12:00 Central Standard Time (CST)", date(2014, 7, 24)),
        ("20140724", date(2014, 7, 24)),
        ("24.07.2014 17:00", date(2014, 7, 24)),
        ("24 July 2014", date(2014, 7, 24)),
        ("24 Temmuz 2014", date(2014, 7, 24)),
        ("July 24th, 2014", date(2014, 7, 24)),
        ("24-Jul-2014", date(2014, 7, 24)),
        ("2014-02-30", None),
        ("31.04.2014", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_days_are_read_in_the_forms_of_procurement_sites(text: str, found: date | None) -> None:
    assert import_values.day(text) == found


def test_the_order_of_day_and_month_is_the_mappings() -> None:
    assert import_values.day("03/04/2026", "dmy") == date(2026, 4, 3)
    assert import_values.day("03/04/2026", "mdy") == date(2026, 3, 4)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Supply of bed linen for the hospital and the clinic", "en"),
        ("Fourniture de linge de lit pour les hôpitaux de la ville", "fr"),
        ("Lieferung von Bettwäsche für die Kliniken der Stadt und den Kreis", "de"),
        ("Hastane için çarşaf alımı ve teslimi ile bir yıllık hizmet", "tr"),
        ("Поставка постельного белья для больницы", "ru"),
        ("توريد أغطية الأسرة للمستشفى", "ar"),
        ("XK-9 4711", None),
        ("", None),
    ],
)
def test_the_language_of_a_text_by_its_small_words_or_its_script(text: str, language: str | None) -> None:
    assert import_values.language_of(text) == language
