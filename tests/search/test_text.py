"""Folding, words, stems, codes: what both engines take a text to be."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan_search.engine import BadQuery
from kervan_search.text import (
    clean_query,
    code_forms,
    fold,
    joined,
    number_code,
    stem_english,
    stem_turkish,
    tokens,
)

ANY_TEXT = st.text(alphabet=st.characters(codec=None, exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("IŞIK ışık isik İŞİK", "isik isik isik isik"),
        ("i\u0307stanbul İSTANBUL ıstanbul", "istanbul istanbul istanbul"),
        ("Çiğ köfte Ğ Ü Ö", "cig kofte g u o"),
        ("Straße ẞ", "strasse ss"),
        ("Œuvre Æsir Łódź Øre", "oeuvre aesir lodz ore"),
        ("ﬁne ＡＢＣ１２３", "fine abc123"),
        ("crème brûlée", "creme brulee"),
        ("أحمد إسلام آسيا", "احمد اسلام اسيا"),
        ("كتابٌ مدرسة", "كتاب مدرسه"),
        ("کیف", "كيف"),
        ("١٢٣ ۴۵۶", "123 456"),
        ("羊毛地毯", "羊毛地毯"),
        ("がぎぐ", "がぎぐ"),
        ("Ёлка Йод", "елка иод"),
    ],
)
def test_letters_that_people_take_for_the_same_fold_together(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(ANY_TEXT)
def test_folding_never_fails_and_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


@given(ANY_TEXT, ANY_TEXT)
def test_folding_parts_is_folding_the_whole(first: str, second: str) -> None:
    assert fold(first) + fold(second) == fold(first + second)


@given(st.text())
def test_composed_and_decomposed_letters_fold_alike(text: str) -> None:
    turkish = "".join(char for char in text if char.isascii()) + "şğüöçİâîû"
    assert fold(unicodedata.normalize("NFC", turkish)) == fold(unicodedata.normalize("NFD", turkish))


@given(ANY_TEXT)
def test_words_are_folded_and_without_spaces(text: str) -> None:
    for word in tokens(text):
        assert word == fold(word)
        assert not any(char.isspace() for char in word)
        assert 0 < len(word) <= 40


@given(ANY_TEXT)
def test_reading_parts_together_never_fails(text: str) -> None:
    for word in joined(text):
        assert word
    code_forms(text)
    number_code(text)


def test_words_of_many_kinds() -> None:
    assert tokens("T-Shirt, 12 V; USB-C") == ["t", "shirt", "12", "v", "usb", "c"]
    assert tokens("羊毛地毯") == ["羊毛", "毛地", "地毯"]
    assert tokens("x 毯 y") == ["x", "毯", "y"]
    assert set(joined("red t shirt 12 V dv7-1211ea")) >= {"tshirt", "12v", "dv71211ea"}


@pytest.mark.parametrize(
    "group",
    [
        "havlu havlular havlusu havluları havlunun havlularından",
        "zeytinyağı zeytinyağları",
        "perde perdeler perdesi",
        "ekmek ekmeği ekmekler",
        "ayakkabı ayakkabılar ayakkabısı",
        "makine makinesi makineler",
        "kumaş kumaşlar kumaşların",
        "bornoz bornozlar",
    ],
)
def test_turkish_forms_of_a_word_share_a_stem(group: str) -> None:
    assert len({stem_turkish(fold(word)) for word in group.split()}) == 1


@pytest.mark.parametrize(
    "group",
    ["towel towels", "berry berries", "knit knitted knitting", "dress dresses", "shoe shoes", "box boxes",
     "leaf leaves", "machine machines", "woman women", "tomato tomatoes", "glove gloves", "print printed printing"],
)  # fmt: skip
def test_english_forms_of_a_word_share_a_stem(group: str) -> None:
    assert len({stem_english(word) for word in group.split()}) == 1


def test_different_words_keep_different_stems() -> None:
    words = ["canta", "can", "pasta", "pas", "vida", "vi", "hali", "hal", "altin", "alt", "patates", "salata"]
    assert len({stem_turkish(word) for word in words}) == len(words)


def test_a_question_is_cleaned_and_a_long_one_refused() -> None:
    assert clean_query("\0\u202e to\u200bwel\ud800\n\u2066x ") == "towel x"
    assert clean_query("a" * 200) == "a" * 200
    with pytest.raises(BadQuery, match="200"):
        clean_query("a" * 201)


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=200))
def test_a_cleaned_question_can_be_written_as_utf8(text: str) -> None:
    clean_query(text).encode()


def test_codes_have_every_prefix_and_gtins_no_zeros() -> None:
    assert set(code_forms("6302.60.00.00.11")) >= {
        "63",
        "6302",
        "630260",
        "63026000",
        "6302600000",
        "630260000011",
    }
    assert "g12345678905" in code_forms("0012345678905")
    assert "g12345678905" in code_forms("12345678905")
    assert code_forms("AB-12/x") == ("ab12x",)
    assert number_code("6302.60") == "630260"
    assert number_code("6302 60 00") == "63026000"
    assert number_code("towel") is None
    assert number_code("1") is None
