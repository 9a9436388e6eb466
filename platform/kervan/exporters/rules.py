"""What an exporter's registration must fulfil: pure checks with one sentence each, deadlines, declarations."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kervan.exporters.tables import Kind
from kervan.trade import identifiers
from kervan.trade.errors import N_, TradeError, ascii_digits, shown
from kervan.trade.provinces import province
from kervan_search.text import fold

# Rules of the platform, not of a law.
REVIEW_WORKING_DAYS = 5
"""Within how many working days a registration is to be looked at."""
RENEWAL_DAYS = 60
"""How long before its end a verification can be renewed; the firm stays verified meanwhile."""
REMINDER_DAYS = (30, 7)
"""How long before its end the owner is reminded of it."""
ENROLMENT_DAYS = 30
"""How long the link of an association's list works."""

MOST_SECTORS, MOST_NACE, MOST_LANGUAGES, MOST_COUNTRIES, MOST_DOCUMENTS = 5, 10, 15, 60, 20

STEPS = ("identity", "company", "address", "trade", "contact", "documents", "texts", "declarations")
"""The steps of the registration in their order; each saves by itself."""

EMPLOYEES = ("1-9", "10-49", "50-249", "250-999", "1000+")

DECLARATIONS: Mapping[str, str] = {"truth": "2026-11", "authority": "2026-11", "processing": "2026-11"}
"""What the owner declares, with the version of the text that is shown now."""

_ISTANBUL = ZoneInfo("Europe/Istanbul")
_SLUG_LENGTH = 70  # of 80: "-2", "-3" ... follow
_NACE = re.compile(r"(\d{2})\.?(\d{2})(?:\.?(\d{2}))?")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a firm is for the tax office. The TCKN stays out of every repr, so that no log can hold it."""

    kind: Kind
    vkn: str | None = None
    tckn: str | None = field(default=None, repr=False)


def looks_like_tckn(text: str) -> bool:
    """Whether somebody typed 11 digits: personal data, never sent back or kept as it is."""
    return len(re.sub(r"\D", "", ascii_digits(text[:200]))) == 11


def identity(kind: str, number: str, own_number: bool = False) -> Identity:
    """The firm's number, checked against its legal form. TradeError with one sentence.

    A company has a VKN. A sole trader trades under the TCKN; a VKN of ten digits is asked about first
    (`own_number`: yes, it is a person's), since most who type one are companies.
    """
    form = Kind(kind)
    if looks_like_tckn(number):
        if form != Kind.SOLE_TRADER:
            raise TradeError(
                N_(
                    "A company or cooperative has a tax number (VKN) of 10 digits; these are 11."
                    " Are you a sole trader? Then choose that above."
                )
            )
        return Identity(form, tckn=identifiers.tckn(number))
    found = identifiers.vkn(number)
    if form == Kind.SOLE_TRADER and not own_number:
        raise TradeError(
            N_(
                "This is a tax number (VKN) of 10 digits, as companies have it. Is it really yours as a person?"
                " Then tick the box; else type your identity number (TCKN) or choose another legal form."
            )
        )
    return Identity(form, vkn=found)


def slug_of(name: str) -> str:
    """A firm's name as it stands in addresses: pamukova-tekstil. Turkish letters by our own folding."""
    found = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:_SLUG_LENGTH].strip("-")
    return found or "firma"


def free_slug(base: str, taken: Iterable[str]) -> str:
    """The slug, or the first of -2, -3 ... that is not taken."""
    used, n, found = set(taken), 1, base
    while found in used:
        n += 1
        found = f"{base}-{n}"
    return found


def nace_codes(text: str) -> tuple[str, ...]:
    """Activity codes as 13.92 or 13.92.01, typed with commas or spaces between them. TradeError."""
    found: dict[str, None] = {}
    for part in re.split(r"[,;\s]+", ascii_digits(text).strip()):
        if not part:
            continue
        match = _NACE.fullmatch(part)
        if match is None or not 1 <= int(match[1]) <= 99:
            raise TradeError(
                N_("A NACE code looks like 13.92 or 13.92.01; {text} does not."), text=shown(part)
            )
        found[".".join(group for group in match.groups() if group)] = None
    if len(found) > MOST_NACE:
        raise TradeError(N_("Choose at most {most}."), most=MOST_NACE)
    return tuple(found)


