"""Units in which goods are sold: UNECE Recommendation 20 codes, names, and the words that files use.

Recommendation 20 marks the package codes (BX, CT, PK, RO, BG ...) as deleted and refers to Recommendation
21, whose codes newer editions write with an X in front (XBX). The unit list of GİB's e-invoice rules
(package of 2026-07) holds the two-letter codes and none with X, so the two-letter ones are used here: every
code below is valid on a Turkish e-Arşiv invoice. A piece is C62 ("one"), as Turkish invoices write it; H87
and EA are read as C62.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from kervan.trade.errors import N_, NN_, TradeError, ascii_digits, shown
from kervan_search.text import fold

Kind = Literal["count", "package", "weight", "volume", "length", "area"]
Plural = Callable[[str, str, int], str]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of sale: `one` and `many` are msgids for ngettext, `symbol` is empty where there is none."""

    code: str
    kind: Kind
    one: str
    many: str
    symbol: str
    aliases: tuple[str, ...]


def _unit(code: str, kind: Kind, words: tuple[str, str], symbol: str = "", aliases: str = "") -> Unit:
    return Unit(code, kind, *words, symbol, tuple(filter(None, aliases.split("|"))))


_UNITS = (
    _unit(
        "C62",
        "count",
        NN_("piece", "pieces"),
        aliases="adet|ad|tane|pc|pcs|h87|ea|each|stück|stk|pièce|unit|units|one",
    ),
    _unit("PR", "count", NN_("pair", "pairs"), aliases="çift|cft|npr|prs|paar|paire"),
    _unit("SET", "count", NN_("set", "sets"), aliases="takım|tk|kit"),
    _unit("DZN", "count", NN_("dozen", "dozens"), aliases="düzine|dz|doz|dpc|dutzend"),
    _unit("GRO", "count", NN_("gross (144 pieces)", "gross (144 pieces)"), aliases="grosa|gross"),
    _unit("CEN", "count", NN_("hundred", "hundreds"), aliases="yüz"),
    _unit("MIL", "count", NN_("thousand", "thousands"), aliases="bin|t3"),
    _unit("RM", "count", NN_("ream", "reams"), aliases="top kağıt|rim"),
    _unit("KGM", "weight", NN_("kilogram", "kilograms"), "kg", "kilo|kgs|kilogramm|kilogramme"),
    _unit("GRM", "weight", NN_("gram", "grams"), "g", "gr|gm|gramm|gramme"),
    _unit("MGM", "weight", NN_("milligram", "milligrams"), "mg", "miligram"),
    _unit("TNE", "weight", NN_("tonne", "tonnes"), "t", "ton|tons|metric ton"),
    _unit("DTN", "weight", NN_("quintal (100 kg)", "quintals (100 kg)"), "dt", "kental|quintal|decitonne"),
    _unit("CTM", "weight", NN_("metric carat", "metric carats"), aliases="karat|kırat|carat"),
    _unit("LBR", "weight", NN_("pound", "pounds"), "lb", "lbs|libre"),
    _unit("ONZ", "weight", NN_("ounce", "ounces"), "oz", "ons"),
    _unit("LTR", "volume", NN_("litre", "litres"), "l", "lt|liter|liters"),
    _unit("MLT", "volume", NN_("millilitre", "millilitres"), "ml", "mililitre|milliliter"),
    _unit("CLT", "volume", NN_("centilitre", "centilitres"), "cl", "santilitre|centiliter"),
    _unit("HLT", "volume", NN_("hectolitre", "hectolitres"), "hl", "hektolitre|hectoliter"),
    _unit("LPA", "volume", NN_("litre of pure alcohol", "litres of pure alcohol"), aliases="saf alkol litre"),
    _unit("GLL", "volume", NN_("gallon (US)", "gallons (US)"), "gal", "galon|gallon"),
    _unit("MTQ", "volume", NN_("cubic metre", "cubic metres"), "m³", "metreküp|cbm|cubic meter"),
    _unit("DMQ", "volume", NN_("cubic decimetre", "cubic decimetres"), "dm³", "desimetreküp"),
    _unit("CMQ", "volume", NN_("cubic centimetre", "cubic centimetres"), "cm³", "santimetreküp|cc"),
    _unit("MTR", "length", NN_("metre", "metres"), "m", "mt|mtül|metretül|meter|meters"),
    _unit("CMT", "length", NN_("centimetre", "centimetres"), "cm", "santimetre|santim|centimeter"),
    _unit("MMT", "length", NN_("millimetre", "millimetres"), "mm", "milimetre|millimeter"),
    _unit("KMT", "length", NN_("kilometre", "kilometres"), "km", "kilometer"),
    _unit("INH", "length", NN_("inch", "inches"), "in", "inç"),
    _unit("FOT", "length", NN_("foot", "feet"), "ft", "ayak"),
    _unit("YRD", "length", NN_("yard", "yards"), "yd", "yarda"),
    _unit("MTK", "area", NN_("square metre", "square metres"), "m²", "metrekare|sqm|qm|square meter"),
    _unit("CMK", "area", NN_("square centimetre", "square centimetres"), "cm²", "santimetrekare"),
    _unit("FTK", "area", NN_("square foot", "square feet"), "ft²", "ayakkare|sqft|desi ayak"),
    _unit("YDK", "area", NN_("square yard", "square yards"), "yd²", "yardakare"),
    _unit("BX", "package", NN_("box", "boxes"), aliases="kutu|kt|xbx|schachtel"),
    _unit("CT", "package", NN_("carton", "cartons"), aliases="karton|koli|kl|ctn|xct"),
    _unit("PK", "package", NN_("pack", "packs"), aliases="paket|pkt|pck|xpk|package|nmp"),
    _unit("RO", "package", NN_("roll", "rolls"), aliases="rulo|rol|top|rll|xro|rolle"),
    _unit("BG", "package", NN_("bag", "bags"), aliases="torba|poşet|xbg|beutel"),
    _unit("SA", "package", NN_("sack", "sacks"), aliases="çuval|xsa"),
    _unit("CA", "package", NN_("tin", "tins"), aliases="teneke|can|cans|xca|konserve kutusu"),
    _unit("BO", "package", NN_("bottle", "bottles"), aliases="şişe|btl|xbo|flasche"),
    _unit("JR", "package", NN_("jar", "jars"), aliases="kavanoz|xjr"),
    _unit("TU", "package", NN_("tube", "tubes"), aliases="tüp|xtu"),
    _unit("CR", "package", NN_("crate", "crates"), aliases="kasa|sandık|xcr"),
    _unit("DR", "package", NN_("drum", "drums"), aliases="varil|fıçı|bidon|xdr"),
    _unit("BE", "package", NN_("bundle", "bundles"), aliases="demet|xbe"),
    _unit("ST", "package", NN_("sheet", "sheets"), aliases="tabaka|levha|yaprak|xst"),
    _unit("RL", "package", NN_("reel", "reels"), aliases="makara|bobin|xrl"),
    _unit("PF", "package", NN_("pallet", "pallets"), aliases="palet|plt|xpf|palette"),
)


