"""The product form: what is shown in its fields, and the product that comes back out of them."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b

import msgspec

from kervan.products.inputs import ProductInput, TextInput
from kervan.products.rules import LONGEST_DESCRIPTION, MOST_TIERS, Tariffs, check, known_gtin
from kervan.trade import codes, countries, money, quantities, units
from kervan.trade.certificates import written
from kervan.trade.errors import N_
from kervan.trade.money import DecimalMark
from kervan.web.formats import weight
from kervan.web.forms import Form

LEAST_ROWS = 5
"""Rows for prices that a form shows without scripts."""
CURRENCIES = ("EUR", "USD", "TRY", "GBP")
"""Offered first; the others follow by their code."""

_MEASURES = ("package_length_mm", "package_width_mm", "package_height_mm")
_WEIGHTS = ("net_weight_g", "gross_weight_g", "package_gross_g")
_SPLIT = re.compile(r"[,;\n]")


def mark_of(language: str) -> DecimalMark:
    """The decimal mark of a reader's language."""
    return "," if language == "tr" else "."


def initial(product: ProductInput, language: str) -> dict[str, str | Sequence[str] | None]:
    """The form's values for a product that is there."""
    values: dict[str, str | Sequence[str] | None] = {
        name: _plain(getattr(product, name))
        for name in (
            "sku",
            "gtin",
            "brand",
            "origin",
            "unit",
            "moq",
            "step",
            "lead_days",
            "package_units",
            "currency",
        )
    }
    for spoken in ("tr", "en"):
        text = product.texts.get(spoken)
        values[f"name_{spoken}"] = text.name if text else ""
        values[f"description_{spoken}"] = text.description if text else ""
    values |= {name: weight(language, getattr(product, name)) for name in _WEIGHTS}
    values |= {name: _centimetres(getattr(product, name), language) for name in _MEASURES}
    values["hs_code"] = codes.format_gtip(product.hs_code) if product.hs_code else ""
    values["keywords"] = ", ".join(product.keywords)
    values["certificates"] = ", ".join(product.certificates)
    values["micro_export_ok"] = "1" if product.micro_export_ok else ""
    for row, (quantity, price) in enumerate(product.tiers, start=1):
        values[f"from_{row}"] = str(quantity)
        values[f"price_{row}"] = amount(price, product.currency or "EUR", language)
    return values


def amount(price: Decimal, currency: str, language: str) -> str:
    """A price as it is typed: with the currency's digits, and the language's decimal mark."""
    digits = max(money.exponent(currency), -int(price.normalize().as_tuple().exponent))
    return f"{price:.{digits}f}".replace(".", mark_of(language))


def _centimetres(millimetres: int | None, language: str) -> str:
    return "" if millimetres is None else f"{Decimal(millimetres) / 10:f}".replace(".", mark_of(language))


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def rows(form: Form) -> int:
    """How many rows of prices the form shows: those that are filled in and a free one, at least five."""
    filled = [
        row for row in range(1, MOST_TIERS + 1) if form.value(f"from_{row}") or form.value(f"price_{row}")
    ]
    return min(max([LEAST_ROWS, *(row + 1 for row in filled)]), MOST_TIERS)


def seen(product: ProductInput) -> str:
    """A fingerprint of what a form was filled with: tells whether somebody else changed the product meanwhile.

    Pausing or a new photo is no such change.
    """
    kept = msgspec.structs.replace(product, state="", published_at=None)
    return blake2b(msgspec.json.encode(kept, order="deterministic"), digest_size=12).hexdigest()


def code_of(form: Form) -> str | None:
    """The digits of the tariff code that was chosen from a list, else typed; refused when it is none."""
    if form.value("hs_pick") in form.value("hs_offered").split():
        return form.value("hs_pick")
    return form.parsed("hs_code", codes.parse_code, required=False, longest=64)


