"""The refusal's sentence and what it repeats of the input."""

from hypothesis import given
from hypothesis import strategies as st

from kervan.trade.errors import N_, NN_, TradeError, ascii_digits, shown


def test_a_refusal_keeps_the_msgid_and_its_parameters_for_the_translator() -> None:
    error = TradeError("There is no {thing}.", thing="{x}")
    assert (error.message, error.params, str(error)) == (
        "There is no {thing}.",
        {"thing": "{x}"},
        "There is no {x}.",
    )


def test_the_marks_change_nothing() -> None:
    assert N_("piece") == "piece"
    assert NN_("piece", "pieces") == ("piece", "pieces")


def test_digits_of_every_script_become_ascii() -> None:
    assert ascii_digits("１２ ٣٤ 5²") == "12 34 5²"


@given(st.text())
def test_what_is_repeated_is_short_and_printable(text: str) -> None:
    repeated = shown(text)
    assert len(repeated) <= 40
    assert repeated.isprintable()
    repeated.encode()
