"""What an event must say before it is announced: bad input gets its sentence beside the field."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from eventing import content

from kervan.events import queries, rules
from kervan.events.structs import Content, Question, Session, Text

START = datetime(2027, 3, 10, 7, tzinfo=UTC)


END = START + timedelta(days=2)


BAD: list[tuple[str, dict[str, Any]]] = [
    ("ends_at", {"starts_at": START, "ends_at": START}),
    ("ends_at", {"starts_at": END, "ends_at": START}),
    ("ends_at", {"starts_at": START, "ends_at": START + timedelta(days=400)}),
    ("starts_at", {"starts_at": datetime(1970, 1, 1, tzinfo=UTC)}),
    ("zone", {"zone": "Europe/Atlantis"}),
    ("kind", {"kind": "PARTY"}),
    ("capacity_importers", {"capacity_importers": -1}),
    ("capacity_importers", {"capacity_importers": 0, "capacity_exporters": 0}),
    ("people_per_firm", {"people_per_firm": 0}),
    ("registration_closes_at", {"registration_opens_at": START, "registration_closes_at": START}),
    ("registration_closes_at", {"starts_at": START, "ends_at": END, "registration_closes_at": END + timedelta(days=1)}),
    ("registration_url", {"registration": "EXTERNAL"}),
    ("registration_url", {"registration": "EXTERNAL", "registration_url": "javascript:alert(1)"}),
    ("external_url", {"external_url": "www.fair.example"}),
    ("contact_email", {"contact_email": "fair at example"}),
    ("target_countries", {"target_countries": ("TR",)}),
    ("target_countries", {"target_countries": ("XX",)}),
    ("sectors", {"sectors": ("no-such",)}),
    ("headings", {"headings": ("63021",)}),
    ("headings", {"headings": ("9999",)}),
    ("languages", {"languages": ("xx",)}),
    ("province", {"province": "99"}),
    ("province", {"province": None}),
    ("country", {"kind": "BUYING_MISSION", "country": "DE", "province": None}),
    ("country", {"kind": "TRADE_MISSION"}),
    ("texts", {"texts": ()}),
    ("texts.en", {"texts": (Text(language="tr", title="Denizli fuarı", summary="Havlular."),)}),
    ("texts.en", {"texts": (Text(language="en", title="Fair", summary="Towels."),)}),
    ("texts.en", {"texts": (Text(language="en", title="Denizli fair\x00", summary="Towels."),)}),
    ("texts.xx", {"texts": (Text(language="xx", title="Denizli fair", summary="Towels."),)}),
    ("fee_currency", {"fee_exporters": 100}),
    ("fee_importers", {"fee_importers": -1, "fee_currency": "EUR"}),
    ("venue", {"venue": "x" * 161}),
    (
        "sessions.1",
        {"starts_at": START, "ends_at": END,
         "sessions": (Session(starts_at=END, ends_at=END + timedelta(hours=1), title="After"),)},
    ),
    (
        "sessions.1",
        {"starts_at": START, "ends_at": END, "sessions": (Session(starts_at=START, ends_at=START, title="None"),)},
    ),
    ("questions.1", {"questions": (Question(kind="ONE_OF", label={"en": "Which?"}),)}),
    ("questions.1", {"questions": (Question(kind="TEXT", label={}),)}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "changes"), BAD)
def test_bad_input_gets_its_sentence_beside_the_field(field: str, changes: dict[str, Any]) -> None:
    wrong = rules.check_complete(rules.tidied(content(**changes)), datetime(2026, 11, 1, tzinfo=UTC))
    assert field in wrong


def test_a_whole_event_has_nothing_wrong() -> None:
    assert rules.check_complete(rules.tidied(content()), datetime.now(UTC)) == {}


def test_what_is_over_is_not_announced() -> None:
    late = datetime.now(UTC) + timedelta(days=90)
    assert "ends_at" in rules.check_complete(rules.tidied(content()), late)


def test_content_holds_what_the_table_holds() -> None:
    columns = set(queries.COLUMNS)
    assert columns | {"texts", "sessions", "questions"} == set(Content.__struct_fields__)
