"""Units of sale and the words that files use for them."""

import csv
import json
import os
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kervan.trade.errors import TradeError
from kervan.trade.units import english_plural, unit, unit_code, unit_name, units

SHARED = Path(
    os.environ.get("KERVAN_SHARED_DATA", Path(__file__).resolve().parents[2] / ".." / "shared" / "data")
)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("adet", "C62"), ("ADET", "C62"), ("ad.", "C62"), ("Tane", "C62"), ("pcs", "C62"), ("Piece", "C62"),
        ("H87", "C62"), ("EA", "C62"), ("c62", "C62"), ("çift", "PR"), ("ÇİFT", "PR"),
        ("Cift", "PR"), ("pair", "PR"),
        ("kg", "KGM"), ("Kg.", "KGM"), ("kilogram", "KGM"), ("gr", "GRM"), ("m²", "MTK"), ("m2", "MTK"),
        ("metrekare", "MTK"), ("mt", "MTR"), ("ton", "TNE"), ("lt", "LTR"), ("düzine", "DZN"),
        ("takım", "SET"),
        ("TAKIM", "SET"), ("koli", "CT"), ("kutu", "BX"), ("paket", "PK"), ("XBX", "BX"),
        ("CT", "CT"), ("şişe", "BO"),
    ],
)  # fmt: skip
def test_a_unit_is_known_by_code_symbol_and_word(written: str, code: str) -> None:
    assert unit_code(written) == code


@pytest.mark.parametrize("written", ["", "  ", "parsek", "kg/m", "C6", "=kg", "\x00", "x" * 1000])
def test_an_unknown_word_is_refused(written: str) -> None:
    with pytest.raises(TradeError):
        unit_code(written)


def test_each_word_stands_for_one_unit() -> None:
    words = Counter(
        word
        for entry in units().values()
        for word in {entry.one, entry.many, entry.symbol, *entry.aliases}
        if word
    )
    assert [word for word, count in words.items() if count > 1] == []
    for entry in units().values():
        for word in (entry.code, entry.one, entry.many, entry.symbol, *entry.aliases):
            assert not word or unit_code(word) == entry.code, word


def test_a_unit_is_named_by_count_and_by_the_language_of_the_caller() -> None:
    assert unit_name("C62") == "piece"
    assert unit_name("C62", 12) == "pieces"
    assert unit_name("FOT", 2, english_plural) == "feet"
    assert unit_name("C62", 12, lambda one, many, count: f"{count}:{one}/{many}") == "12:piece/pieces"
    with pytest.raises(TradeError):
        unit_name("XXX")


def test_a_unit_tells_its_kind_and_symbol() -> None:
    assert (unit("KGM").kind, unit("KGM").symbol) == ("weight", "kg")
    assert (unit("CT").kind, unit("CT").symbol) == ("package", "")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared reference data are not here")
def test_every_code_is_valid_on_a_turkish_invoice_and_in_recommendation_20() -> None:
    lists = json.loads((SHARED / "einvoice" / "gib_ubltr_codelists_41.json").read_text(encoding="utf-8"))
    with (SHARED / "reference" / "unece_rec20_units.csv").open(encoding="utf-8-sig", newline="") as file:
        recommended = {row["CommonCode"]: row["Status"] for row in csv.DictReader(file)}
    assert set(units()) <= set(lists["listeler"]["UnitCodeList"])
    assert set(units()) <= set(recommended)
    for entry in units().values():
        # Package codes are the only ones that newer editions mark as deleted.
        assert recommended[entry.code] == ("X" if entry.kind == "package" else ""), entry.code


@given(st.text())
def test_any_text_is_a_unit_or_refused(text: str) -> None:
    with suppress(TradeError):
        assert unit_code(text) in units()
