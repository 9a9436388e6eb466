"""The form of a request, the same for importers and for posts: its choices, what fills it, what it says, refusals."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Request

from kervan.errors import Invalid, KervanError
from kervan.inquiries.fields import currencies, typed
from kervan.nomenclature.structs import NodeLink
from kervan.orders.incoterms import INCOTERMS, MEANINGS
from kervan.requests import codes, rules
from kervan.requests.states import BUYER_NAMES
from kervan.requests.structs import Content, FileShown, Spec
from kervan.requests.tables import Source, Visibility
from kervan.requests.wording import VISIBILITIES
from kervan.trade import certificates, countries, languages, law, nomenclature, units
from kervan.trade.codes import looks_like_code
from kervan.trade.errors import N_, TradeError
from kervan.web import formats
from kervan.web.forms import Form
from kervan.web.i18n import gettext

LEAST_ROWS = 3
_SPEC_FIELDS = ("spec_name", "spec_value")
_FIRST_LANGUAGES = ("en", "tr", "de", "fr", "es", "it", "ru", "ar")

_FIELDS: Mapping[str, str] = {
    "certificate-management": N_("Management"),
    "certificate-food": N_("Food"),
    "certificate-textile": N_("Textiles and leather"),
    "certificate-safety": N_("Safety"),
    "certificate-environment": N_("Environment"),
    "certificate-social": N_("Working conditions"),
    "certificate-market": N_("Market access"),
    "certificate-sector": N_("Trades"),
}
CHOOSE_A_CODE = N_("This is no code. Choose one of the suggestions, or type its digits.")


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What the form offers, in the reader's language: pairs of value and text."""

    languages: Sequence[tuple[str, str]]
    first_languages: Sequence[tuple[str, str]]
    """Those that most answers are written in; `other_languages` are the rest."""
    other_languages: Sequence[tuple[str, str]]
    units: Sequence[tuple[str, str]]
    currencies: Sequence[str]
    countries: Sequence[tuple[str, str]]
    incoterms: Sequence[tuple[str, str, str]]
    """Code, name, and the sentence on what it means for the buyer."""
    certificates: Sequence[tuple[str, str, Sequence[tuple[str, str]]]]
    """Slug of a field, its name, and the certificates of it."""
    buyer_types: Sequence[tuple[str, str]]
    visibilities: Sequence[tuple[str, str, str]]
    first_day: date
    last_day: date
    most_specs: int = rules.MOST_SPECS
    most_files: int = rules.MOST_FILES


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What requests/_form.html needs beside the form."""

    choices: Choices
    numbers: Sequence[int]
    """Of the property rows."""
    kept: Sequence[FileShown]
    code_name: str
    offered: Sequence[NodeLink]
    """Codes to choose from."""
    guessed: Sequence[NodeLink]
    """Headings that the text may mean, while no code is there."""
    searched: bool


def window(published: date | None = None, now: datetime | None = None) -> tuple[date, date]:
    """The first and last day that a deadline may have, by the law book's figures; `published` for one on the board."""
    today = law.day_of(now or datetime.now(UTC))
    book = law.current()
    first = (published or today) + timedelta(days=book.figure("REQUEST_MIN_DAYS", today))
    return max(first, today), today + timedelta(days=book.figure("REQUEST_MAX_DAYS", today))


def choices(language: str, published: date | None = None, *, post: bool = True) -> Choices:
    """What the form offers; without `post` answers through a trade post cannot be chosen."""
    first, last = window(published)
    offered = {code: texts for code, texts in VISIBILITIES.items() if post or code != Visibility.POST}
    spoken = languages.languages(language)
    named = dict(spoken)
    return Choices(
        languages=spoken,
        first_languages=[(code, named[code]) for code in _FIRST_LANGUAGES],
        other_languages=[pair for pair in spoken if pair[0] not in _FIRST_LANGUAGES],
        units=[(code, formats.unit(language, code)) for code in units.units()],
        currencies=currencies(),
        countries=[entry for entry in countries.countries(language) if entry[0] != countries.TURKIYE],
        incoterms=[
            (code, gettext(language, name), gettext(language, MEANINGS[code]))
            for code, name in INCOTERMS.items()
        ],
        certificates=_certificates(language),
        buyer_types=[(code, gettext(language, name)) for code, name in BUYER_NAMES.items()],
        visibilities=[
            (code, gettext(language, name), gettext(language, hint)) for code, (name, hint) in offered.items()
        ],
        first_day=first,
        last_day=last,
    )