def postcode(text: str, plate: str) -> str:
    """Five digits, of which the first two are the province's plate code (PTT). TradeError."""
    digits = ascii_digits(text).replace(" ", "")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) != 5:
        raise TradeError(N_("A postcode has 5 digits."))
    if plate and digits[:2] != plate:
        raise TradeError(
            N_("Postcodes of {province} begin with {plate}."), province=province(plate).name, plate=plate
        )
    return digits


def add_working_days(start: datetime, days: int) -> datetime:
    """The end (18:00) of the working day in Türkiye that lies `days` after a moment; weekends do not count.

    Public holidays count as working days: their dates are decided every year and are not in the inventory yet.
    """
    day = start.astimezone(_ISTANBUL).date()
    while days:
        day += timedelta(1)
        days -= day.weekday() < 5
    return datetime.combine(day, time(18), _ISTANBUL).astimezone(UTC)


def working_days(start: datetime, end: datetime) -> int:
    """Working days that have passed from one moment to another."""
    first, last = start.astimezone(_ISTANBUL).date(), end.astimezone(_ISTANBUL).date()
    return sum((first + timedelta(n)).weekday() < 5 for n in range(1, (last - first).days + 1))


def may_renew(verification: str, verified_until: date | None, today: date) -> bool:
    """Whether the owner may hand the firm in again: after its verification ended, or shortly before."""
    if verification == "EXPIRED":
        return True
    ends_soon = verified_until is not None and (verified_until - today).days <= RENEWAL_DAYS
    return verification == "VERIFIED" and ends_soon


def documents_needed(kind: str) -> tuple[str, ...]:
    """Kinds of documents without which a registration cannot be handed in; a sole trader signs for himself."""
    return ("TAX_PLATE",) if kind == Kind.SOLE_TRADER else ("TAX_PLATE", "SIGNATURE_CIRCULAR")


DOCUMENT_MISSING: Mapping[str, str] = {
    "TAX_PLATE": N_("The tax plate is missing."),
    "SIGNATURE_CIRCULAR": N_("The signature circular is missing."),
}


def missing(
    firm: Mapping[str, Any], abouts: Mapping[str, str], documents: Iterable[Mapping[str, Any]], today: date
) -> list[tuple[str, str]]:
    """(step, msgid) of all that has to be done before the registration can be handed in.

    `firm` is a row of the exporter table, `abouts` its texts by language, `documents` those that are kept.
    """
    found: list[tuple[str, str]] = []
    if not firm["tax_office"] or not firm["business_model"]:
        found.append(("company", N_("Tax office and business model are missing.")))
    if not (firm["province"] and firm["district"] and firm["address"]):
        found.append(("address", N_("The address is missing.")))
    if not firm["sectors"]:
        found.append(("trade", N_("No sector is chosen.")))
    if not (firm["contact_name"] and firm["contact_email"] and firm["phone"]):
        found.append(("contact", N_("Nobody is named whom we can ask.")))
    held = list(documents)
    kinds = {document["kind"] for document in held}
    found += [
        ("documents", DOCUMENT_MISSING[kind]) for kind in documents_needed(firm["kind"]) if kind not in kinds
    ]
    if any(document["expires_on"] and document["expires_on"] < today for document in held):
        found.append(("documents", N_("A document has expired: replace it.")))
    if not any(abouts.values()):
        found.append(("texts", N_("The firm does not say anything about itself yet.")))
    return found


def declared(given: Mapping[str, str]) -> bool:
    """Whether every declaration was given in the version that is shown now."""
    return all(given.get(key) == version for key, version in DECLARATIONS.items())
