"""Which column of a file becomes which field of a product: a TOML file, or the names of the header itself."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from kervan.errors import CommandError
from kervan.trade.errors import N_
from kervan.trade.languages import LANGUAGES
from kervan.trade.money import DecimalMark
from kervan_search.text import fold

Encoding = Literal["utf-8", "utf-8-sig", "windows-1254", "utf-16"]
MOST_PRICES = 10

# Field -> other words for it in a header, folded and joined by "_". Units stand apart: net_agirlik_kg.
_ALIASES = {
    "sku": "stok_kodu|urun_kodu|stok_no|item_code|item_number|product_code|article_number",
    "gtin": "ean|ean13|barkod|barcode|upc|ktun",
    "brand": "marka",
    "origin": "mensei|mense|mense_ulke|country_of_origin|origin_country",
    "gtip": "hs_code|hs|gtip_no|gtip_kodu|hs_kodu|tarife_kodu|tariff_code|commodity_code",
    "tariff_year": "tarife_yili|gtip_yili",
    "unit": "birim|olcu_birimi|unit_code|uom",
    "net_weight": "net_agirlik|net|birim_net_agirlik",
    "gross_weight": "brut_agirlik|brut|birim_brut_agirlik|weight|agirlik",
    "moq": "asgari_siparis|minimum_siparis|min_siparis|minimum_order|min_order|minimum_order_quantity",
    "step": "siparis_adimi|order_step|siparis_kati|order_multiple",
    "currency": "para_birimi|doviz|doviz_cinsi",
    "price": "fiyat|birim_fiyat|unit_price|satis_fiyati|list_price",
    "lead_days": "teslim_suresi|teslim_suresi_gun|temin_suresi|temin_suresi_gun|lead_time|lead_time_days",
    "package_units": "koli_ici_adet|koli_ici|paket_ici_adet|units_per_package|units_per_carton",
    "package_length": "koli_boyu|koli_uzunlugu|paket_boyu",
    "package_width": "koli_eni|koli_genisligi|paket_eni",
    "package_height": "koli_yuksekligi|paket_yuksekligi",
    "package_gross_weight": "koli_brut_agirlik|koli_agirligi|paket_agirligi|package_weight",
    "micro_export": "mikro_ihracat|micro_export_ok|mikro_ihracata_uygun",
    "exclusion_reason": "mikro_ihracat_engeli",
    "keywords": "anahtar_kelimeler|etiketler|tags",
    "certificates": "sertifikalar|belgeler|sertifika|certificate|certificates_held",
    "published_at": "yayin_tarihi|published|release_date",
}
_NAME_WORDS = "ad|adi|urun_ad|urun_adi|name|product_name|title|baslik"
_DESCRIPTION_WORDS = "aciklama|urun_aciklamasi|tanim|description|product_description"

MEASURES = {
    **dict.fromkeys(
        ("net_weight", "gross_weight", "package_gross_weight"), ("mg", "g", "kg", "t", "lb", "oz")
    ),
    **dict.fromkeys(("package_length", "package_width", "package_height"), ("mm", "cm", "m", "in", "ft")),
}
LISTS = ("gtin", "keywords", "certificates")
_NUMBERS = (*MEASURES, "price", "moq", "step", "package_units", "lead_days")


class FileOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the file is written; what is not said is found out from the file."""

    encoding: Encoding | None = None
    delimiter: str | None = None
    decimal: DecimalMark | None = None
    """None takes either mark and refuses numbers that can be read in two ways, such as 1,234."""
    sheet: str | None = None
    header_row: int = 1
    language: str = "tr"
    """The language of `name` and `description` where the field does not say it."""


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a field comes from: a column of the file, a constant, or a column with a value for empty cells."""

    column: str | None = None
    constant: str | int | float | bool | None = None
    default: str | int | float | bool | None = None
    scale: str | None = None
    """What a number is multiplied by: prices in cents have "0.01"."""
    decimal: DecimalMark | None = None
    unit: str | None = None
    """The unit of a weight or length that is a bare number."""
    split: str | None = None
    """What separates the members of a list in one cell; commas, semicolons and bars if it is not said."""


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A mapping file: [file] and [columns]. Without [columns] the header's own names are used."""

    file: FileOptions = FileOptions()
    columns: dict[str, str | Column] = {}


