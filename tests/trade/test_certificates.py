"""Certificates by slug and by the names that people write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan.trade.certificates import find_standard, standard, standards
from kervan.trade.errors import TradeError


@pytest.mark.parametrize(
    ("written", "slug"),
    [
        ("oeko tex", "oeko-tex-100"), ("Oekotex 100", "oeko-tex-100"),
        ("OEKO-TEX® Standard 100", "oeko-tex-100"),
        ("ISO9001", "iso-9001"), ("ISO 9001:2015", "iso-9001"), ("iso-9001", "iso-9001"), ("HELAL", "halal"),
        ("BSCI", "amfori-bsci"), ("Global GAP", "globalgap"), ("TSE BELGESİ", "tse"),
        ("TÜV", "tuv"), ("CE İşareti", "ce"),
    ],
)  # fmt: skip
def test_a_certificate_is_known_by_what_people_write(written: str, slug: str) -> None:
    found = find_standard(written)
    assert found is not None
    assert found.slug == slug


def test_an_unknown_certificate_is_none_and_an_unknown_slug_is_refused() -> None:
    assert find_standard("") is None
    assert find_standard("ISO") is None
    assert standard("gots").label == "GOTS"
    with pytest.raises(TradeError, match="iso-1 is not a certificate"):
        standard("iso-1")


def test_every_certificate_is_found_by_its_own_names_and_says_what_it_is_about() -> None:
    for slug, entry in standards().items():
        assert entry.about.endswith(".")
        for name in (slug, entry.label, *entry.aliases):
            assert find_standard(name) is entry, name


@given(st.text())
def test_no_text_breaks_the_search(text: str) -> None:
    found = find_standard(text)
    assert found is None or found.slug in standards()
