"""Reasons of steps: what somebody must read says something, what nobody must write may be short, neither is endless."""

import pytest

from kervan import reasons
from kervan.errors import Invalid


@pytest.mark.parametrize("text", ["", "   ", "no", "  why \n", "ğ" * (reasons.SHORTEST - 1)])
def test_a_step_that_needs_a_reason_is_not_taken_with_a_word(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        reasons.needed(text)
    assert list(refused.value.fields) == ["reason"]


def test_a_reason_is_kept_without_the_space_around_it() -> None:
    assert reasons.needed("  The hall is closed. ") == "The hall is closed."
    assert reasons.optional(" ok\n") == "ok"
    assert reasons.optional(" \n") is None


def test_a_reason_without_end_is_refused() -> None:
    longest = "ğ" * reasons.LONGEST
    assert reasons.needed(longest) == reasons.optional(longest) == reasons.audited(longest) == longest
    for read in (reasons.needed, reasons.optional, reasons.audited):
        with pytest.raises(Invalid) as refused:
            read(longest + "!")
        assert list(refused.value.fields) == ["reason"]


def test_what_is_audited_needs_a_word_at_least() -> None:
    assert reasons.audited(" typo ") == "typo"
    with pytest.raises(Invalid) as refused:
        reasons.audited(" \n")
    assert list(refused.value.fields) == ["reason"]
