"""What makes pages quick changes nothing on them: kept pieces, quick amounts, marks, pictures of their own files."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader
from litestar import Litestar
from markupsafe import escape

from kervan.discovery import labels
from kervan.products.structs import ProductCard
from kervan.trade.money import format_money
from kervan.web import formats
from kervan.web.compiler import QuickEnvironment
from kervan.web.templates import Templates, marked
from kervan_search.engine import Term
from kervan_search.highlight import mark

CARD = ProductCard(
    id="k7m2q9x4t1bd",
    slug="cotton-bath-towel",
    name="Cotton bath towel",
    name_language="en",
    exporter="ornek-tekstil",
    exporter_name="Örnek Tekstil",
    province="20",
    brand=None,
    hs_code="630260000000",
    certificates=("GOTS",),
    micro_export_ok=True,
    price_min=Decimal("3.10"),
    price_max=Decimal("4.20"),
    currency="EUR",
    unit="C62",
    moq=100,
    lead_days=14,
    picture="towel",
    tint="teal",
    image=None,
    image_small=None,
    published_at=datetime(2026, 1, 3, tzinfo=UTC),
)


@pytest.fixture
def card_in_english(bare_app: Litestar) -> Any:
    templates: Templates = bare_app.state.templates
    return templates.environments["en"].get_template("_macros.html").module.product_card  # type: ignore[attr-defined]  # a macro


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"price_max": Decimal("4.30")}, "€3.10 – 4.30"),
        ({"price_min": None, "price_max": None, "currency": None}, "Price on request"),
        ({"moq": 250}, "from <bdi>250</bdi>"),
        ({"lead_days": 21}, "<bdi>21 days</bdi>"),
        ({"province": "16"}, "<bdi>Bursa</bdi>"),
        ({"certificates": ("HACCP",)}, "<bdi>HACCP</bdi>"),
        ({"name": "Linen <towel>"}, "Linen &lt;towel&gt;"),
        ({"exporter_name": "Öteki"}, "Öteki"),
        ({"image": "/uploads/1.webp"}, "/uploads/1.webp"),
        ({"picture": "carpet"}, "pictures/carpet.svg"),
    ],
)
def test_a_card_that_changed_is_shown_as_it_is_now(
    card_in_english: Any, change: dict[str, Any], shown: str
) -> None:
    assert shown not in card_in_english(CARD)
    assert shown in card_in_english(msgspec.structs.replace(CARD, **change))
    assert shown not in card_in_english(CARD)


@given(
    amount=st.decimals(0, 10**12, places=5)
    | st.decimals(0, 10**4, places=2)
    | st.integers(0, 10**9).map(Decimal),
    currency=st.sampled_from(["EUR", "USD", "TRY", "GBP", "JPY", "KWD"]),
)
def test_an_amount_is_written_as_babel_writes_it(amount: Decimal, currency: str) -> None:
    for language, locale in (("en", "en-GB"), ("tr", "tr-TR")):
        assert formats.money(language, amount, currency) == format_money(amount, currency, locale)


def test_amounts_that_are_whole_numbers_or_below_zero_are_written_too() -> None:
    assert formats.money("en", 0, "EUR") == "€0.00"
    assert formats.money("tr", 7, "EUR") == "€7,00"
    below = format_money(Decimal("-3.5"), "EUR", "en-GB")
    assert formats.money("en", Decimal("-3.5"), "EUR") == below


@given(
    text=st.lists(
        st.sampled_from(
            ["towel", "Towels", "t-shirt", "T", "Şirt", "İplik", "havlular", "毛巾", "ﬁne", "12", "<b>"]
        )
    ).map(" ".join),
    terms=st.lists(
        st.builds(
            Term,
            st.sampled_from(["towel", "tshirt", "iplik", "havlu", "毛巾", "fine", "1", "sirt"]),
            prefix=st.booleans(),
            stem=st.booleans(),
        )
    ).map(tuple),
)
def test_terms_that_cannot_occur_are_left_out_without_loss(text: str, terms: tuple[Term, ...]) -> None:
    plain = "".join(
        f"<mark>{escape(piece)}</mark>" if found else str(escape(piece)) for piece, found in mark(text, terms)
    )
    assert marked(text, terms) == plain


def test_every_picture_can_be_used_from_its_own_file(bare_app: Litestar) -> None:
    templates: Templates = bare_app.state.templates
    names = [name for name in templates.assets.files if name.startswith("pictures/")]
    assert len(names) > 50
    for name in names:
        drawing = templates.assets.text(name) or ""
        assert re.match(r'<svg id="p" [^>]*viewBox="0 0 120 90"', drawing), name
    picture: Any = templates.environments["en"].globals["picture"]
    assert f'href="{templates.assets.address("pictures/towel.svg")}#p"' in picture("towel", "teal")


def test_of_the_indentation_of_a_template_only_the_line_break_is_left() -> None:
    environment = QuickEnvironment(
        loader=DictLoader({"a": "<ul>\n    <li\n        id=x>a  b {{ x }}\n\n  </ul>"})
    )
    assert environment.get_template("a").render(x="\n  kept") == "<ul>\n<li\nid=x>a  b \n  kept\n</ul>"


def test_names_of_facet_values_are_their_labels() -> None:
    assert labels.names("province", "tr")["20"] == labels.label("province", "20", "tr") == "Denizli"
    assert labels.names("brand", "en")["Örnek"] == "Örnek"
    assert labels.names("section", "en")["11"] != labels.names("section", "tr")["11"]
