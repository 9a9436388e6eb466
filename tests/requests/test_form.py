"""What the form of a request says: read whole, refused beside its fields, filled again."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from babel.dates import format_date
from request_typing import typed
from requesting import content

from kervan.errors import Invalid
from kervan.orders.deadlines import today
from kervan.requests import form as request_form
from kervan.requests import rules, wording
from kervan.requests.codes import of_text, offered
from kervan.requests.structs import Content, Spec
from kervan.trade import law
from kervan.web.forms import Form
from kervan_search.engine import Engine


def filled(language: str = "en", **changes: Any) -> Form:
    values = {name: value if isinstance(value, list) else [value] for name, value in typed(**changes).items()}
    return Form(language, None, values)


def test_a_whole_form_is_read_as_it_was_typed() -> None:
    form = filled(sample_wanted="1", budget="1,500.50")
    found = request_form.read(form)
    assert form.ok, form.errors
    assert found == Content(
        title="White cotton towels for hotels",
        summary="A hotel group in Hamburg looks for white cotton towels, washed once.",
        description="Terry towels, double stitched hems.",
        hs_code="630260",
        sector="home-textiles",
        specs=(Spec("Weight", "500 g/m²"), Spec("Size", "50 x 100 cm")),
        quantity=400,
        unit="C62",
        budget=Decimal("1500.50"),
        target_price=Decimal("3.80"),
        currency="EUR",
        country="DE",
        place="Hamburg",
        incoterm="DAP",
        deadline=today() + timedelta(days=30),
        certificates=("oeko-tex-100",),
        sample_wanted=True,
        buyer_type="HOSPITALITY",
        languages=("en", "de"),
    )


def test_a_form_filled_from_a_request_reads_as_the_same_request() -> None:
    whole = rules.tidied(content(budget=Decimal("12000.5"), target_price=Decimal("3.8042")))
    for language in ("en", "tr"):
        values = request_form.initial(whole, language)
        again = Form(
            language, None, {name: [v] if isinstance(v, str) else list(v) for name, v in values.items()}
        )
        assert request_form.read(again) == whole
        assert again.ok, again.errors


BAD = [
    ({"title": ""}, "title", "Give the request a title."),
    ({"title": "T" * 121}, "title", "At most 120 characters; these are 121."),
    ({"summary": "S" * 201}, "summary", "At most 200 characters; these are 201."),
    ({"hs_code": "towels"}, "hs_code", "This is no code. Choose one of the suggestions, or type its digits."),
    ({"hs_code": "63"}, "hs_code", "Give a heading of 4 digits at least, for example 5702."),
    ({"hs_code": "6399"}, "hs_code", "6399 is not in the Harmonized System (HS 2022)."),
    ({"quantity": "-1"}, "quantity", "Enter a whole number from 1 to 999999999."),
    ({"quantity": "0"}, "quantity", "Enter a whole number from 1 to 999999999."),
    ({"quantity": "1.5"}, "quantity", "Enter a whole number from 1 to 999999999."),
    ({"quantity": "NaN"}, "quantity", "Enter a whole number from 1 to 999999999."),
    ({"unit": "XYZ"}, "unit", "Choose a unit from the list."),
    ({"unit": ""}, "unit", "Say in which unit the quantity is."),
    ({"budget": "-5"}, "budget", "Enter a number from 0.01 to 99999999999.99."),
    ({"budget": "cheap"}, "budget", "Enter a number such as 12.50."),
    ({"target_price": "1e400"}, "target_price", "Enter a number from 0.0001 to 999999999.9999."),
    ({"currency": "ABC"}, "currency", "ABC is not a currency code; write for example EUR or USD."),
    ({"currency": ""}, "currency", "Say in which currency this is."),
    ({"country": "TR"}, "country", "The goods go abroad. Choose a country other than Türkiye."),
    ({"country": "XX"}, "country", "XX is not a country code; write for example DE."),
    ({"incoterm": "DDU"}, "incoterm", "DDU is not one of the Incoterms 2020."),
    ({"deadline": "soon"}, "deadline", "Enter a date such as 2026-11-22."),
    ({"certificates": ["made-up"]}, "certificates", "“made-up” is not one of the choices."),
    ({"buyer_type": "BANK"}, "buyer_type", "“BANK” is not one of the choices."),
    ({"languages": ["xx"]}, "languages", "“xx” is not one of the choices."),
    ({"visibility": "NEVER"}, "visibility", "“NEVER” is not one of the choices."),
    ({"spec_value_2": ""}, "spec_name_2", "Give a name and a value, or leave both empty."),
]


@pytest.mark.parametrize(("changes", "field", "sentence"), BAD)
def test_what_is_wrong_has_a_sentence_beside_its_field(
    changes: dict[str, Any], field: str, sentence: str
) -> None:
    form = filled(**changes)
    request_form.read(form)
    assert form.errors == [(field, sentence)]


@pytest.mark.parametrize("days", [-1, 0, 2, 181])
def test_a_deadline_outside_the_law_books_days_is_refused(days: int) -> None:
    form = filled(deadline=(today() + timedelta(days=days)).isoformat())
    request_form.read(form)
    first, last = today() + timedelta(days=3), today() + timedelta(days=180)
    shown = [format_date(day, "d MMMM y", locale="en_GB") for day in (first, last)]
    assert form.errors == [("deadline", f"Choose a day from {shown[0]} to {shown[1]}.")]


def test_the_days_of_a_deadline_are_those_of_the_law_book() -> None:
    book = law.current()
    first, last = request_form.window()
    assert (first - today()).days == book.figure("REQUEST_MIN_DAYS", today())
    assert (last - today()).days == book.figure("REQUEST_MAX_DAYS", today())
    long_ago = today() - timedelta(days=20)
    assert request_form.window(long_ago)[0] == today()


def test_a_row_that_is_wrong_is_named_by_its_own_number_though_rows_above_are_empty() -> None:
    form = filled(
        spec_name_1="",
        spec_value_1="",
        spec_name_2="",
        spec_value_2="",
        spec_name_7="Colour",
        spec_value_7="",
    )
    request_form.read(form)
    assert form.error("spec_name_7") == "Give a name and a value, or leave both empty."
    assert 7 in request_form.rows(form)


def test_more_rows_come_one_by_one_up_to_the_most() -> None:
    assert request_form.rows(Form("en")) == [1, 2, 3]
    assert request_form.rows(filled(more="1")) == [1, 2, 3, 4]
    assert len(request_form.rows(filled(rows="999", more="1"))) == rules.MOST_SPECS
    assert request_form.rows(filled(rows="½")) == [1, 2, 3]


def test_a_ticked_code_wins_only_when_it_was_offered() -> None:
    assert request_form.code_of(filled(hs_code="towels", hs_pick="6302", hs_offered="6302 5802")) == "6302"
    assert request_form.code_of(filled(hs_code="towels", hs_pick="9999", hs_offered="6302 5802")) == "towels"


def test_refusals_of_the_service_stand_beside_the_fields() -> None:
    form = filled(spec_name_1="", spec_value_1="")
    request_form.take(form, Invalid(fields={"specs.1": "Too long.", "specs": "Too many."}))
    assert [name for name, _ in form.errors] == ["spec_name_2", "spec_name_1"]


@pytest.mark.parametrize(
    ("title", "heading"),
    [
        ("4,000 white cotton bath towels for a hotel group", "6302"),
        ("Looking for dried apricots, 20 tonnes, sulphur free", "0813"),
        ("Hospital beds with electric adjustment", "9402"),
        ("Otel için beyaz havlu", "6302"),
    ],
)
async def test_codes_are_suggested_from_the_text(search: Engine, title: str, heading: str) -> None:
    found = await of_text(search, title, "", "en")
    assert found[0].code == heading
    assert found[0].name


async def test_a_heading_offers_its_subheadings_and_words_their_headings(search: Engine) -> None:
    below = await offered(search, "6302", "", "", "en")
    assert below
    assert all(one.code.startswith("6302") and len(one.code) == 6 for one in below)
    assert (await offered(search, "olive oil", "towels", "", "en"))[0].code == "1509"
    assert await offered(search, "", "", "", "en") == []


def test_differences_are_told_in_the_readers_words() -> None:
    before, after = rules.tidied(content()), rules.tidied(content(quantity=600, country="AT", specs=()))
    assert wording.differences(before, after, "en") == [
        ("Properties", "Weight: 500 g/m²; Size: 50 x 100 cm", ""),
        ("Quantity", "400", "600"),
        ("Country of delivery", "Germany", "Austria"),
    ]


def test_each_kind_of_contact_data_that_was_taken_out_is_named() -> None:
    assert wording.kinds(["a (at) b (dot) com", "+49 40 123456", "www.example.com"]) == [
        "email",
        "phone",
        "web",
    ]
    assert wording.kinds([]) == []
    assert wording.masked_in(content(description="Write to ••• now.", specs=(Spec("Contact", "•••"),))) == [
        "description",
        "specs",
    ]