@cache
def units() -> dict[str, Unit]:
    """Every unit by its code, the most usual of each kind first."""
    return {unit.code: unit for unit in _UNITS}


def unit(code: str) -> Unit:
    """The unit of this Recommendation 20 code; TradeError when goods are not sold in it here."""
    found = units().get(code)
    if found is None:
        raise TradeError(N_("{code} is not a unit code; write for example C62 or KGM."), code=shown(code))
    return found


def unit_code(text: str) -> str:
    """The code for a unit as files write it: a code, a symbol, a Turkish or English word (adet, pcs, m2).

    Upper or lower case and a full stop at the end do not matter. TradeError for an unknown word.
    """
    found = _codes_by_word().get(_key(text)) if len(text) <= 40 else None
    if found is None:
        raise TradeError(N_("{text} is not a unit; write for example piece, kg or C62."), text=shown(text))
    return found


def english_plural(singular: str, plural: str, count: int) -> str:
    """The msgid itself, as English counts; stands in for ngettext where nothing is translated."""
    return singular if count == 1 else plural


def unit_name(code: str, count: int = 1, ngettext: Plural = english_plural) -> str:
    """The unit's name for so many of them, translated by the `ngettext` of the caller's language."""
    found = unit(code)
    return ngettext(found.one, found.many, count)


def _key(text: str) -> str:
    plain = ascii_digits(text).replace("²", "2").replace("³", "3")
    return " ".join(fold(plain).replace(".", " ").split())


@cache
def _codes_by_word() -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in _UNITS:
        found[_key(entry.code)] = entry.code
    # A code wins over a word: "ct" is the carton, not the carat, wherever the two meet.
    for entry in _UNITS:
        for word in (entry.one, entry.many, entry.symbol, *entry.aliases):
            if word:
                found.setdefault(_key(word), entry.code)
    return found
