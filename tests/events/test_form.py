"""What the form of an event says: read whole, refused beside its fields, filled again."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from event_typing import soon, typed
from eventing import content
from hypothesis import given, settings
from hypothesis import strategies as st

from kervan.events import fields, rules
from kervan.events import form as written
from kervan.events.structs import Content, Session
from kervan.web.forms import Form


def filled(language: str = "en", **changes: Any) -> Form:
    values = {name: value if isinstance(value, list) else [value] for name, value in typed(**changes).items()}
    return Form(language, None, values)


def read(form: Form, before: Content | None = None) -> Content:
    return fields.read(
        form, form.value("kind"), organises_as="ASSOCIATION", own_name="The association", before=before
    )


def at(day: str, clock: str) -> datetime:
    """On the clocks of Türkiye, three hours ahead all the year."""
    return (datetime.fromisoformat(f"{day}T{clock}") - timedelta(hours=3)).replace(tzinfo=UTC)


def test_a_whole_form_is_read_as_it_was_typed() -> None:
    form = filled()
    found = read(form)
    assert form.ok, form.errors
    assert [(text.language, text.title) for text in found.texts] == [
        ("tr", "Denizli ev tekstili fuarı"),
        ("en", "Denizli home textile fair"),
    ]
    assert found.texts[1].text == "Open to trade visitors.\nSamples at the stands."
    assert (found.starts_at, found.ends_at) == (at(soon(40), "09:30"), at(soon(42), "18:00"))
    assert found.registration_opens_at == at(soon(5), "00:00")
    assert found.registration_closes_at == at(soon(30), "17:00")
    assert found.target_countries == ("DE", "FR", "GB")
    assert found.headings == ("6302",)
    assert (found.fee_exporters, found.fee_importers, found.fee_currency) == (
        Decimal("120.50"),
        Decimal(0),
        "EUR",
    )
    assert (found.capacity_exporters, found.capacity_importers, found.people_per_firm) == (40, None, 3)
    assert (found.organiser_kind, found.reviewed, found.whole_days) == ("ASSOCIATION", True, False)
    assert found.external_url == "https://fair.example.com"
    assert rules.check_complete(found, datetime.now(UTC)) == {}


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "fee_exporters": Decimal("1200.5"),
            "fee_currency": "EUR",
            "capacity_importers": 0,
            "reviewed": True,
        },
        {"target_countries": ("DE", "GB", "US"), "people_per_firm": 5},
        {"organiser_kind": "EXTERNAL", "organiser_name": "Ege Fairs"},
        {"country": "DE", "province": None, "zone": "Europe/Berlin", "city": "Köln"},
    ],
)
def test_a_form_filled_from_an_event_reads_as_the_same_event(language: str, changes: dict[str, Any]) -> None:
    start = (datetime.now(UTC) + timedelta(days=30)).replace(second=0, microsecond=0)
    whole = rules.tidied(content(starts_at=start, ends_at=start + timedelta(days=1), **changes))
    values = {**written.initial(whole, language), "kind": whole.kind}
    again = Form(language, None, {name: [v] if isinstance(v, str) else list(v) for name, v in values.items()})
    found = read(again, whole)
    assert again.ok, again.errors
    assert msgspec.structs.replace(found, texts=()) == msgspec.structs.replace(whole, texts=())
    assert {text.language: text for text in found.texts} == {text.language: text for text in whole.texts}


def test_whole_days_end_at_the_midnight_after_the_last() -> None:
    form = filled(whole_days="1", starts_time="", ends_time="")
    found = read(form)
    assert form.ok, form.errors
    assert found.whole_days
    assert (found.starts_at, found.ends_at) == (at(soon(40), "00:00"), at(soon(43), "00:00"))
    values = written.initial(found, "en")
    assert (values["starts_day"], values["ends_day"]) == (soon(40), soon(42))


def test_one_whole_day_needs_no_last_day() -> None:
    found = read(filled(whole_days="1", ends_day=""))
    assert (found.starts_at, found.ends_at) == (at(soon(40), "00:00"), at(soon(41), "00:00"))


def test_without_a_zone_the_clocks_of_the_country_count() -> None:
    found = read(filled(zone="", country="JP", province=""))
    assert found.zone == "Asia/Tokyo"
    assert found.starts_at == at(soon(40), "09:30") - timedelta(hours=6)


def test_a_virtual_mission_has_no_place_and_a_buying_mission_comes_to_turkiye() -> None:
    online = read(filled(kind="VIRTUAL_MISSION", format="ONLINE", online_url="meet.example.com/room"))
    assert (online.format, online.country, online.city, online.province) == ("ONLINE", None, "", None)
    assert online.online_url == "https://meet.example.com/room"
    assert read(filled(kind="BUYING_MISSION", country="DE")).country == "TR"
    refused = filled(kind="TRADE_MISSION", format="ONLINE")
    read(refused)
    assert refused.error("format") == "This cannot be chosen here."


def test_an_incomplete_draft_is_no_mistake() -> None:
    form = filled(
        starts_day="", starts_time="", ends_day="", ends_time="", summary_en="", title_tr="", summary_tr="",
        country="", province="", city="", venue="", organiser_name="", opens_day="", closes_day="", closes_time="",
        heading_words="", target_countries="", contact_email="", people_per_firm="",
    )  # fmt: skip
    found = read(form)
    assert form.ok, form.errors
    assert (found.starts_at, found.ends_at, found.organiser_name, found.people_per_firm) == (
        None, None, "The association", 2,
    )  # fmt: skip


_ALWAYS_OPEN = {"opens_day": "", "closes_day": "", "closes_time": ""}

BAD = [
    ({"ends_day": soon(40), "ends_time": "09:00"}, "ends_day", "It ends before it begins."),
    ({"whole_days": "1", "ends_day": soon(39)}, "ends_day", "The last day is before the first."),
    ({"starts_day": "2027-02-29"}, "starts_day", "2027 has no 29 February."),
    ({"ends_day": "31.04.2027"}, "ends_day", "There is no such day: 31.04.2027"),
    ({"starts_time": "25:00"}, "starts_time", "is not a time of day"),
    ({"starts_time": ""}, "starts_time", "Give the time as well, or tick “whole days”."),
    ({"ends_day": ""}, "ends_day", "Give the day as well."),
    ({"starts_day": "2020-03-01", "ends_day": "2020-03-02", **_ALWAYS_OPEN}, "ends_day", "This lies in the past."),
    ({"starts_day": "2098-03-01", "ends_day": "2098-03-02"}, "starts_day", "This lies too far away. Check the year."),
    ({"starts_day": "9999-12-31", "ends_day": "9999-12-31"}, "starts_day", "Choose a day from"),
    ({"closes_day": soon(50)}, "closes_day", "Registration ends after the event."),
    ({"opens_day": soon(31)}, "closes_day", "Registration ends before it begins."),
    ({"opens_day": soon(50), "closes_day": "", "closes_time": ""}, "opens_day", "Registration begins after the event."),
    ({"closes_day": "", "closes_time": "17:00"}, "closes_day", "Give the day as well."),
    ({"closes_day": soon(-2), "opens_day": ""}, "closes_day", "This lies in the past."),
    ({"capacity_exporters": "0", "capacity_importers": "0"}, "capacity_importers", "Nobody could register"),
    ({"capacity_exporters": "-1"}, "capacity_exporters", "Enter a whole number from 0"),
    ({"people_per_firm": "21"}, "people_per_firm", "Enter a whole number from 1 to 20."),
    ({"fee_exporters": "-3"}, "fee_exporters", "Enter a number from 0"),
    ({"fee_exporters": "1.234"}, "fee_exporters", "At most 2 decimals."),
    ({"fee_currency": "ABC"}, "fee_currency", "is not one of the choices"),
    ({"zone": "Europe/Atlantis"}, "zone", "is not a time zone"),
    ({"country": "XX"}, "country", "is not one of the choices"),
    ({"province": "82"}, "province", "is not one of the choices"),
    ({"format": "DREAM"}, "format", "This cannot be chosen here."),
    ({"registration": "NEVER"}, "registration", "This cannot be chosen here."),
    ({"sectors": ["made-up"]}, "sectors", "is not one of the choices"),
    ({"sectors": ["clothing", "carpets", "furniture", "seafood", "jewellery", "machinery", "kitchenware",
                  "natural-stone", "home-textiles", "olive-oil-fats", "ceramics-glass"]},
     "sectors", "Choose at most 10."),
    ({"heading_words": "9999"}, "heading_words", "is no HS heading"),
    ({"heading_words": "towels"}, "heading_words", "is no heading. Choose one of the suggestions."),
    ({"target_countries": "Atlantis"}, "target_countries", "is not a country"),
    ({"target_countries": "Türkiye"}, "target_countries", "Choose countries abroad"),
    ({"languages": ["xx"]}, "languages", "is not one of the choices"),
    ({"languages": ["en", "tr", "de", "fr", "es", "it", "ru", "ar", "pt", "nl", "pl"]},
     "languages", "Choose at most 10."),
    ({"title_en": "T" * 161}, "title_en", "At most 160 characters; these are 161."),
    ({"summary_en": "S" * 301}, "summary_en", "At most 300 characters; these are 301."),
    ({"text_en": "S" * 8001}, "text_en", "At most 8000 characters; these are 8001."),
    ({"title_en": ""}, "title_en", "Give it a title that says what it is, in this language as well."),
    ({"title_tr": "", "title_en": "", "summary_tr": "", "summary_en": "", "text_en": ""},
     "title_tr", "Give the event a title."),
    ({"online_url": "not an address", "format": "HYBRID"}, "online_url", "Give a whole address, beginning with https://."),
    ({"external_url": "javascript:alert(1)"}, "external_url", "Give a whole address"),
    ({"external_url": "https://name:secret@example.com"}, "external_url", "Give a whole address"),
    ({"registration": "EXTERNAL", "registration_url": "ftp://example.com"}, "registration_url", "Give a whole address"),
    ({"contact_email": "nobody"}, "contact_email", "e-mail"),
    ({"contact_phone": "12"}, "contact_phone", "phone"),
    ({"venue": "V" * 161}, "venue", "At most 160 characters"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "sentence"), BAD)
def test_a_mistake_is_said_beside_its_field(changes: dict[str, Any], field: str, sentence: str) -> None:
    form = filled(**changes)
    read(form)
    assert not form.ok
    assert sentence in (form.error(field) or ""), form.errors


def test_a_time_that_the_clocks_skip_is_refused_beside_it() -> None:
    """In Germany the clocks go from 2:00 to 3:00 on the last Sunday of March."""
    day = datetime(datetime.now(UTC).year + 1, 3, 31)
    day -= timedelta(days=(day.weekday() + 1) % 7)
    form = filled(
        country="DE", province="", zone="Europe/Berlin", starts_day=f"{day:%Y-%m-%d}", starts_time="02:30",
        ends_day=f"{day:%Y-%m-%d}", opens_day="", closes_day="", closes_time="",
    )  # fmt: skip
    read(form)
    assert "the clocks in Europe/Berlin go forward: 02:30 does not exist" in (form.error("starts_time") or "")


def test_twenty_two_languages_are_too_many_and_none_of_the_texts_is_lost() -> None:
    many = [code for code, _ in written.languages.languages("en")][:22]
    texts = {f"title_{code}": f"Fair of towels {code}" for code in many}
    form = filled(text_languages=many, **texts)
    shown = fields.text_languages(form)
    read(form)
    assert form.error("title_tr") == "At most 12 languages."
    assert len(shown) >= 22
    assert all(form.value(f"title_{code}") == f"Fair of towels {code}" for code in many)


def test_signs_that_cannot_be_shown_are_refused() -> None:
    form = filled(venue="Hall\x07one", title_en="Fair of \u202etowels")
    read(form)
    assert "cannot be shown" in (form.error("venue") or "")
    assert "cannot be shown" in (form.error("title_en") or "")


def test_a_programme_outside_the_new_days_is_said_by_its_title() -> None:
    before = read(filled())
    session = Session(
        starts_at=at(soon(42), "10:00"), ends_at=at(soon(42), "11:00"), title="Opening of the second hall"
    )
    before = msgspec.structs.replace(before, sessions=(session,))
    form = filled(ends_day=soon(41), closes_day="", closes_time="")
    read(form, before)
    assert "“Opening of the second hall” of the programme would lie outside" in (form.error("ends_day") or "")


def test_past_days_may_stay_as_long_as_nobody_changes_them() -> None:
    changes = {"starts_day": "2021-03-01", "ends_day": "2021-03-02", **_ALWAYS_OPEN}
    first = filled(**changes)
    old = read(first)
    assert first.error("ends_day")
    again = filled(**changes, venue="Another hall")
    assert read(again, old).venue == "Another hall"
    assert again.ok, again.errors


def test_differences_name_the_parts_in_the_readers_words() -> None:
    before, after = read(filled()), read(filled(city="Bursa", province="16", target_countries=""))
    told = {name: (kept, now) for name, kept, now in written.differences(before, after, "en")}
    assert told == {
        "Province": ("Denizli", "Bursa"),
        "Town": ("Denizli", "Bursa"),
        "Importers of which countries?": ("Germany, France, United Kingdom", ""),
    }


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(typed())), st.lists(st.text(max_size=60), min_size=1, max_size=3))
)
def test_no_typing_breaks_the_form(changes: dict[str, list[str]]) -> None:
    values = {
        name: value if isinstance(value, list) else [value] for name, value in typed().items()
    } | changes
    form = Form("tr", None, values)
    kind = form.value("kind") if form.value("kind") in fields.PLACES else "FAIR"
    fields.read(form, kind, organises_as="ASSOCIATION", own_name="Birlik")
    written.initial(content(), "tr")
