"""The parts of forms and desks: tied to their sentences, safe from what was typed, whole without scripts."""

from typing import Any

import pytest
from justhtml import JustHTML
from litestar import Litestar

from kervan.web.forms import Form

_ALL = """{% from "_forms.html" import summary, text, area, password, code, otp, number, money, date, choice %}
{% from "_forms.html" import radios, checks, tick, file, confirm, buttons %}
{{ summary(form) }}{{ text(form, "name", "Name", hint="As in the registry") }}{{ area(form, "about", "About") }}
{{ password(form, "password", "Password") }}{{ code(form, "vkn", "VKN") }}{{ otp(form, "code", "Code") }}
{{ number(form, "moq", "MOQ", unit="kg") }}
{{ money(form, "price", "Price", ["EUR", "USD"]) }}{{ date(form, "until", "Until") }}
{{ choice(form, "province", "Province", [("20", "Denizli"), ("34", "İstanbul")]) }}
{{ radios(form, "kind", "Kind", [("a", "A"), ("b", "B")], cards=true) }}
{{ checks(form, "sectors", "Sectors", [("x", "X"), ("y", "Y"), ("z", "Z")]) }}{{ tick(form, "terms", "Agreed") }}
{{ file(form, "plate", "Tax plate", accept=".pdf", limit_mb=10) }}{{ buttons("Save") }}"""
_FIELDS = (
    "name",
    "about",
    "password",
    "vkn",
    "code",
    "moq",
    "price",
    "until",
    "province",
    "kind",
    "sectors",
    "terms",
    "plate",
)
_NASTY = '"><script>alert(1)</script>'


@pytest.fixture
def html(bare_app: Litestar) -> Any:
    """Makes a piece of template HTML with the parts at hand."""
    environment = bare_app.state.templates.environments["en"]

    def made(source: str, **context: Any) -> JustHTML:
        text = environment.from_string(source).render(context)
        return JustHTML(text, fragment=True, sanitize=False)

    return made


def _refused() -> Form:
    form = Form("en")
    for name in _FIELDS:
        form.refuse(name, f"Look at {name}.")
    return form


def test_the_summary_leads_to_every_refused_field_and_each_says_what_is_wrong(html: Any) -> None:
    page = html(_ALL, form=_refused())
    links = [link.attrs["href"] for link in page.query("[data-summary] a")]
    assert links == [f"#f-{name}" for name in _FIELDS]
    for name in _FIELDS:
        assert len(page.query(f"#f-{name}")) == 1
        (error,) = page.query(f"#f-{name}-error")
        assert f"Look at {name}." in error.to_text()
        tied = page.query(f'[aria-describedby~="f-{name}-error"]')
        assert len(tied) == 1, name


def test_every_control_has_a_name_of_its_own(html: Any) -> None:
    page = html(_ALL, form=Form("en"))
    labelled = {label.attrs["for"] for label in page.query("label")}
    for control in page.query("input, select, textarea"):
        assert control.attrs["id"] in labelled or control.attrs.get("aria-label")
    assert len(page.query("fieldset > legend")) == 2


def test_nothing_is_wrong_with_a_form_that_was_only_opened(html: Any) -> None:
    page = html(_ALL, form=Form("en"))
    assert not page.query("[data-summary], [aria-invalid], .form-error")
    assert page.query("#f-name")[0].attrs["aria-describedby"] == "f-name-hint"


def test_what_was_typed_comes_back_as_text_but_secrets_never(html: Any) -> None:
    typed = {name: [_NASTY] for name in (*_FIELDS, "price_currency")}
    page = html(_ALL, form=Form("en", typed=typed))
    assert not page.query("script")
    for name in ("name", "vkn", "moq", "price"):
        assert page.query(f"#f-{name}")[0].attrs["value"] == _NASTY
    for name in ("password", "code"):
        assert "value" not in page.query(f"#f-{name}")[0].attrs


def test_a_text_of_several_lines_keeps_its_first_empty_one(html: Any) -> None:
    page = html(_ALL, form=Form("en", {"about": "\n  two"}))
    assert page.query("#f-about")[0].to_text(strip=False) == "\n  two"


def test_choices_that_were_made_are_shown_and_consents_start_unticked(html: Any) -> None:
    form = Form("en", {"province": "34", "kind": "b", "sectors": ["x", "z"], "price_currency": "USD"})
    page = html(_ALL, form=form)
    assert [option.attrs["value"] for option in page.query("option[selected]")] == ["USD", "34"]
    assert [box.attrs["value"] for box in page.query("input[checked]")] == ["b", "x", "z"]


def test_a_dangerous_action_posts_without_scripts_and_stands_open_when_it_was_refused(html: Any) -> None:
    source = """{% from "_forms.html" import confirm %}
    {% call confirm("/en/x", "Suspend …", "It disappears.", "Suspend", reason="Why", form=form) %}TOKEN{% endcall %}"""
    form = Form("en")
    assert "open" not in html(source, form=form).query("details")[0].attrs
    form.refuse("reason", "Say why.")
    page = html(source, form=form)
    (box,) = page.query("details")
    assert "open" in box.attrs
    assert page.query("details form")[0].attrs["method"] == "post"
    assert "TOKEN" in box.to_text()
    assert len(page.query("[data-summary], textarea[aria-invalid]")) == 1


def test_steps_say_which_one_is_open_and_link_only_what_can_be_gone_to(html: Any) -> None:
    source = '{% from "_desk.html" import steps %}{{ steps(screens, 2) }}'
    page = html(source, screens=[("Firm", "/a"), ("Address", "/b"), ("Documents", None)])
    (current,) = page.query('[aria-current="step"]')
    assert "Address" in current.to_text()
    assert [link.attrs["href"] for link in page.query("a")] == ["/a"]
    assert "Step 2 of 3: Address" in page.query(".steps-now")[0].to_text()


@pytest.mark.parametrize(("percent", "shown"), [(-5, "0"), (62.4, "62"), (130, "100")])
def test_a_meter_stays_between_nothing_and_all(html: Any, percent: float, shown: str) -> None:
    page = html('{% from "_desk.html" import meter %}{{ meter(percent, "Profile") }}', percent=percent)
    (meter,) = page.query("[role=meter]")
    assert (meter.attrs["aria-valuenow"], page.query("rect")[0].attrs["width"]) == (shown, shown)


@pytest.mark.parametrize(("code", "word"), [("UNDER_REVIEW", "Under review"), ("<b>", "<b>")])
def test_a_state_is_said_in_words_and_an_unknown_one_as_it_is(html: Any, code: str, word: str) -> None:
    page = html('{% from "_desk.html" import state %}{{ state(code) }}', code=code)
    assert page.query(".badge")[0].to_text() == word
