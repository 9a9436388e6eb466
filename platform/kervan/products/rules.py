"""The rules that a product keeps before it is stored, and what the law takes from it (domain E3, 4.7)."""

import re
from collections.abc import Container, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import msgspec

from kervan.errors import Invalid, KervanError
from kervan.products.inputs import ProductInput
from kervan.products.tables import Exclusion, Listing
from kervan.trade import certificates as known_certificates
from kervan.trade import countries, identifiers, languages, money, nomenclature, units
from kervan.trade.errors import N_, TradeError, shown
from kervan.trade.law import ETGB, current

Tariffs = Mapping[int, Container[str]]
"""The 12-digit codes of every tariff year that is loaded; a year that is missing is not checked."""

LONGEST_DESCRIPTION = 10_000
MOST_TIERS = 10
MOST_TAGS = 30
_LONGEST = {"sku": 64, "brand": 120, "picture": 40, "tint": 12}
_LONGEST_NAME = 300
_LONGEST_TAG = 60
_INT4 = 2_147_483_647
_MOST_LEAD_DAYS = 3650
_PRICE_LIMIT = Decimal(10) ** 10  # numeric(14, 4)

_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_CODE = re.compile(r"[0-9]{6}(?:[0-9]{6})?")

_AT_LEAST_ONE = (
    *("moq", "step", "net_weight_g", "gross_weight_g", "package_units"),
    *("package_length_mm", "package_width_mm", "package_height_mm", "package_gross_g"),
)


def is_unfit(text: str) -> bool:
    """Whether the text holds what no page or invoice can show: control signs, reversing marks, half characters."""
    return not text.isprintable() and _UNFIT.search(text) is not None


def check(product: ProductInput, tariffs: Tariffs | None = None) -> dict[str, KervanError]:
    """What is wrong with the product, a sentence for each field; empty when it may be stored.

    Fields are named as in imports and forms: name_tr, description_en, hs_code, tiers, net_weight_g ...
    """
    wrong: dict[str, KervanError] = {}
    _check_words(product, wrong)
    _check_texts(product, wrong)
    _check_codes(product, tariffs or {}, wrong)
    _check_numbers(product, wrong)
    _check_prices(product, wrong)
    return wrong


def settle(product: ProductInput, on: date) -> tuple[ProductInput, list[KervanError]]:
    """The product with its micro-export flag as the law allows it on this day, and notices of what was changed.

    Goods without a 12-digit GTIP or a gross weight cannot be declared; restricted goods, and goods whose smallest
    order is over the weight limit of the declaration, cannot leave by it: the flag goes off and the reason is kept.
    """
    reason, notice = _exclusion(product, on)
    allowed = product.micro_export_ok and reason is None
    if allowed == product.micro_export_ok and reason == product.exclusion_reason:
        return product, []
    settled = msgspec.structs.replace(product, micro_export_ok=allowed, exclusion_reason=reason)
    return settled, [Invalid(notice)] if product.micro_export_ok and not allowed else []


# Reasons that are found here anew each time; the others are the exporter's own word.
_FOUND = (Exclusion.NOT_CLASSIFIED, Exclusion.TOO_HEAVY, Exclusion.RESTRICTED_BY_LAW)


def _exclusion(product: ProductInput, on: date) -> tuple[str | None, str]:
    if product.exclusion_reason not in (None, *_FOUND):
        return product.exclusion_reason, N_("Micro-export is switched off, because these goods are excluded.")
    if len(product.hs_code or "") != 12:
        return Exclusion.NOT_CLASSIFIED, N_(
            "Micro-export is switched off until the product has a 12-digit GTIP."
        )
    if current().restricted_goods(product.hs_code or "", "", on):
        return Exclusion.RESTRICTED_BY_LAW, N_(
            "Micro-export is switched off, because goods of this GTIP are restricted: they need a permit or a"
            " registration first, or may not be exported at all."
        )
    if product.gross_weight_g is None:
        return Exclusion.NOT_CLASSIFIED, N_(
            "Micro-export is switched off until the product has a gross weight."
        )
    if product.gross_weight_g * product.moq > current().regime_limit(ETGB, on).max_gross_g:
        return Exclusion.TOO_HEAVY, N_(
            "Micro-export is switched off, because the smallest order is heavier than the law allows."
        )
    return None, ""


