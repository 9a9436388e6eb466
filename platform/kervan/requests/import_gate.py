"""The quality gate of imported notices: a row becomes a request as good as it can, with what is missing noted."""

from collections.abc import Mapping as Map
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from kervan.errors import Invalid
from kervan.imports.gate import CUT, LANGUAGE, MISSING, UNKNOWN, Problem, language, problem, shortened
from kervan.imports.values import cut, day, first_sentence
from kervan.requests import import_mapping, masking, rules
from kervan.requests.import_mapping import Mapping
from kervan.requests.structs import Content
from kervan.requests.tables import BuyerType, Source, Visibility
from kervan.trade import countries, law, money, nomenclature, units
from kervan.trade.codes import looks_like_code
from kervan.trade.errors import N_, TradeError, ascii_digits

MADE, FAR, CONTACT = "MADE", "FAR", "CONTACT"
PROBLEMS: Map[str, str] = {
    MISSING: N_("The notice does not say it."),
    MADE: N_("Made of the first sentence of the text. Read it."),
    CUT: N_("It was longer than fits here and was cut."),
    UNKNOWN: N_("“{value}” was not understood."),
    FAR: N_("{value} is further away than a request may stand."),
    LANGUAGE: N_("It is not certain; {value} was taken."),
    CONTACT: N_("Contact data was taken out of the texts: {value}"),
}
"""What the gate says about a part of a notice (msgids; `value` is what stood there)."""

