"""What gets marked, on the text as it was written."""

from hypothesis import given
from hypothesis import strategies as st

from kervan_search.engine import Term
from kervan_search.highlight import mark

ANY_TEXT = st.text(alphabet=st.characters(codec=None, exclude_categories=()))
TRICKY = st.text(alphabet="İıIiŞşßﬁæ\u0307\u0301\u00ad ab-'1毯地<&", max_size=40)
TERMS = st.lists(
    st.builds(
        Term, st.text(alphabet="istanbulßafem毯地1", min_size=1, max_size=4), st.booleans(), st.booleans()
    )
)


def marked(text: str, *terms: Term) -> list[str]:
    return [segment for segment, is_marked in mark(text, terms) if is_marked]


@given(st.one_of(ANY_TEXT, TRICKY), TERMS)
def test_the_segments_join_to_the_text(text: str, terms: list[Term]) -> None:
    segments = mark(text, terms)
    assert "".join(segment for segment, _ in segments) == text
    assert all(segment for segment, _ in segments)


def test_letters_that_fold_are_marked_as_written() -> None:
    assert marked("İşte IŞIK ve ışık", Term("isik")) == ["IŞIK", "ışık"]
    assert marked("I\u0307stanbul e\u0301te\u0301", Term("istanbul"), Term("ete")) == [
        "I\u0307stanbul",
        "e\u0301te\u0301",
    ]
    assert marked("ﬁne Straße", Term("fine"), Term("strasse")) == ["ﬁne", "Straße"]


def test_prefixes_stems_and_parts() -> None:
    assert marked("bath towels", Term("tow", prefix=True)) == ["towels"]
    assert marked("bath towels", Term("tow")) == []
    assert marked("towels, havluları", Term("towel", stem=True), Term("havlusu", stem=True)) == [
        "towels",
        "havluları",
    ]
    assert marked("red T-shirt, dv7-1211ea", Term("tshirt"), Term("dv71211ea")) == ["T-shirt", "dv7-1211ea"]
    assert "".join(marked("羊毛地毯", Term("地毯"))) == "地毯"


def test_markup_is_left_for_the_template_to_escape() -> None:
    assert mark("<b>towel</b>", [Term("towel")]) == [("<b>", False), ("towel", True), ("</b>", False)]
    assert mark("", [Term("x")]) == []
    assert mark("plain", []) == [("plain", False)]