def product_of(
    form: Form, stored: ProductInput | None, year: int | None, tariffs: Tariffs
) -> ProductInput | None:
    """The product that the form describes, by all the rules; None when a field is refused, and the form says why.

    What the form has no field for stays as it is stored: other languages, pictures, exclusions by law.
    """
    base = stored or ProductInput(sku="", texts={})
    code = code_of(form)
    same_code = stored is not None and code == stored.hs_code
    moq = form.whole("moq", low=1, high=999_999_999, required=False) or 1
    tiers = _tiers(form, moq)
    values: dict[str, object] = {
        "sku": form.text("sku", longest=64),
        "texts": _texts(form, base),
        "gtin": form.parsed("gtin", known_gtin, required=False),
        "brand": form.text("brand", required=False, longest=120) or None,
        "origin": form.parsed("origin", countries.find_country) or "TR",
        "hs_code": code,
        "tariff_year": (base.tariff_year if same_code else year) if code and len(code) == 12 else None,
        "unit": form.choice("unit", units.units()) or "C62",
        "moq": moq,
        "step": form.whole("step", low=1, high=999_999_999, required=False) or 1,
        "currency": form.choice("currency", money.currencies()) if tiers else None,
        "tiers": tiers,
        "lead_days": form.whole("lead_days", low=0, high=3650, required=False),
        "package_units": form.whole("package_units", low=1, high=999_999_999, required=False),
        "micro_export_ok": form.ticked("micro_export_ok"),
        "keywords": _listed(form, "keywords", lambda word: word),
        "certificates": _listed(form, "certificates", written),
    }
    values |= {name: _measured(form, name, quantities.parse_weight_g, None) for name in _WEIGHTS}
    values |= {name: _measured(form, name, quantities.parse_length_mm, "cm") for name in _MEASURES}
    product = msgspec.structs.replace(base, **values)
    for name, why in check(product, tariffs).items():
        form.refuse(name, why)
    return product if form.ok else None


def _measured(
    form: Form, name: str, parse: Callable[[str, DecimalMark | None, str | None], int], unit: str | None
) -> int | None:
    return form.parsed(
        name, lambda text: parse(text, mark_of(form.language), unit), required=False, longest=40
    )


def _texts(form: Form, base: ProductInput) -> dict[str, TextInput]:
    texts = {language: text for language, text in base.texts.items() if language not in ("tr", "en")}
    for language in ("tr", "en"):
        name = form.text(f"name_{language}", required=language == "tr", longest=300)
        description = form.lines(f"description_{language}", required=False, longest=LONGEST_DESCRIPTION)
        if name or description:
            texts[language] = TextInput(name, description)
    return texts


def _listed(form: Form, name: str, proper: Callable[[str], str]) -> tuple[str, ...]:
    words = (" ".join(word.split()) for word in _SPLIT.split(form.lines(name, required=False, longest=2000)))
    return tuple(dict.fromkeys(proper(word) for word in words if word))


def _tiers(form: Form, moq: int) -> tuple[tuple[int, Decimal], ...]:
    """The filled rows; the first one holds from the MOQ when it does not say from where."""
    tiers: list[tuple[int, Decimal]] = []
    for row in range(1, MOST_TIERS + 1):
        start, typed = form.value(f"from_{row}").strip(), form.value(f"price_{row}").strip()
        if not typed:
            if start and (row > 1 or start != str(moq)):
                form.refuse(f"price_{row}", N_("There is a quantity here, but no price."))
            continue
        price = form.parsed(
            f"price_{row}", lambda text: money.parse_amount(text, mark_of(form.language)), longest=40
        )
        if start:
            quantity = form.whole(f"from_{row}", low=1, high=999_999_999)
        elif tiers:
            form.refuse(f"from_{row}", N_("From which quantity on does this price hold?"))
            quantity = None
        else:
            quantity = moq
        if price is not None and quantity is not None:
            tiers.append((quantity, price))
    return tuple(tiers)


def differences(form: Form, stored: ProductInput) -> list[tuple[str, str, str]]:
    """(field, what is stored now, what was typed) where the two differ: for a form that came too late."""
    now: Mapping[str, str | Sequence[str] | None] = initial(stored, form.language)
    names = dict.fromkeys(
        [*now, *(name for row in range(1, MOST_TIERS + 1) for name in (f"from_{row}", f"price_{row}"))]
    )
    found = []
    for name in names:
        kept, typed = " ".join(str(now.get(name) or "").split()), " ".join(form.value(name).split())
        if kept != typed:
            found.append((name, kept, typed))
    return found
