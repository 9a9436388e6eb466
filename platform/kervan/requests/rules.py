"""What a request must say: checked in one place for forms, the API, imports and edits."""

import contextlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import msgspec

from kervan.errors import Invalid, KervanError
from kervan.orders.incoterms import INCOTERMS
from kervan.requests.structs import Consent, Content, Similar
from kervan.requests.tables import BuyerType, Source, Visibility
from kervan.trade import certificates, codes, countries, languages, law, money, nomenclature, rates, units
from kervan.trade.errors import N_, TradeError, shown
from kervan.web.forms import is_unfit

LONGEST_TITLE = 120
LONGEST_SUMMARY = 200
LONGEST_DESCRIPTION = 5000
SHORTEST_TITLE = 8
SHORTEST_SUMMARY = 20
MOST_SPECS = 30
MOST_CERTIFICATES = 20
MOST_LANGUAGES = 10
MOST_FILES = 10
MOST_EDITIONS = 5
"""Times that one request may be announced: what changes more often is another request."""
MOST_QUANTITY = 999_999_999
MOST_BUDGET = Decimal("99999999999.99")
MOST_PRICE = Decimal("999999999.9999")
CONSENT_WAYS = {
    "EMAIL": N_("E-mail"),
    "LETTER": N_("Letter"),
    "PHONE": N_("Telephone"),
    "MEETING": N_("Meeting"),
}

MATERIAL = (
    "title", "hs_code", "sector", "specs", "quantity", "unit", "budget", "target_price", "currency", "country",
    "incoterm", "deadline", "certificates", "sample_wanted", "buyer_type",
)  # fmt: skip
"""What changes the trade: an edit of one of these is announced anew, a correction of the other texts is not."""

Wrong = dict[str, KervanError | str]


class Duplicates(KervanError):
    """There are open requests that look like this one; the same step with `seen` goes on."""

    status_code = 409
    title = N_("There are similar open requests. Look at them before you go on.")

    def __init__(self, similar: Sequence[Similar]) -> None:
        super().__init__(self.title)
        self.similar = tuple(similar)


def is_material(before: Content, after: Content) -> bool:
    """Whether an edit has to be announced anew."""
    return any(getattr(before, name) != getattr(after, name) for name in MATERIAL)


def tidied(content: Content) -> Content:
    """The content with outer spaces gone, the code as digits, and the sector of the code where none is given."""
    code = content.hs_code
    if code:
        with contextlib.suppress(TradeError):  # told beside the field by check_draft
            code = codes.parse_code(code)
    sector = content.sector
    if not sector and code and code.isdigit():
        found = nomenclature.sector_of_chapter(code[:2])
        sector = found.slug if found else None
    return msgspec.structs.replace(
        content,
        title=" ".join(content.title.split()),
        summary=" ".join(content.summary.split()),
        description=content.description.strip(),
        place=" ".join(content.place.split()),
        hs_code=code or None,
        sector=sector or None,
        source_url=(content.source_url or "").strip() or None,
        source_ref=(content.source_ref or "").strip() or None,
        specs=tuple(
            msgspec.structs.replace(
                spec, name=" ".join(spec.name.split()), value=" ".join(spec.value.split())
            )
            for spec in content.specs
            if spec.name.strip() or spec.value.strip()
        ),
        certificates=tuple(dict.fromkeys(content.certificates)),
        languages=tuple(dict.fromkeys(content.languages)),
    )


