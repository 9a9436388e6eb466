"""How a question is taken apart."""

from hypothesis import given
from hypothesis import strategies as st

from kervan_search.query import Synonyms, parse, plain
from kervan_search.spelling import distance


def test_words_phrases_and_exclusions() -> None:
    parsed = parse('red "bath towel" -blue -"very big" t shirt')
    assert [word.parts for word in parsed.words] == [("red",), ("t", "shirt")]
    assert parsed.phrases == (("bath", "towel"),)
    assert parsed.excluded == (("blue",), ("very", "big"))
    assert parsed.words[-1].last
    assert not parse('towel "bath"').words[-1].last


def test_numbers_go_with_their_units_and_letters_with_their_words() -> None:
    assert [word.whole for word in parse("500 ml red t shirt vitamin c").words] == [
        "500ml",
        "red",
        "tshirt",
        "vitaminc",
    ]


def test_codes_are_read_from_pieces_and_from_the_whole() -> None:
    assert parse("towel 6302.60").words[1].codes == ("630260",)
    assert parse("6302 60 00").code == "63026000"
    assert parse("08690000000005").words[0].codes == ("08690000000005", "g8690000000005")


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=200))
def test_no_question_fails(text: str) -> None:
    parse(text)
    plain(text)


@given(st.text(alphabet="ab\"-' ", max_size=30))
def test_the_question_for_another_engine_has_balanced_quotes(text: str) -> None:
    assert plain(text).count('"') % 2 == 0


def test_synonyms_meet_whatever_their_endings_and_number_of_words() -> None:
    synonyms = Synonyms([("towel", "bath linen"), ("tişört", "t-shirt")])
    assert [span.words for span in synonyms.of(parse("cotton towels").words)] == [("bath", "linen")]
    [span] = synonyms.of(parse("bath linen set").words)
    assert (span.start, span.end, span.words) == (0, 2, ("towel",))
    assert [span.words for span in synonyms.of(parse("TİŞÖRTLER").words)] == [("t", "shirt")]
    assert synonyms.of(parse("carpet").words) == []


def test_distance_counts_a_swap_as_one() -> None:
    assert distance("towel", "twoel", 2) == 1
    assert distance("towel", "towl", 2) == 1
    assert distance("towel", "towel", 2) == 0
    assert distance("towel", "carpet", 2) == 3
    assert distance("", "ab", 2) == 2
