"""The HS tree, its names, synonyms and sectors."""

import pytest

from kervan.trade import codes, nomenclature
from kervan.trade.errors import TradeError


def test_the_tree_has_the_counts_of_hs_2022() -> None:
    chapters = nomenclature.children("")
    headings = [heading for chapter in chapters for heading in nomenclature.children(chapter)]
    subheadings = [code for heading in headings for code in nomenclature.children(heading)]
    assert (len(nomenclature.sections()), len(chapters), len(headings), len(subheadings)) == (
        21,
        96,
        1228,
        5612,
    )


def test_chapter_77_is_reserved_and_holds_nothing() -> None:
    assert len(nomenclature.chapters()) == 97
    assert [chapter.code for chapter in nomenclature.chapters() if chapter.reserved] == ["77"]
    assert nomenclature.children("77") == ()
    assert not nomenclature.exists("77")
    assert "77" not in nomenclature.section(15).chapters


@pytest.mark.parametrize(
    "code", ["99", "9999", "999999", "98", "TOTAL", "", "6", "610", "6199", "610999", "abc"]
)
def test_what_is_not_in_the_hs_does_not_exist(code: str) -> None:
    assert not nomenclature.exists(code)
    with pytest.raises(TradeError, match="not in the Harmonized System"):
        nomenclature.legal_text_en(code)


@pytest.mark.parametrize("code", ["61", "6109", "610910", "61091000", "610910000011"])
def test_a_code_exists_by_its_first_six_digits(code: str) -> None:
    assert nomenclature.exists(code)


def test_every_code_lies_in_the_section_of_its_chapter() -> None:
    for section in nomenclature.sections():
        assert section.chapters
        assert section.first_chapter == section.chapters[0]
        assert section.last_chapter == section.chapters[-1]
        assert all(codes.section_of(chapter) == section.number for chapter in section.chapters)
        assert section.legal_en
        assert section.names["tr"]
        assert section.names["en"]
    assert sum(len(section.chapters) for section in nomenclature.sections()) == 96


def test_every_chapter_has_a_short_name_in_all_ten_languages() -> None:
    for chapter in nomenclature.chapters():
        assert set(chapter.names) == set(nomenclature.CHAPTER_LANGUAGES), chapter.code
        assert chapter.section == codes.section_of(chapter.code)


def test_at_least_400_headings_have_a_short_name_and_all_of_them_exist() -> None:
    named = [
        heading
        for chapter in nomenclature.children("")
        for heading in map(nomenclature.heading, nomenclature.children(chapter))
        if heading.names
    ]
    assert len(named) >= 400
    assert all(set(heading.names) == {"tr", "en"} for heading in named)
    assert len(named) == len(nomenclature._heading_names())


def test_one_step_up_and_down_the_tree() -> None:
    assert "6109" in nomenclature.children("61")
    assert nomenclature.children("6109") == ("610910", "610990")
    assert nomenclature.children("610910") == ()
    assert nomenclature.parents("610910000011") == ("61", "6109", "610910")
    assert nomenclature.parents("610910") == ("61", "6109")
    assert nomenclature.parents("61") == ()


def test_the_legal_text_is_that_of_the_hs() -> None:
    assert "knitted or crocheted" in nomenclature.legal_text_en("6109")
    assert nomenclature.heading("6109").legal_en == nomenclature.legal_text_en("6109")
    assert nomenclature.hs6("610910").legal_en == nomenclature.legal_text_en("610910000011")


def test_a_name_falls_back_to_english_and_then_to_the_legal_text() -> None:
    english = nomenclature.chapter("61").names["en"]
    assert nomenclature.name("61", "de") == nomenclature.chapter("61").names["de"] != english
    assert nomenclature.name("61", "ja") == english
    assert nomenclature.name("6109", "de") == nomenclature.heading("6109").names["en"]
    assert nomenclature.name("610910", "tr") == nomenclature.legal_text_en("610910")


def test_a_heading_without_a_short_name_shows_its_legal_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nomenclature, "_heading_names", dict)
    assert nomenclature.heading("6109").names == {}
    assert nomenclature.name("6109", "tr") == nomenclature.legal_text_en("6109")


@pytest.mark.parametrize(
    ("find", "code"),
    [("chapter", "99"), ("heading", "61"), ("heading", "6199"), ("hs6", "6109"), ("hs6", "999999")],
)
def test_the_finders_refuse_codes_of_another_length_or_unknown(find: str, code: str) -> None:
    with pytest.raises(TradeError):
        getattr(nomenclature, find)(code)


@pytest.mark.parametrize("number", [0, 22, -1])
def test_there_are_sections_1_to_21_only(number: int) -> None:
    with pytest.raises(TradeError):
        nomenclature.section(number)


def test_synonyms_belong_to_headings_that_exist() -> None:
    groups = nomenclature.synonym_groups()
    assert groups
    for group in groups:
        assert group.terms
        assert all(
            len(heading) in (2, 4, 6) and nomenclature.exists(heading) for heading in group.headings
        ), group


def test_importers_words_for_towels_lead_to_heading_6302() -> None:
    terms = {
        term for group in nomenclature.synonym_groups() if "6302" in group.headings for term in group.terms
    }
    assert {"towel", "havlu"} <= terms


def test_sectors_hold_chapters_that_exist() -> None:
    slugs = [sector.slug for sector in nomenclature.sectors()]
    assert len(slugs) == len(set(slugs)) >= 15
    for sector in nomenclature.sectors():
        assert sector.chapters
        assert all(nomenclature.exists(chapter) for chapter in sector.chapters), sector.slug
        assert nomenclature.sector(sector.slug) is sector
        assert sector.names["tr"]
        assert sector.names["en"]
        assert sector.picture
    with pytest.raises(TradeError, match="There is no sector nowhere"):
        nomenclature.sector("nowhere")


def test_a_chapter_has_the_first_sector_that_holds_it() -> None:
    found = nomenclature.sector_of_chapter("610910")
    assert found is not None
    assert "61" in found.chapters
    assert nomenclature.sector_of_chapter("77") is None
