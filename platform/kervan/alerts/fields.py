"""The form of an alert: what fills it, what it offers, what it says."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from litestar import Request

from kervan.alerts import conditions
from kervan.alerts.conditions import Conditions
from kervan.alerts.service import LONGEST_NAME
from kervan.alerts.structs import Wish
from kervan.alerts.tables import Channel, Frequency
from kervan.alerts.wording import CHANNELS, FREQUENCIES, name_for
from kervan.nomenclature import queries as nodes
from kervan.organisations.tables import Kind
from kervan.requests import form as request_form
from kervan.requests.states import BUYER_NAMES, SOURCE_NAMES
from kervan.trade import countries, nomenclature
from kervan.trade.certificates import standards
from kervan.trade.codes import looks_like_code
from kervan.trade.errors import N_, TradeError, shown
from kervan.trade.languages import LANGUAGES
from kervan.trade.units import units
from kervan.web import formats
from kervan.web.forms import Form
from kervan.web.i18n import gettext
from kervan.web.templates import bdi

_COMMA = re.compile(r"[,;\n]+")
_CANDIDATES = 5
_WAYS = tuple(channel.value for channel in Channel)

Initial = dict[str, str | Sequence[str] | None]


def initial(wish: Wish | None, asked: Conditions, language: str) -> Initial:
    """What stands in the form at first: an alert that is there, else a new one for what was searched."""
    filled: Initial = {
        "name": wish.name if wish else name_for(asked, language),
        "text": asked.text,
        "headings": asked.codes,
        "sectors": asked.sectors,
        "countries": ", ".join(countries.country_name(code, language) for code in asked.countries),
        "sources": asked.sources,
        "buyer_types": asked.buyer_types,
        "certificates": asked.certificates,
        "languages": asked.languages,
        "unit": asked.unit,
        "frequency": wish.frequency if wish else Frequency.AT_ONCE,
        "channels": wish.channels if wish else (Channel.MAIL, Channel.IN_APP),
    }
    for name in ("value_from", "value_to", "quantity_from", "quantity_to"):
        bound = getattr(asked, name)
        filled[name] = None if bound is None else formats.number(language, bound)
    return filled


def choices(language: str, kind: str, form: Form, offered: Sequence[str] = ()) -> dict[str, Any]:
    """What the template offers, in the reader's language; `offered` are headings that the typed words may mean."""
    found = request_form.choices(language)
    return {
        "sectors": [(one.slug, one.names.get(language, one.names["en"])) for one in nomenclature.sectors()],
        "sources": [(code, gettext(language, name)) for code, name in SOURCE_NAMES.items()],
        "buyer_types": [(code, gettext(language, name)) for code, name in BUYER_NAMES.items()],
        "certificates": [(slug, bdi(name)) for _, _, listed in found.certificates for slug, name in listed],
        "spoken": found.languages,
        "units": found.units,
        "frequencies": _told(language, FREQUENCIES),
        "channels": _told(
            language,
            {way: said for way, said in CHANNELS.items() if way != Channel.WEBHOOK or kind == Kind.EXPORTER},
        ),
        "ticked": [_named(code, language) for code in form.values("headings") if nomenclature.exists(code)],
        "offered": [_named(code, language) for code in offered],
    }


def _told(language: str, texts: Any) -> list[tuple[str, str, str]]:
    return [(code, gettext(language, name), gettext(language, hint)) for code, (name, hint) in texts.items()]


def _named(code: str, language: str) -> tuple[str, str]:
    return code, nomenclature.name(code, language)


async def read(request: Request[Any, Any, Any], form: Form) -> tuple[Wish, Sequence[str]]:
    """The alert that the form describes, and headings to choose from; ask form.ok before it is used."""
    name = form.text("name", longest=LONGEST_NAME)
    text = form.text("text", required=False, longest=200)
    headings, offered = await _headings(request, form)
    asked = Conditions(
        text=text,
        codes=headings,
        sectors=form.several("sectors", [sector.slug for sector in nomenclature.sectors()]),
        countries=_countries(form),
        sources=form.several("sources", tuple(SOURCE_NAMES)),
        buyer_types=form.several("buyer_types", tuple(BUYER_NAMES)),
        certificates=form.several("certificates", tuple(standards())),
        languages=form.several("languages", LANGUAGES),
        value_from=_amount(form, "value_from"),
        value_to=_amount(form, "value_to"),
        quantity_from=_count(form, "quantity_from"),
        quantity_to=_count(form, "quantity_to"),
        unit=form.choice("unit", tuple(units()), required=False) or None,
    )
    frequency = form.choice("frequency", tuple(frequency.value for frequency in Frequency))
    return Wish(
        name=name, conditions=asked, frequency=frequency, channels=form.several("channels", _WAYS)
    ), offered


def _amount(form: Form, name: str) -> Decimal | None:
    return form.decimal(name, low=Decimal(0), high=conditions.MOST_EURO, required=False)


def _count(form: Form, name: str) -> int | None:
    return form.whole(name, low=1, high=conditions.MOST_QUANTITY, required=False)


def _countries(form: Form) -> tuple[str, ...]:
    found = []
    for piece in _COMMA.split(form.value("countries")):
        if not piece.strip():
            continue
        try:
            code = countries.find_country(piece.strip()[:80])
        except TradeError as error:
            form.refuse("countries", error)
            continue
        if code == countries.TURKIYE:
            form.refuse("countries", N_("Requests come from abroad."))
        found.append(code)
    return tuple(found)


async def _headings(request: Request[Any, Any, Any], form: Form) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The chosen codes, and those that the words still in the search field may mean.

    Codes are taken as they are typed; of words the reader ticks what was meant, so the form comes again once.
    """
    chosen = dict.fromkeys(form.several("headings", most=conditions.MOST_VALUES))
    if not all(nomenclature.exists(code) for code in chosen):
        form.refuse("headings", N_("This cannot be chosen here."))
        return (), ()
    candidates: dict[str, None] = {}
    for piece in _COMMA.split(form.value("heading_words"))[: conditions.MOST_VALUES]:
        text = " ".join(piece.split())[:100]
        if not text:
            continue
        code = looks_like_code(text) or (
            text if len(text) == 2 and text.isascii() and text.isdigit() else None
        )
        if code is not None and nomenclature.exists(code[:4]):
            chosen[code[:4]] = None
            continue
        found = await nodes.headings(request.app.state.search, text, _CANDIDATES)
        if not found:
            form.refuse(
                "heading_words", TradeError(N_("Nothing in the tariff fits “{text}”."), text=shown(text))
            )
        candidates.update(dict.fromkeys(heading for heading in found if heading not in chosen))
    if candidates:
        form.refuse("heading_words", N_("Tick below what you mean."))
    return tuple(chosen), tuple(candidates)