def _check_words(product: ProductInput, wrong: dict[str, KervanError]) -> None:
    if not product.sku.strip():
        wrong["sku"] = Invalid(N_("Give every product an SKU of your own."))
    for field, limit in _LONGEST.items():
        _check_word(field, getattr(product, field), limit, wrong)
    for field, words in (("keywords", product.keywords), ("certificates", product.certificates)):
        if len(words) > MOST_TAGS:
            wrong[field] = Invalid(N_("Give at most {limit} of these."), limit=MOST_TAGS)
        for word in words:
            if not word.strip():
                wrong[field] = Invalid(N_("One of these is empty."))
            _check_word(field, word, _LONGEST_TAG, wrong)
        if len(set(words)) != len(words):
            wrong[field] = Invalid(N_("One of these comes twice."))
    # A known certificate is kept by its proper name, so that "ISO9001" and "iso 9001" are one.
    for name in product.certificates:
        if (proper := known_certificates.written(name)) != name:
            wrong.setdefault(
                "certificates", Invalid(N_("Write {name} for {text}."), name=proper, text=shown(name))
            )


def _check_word(field: str, text: str | None, limit: int, wrong: dict[str, KervanError]) -> None:
    if text is None:
        return
    if len(text) > limit:
        wrong[field] = Invalid(N_("This is longer than {limit} characters."), limit=limit)
    # A single line: no tabs or line ends either.
    elif not text.isprintable() and (is_unfit(text) or any(sign in text for sign in "\t\n\r\u2028\u2029")):
        wrong[field] = Invalid(N_("This holds characters that cannot be shown. Type it again."))


def _check_texts(product: ProductInput, wrong: dict[str, KervanError]) -> None:
    if "tr" not in product.texts:
        wrong["name_tr"] = Invalid(N_("Give the Turkish name: it goes on the invoice."))
    for language, text in product.texts.items():
        if not languages.is_language(language):
            wrong[f"name_{language}"] = Invalid(
                N_("{code} is not a language code; write for example tr or en."), code=shown(language)
            )
        if not text.name.strip():
            wrong[f"name_{language}"] = Invalid(
                N_("Give the Turkish name: it goes on the invoice.")
                if language == "tr"
                else N_("There is a description in this language, but no name.")
            )
        _check_word(f"name_{language}", text.name, _LONGEST_NAME, wrong)
        if len(text.description) > LONGEST_DESCRIPTION:
            wrong[f"description_{language}"] = Invalid(
                N_("This is longer than {limit} characters."), limit=LONGEST_DESCRIPTION
            )
        elif is_unfit(text.description):
            wrong[f"description_{language}"] = Invalid(
                N_("This holds characters that cannot be shown. Type it again.")
            )


def _check_codes(product: ProductInput, tariffs: Tariffs, wrong: dict[str, KervanError]) -> None:
    if product.gtin is not None:
        try:
            if known_gtin(product.gtin) != product.gtin:
                wrong["gtin"] = Invalid(N_("Write the GTIN in digits only."))
        except TradeError as error:
            wrong["gtin"] = refusal(error)
    if not countries.is_country(product.origin):
        wrong["origin"] = Invalid(
            N_("{code} is not a country code; write for example DE."), code=shown(product.origin)
        )
    if product.unit not in units.units():
        wrong["unit"] = Invalid(
            N_("{code} is not a unit code; write for example C62 or KGM."), code=shown(product.unit)
        )
    if product.hs_code is not None:
        _check_tariff_code(product.hs_code, product.tariff_year, tariffs, wrong)
    if product.tariff_year is not None and not 1988 <= product.tariff_year <= 2200:
        wrong["tariff_year"] = Invalid(N_("The year of the tariff must be a year, for example 2026."))
    if product.exclusion_reason is not None and product.exclusion_reason not in tuple(Exclusion):
        wrong["exclusion_reason"] = Invalid(
            N_("{text} is not a reason for exclusion."), text=shown(product.exclusion_reason)
        )
    if product.state not in tuple(Listing):
        wrong["state"] = Invalid(N_("{text} is not the state of a listing."), text=shown(product.state))