def check_draft(content: Content) -> Wrong:
    """What is wrong with what is there, a sentence by field; a draft may leave anything but the title out."""
    wrong: Wrong = {}
    if not content.title:
        wrong["title"] = N_("Give the request a title.")
    for field, longest in (
        ("title", LONGEST_TITLE), ("summary", LONGEST_SUMMARY), ("description", LONGEST_DESCRIPTION), ("place", 120),
        ("source_ref", 120),
    ):  # fmt: skip
        text = getattr(content, field) or ""
        if len(text) > longest:
            wrong[field] = Invalid(
                N_("At most {longest} characters; these are {n}."), longest=longest, n=len(text)
            )
        elif is_unfit(text):
            wrong[field] = N_("This holds characters that cannot be shown. Type it again.")
    if len(content.specs) > MOST_SPECS:
        wrong["specs"] = Invalid(N_("At most {n} properties."), n=MOST_SPECS)
    for number, spec in enumerate(content.specs[:MOST_SPECS], start=1):
        if not spec.name or not spec.value:
            wrong[f"specs.{number}"] = N_("Give a name and a value, or leave both empty.")
        elif len(spec.name) > 60 or len(spec.value) > 200:
            wrong[f"specs.{number}"] = N_(
                "A property has a name of 60 and a value of 200 characters at most."
            )
        elif is_unfit(spec.name + spec.value):
            wrong[f"specs.{number}"] = N_("This holds characters that cannot be shown. Type it again.")
    wrong |= _goods(content)
    wrong |= _delivery(content)
    wrong |= _choices(content)
    return wrong


def _goods(content: Content) -> Wrong:
    wrong: Wrong = {}
    if content.hs_code:
        try:
            code = codes.parse_code(content.hs_code)
            if len(code) < 4:
                wrong["hs_code"] = N_("Give a heading of 4 digits at least, for example 5702.")
            elif not nomenclature.exists(code[:6] if len(code) > 6 else code):
                wrong["hs_code"] = Invalid(
                    N_("{code} is not in the Harmonized System (HS 2022)."), code=shown(content.hs_code)
                )
        except TradeError as error:
            wrong["hs_code"] = KervanError(error.message, **error.params)
    if content.quantity is not None and not 1 <= content.quantity <= MOST_QUANTITY:
        wrong["quantity"] = Invalid(
            N_("Enter a whole number from {low} to {high}."), low=1, high=MOST_QUANTITY
        )
    if content.unit is not None and content.unit not in units.units():
        wrong["unit"] = Invalid(
            N_("{code} is no unit of UNECE Recommendation 20 that is used here."), code=shown(content.unit)
        )
    if content.quantity is not None and content.unit is None:
        wrong.setdefault("unit", N_("Say in which unit the quantity is."))
    for field, most, places in (("budget", MOST_BUDGET, 2), ("target_price", MOST_PRICE, 4)):
        amount = getattr(content, field)
        if amount is None:
            continue
        if not amount.is_finite() or not 0 < amount <= most:
            wrong[field] = N_("Enter an amount above zero.")
        elif money.places(amount) > places:
            wrong[field] = Invalid(N_("At most {places} decimals."), places=places)
        elif content.currency is None:
            wrong.setdefault("currency", N_("Say in which currency this is."))
    if content.currency is not None and content.currency not in money.currencies():
        wrong["currency"] = Invalid(
            N_("{code} is not a currency code; write for example EUR or USD."), code=shown(content.currency)
        )
    return wrong


def _delivery(content: Content) -> Wrong:
    wrong: Wrong = {}
    if content.country is not None and not countries.is_country(content.country):
        wrong["country"] = Invalid(
            N_("{code} is not a country code; write for example DE."), code=shown(content.country)
        )
    elif content.country == countries.TURKIYE:
        wrong["country"] = N_("The goods go abroad. Choose a country other than Türkiye.")
    if content.incoterm is not None and content.incoterm not in INCOTERMS:
        wrong["incoterm"] = Invalid(
            N_("{code} is not one of the Incoterms 2020."), code=shown(content.incoterm)
        )
    return wrong