NO_TITLE = N_("This row has no title.")
NO_COUNTRY = N_("This row has no country.")
OVER = N_("The deadline was {date}: it is over.")
TOO_LATE = N_("The deadline is {date}: a request needs {days} days until then.")


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a list as a request. `buyer` is the name of the procuring body."""

    content: Content
    buyer: str
    country: str
    """Of the buyer."""
    problems: tuple[Problem, ...]


def notice(mapping: Mapping, cells: Map[str, object], today: date) -> Notice:
    """What a row says, as a request with the gate's problems. Raises Invalid for rows that cannot become one.

    Those are rows without a title, without a country that is known, from Türkiye itself, and with a deadline that is
    over or so near that the request could not stand for REQUEST_MIN_DAYS.
    """
    got = {
        field: " ".join(import_mapping.cell(mapping, field, cells).split())
        for field in import_mapping.FIELDS
        if field != "description"
    }
    description = import_mapping.cell(mapping, "description", cells)
    problems: list[Problem] = []
    if not got["title"]:
        raise Invalid(NO_TITLE)
    country = _country(got["country"])
    deadline = _deadline(got["deadline"], mapping, today, problems)
    slug, heading = import_mapping.sector(mapping, got["sector"])
    code = _code(got["hs_code"], problems) or heading
    if got["sector"] and slug is None:
        problems.append(problem("sector", UNKNOWN, got["sector"]))
    budget, currency = _amount(got["budget"], got["currency"], mapping, problems)
    quantity, unit = _quantity(got["quantity"], got["unit"], mapping, problems)
    summary = got["summary"]
    if not summary and (summary := first_sentence(description, rules.LONGEST_SUMMARY)):
        problems.append(problem("summary", MADE))
    content = Content(
        title=shortened("title", got["title"], rules.LONGEST_TITLE, problems),
        summary=shortened("summary", summary, rules.LONGEST_SUMMARY, problems),
        description=shortened("description", description, rules.LONGEST_DESCRIPTION, problems),
        language=language(got["language"], f"{got['title']} {description}", problems),
        hs_code=code,
        sector=slug,
        quantity=quantity,
        unit=unit,
        budget=budget,
        currency=currency,
        country=country,
        place=cut(got["place"], 120),
        incoterm=got["incoterm"].upper()[:3] or None,  # ascii
        deadline=deadline,
        buyer_type=got["buyer_type"] if got["buyer_type"] in tuple(BuyerType) else BuyerType.PUBLIC,
        # There is nobody of the buyer here: answers go to the post.
        visibility=Visibility.POST,
        source=Source.TENDER,
        source_url=got["source_url"][:500] or None,
        source_ref=got["source_ref"][:120] or None,
    )
    content, found = masking.mask_content(rules.tidied(content))
    if found:
        problems.append(problem("description", CONTACT, ", ".join(found)[:200]))
    content = _without_wrong(content, problems)
    problems += _missing(content, {problem["field"] for problem in problems})
    return Notice(
        content=content,
        buyer=cut(got["buyer"], 200) or f"Public buyer ({countries.country_name(country, 'en')})",
        country=country,
        problems=tuple(problems) if got["buyer"] else (*problems, problem("buyer", MISSING)),
    )


def _country(text: str) -> str:
    if not text:
        raise Invalid(NO_COUNTRY)
    try:
        found = countries.find_country(text)
    except TradeError as error:
        raise Invalid(error.message, None, **error.params) from error
    if found == countries.TURKIYE:
        raise Invalid(N_("The goods go abroad. Choose a country other than Türkiye."))
    return found


def _deadline(text: str, mapping: Mapping, today: date, problems: list[Problem]) -> date | None:
    if not text:
        return None
    found = day(text, mapping.file.dates)
    if found is None:
        problems.append(problem("deadline", UNKNOWN, text))
        return None
    book = law.current()
    least, most = book.figure("REQUEST_MIN_DAYS", today), book.figure("REQUEST_MAX_DAYS", today)
    if found < today:
        raise Invalid(OVER, date=found.isoformat())
    if found < today + timedelta(days=least):
        raise Invalid(TOO_LATE, date=found.isoformat(), days=least)
    if found > today + timedelta(days=most):
        problems.append(problem("deadline", FAR, found.isoformat()))
        return None
    return found


def _code(text: str, problems: list[Problem]) -> str | None:
    if not text:
        return None
    code = looks_like_code(text)
    if code is None or len(code) < 4 or not nomenclature.exists(code[:6]):
        problems.append(problem("hs_code", UNKNOWN, text))
        return None
    return code


def _amount(
    text: str, currency: str, mapping: Mapping, problems: list[Problem]
) -> tuple[Decimal | None, str | None]:
    if not text:
        return None, None
    try:
        amount = money.parse_amount(text, mapping.file.decimal)
        code = money.require_currency(currency.upper()) if currency else None  # ascii
    except TradeError:
        problems.append(problem("budget", UNKNOWN, f"{text} {currency}".strip()))
        return None, None
    if not 0 < amount <= rules.MOST_BUDGET:
        problems.append(problem("budget", UNKNOWN, text))
        return None, None
    if code is None:
        problems.append(problem("currency", MISSING))
        return None, None
    return amount.quantize(Decimal("0.01")), code


def _quantity(
    text: str, unit: str, mapping: Mapping, problems: list[Problem]
) -> tuple[int | None, str | None]:
    if not text:
        return None, None
    try:
        number = money.parse_amount(ascii_digits(text), mapping.file.decimal)
        code = units.unit_code(unit) if unit else None
    except TradeError:
        problems.append(problem("quantity", UNKNOWN, f"{text} {unit}".strip()))
        return None, None
    if number != int(number) or not 1 <= number <= rules.MOST_QUANTITY or code is None:
        problems.append(problem("quantity", UNKNOWN, f"{text} {unit}".strip()))
        return None, None
    return int(number), code


def _without_wrong(content: Content, problems: list[Problem]) -> Content:
    """The content without the parts that no form would take; each is noted."""
    empty = Content()
    for field in rules.check_draft(content):
        name = field.partition(".")[0]
        if name in ("title", "language", "source") or not hasattr(empty, name):
            continue
        problems.append(problem(name, UNKNOWN, str(getattr(content, name) or "")))
        content = msgspec.structs.replace(content, **{name: getattr(empty, name)})
    return content


def _missing(content: Content, noted: set[str]) -> list[Problem]:
    wanted = ("source_url", "source_ref", "summary", "hs_code", "deadline", "quantity")
    return [problem(name, MISSING) for name in wanted if not getattr(content, name) and name not in noted]