def _check_tariff_code(code: str, year: int | None, tariffs: Tariffs, wrong: dict[str, KervanError]) -> None:
    if not _CODE.fullmatch(code):
        wrong["hs_code"] = Invalid(
            N_("Give the 12 digits of the GTIP, or the 6 of the HS while it is unknown; {code} is neither."),
            code=shown(code),
        )
    elif not nomenclature.exists(code):
        wrong["hs_code"] = Invalid(
            N_("{code} is not in the Harmonized System (HS 2022)."), code=shown(code[:6])
        )
    elif len(code) == 12 and year is not None and code not in tariffs.get(year, (code,)):
        wrong["hs_code"] = Invalid(
            N_("The Turkish tariff of {year} has no GTIP {code}."), year=str(year), code=code
        )


known_gtin = lru_cache(maxsize=4096)(identifiers.gtin)
"""identifiers.gtin for readers that ask twice: once for the cell and once for the whole product."""


def refusal(error: TradeError) -> KervanError:
    """What the vocabulary refused, as an error of the house."""
    return Invalid(error.message, None, **error.params)


def _check_numbers(product: ProductInput, wrong: dict[str, KervanError]) -> None:
    for field in _AT_LEAST_ONE:
        value = getattr(product, field)
        if value is not None and not 1 <= value <= _INT4:
            wrong[field] = Invalid(N_("This must be a whole number of at least 1."))
    if product.lead_days is not None and not 0 <= product.lead_days <= _MOST_LEAD_DAYS:
        wrong["lead_days"] = Invalid(
            N_("The lead time must be from 0 to {limit} days."), limit=_MOST_LEAD_DAYS
        )
    net, gross = product.net_weight_g, product.gross_weight_g
    if net is not None and gross is not None and gross < net:
        wrong.setdefault("gross_weight_g", Invalid(N_("The gross weight cannot be below the net weight.")))
    if product.published_at is not None:
        if product.published_at.tzinfo is None:
            wrong["published_at"] = Invalid(N_("This time needs a time zone."))
        elif product.published_at > datetime.now(UTC) + timedelta(days=1):
            wrong["published_at"] = Invalid(N_("This day is still to come."))


def _check_prices(product: ProductInput, wrong: dict[str, KervanError]) -> None:
    if product.currency is None:
        if product.tiers:
            wrong["currency"] = Invalid(N_("Give the currency of the price, for example EUR."))
        return
    if product.currency not in money.currencies():
        wrong["currency"] = Invalid(
            N_("{code} is not a currency code; write for example EUR or USD."), code=shown(product.currency)
        )
    elif not product.tiers:
        wrong["currency"] = Invalid(N_("There is a currency, but no price."))
    elif (sentence := _tiers_fault(product.tiers, product.moq, product.currency)) is not None:
        wrong["price"] = sentence


def _tiers_fault(tiers: tuple[tuple[int, Decimal], ...], moq: int, currency: str) -> KervanError | None:
    digits = money.exponent(currency)
    if len(tiers) > MOST_TIERS:
        return Invalid(N_("Give at most {limit} price tiers."), limit=MOST_TIERS)
    if tiers[0][0] != moq:
        return Invalid(N_("The first price must hold from the smallest order (MOQ) on."))
    last_quantity, last_price = 0, _PRICE_LIMIT
    for quantity, price in tiers:
        if not price.is_finite() or price <= 0:
            return Invalid(N_("The price must be above zero."))
        if price >= _PRICE_LIMIT:
            return Invalid(N_("This price is more than the platform can hold."))
        if price != round(price, digits):
            return Invalid(
                N_("A price in {currency} has at most {digits} decimals."), currency=currency, digits=digits
            )
        if not last_quantity < quantity <= _INT4:
            return Invalid(N_("The quantities of the price tiers must rise."))
        if price >= last_price:
            return Invalid(N_("The price must fall from tier to tier."))
        last_quantity, last_price = quantity, price
    return None
