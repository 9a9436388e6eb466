"""What notifications say, in every language, whatever their data."""

from string import Formatter

import pytest
from markupsafe import Markup

from kervan.mail.letters import LETTERS
from kervan.notifications import texts
from kervan.resources import templates_dir
from kervan.web import i18n
from kervan.web.assets import Assets
from kervan.web.pictures import Drawings

_VALUES = {
    "number": "SP-2026-000017", "who": "Nordlicht", "country": "DE", "total": "1250.50", "currency": "EUR",
    "quote": "TK-2026-000003", "organisation": "Ayşe Havlu", "until": "2027-03-01", "file": "liste.xlsx",
    "role": "Owner", "label": "ERP", "device": "Firefox", "count": 3, "deadline": "2027-03-01",
    "at": "2027-03-01T10:00:00Z",
}  # fmt: skip


def _names(kind: texts.Kind) -> set[str]:
    """What the sentences of a kind name."""
    return {
        name
        for msgid in (kind.sentence, *kind.others.values())
        for _, name, _, _ in Formatter().parse(msgid)
        if name
    }


@pytest.mark.parametrize("kind", sorted(texts.KINDS))
def test_every_kind_speaks_of_its_own(kind: str) -> None:
    found = texts.KINDS[kind]
    for choice in ("", *found.others):
        for language in i18n.BY_CODE:
            values = dict.fromkeys(_names(found), "Havlu") | _VALUES | ({found.by: choice} if choice else {})
            said = texts.sentence(language, kind, values)
            assert "{" not in said
            assert said != i18n.gettext(language, texts.UNKNOWN.sentence)


def test_each_sign_is_drawn() -> None:
    drawings = Drawings(Assets(templates_dir() / "_static"))
    for kind in (*texts.KINDS.values(), texts.UNKNOWN):
        assert "<svg" in drawings.icon(kind.icon)


def test_kinds_of_mails_need_nothing_that_their_mail_may_lack() -> None:
    for kind, found in texts.KINDS.items():
        assert kind not in LETTERS or _names(found) <= LETTERS[kind], kind


def test_values_are_written_for_the_reader() -> None:
    assert texts.sentence("en", "quote_sent", _VALUES) == (
        "Nordlicht sent a quote for your inquiry SP-2026-000017: €1,250.50"
    )
    assert "1.250,50" in texts.sentence("tr", "quote_sent", _VALUES)
    assert "Germany" in texts.sentence("en", "inquiry_received", _VALUES)
    assert "Almanya" in texts.sentence("tr", "inquiry_received", _VALUES)
    assert "1 Mar 2027" in texts.sentence("en", "exporter_expiring", _VALUES)


def test_the_step_picks_the_sentence_of_an_order() -> None:
    assert (
        texts.sentence("en", "order_step", {"number": "SP-1", "action": "accept"}) == "Order SP-1 is accepted"
    )
    assert texts.sentence("en", "order_step", {"number": "SP-1", "action": "new"}) == "Order SP-1 has changed"
    assert texts.sentence("en", "membership_changed", {"organisation": "A", "role": None}) == (
        "You no longer work for A at Kervan"
    )


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("of_a_later_release", {}),
        ("order_step", {}),
        ("quote_sent", {**_VALUES, "total": "much"}),
        ("exporter_expiring", {"organisation": "A", "until": "soon"}),
        ("exporter_expiring", {"organisation": "A", "until": None}),
    ],
)
def test_what_cannot_be_said_is_said_neutrally(kind: str, data: dict[str, object]) -> None:
    said = texts.sentence("en", kind, data)
    assert said
    assert "{" not in said


def test_names_cannot_write_markup_nor_turn_the_sentence() -> None:
    said = texts.markup("en", "exporter_verified", {"organisation": "<b>Ayşe</b> & \u202eOğulları {x}"})
    assert isinstance(said, Markup)
    assert said == "<bdi>&lt;b&gt;Ayşe&lt;/b&gt; &amp; \u202eOğulları {x}</bdi> is verified"


def test_only_what_the_sentence_needs_is_kept() -> None:
    context = {**_VALUES, "text": "our secret recipe", "reason": "private", "name": "Can", "action": "submit"}
    assert texts.needed("message_received", context) == {"number": "SP-2026-000017"}
    assert texts.needed("order_step", context) == {"number": "SP-2026-000017", "action": "submit"}
    assert texts.needed("quote_sent", context).keys() == {"who", "number", "total", "currency"}
