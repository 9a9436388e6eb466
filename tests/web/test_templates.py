"""What templates are given: addresses, sentences, drawings, and safety from the texts they show."""

from typing import Any

import pytest
from jinja2 import UndefinedError
from litestar import Litestar
from markupsafe import Markup

from kervan.web.templates import Templates, address, bdi, json_ld, marked
from kervan_search.engine import Term


@pytest.fixture
def globals_of_english(bare_app: Litestar) -> dict[str, Any]:
    templates: Templates = bare_app.state.templates
    return dict(templates.environments["en"].globals)


@pytest.mark.parametrize(
    ("path", "query", "found"),
    [
        ("/", {}, "/en"),
        ("/products", {}, "/en/products"),
        ("/products", {"q": "a b&c", "page": 2}, "/en/products?q=a+b%26c&page=2"),
        ("/products", {"chapter": ["61", "62"], "q": "", "page": None}, "/en/products?chapter=61&chapter=62"),
        ("/products/ş y", {}, "/en/products/%C5%9F%20y"),
    ],
)
def test_an_address_in_a_language(path: str, query: dict[str, object], found: str) -> None:
    assert address("en", path, **query) == found


def test_searched_words_are_marked_and_everything_else_is_escaped() -> None:
    shown = marked("<b>Towel & towels", (Term("towel", prefix=True),))
    assert shown == Markup("&lt;b&gt;<mark>Towel</mark> &amp; <mark>towels</mark>")
    assert marked("<b>", ()) == Markup("&lt;b&gt;")


def test_linked_data_cannot_leave_its_element() -> None:
    shown = json_ld({"name": "</script><script>alert(1)</script>\u2028"})
    assert shown.count("<") == 2
    assert shown.count("</script>") == 1
    assert "\u2028" not in shown


def test_a_sentence_with_markup_in_it_escapes_the_rest(globals_of_english: dict[str, Any]) -> None:
    translate = globals_of_english["_"]
    assert translate("A {b} {c}", b=bdi("<x>"), c="<y>") == Markup("A <bdi>&lt;x&gt;</bdi> &lt;y&gt;")
    assert not hasattr(translate("A {b}", b="<x>"), "__html__")
    assert translate("Keep {this}") == "Keep {this}"


def test_counted_sentences_write_the_figure_by_language(bare_app: Litestar) -> None:
    for language, figure in (("en", "19,406"), ("tr", "19.406")):
        ngettext: Any = bare_app.state.templates.environments[language].globals["ngettext"]
        assert ngettext("{n} x", "{n} xs", 19406).startswith(figure)


def test_pictures_take_a_tint_and_unknown_ones_fall_back(globals_of_english: dict[str, Any]) -> None:
    picture = globals_of_english["picture"]
    assert picture("towel", "teal").startswith('<svg class="picture tint-teal"')
    assert picture("no-such-thing", "teal").startswith('<svg class="picture tint-teal"')
    assert '"><script>' not in picture("towel", '"><script>')
    assert picture("towel", "teal") is picture("towel", "teal")


def test_an_icon_that_is_not_there_is_an_error_and_not_a_hole(globals_of_english: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        globals_of_english["icon"]("no-such-icon")
    with pytest.raises(KeyError):
        globals_of_english["static"]("no/such.css")


def test_a_forgotten_variable_is_an_error_and_not_a_hole(bare_app: Litestar) -> None:
    environment = bare_app.state.templates.environments["en"]
    with pytest.raises(UndefinedError):
        environment.from_string("{{ forgotten }}").render()


def test_every_page_has_a_canonical_address_and_its_other_languages(bare_app: Litestar) -> None:
    found = bare_app.state.templates.addresses("tr", "/products/x")
    site = bare_app.state.settings.public_url
    assert found["canonical"] == f"{site}/tr/products/x"
    assert found["alternates"] == [
        ("en", f"{site}/en/products/x"),
        ("tr", f"{site}/tr/products/x"),
        ("x-default", f"{site}/en/products/x"),
    ]