def _certificates(language: str) -> list[tuple[str, str, list[tuple[str, str]]]]:
    by_field: dict[str, list[tuple[str, str]]] = {}
    for slug, standard in certificates.standards().items():
        by_field.setdefault(standard.field, []).append((slug, standard.label))
    return [
        (field, gettext(language, _FIELDS[f"certificate-{field}"]), named)
        for field, named in by_field.items()
    ]


def fresh(language: str, country: str | None = None, **known: str) -> dict[str, Any]:
    """Initial values of an empty form: texts in the reader's language, delivery to the buyer's own country."""
    return {
        "language": language,
        "languages": ("en", *(("tr",) if language == "tr" else ())),
        "country": country or "",
        "currency": "EUR",
        "unit": "C62",
        "visibility": Visibility.RELAY,
        **known,
    }


def initial(content: Content, language: str) -> dict[str, Any]:
    """The same of a request that is there."""
    values: dict[str, Any] = {
        name: getattr(content, name) or ""
        for name in (
            "title", "summary", "description", "language", "country", "place", "incoterm", "buyer_type", "visibility",
            "source", "source_url", "source_ref",
        )
    }  # fmt: skip
    for number, spec in enumerate(content.specs, start=1):
        values[f"spec_name_{number}"] = spec.name
        values[f"spec_value_{number}"] = spec.value
    return values | {
        "hs_code": formats.hs(language, content.hs_code) if content.hs_code else "",
        "quantity": "" if content.quantity is None else str(content.quantity),
        "unit": content.unit or "",
        "budget": typed(content.budget, language),
        "target_price": typed(content.target_price, language),
        "currency": content.currency or "EUR",
        "deadline": content.deadline.isoformat() if content.deadline else "",
        "certificates": content.certificates,
        "sample_wanted": "1" if content.sample_wanted else "",
        "languages": content.languages,
    }


def rows(form: Form) -> list[int]:
    """The numbers of the property rows that a form shows: those before, those that hold something, one to go on."""
    shown = form.value("rows")
    before = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 4 else 0
    wanted = max(LEAST_ROWS, before + bool(form.value("more")), max(_used(form), default=0) + 1)
    return list(range(1, min(wanted, rules.MOST_SPECS) + 1))


def _used(form: Form) -> list[int]:
    return [
        n
        for n in range(1, 2 * rules.MOST_SPECS + 1)
        if any(form.value(f"{field}_{n}").strip() for field in _SPEC_FIELDS)
    ]


def code_of(form: Form) -> str:
    """The code that was ticked among the offered ones, else what stands in its field."""
    picked = form.value("hs_pick")
    return (
        picked
        if picked in form.value("hs_offered").split()
        else " ".join(form.value("hs_code")[:200].split())
    )


