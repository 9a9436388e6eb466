"""What hits tell about a question."""

import pytest

from kervan_search.hindsight import lacking_words, spelling, used_synonyms
from kervan_search.query import Synonyms, parse

TEXTS = ["cotton bath towel pamuklu banyo havlusu", "linen towel, bath linen", "t-shirt 地毯 half-sleeved"]


@pytest.mark.parametrize(
    "text", ["towel", "bath tow", "havlular", "towels", "shirt", "linen", "地毯", "12345"]
)
def test_a_word_that_some_hit_has_in_any_form_is_not_corrected(text: str) -> None:
    assert spelling(parse(text), TEXTS) == ({}, [])


def test_a_word_begun_counts_only_where_the_question_ends() -> None:
    assert spelling(parse("towe bath"), TEXTS)[0] == {"towe": "towel"}


def test_the_inside_of_a_word_is_not_the_word() -> None:
    assert spelling(parse("inen"), TEXTS)[0] == {"inen": "linen"}
    assert used_synonyms(Synonyms([("sofa", "owel")]), parse("sofa"), TEXTS) == ()


def test_the_commonest_near_word_with_the_same_first_letter_is_the_correction() -> None:
    texts = ["towel", "towel", "bowel", "bowel", "bowel", "tower"]
    nearest, expansions = spelling(parse("towek bath"), texts)
    assert nearest == {"towek": "towel"}
    assert expansions == ["towel", "tower"]


def test_a_synonym_counts_where_one_hit_has_all_its_words() -> None:
    synonyms = Synonyms([("towel", "bath linen"), ("shirt", "cotton sleeved")])
    assert used_synonyms(synonyms, parse("towel"), TEXTS) == ("bath linen",)
    assert used_synonyms(synonyms, parse("shirt"), TEXTS) == ()


def test_a_word_that_most_hits_lack_is_lacking() -> None:
    assert lacking_words(parse("towel marble"), TEXTS, {}) == ("marble",)
    assert lacking_words(parse("towl marble"), TEXTS, {"towl": "towel"}) == ("marble",)
    assert lacking_words(parse("towel"), [], {}) == ()
