"""One row of a list of events: how it is read, what is doubtful, which events are alike, mappings that are none."""

from datetime import UTC, date, datetime

import pytest
from event_lists import OWN, ROW

from kervan.errors import CommandError, Invalid
from kervan.events import import_alike, import_gate, import_mapping
from kervan.events.import_alike import Known

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def read(**changes: str) -> import_gate.Row:
    return import_gate.row(OWN, {**ROW, **changes}, "ASSOCIATION", "The association", NOW)


def test_a_row_is_read_in_the_forms_in_which_lists_are_written() -> None:
    found = read()
    content = found.content
    assert (found.first, found.last) == (date(2027, 5, 16), date(2027, 5, 19))
    assert (content.kind, content.country, content.province, content.zone) == (
        "FAIR",
        "TR",
        "20",
        "Europe/Istanbul",
    )
    assert content.starts_at == datetime(2027, 5, 15, 21, tzinfo=UTC)
    assert content.ends_at == datetime(2027, 5, 19, 21, tzinfo=UTC)
    assert (content.whole_days, content.sectors, content.fee_importers) == (True, ("home-textiles",), 0)
    assert (content.organiser_kind, content.organiser_name) == ("ASSOCIATION", "The association")
    assert found.problems == ()
    timed = read(
        starts_time="9:30", ends_time="17.00", country="Germany", province="", organiser="Ege Fairs"
    ).content
    assert timed.starts_at == datetime(2027, 5, 16, 7, 30, tzinfo=UTC)
    assert (timed.whole_days, timed.zone, timed.organiser_kind) == (False, "Europe/Berlin", "EXTERNAL")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": "  "}, "This row has no title."),
        ({"starts": ""}, "This row says no first day."),
        ({"starts": "soon"}, "“soon” is not a day that can be read."),
        ({"starts": "2027-02-29"}, "“2027-02-29” is not a day that can be read."),
        ({"ends": "2027-13-01"}, "“2027-13-01” is not a day that can be read."),
        ({"ends": "2027-05-15"}, "It ends (2027-05-15) before it begins (2027-05-16)."),
        ({"starts": "2997-05-16", "ends": "2997-05-17"}, "The day 2997-05-16 is too far away."),
        ({"starts": "2060-05-16", "ends": "2060-05-17"}, "is too far away. Check the year."),
        ({"ends": "2027-05-16", "starts_time": "17:00", "ends_time": "09:00"}, "before it begins"),
    ],
)
def test_a_row_that_can_be_no_event_is_refused_with_the_reason(
    changes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read(**changes)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"starts": "2021-05-16", "ends": "2021-05-17"}, "ends", "PAST"),
        ({"kind": ""}, "kind", "MISSING"),
        ({"kind": "PARTY"}, "kind", "UNKNOWN"),
        ({"country": ""}, "country", "MISSING"),
        ({"country": "Atlantis"}, "country", "UNKNOWN"),
        ({"province": "Atlantis"}, "province", "UNKNOWN"),
        ({"zone": "Mars/Olympus"}, "zone", "UNKNOWN"),
        ({"sectors": "rockets"}, "sectors", "SECTOR"),
        ({"fee_importers": "12"}, "currency", "MISSING"),
        ({"fee_importers": "a lot"}, "fee_importers", "UNKNOWN"),
        ({"external_url": "not an address"}, "external_url", "UNKNOWN"),
        ({"contact_email": "nobody"}, "contact_email", "UNKNOWN"),
        ({"title": "EMO"}, "title", "SHORT"),
        ({"title": "Fair " * 50}, "title", "CUT"),
        ({"text": "Towels \ufffd and linen"}, "text", "LOST"),
        ({"starts_time": "25:00", "ends_time": "26:00"}, "starts_time", "UNKNOWN"),
        ({"language": "", "title": "Zzz qqq xxx"}, "language", "LANGUAGE"),
    ],
)
def test_what_is_doubtful_is_noted_and_the_row_comes_in(
    changes: dict[str, str], field: str, problem: str
) -> None:
    found = read(**changes)
    assert (field, problem) in {(one["field"], one["problem"]) for one in found.problems}
    assert found.title


def test_a_short_name_gets_its_year() -> None:
    assert read(title="EMO").title == "EMO 2027"


def test_a_row_without_a_number_has_the_same_one_again_in_the_next_file() -> None:
    first = read(source_ref="")
    assert first.ref.startswith("row:")
    assert read(source_ref="", sectors="", title="HOME  TEXTILES of the AEGEAN").ref == first.ref
    assert read(source_ref="", starts="2027-05-17").ref != first.ref


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        ("İstanbul Mobilya Fuarı 2027", "ISTANBUL MOBILYA FUARI", True),
        ("12. Konya Tarım Fuarı", "13. KONYA TARIM FUARI", True),
        ("International Franchise Expo", "International Franchising Expo", True),
        ("Global Security Exchange (GSX) 2020", "Global Security Exchange", True),
        ("İstanbul Cam Fuarı", "İstanbul Kapı Fuarı", False),
        ("Home textiles of the Aegean", "Olive oil days", False),
        ("2027", "2028", False),
    ],
)
def test_titles_are_compared_without_letters_case_years_and_ordinals(
    one: str, other: str, are_alike: bool
) -> None:
    score = import_alike.similarity(one, other)
    assert score == import_alike.similarity(other, one)
    assert (score >= import_alike.LEAST) is are_alike, score


def test_alike_are_events_of_the_same_days_and_town_only() -> None:
    def known(title: str = "Bursa book fair", city: str = "Bursa", first: int = 10, last: int = 12) -> Known:
        return Known(title=title, city=city, first=date(2027, 5, first), last=date(2027, 5, last))

    this = known()
    assert import_alike.alike(this, [known("BURSA BOOK FAIR 2027")])
    assert import_alike.alike(this, [known(first=12, last=14)])
    assert import_alike.alike(this, [known(city="")])
    assert not import_alike.alike(this, [known(first=13, last=14)])
    assert not import_alike.alike(this, [known(city="Konya")])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[columns]\ntitle = "a"', "say where starts come from"),
        ('[columns]\ntitle = "a"\nstarts = "b"\nprice = "c"', "there is no field 'price'"),
        ('[columns]\ntitle = "a"\nstarts = "b"\nkind = { constant = "PARTY" }', "'PARTY' is none of FAIR"),
        ('[columns]\ntitle = "a"\nstarts = "b"\nlanguage = { constant = "xx" }', "no code of a language"),
        ('[columns]\ntitle = { constant = "a", other = "b" }\nstarts = "b"', "empty and other need a column"),
        ('[columns]\ntitle = "a"\nstarts = "b"\n[sectors]\n"x" = "rockets"', "'rockets' is no sector"),
        ("[columns", "cannot be used"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(text: str, sentence: str) -> None:
    with pytest.raises(CommandError, match="cannot be used") as refused:
        import_mapping.load("mine.toml", text.encode())
    assert sentence in str(refused.value)