def read(form: Form, *, source: str = Source.IMPORTER, published: date | None = None) -> Content:
    """What a form says; what is wrong with it as a draft is noted in the form, each beside its field.

    `published` is the day on which the request went on the board, for an edit.
    """
    code = code_of(form)
    if code and looks_like_code(code) is None and not any(char.isdigit() for char in code):
        form.refuse("hs_code", CHOOSE_A_CODE)
        code = ""
    numbers = _used(form)
    quantity = form.whole("quantity", low=1, high=rules.MOST_QUANTITY, required=False)
    unit = form.value("unit")
    if unit and unit not in units.units():
        form.refuse("unit", N_("Choose a unit from the list."))
        unit = ""
    budget = form.decimal("budget", low=Decimal("0.01"), high=rules.MOST_BUDGET, required=False)
    target = form.decimal(
        "target_price", low=Decimal("0.0001"), high=rules.MOST_PRICE, places=4, required=False
    )
    deadline = form.day("deadline", required=False)
    first, last = window(published)
    if deadline is not None and not first <= deadline <= last:
        form.refuse(
            "deadline",
            TradeError(N_("Choose a day from {first} to {last}."), first=first, last=last),
        )
    on_behalf = source != Source.IMPORTER
    content = rules.tidied(
        Content(
            title=form.value("title"),
            summary=form.value("summary"),
            description=form.value("description"),
            language=form.value("language") or form.language,
            hs_code=code or None,
            specs=tuple(Spec(form.value(f"spec_name_{n}"), form.value(f"spec_value_{n}")) for n in numbers),
            quantity=quantity,
            unit=unit or None,
            budget=budget,
            target_price=target,
            currency=form.value("currency") or None if form.value("budget") or form.value("target_price") else None,
            country=form.value("country") or None,
            place=form.value("place"),
            incoterm=form.value("incoterm") or None,
            deadline=deadline,
            certificates=form.several("certificates", most=200),
            sample_wanted=form.ticked("sample_wanted"),
            buyer_type=form.value("buyer_type") or None,
            languages=form.several("languages", most=200),
            visibility=form.value("visibility") or Visibility.RELAY,
            source=source,
            source_url=form.value("source_url") or None if on_behalf else None,
            source_ref=form.value("source_ref") or None if on_behalf else None,
        )
    )  # fmt: skip
    wrong = rules.check_draft(content)
    if form.error("quantity") or form.error("unit"):
        wrong.pop("unit", None)
    note(form, wrong)
    return content


def take(form: Form, error: KervanError) -> None:
    """Notes a service's refusal beside the fields of the form, else on top of it."""
    if isinstance(error, Invalid) and error.fields:
        note(form, error.fields)
    else:
        form.take(error)


def note(form: Form, wrong: Mapping[str, KervanError | str]) -> None:
    """Notes sentences by field: `specs.2` is the second row that holds something."""
    numbers = _used(form)
    for name, why in wrong.items():
        field, _, number = name.partition(".")
        if field != "specs":
            form.refuse(name, why)
        elif number.isdigit() and int(number) <= len(numbers):
            form.refuse(f"spec_name_{numbers[int(number) - 1]}", why)
        else:
            form.refuse("spec_name_1", why)


async def asking(
    request: Request[Any, Any, Any],
    form: Form,
    *,
    published: date | None = None,
    post: bool = True,
    kept: Sequence[FileShown] = (),
    find: bool = False,
) -> Asking:
    """What the form's template needs; `kept` are the files that the request has.

    With `find` codes are offered even if one is there.
    """
    language = form.language
    code, title, summary = code_of(form), form.value("title"), form.value("summary")
    engine = request.app.state.search
    offered: list[NodeLink] = []
    guessed: list[NodeLink] = []
    if find or form.error("hs_code"):
        offered = await codes.offered(engine, code, title, summary, language)
    elif not code and title.strip():
        guessed = await codes.of_text(engine, title, summary, language)
    return Asking(
        choices=choices(language, published, post=post),
        numbers=rows(form),
        kept=kept,
        code_name=named(code, language),
        offered=offered,
        guessed=guessed[:3],
        searched=find,
    )


def named(code: str, language: str) -> str:
    """What a code is called, by its six digits at most; '' for one that does not exist.

    The HS names six digits in English; a reader of another language gets the everyday name of the heading.
    """
    digits = looks_like_code(code)
    if digits is None or not nomenclature.exists(digits[:6]):
        return ""
    return nomenclature.name(digits[: 6 if language == "en" else 4], language)
