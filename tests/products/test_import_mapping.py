"""Which column is which field: mapping files, header names, and mistakes in both."""

from pathlib import Path

import pytest

from kervan.errors import CommandError
from kervan.products.importing import template
from kervan.products.importing.mapping import Column, FileOptions, Mapping, field_of, fields, load, plan
from kervan.resources import fixtures_dir


def _load(tmp_path: Path, text: str) -> Mapping:
    path = tmp_path / "m.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


@pytest.mark.parametrize(
    ("name", "field", "unit"),
    [
        ("sku", "sku", None),
        ("Stok Kodu", "sku", None),
        ("ÜRÜN KODU", "sku", None),
        ("Barkod", "gtin", None),
        ("GTİP", "gtip", None),
        ("HS Code", "gtip", None),
        ("Ürün Adı", "name_tr", None),
        ("name_en", "name_en", None),
        ("Ürün Adı (EN)", "name_en", None),
        ("Açıklama", "description_tr", None),
        ("description_de", "description_de", None),
        ("Net Ağırlık (kg)", "net_weight", "kg"),
        ("gross_weight_g", "gross_weight", "g"),
        ("Gross Weight", "gross_weight", None),
        ("package_length_mm", "package_length", "mm"),
        ("Birim Fiyat", "price", None),
        ("price_2", "price_2", None),
        ("from_10", "from_10", None),
        ("Para Birimi", "currency", None),
        ("Menşei", "origin", None),
    ],
)
def test_headers_in_turkish_and_english_are_understood(name: str, field: str, unit: str | None) -> None:
    assert field_of(name, "tr") == (field, unit)


@pytest.mark.parametrize("name", ["", "foo", "price_0", "price_11", "from", "name_xx", "net_weight_cm", "²"])
def test_other_headers_mean_nothing(name: str) -> None:
    assert field_of(name, "tr") is None


def test_every_standard_column_is_understood_explained_and_in_the_shipped_mapping() -> None:
    assert tuple(template.HELP) == fields()
    shipped = load(fixtures_dir() / "imports" / "kervan.toml")
    by_file = {name: column.column for name, column in plan(shipped, fields()).columns.items()}
    by_header = {name: column.column for name, column in plan(Mapping(), fields()).columns.items()}
    assert by_file == by_header
    assert len(by_header) == len(fields())


def test_a_mapping_names_columns_constants_scales_and_units(tmp_path: Path) -> None:
    mapping = _load(
        tmp_path,
        """
        [file]
        decimal = ","
        [columns]
        sku = "Kod"
        name_tr = "Ad"
        currency = { constant = "EUR" }
        price = { column = "Kuruş", scale = "0.01" }
        net_weight_kg = "Ağırlık"
        """,
    )
    found = plan(mapping, ("Kod", "Ad", "Kuruş", "Ağırlık", "Not"))
    assert found.columns["price"] == Column(column="Kuruş", scale="0.01")
    assert found.columns["net_weight"] == Column(column="Ağırlık", unit="kg")
    assert found.unused == ("Not",)
    assert found.options.decimal == ","


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[file", "."),
        ("[files]\n", "files"),
        ('[file]\nencodnig = "utf-8"', "encodnig"),
        ('[file]\nencoding = "latin-9"', "latin-9"),
        ('[file]\ndecimal = ";"', ";"),
        ('[file]\ndelimiter = "ab"', "delimiter"),
        ("[file]\nheader_row = 0", "header_row"),
        ('[file]\nlanguage = "xx"', "xx"),
        ('[columns]\nskuu = "Kod"', "skuu"),
        ('[columns]\nsku = { colum = "Kod" }', "colum"),
        ("[columns]\nsku = 5", "columns"),
        ("[columns]\nsku = { }", "column or a constant"),
        ('[columns]\nsku = { column = "a", constant = "b" }', "column or a constant"),
        ('[columns]\nsku = { constant = "b", default = "c" }', "default"),
        ('[columns]\nprice = { column = "a", scale = "x" }', "scale"),
        ('[columns]\nsku = { column = "a", scale = "2" }', "numbers"),
        ('[columns]\nnet_weight = { column = "a", unit = "mm" }', "mm"),
        ('[columns]\nsku = { column = "a", unit = "g" }', "unit"),
        ('[columns]\nsku = { column = "a", split = "," }', "split"),
        ('[columns]\ngtip = "a"\nhs_code = "b"', "same field"),
    ],
)
def test_a_mistake_in_a_mapping_is_one_sentence_that_names_it(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(CommandError) as refused:
        _load(tmp_path, text)
    assert word in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_mapping_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("header", "word"),
    [
        (("name_tr",), "no column sku"),
        (("sku", "name_en"), "no column name_tr"),
        (("sku", "name_tr", "SKU"), "both mean sku"),
        (("gtip", "HS code", "sku", "name_tr"), "both mean gtip"),
    ],
)
def test_a_header_that_does_not_suffice_is_one_sentence(header: tuple[str, ...], word: str) -> None:
    with pytest.raises(CommandError, match=word):
        plan(Mapping(), header)


def test_a_column_the_mapping_wants_must_be_there_once() -> None:
    mapping = Mapping(columns={"sku": "Kod", "name_tr": "Ad"})
    with pytest.raises(CommandError, match="no column Kod.* It has: Ad"):
        plan(mapping, ("Ad",))
    with pytest.raises(CommandError, match="twice"):
        plan(mapping, ("Kod", "Ad", "Kod"))


def test_name_without_a_language_is_in_the_language_of_the_file() -> None:
    columns = plan(Mapping(file=FileOptions(language="de")), ("sku", "name_tr", "name")).columns
    assert columns["name_de"].column == "name"