def _choices(content: Content) -> Wrong:
    wrong: Wrong = {}
    closed: tuple[tuple[str, str | None, Sequence[str]], ...] = (
        ("visibility", content.visibility, tuple(Visibility)),
        ("buyer_type", content.buyer_type, tuple(BuyerType)),
        ("source", content.source, tuple(Source)),
        ("sector", content.sector, [sector.slug for sector in nomenclature.sectors()]),
    )
    for field, value, choices in closed:
        if value is not None and value not in choices:
            wrong[field] = Invalid(N_("“{value}” is not one of the choices."), value=shown(value))
    known = certificates.standards()
    if len(content.certificates) > MOST_CERTIFICATES:
        wrong["certificates"] = Invalid(N_("Choose at most {most}."), most=MOST_CERTIFICATES)
    elif unknown := [slug for slug in content.certificates if slug not in known]:
        wrong["certificates"] = Invalid(N_("“{value}” is not one of the choices."), value=shown(unknown[0]))
    if len(content.languages) > MOST_LANGUAGES:
        wrong["languages"] = Invalid(N_("Choose at most {most}."), most=MOST_LANGUAGES)
    for field, codes_ in (("languages", content.languages), ("language", (content.language,))):
        if unknown := [code for code in codes_ if not languages.is_language(code)]:
            wrong[field] = Invalid(N_("“{value}” is not one of the choices."), value=shown(unknown[0]))
    if content.source_url is not None:
        try:
            parts = urlsplit(content.source_url)
            fits = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and not parts.username
        except ValueError:
            fits = False
        if not fits or len(content.source_url) > 500 or is_unfit(content.source_url):
            wrong["source_url"] = N_("Give the address of the notice, beginning with https://.")
    return wrong


def check_complete(content: Content, now: datetime, published: date | None = None) -> Wrong:
    """The same, and everything that a request needs before it is announced.

    The deadline lies REQUEST_MIN_DAYS to REQUEST_MAX_DAYS after the day of publication (`published`, else today).
    """
    wrong = check_draft(content)
    if not wrong.get("title") and len(content.title) < SHORTEST_TITLE:
        wrong["title"] = Invalid(N_("Say what you look for in {n} characters or more."), n=SHORTEST_TITLE)
    if not wrong.get("summary") and len(content.summary) < SHORTEST_SUMMARY:
        wrong["summary"] = Invalid(
            N_("Say in one sentence of {n} characters or more who needs what."), n=SHORTEST_SUMMARY
        )
    for field in ("hs_code", "country", "deadline", "buyer_type"):
        if not getattr(content, field):
            wrong.setdefault(field, N_("Please fill this in."))
    if content.source == Source.TENDER and not content.source_url:
        wrong.setdefault("source_url", N_("Give the address of the notice, beginning with https://."))
    if content.deadline is not None and "deadline" not in wrong:
        today = law.day_of(now)
        book = law.current()
        first = (published or today) + timedelta(days=book.figure("REQUEST_MIN_DAYS", today))
        first = max(first, today) if published else first
        last = today + timedelta(days=book.figure("REQUEST_MAX_DAYS", today))
        if not first <= content.deadline <= last:
            wrong["deadline"] = Invalid(N_("Choose a day from {first} to {last}."), first=first, last=last)
    if content.hs_code and content.country and not {"hs_code", "country"} & wrong.keys():
        rule = law.current().restricted_goods(content.hs_code, content.country, law.day_of(now))
        if rule is not None and rule.kind == "PROHIBITED":
            wrong["hs_code"] = Invalid(
                N_("These goods may not be exported from Türkiye: {name} ({reference})."),
                name=rule.name,
                reference=rule.legal_ref,
            )
    return wrong


def check_consent(consent: Consent | None, today: date) -> Wrong:
    """Whether the evidence that a buyer agreed says who, when and how."""
    if consent is None:
        return {}
    wrong: Wrong = {}
    if not 3 <= len(consent.who.strip()) <= 200:
        wrong["consent_who"] = N_("Say who of the buyer agreed: name and position.")
    if consent.when > today:
        wrong["consent_when"] = N_("This day has not come yet.")
    if consent.how not in CONSENT_WAYS:
        wrong["consent_how"] = N_("Say how the buyer agreed.")
    if len(consent.note) > 1000:
        wrong["consent_note"] = Invalid(N_("At most {n} characters."), n=1000)
    return wrong


def value_in_eur(content: Content, on: date) -> Decimal | None:
    """What the request comes to in EUR by the last rate at hand: its budget, else target price times quantity.

    None without either, and for a currency without rate.
    """
    amount = content.budget
    if amount is None and content.target_price is not None and content.quantity is not None:
        amount = content.target_price * content.quantity
    if amount is None or content.currency is None:
        return None
    try:
        return rates.to_eur(amount, content.currency, on).eur.quantize(Decimal("0.01"))
    except TradeError:
        return None