def load(path: Path) -> Mapping:
    """The mapping of a TOML file. Raises CommandError with the first thing that is wrong in it."""
    try:
        mapping = msgspec.toml.decode(path.read_bytes(), type=Mapping)
    except OSError as error:
        raise CommandError(
            N_("{file} cannot be read: {reason}."), file=path.name, reason=error.strerror
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CommandError(
            N_("The mapping {file} cannot be used: {reason}."), file=path.name, reason=error
        ) from error
    if (fault := _fault(mapping)) is not None:
        raise CommandError(N_("The mapping {file} cannot be used: {reason}."), file=path.name, reason=fault)
    return mapping


def _fault(mapping: Mapping) -> str | None:
    options = mapping.file
    if options.language not in LANGUAGES:
        return f"{options.language!r} is not a language code"
    if options.delimiter is not None and (len(options.delimiter) != 1 or options.delimiter in '"\r\n'):
        return "the delimiter must be one sign"
    if not 1 <= options.header_row <= 100:
        return "header_row must be from 1 to 100"
    seen: dict[str, str] = {}
    for name, entry in mapping.columns.items():
        found = field_of(name, options.language)
        if found is None:
            return f"there is no field {name!r}; the fields are {', '.join(fields())}"
        if (other := seen.setdefault(found[0], name)) != name:
            return f"{other} and {name} are the same field"
        if isinstance(entry, Column) and (fault := _column_fault(found[0], entry)) is not None:
            return f"{name}: {fault}"
    return None


def _column_fault(field: str, entry: Column) -> str | None:
    if (entry.column is None) == (entry.constant is None):
        return "give either a column or a constant"
    if entry.constant is not None and entry.default is not None:
        return "a constant needs no default"
    number = field in _NUMBERS or field.startswith(("price_", "from_"))
    if not number and (entry.scale is not None or entry.decimal is not None):
        return "scale and decimal are for numbers"
    if entry.scale is not None and not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", entry.scale):
        return 'scale is a number in quotation marks, for example "0.01"'
    if entry.unit is not None and entry.unit not in MEASURES.get(field, ()):
        return (
            f"{entry.unit!r} is not a unit here" if field in MEASURES else "unit is for weights and lengths"
        )
    if entry.split is not None and (field not in LISTS or not entry.split):
        return "split is for lists: " + ", ".join(LISTS)
    return None


@cache
def fields() -> tuple[str, ...]:
    """The columns of the standard template, in its order; any language may stand where tr and en stand, and
    prices go on to price_10."""
    texts = ("name_tr", "name_en", "description_tr", "description_en")
    prices = ("price_1", "from_1", "price_2", "from_2", "price_3", "from_3")
    measured = {field: f"{field}_{'g' if 'weight' in field else 'mm'}" for field in MEASURES}
    order = [measured.get(field, field) for field in _ALIASES if field != "price"]
    after = order.index("currency") + 1
    start = order.index("gtip") + 2
    return tuple([*order[:start], *texts, *order[start:after], *prices, *order[after:]])


def field_of(name: str, language: str) -> tuple[str, str | None] | None:
    """The field and unit that a header means: ("net_weight", "kg") for "Net Ağırlık (kg)"; None if no field."""
    word = re.sub(r"[^0-9a-z]+", "_", fold(name)).strip("_")
    if _words().get(word, "from") != "from":
        return _words()[word], None
    stem, _, last = word.rpartition("_")
    field = _words().get(stem)
    if field in ("price", "from") and last.isascii() and last.isdecimal() and 1 <= int(last) <= MOST_PRICES:
        return f"{field}_{int(last)}", None
    if field in MEASURES and last in MEASURES[field]:
        return field, last
    for kind, words in (("name", _NAME_WORDS), ("description", _DESCRIPTION_WORDS)):
        if word in words.split("|"):
            return f"{kind}_{language}", None
        if stem in words.split("|") and last in LANGUAGES:
            return f"{kind}_{last}", None
    return None


@cache
def _words() -> dict[str, str]:
    found = {"from": "from", "adetten": "from", "baslangic_adedi": "from"}
    for field, aliases in _ALIASES.items():
        found.update(dict.fromkeys((field, *aliases.split("|")), field))
    return found


class Plan(msgspec.Struct, frozen=True):
    """For one file: field -> where it comes from, by the exact names of its header."""

    columns: dict[str, Column]
    options: FileOptions
    unused: tuple[str, ...]


def plan(mapping: Mapping, header: Sequence[str], sparse: bool = False) -> Plan:
    """Which column fills which field. Raises CommandError when a column is missing or ambiguous.

    `sparse` is for JSONL, where a key that no line of the first hundred has may still come later.
    """
    if mapping.columns:
        columns = dict(_declared(mapping))
        for field, entry in columns.items():
            if entry.column is not None and not sparse and header.count(entry.column) != 1:
                raise CommandError(
                    N_(
                        "The file has no column {column}, which the mapping wants for {field}. It has: {columns}."
                    )
                    if entry.column not in header
                    else N_(
                        "The column {column}, which the mapping wants for {field}, is there twice. All: {columns}."
                    ),
                    column=entry.column,
                    field=field,
                    columns=", ".join(header)[:500],
                )
    else:
        columns = _by_header(header, mapping.file.language)
    for needed, what in (("sku", "SKU"), ("name_tr", N_("Turkish name"))):
        if needed not in columns:
            raise CommandError(
                N_("The file has no column {field} ({what}). It has: {columns}. A mapping file can name it."),
                field=needed,
                what=what,
                columns=", ".join(header)[:500],
            )
    used = {entry.column for entry in columns.values()}
    return Plan(columns, mapping.file, tuple(name for name in header if name and name not in used))


def _declared(mapping: Mapping) -> "list[tuple[str, Column]]":
    declared = []
    for name, entry in mapping.columns.items():
        found = field_of(name, mapping.file.language)
        assert found is not None  # load() has refused unknown fields
        field, unit = found
        column = Column(column=entry) if isinstance(entry, str) else entry
        declared.append((field, msgspec.structs.replace(column, unit=column.unit or unit)))
    return declared


def _by_header(header: Sequence[str], language: str) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for name in header:
        found = field_of(name, language)
        if found is None:
            continue
        field, unit = found
        if field in columns:
            raise CommandError(
                N_(
                    "The columns {one} and {other} both mean {field}. Say in a mapping file which one counts."
                ),
                one=columns[field].column,
                other=name,
                field=field,
            )
        columns[field] = Column(column=name, unit=unit)
    return columns
