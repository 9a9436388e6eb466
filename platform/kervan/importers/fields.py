"""The form of a firm abroad: the same fields at registration and at its desk, read and refused field by field."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from litestar import Request

from kervan.importers.structs import IN_TURKIYE, Company
from kervan.nomenclature import queries as codes
from kervan.trade import countries, firm_numbers, languages, nomenclature, phones, provinces, websites
from kervan.trade.codes import looks_like_code
from kervan.trade.errors import N_, TradeError, shown
from kervan.web.forms import Form
from kervan.web.i18n import gettext

MOST_HEADINGS = 20
_CANDIDATES = 5
_COMMA = re.compile(r"[,;\n]+")
# What is offered before a country is chosen: numbers that many countries have.
_COMMON = "DE"

NOTHING_FITS = N_("Nothing in the tariff fits. Try another word or a code of four digits.")


def read(form: Form) -> Company | None:
    """The firm that was typed, without its interests in headings; None when a field was refused."""
    legal_name = form.text("legal_name", longest=200, shortest=2)
    country = form.parsed("country", country_abroad, longest=80) or ""
    city = form.text("city", required=False, longest=80)
    website = form.parsed("website", websites.website, required=False, longest=300)
    contact_name = form.text("contact_name", longest=120, shortest=2)
    contact_role = form.text("contact_role", longest=80)
    phone = (
        form.parsed("phone", partial(phones.phone, country=country), required=False, longest=60)
        if country
        else None
    )
    number = _number(form, country)
    sectors = form.several("sectors", {sector.slug for sector in nomenclature.sectors()})
    plates = form.several("provinces", {province.plate for province in provinces.provinces()}, most=81)
    spoken = form.several("languages", languages.LANGUAGES, most=20)
    if not form.ok:
        return None
    return Company(
        legal_name=legal_name,
        country=country,
        city=city or None,
        website=website,
        contact_name=contact_name,
        contact_role=contact_role,
        phone=phone,
        number_scheme=form.value("number_scheme") if number else None,
        number=number.number if number else None,
        number_checked=number.certain if number else False,
        sectors=sectors,
        provinces=plates,
        languages=spoken,
    )


def country_abroad(text: str) -> str:
    """The code of a country by code or name. TradeError when it is none, and for Türkiye, whose firms export."""
    found = countries.find_country(text)
    if found == countries.TURKIYE:
        raise TradeError(IN_TURKIYE)
    return found


def _number(form: Form, country: str) -> firm_numbers.Checked | None:
    """The firm's number by the rule of its country; None when none was typed or it was refused."""
    typed = form.text("number", required=False, longest=60)
    if not typed or not country:
        return None
    schemes = {scheme.code for scheme in firm_numbers.schemes(country)}
    scheme = form.choice("number_scheme", schemes)
    if not scheme:
        return None
    try:
        return firm_numbers.check(scheme, typed, country)
    except TradeError as error:
        form.refuse("number", error)
        return None


async def headings(request: Request[Any, Any, Any], form: Form) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The chosen headings, and those that the words still in the search field may mean.

    Codes are taken as they are typed; of words the reader ticks what was meant, so the form comes again once.
    """
    chosen = dict.fromkeys(form.several("headings", most=MOST_HEADINGS))
    if not all(len(code) in (4, 6) and nomenclature.exists(code) for code in chosen):
        form.refuse("headings", N_("This cannot be chosen here."))
        return (), ()
    candidates: dict[str, None] = {}
    for piece in _COMMA.split(form.value("heading_words"))[:MOST_HEADINGS]:
        text = " ".join(piece.split())[:100]
        if not text:
            continue
        code = looks_like_code(text)
        if code is not None and len(code) >= 4 and nomenclature.exists(code):
            chosen[code[:6]] = None
            continue
        found = await codes.headings(request.app.state.search, text, _CANDIDATES)
        if not found:
            form.refuse(
                "heading_words", TradeError(N_("Nothing in the tariff fits “{text}”."), text=shown(text))
            )
        candidates.update(dict.fromkeys(heading for heading in found if heading not in chosen))
    if len(chosen) > MOST_HEADINGS:
        form.refuse("headings", TradeError(N_("Choose at most {most}."), most=MOST_HEADINGS))
    if candidates:
        form.refuse("heading_words", N_("Tick below what you mean."))
    return tuple(chosen), tuple(candidates)


def context(
    form: Form, language: str, candidates: Sequence[str] = (), chosen: Sequence[str] | None = None
) -> dict[str, Any]:
    """What the fields' template needs: the choices in the reader's language.

    `chosen` are the headings that stay ticked, by default those of the form.
    """
    try:
        country = countries.find_country(form.value("country"))
    except TradeError:
        country = ""
    ticked = form.values("headings") if chosen is None else chosen
    return {
        "countries": [pair for pair in countries.countries(language) if pair[0] != countries.TURKIYE],
        "in_turkiye": country == countries.TURKIYE,
        "schemes": _schemes(country if country and country != countries.TURKIYE else _COMMON, language),
        "schemes_by_country": {
            code: _schemes(code, language) for code in countries.country_codes() if code != countries.TURKIYE
        },
        "sectors": [(s.slug, s.names.get(language, s.names["en"])) for s in nomenclature.sectors()],
        "provinces": [(province.plate, province.name) for province in provinces.provinces()],
        "spoken": languages.languages(language),
        "headings_ticked": [_named(code, language) for code in ticked if nomenclature.exists(code)],
        "headings_offered": [_named(code, language) for code in candidates],
    }


def _schemes(country: str, language: str) -> list[tuple[str, str]]:
    return [(scheme.code, gettext(language, scheme.name)) for scheme in firm_numbers.schemes(country)]


def _named(code: str, language: str) -> tuple[str, str]:
    return code, nomenclature.name(code, language)


def scheme_name(code: str | None, country: str, language: str) -> str:
    """How the kind of number is called; the code itself for one that is no longer offered."""
    found = {scheme.code: scheme.name for scheme in firm_numbers.schemes(country)}
    return gettext(language, found[code]) if code in found else (code or "")


def initial(company: Company) -> dict[str, str | Sequence[str] | None]:
    """The form of a firm that is there already."""
    return {
        "legal_name": company.legal_name,
        "country": company.country,
        "city": company.city,
        "website": company.website,
        "contact_name": company.contact_name,
        "contact_role": company.contact_role,
        "phone": company.phone,
        "number_scheme": company.number_scheme,
        "number": company.number,
        "headings": company.headings,
        "sectors": company.sectors,
        "provinces": company.provinces,
        "languages": company.languages,
    }
