"""What an event must say: checked in one place for forms, imports and every later change."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import msgspec

from kervan.errors import Invalid, KervanError
from kervan.events.structs import Content, Question, Session
from kervan.events.tables import EventKind, Format, OrganiserKind, RegistrationBy
from kervan.trade import countries, emails, languages, money, nomenclature, phones, provinces, time_zones
from kervan.trade.errors import N_, TradeError, shown
from kervan.web.forms import is_unfit

LONGEST_TITLE = 160
LONGEST_SUMMARY = 300
LONGEST_TEXT = 8000
SHORTEST_TITLE = 6
MOST_TEXTS = 12
MOST_SESSIONS = 80
MOST_QUESTIONS = 20
MOST_OPTIONS = 20
MOST_SECTORS = 10
MOST_HEADINGS = 30
MOST_COUNTRIES = 60
MOST_LANGUAGES = 10
MOST_PEOPLE = 20
MOST_FIRMS = 100_000
MOST_FEE = Decimal("999999.99")
LONGEST = timedelta(days=366)
"""An event that lasts longer is no event."""
FARTHEST = timedelta(days=5 * 366)
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
"""Older ones are of no use to anybody; imports of past events may go so far back."""

CORE = ("kind", "organiser_kind", "format", "country", "province", "city", "venue", "starts_at", "ends_at")
"""What the Ministry approves, and what calendars of those who come have to hear of."""

Wrong = dict[str, KervanError | str]

_UNFIT = N_("This holds characters that cannot be shown. Type it again.")
_URL = N_("Give a whole address, beginning with https://.")


def tidied(content: Content) -> Content:
    """The content with outer spaces gone and nothing that its format has no place for."""
    texts = tuple(
        msgspec.structs.replace(
            text,
            title=" ".join(text.title.split()),
            summary=" ".join(text.summary.split()),
            text=text.text.strip(),
        )
        for text in content.texts
        if text.title.strip() or text.summary.strip() or text.text.strip()
    )
    plain = {
        name: " ".join(getattr(content, name).split())
        for name in (
            "organiser_name", "city", "venue", "address", "online_url", "registration_url", "support_reference",
            "contact_name", "contact_email", "contact_phone", "external_url",
        )
    }  # fmt: skip
    if content.format == Format.ONLINE:
        plain |= {"city": "", "venue": "", "address": ""}
    return msgspec.structs.replace(
        content,
        texts=texts,
        country=None if content.format == Format.ONLINE else content.country,
        province=content.province if content.country == "TR" and content.format != Format.ONLINE else None,
        sessions=tuple(sorted(content.sessions, key=lambda each: (each.starts_at, each.ends_at, each.title))),
        **plain,
    )


def check_draft(content: Content) -> Wrong:
    """What is wrong with what is there, a sentence by field; a draft may leave anything but a title out."""
    wrong = _texts(content) | _choices(content) | _lines(content) | _times(content) | _figures(content)
    wrong |= _sessions(content.sessions, content) | _questions(content.questions)
    return wrong


def check_complete(content: Content, now: datetime) -> Wrong:
    """What is wrong or missing before an event is sent for approval or announced."""
    wrong = check_draft(content)
    if not any(text.language == "en" for text in content.texts):
        wrong.setdefault("texts.en", N_("Give it a title in English: most importers read no Turkish."))
    for text in content.texts:
        if not text.summary:
            wrong.setdefault(f"texts.{text.language}", N_("Say in a sentence what it is about."))
    if content.starts_at is None:
        wrong.setdefault("starts_at", N_("Say when it begins."))
    elif content.ends_at is not None and content.ends_at <= now:
        wrong.setdefault("ends_at", N_("This lies in the past. Give a day that is to come."))
    if content.ends_at is None:
        wrong.setdefault("ends_at", N_("Say when it ends."))
    if content.format != Format.ONLINE:
        if content.country is None:
            wrong.setdefault("country", N_("Say in which country it is held."))
        elif content.country == "TR" and content.province is None:
            wrong.setdefault("province", N_("Say in which province it is held."))
        if not content.city and content.country != "TR":
            wrong.setdefault("city", N_("Say in which town it is held."))
    if not content.organiser_name:
        wrong.setdefault("organiser_name", N_("Say who holds it."))
    if not content.contact_email and not content.external_url:
        wrong.setdefault("contact_email", N_("Give an address for questions, or a website."))
    if content.kind == EventKind.BUYING_MISSION and content.country not in (None, "TR"):
        wrong.setdefault("country", N_("A buying mission comes to Türkiye."))
    if content.kind == EventKind.TRADE_MISSION and content.country == "TR":
        wrong.setdefault("country", N_("A trade mission goes abroad."))
    wrong |= {name: said for name, said in _registration(content, now).items() if name not in wrong}
    return wrong


def _texts(content: Content) -> Wrong:
    wrong: Wrong = {}
    if not content.texts:
        wrong["texts"] = N_("Give the event a title.")
    if len(content.texts) > MOST_TEXTS:
        wrong["texts"] = Invalid(N_("At most {n} languages."), n=MOST_TEXTS)
    seen: set[str] = set()
    for text in content.texts:
        field = f"texts.{text.language}"
        if not languages.is_language(text.language):
            wrong[field] = Invalid(N_("“{value}” is not one of the choices."), value=shown(text.language))
        elif text.language in seen:
            wrong[field] = N_("There is a text in this language already.")
        elif len(text.title) < SHORTEST_TITLE:
            wrong[field] = N_("Give it a title that says what it is, in this language as well.")
        elif len(text.title) > LONGEST_TITLE:
            wrong[field] = _long(LONGEST_TITLE, text.title)
        elif len(text.summary) > LONGEST_SUMMARY:
            wrong[field] = _long(LONGEST_SUMMARY, text.summary)
        elif len(text.text) > LONGEST_TEXT:
            wrong[field] = _long(LONGEST_TEXT, text.text)
        elif is_unfit(text.title + text.summary) or is_unfit(text.text):
            wrong[field] = _UNFIT
        seen.add(text.language)
    return wrong


def _long(longest: int, text: str) -> Invalid:
    return Invalid(N_("At most {longest} characters; these are {n}."), longest=longest, n=len(text))


def _choices(content: Content) -> Wrong:
    wrong: Wrong = {}
    sectors = [sector.slug for sector in nomenclature.sectors()]
    closed: tuple[tuple[str, Sequence[str], Sequence[str], int], ...] = (
        ("kind", (content.kind,), tuple(EventKind), 1),
        ("organiser_kind", (content.organiser_kind,), tuple(OrganiserKind), 1),
        ("format", (content.format,), tuple(Format), 1),
        ("registration", (content.registration,), tuple(RegistrationBy), 1),
        ("sectors", content.sectors, sectors, MOST_SECTORS),
        ("country", _one(content.country), sorted(countries.country_codes()), 1),
        ("target_countries", content.target_countries, sorted(countries.country_codes()), MOST_COUNTRIES),
        ("province", _one(content.province), [each.plate for each in provinces.provinces()], 1),
        ("fee_currency", _one(content.fee_currency), sorted(money.currencies()), 1),
    )
    for field, values, choices, most in closed:
        if len(values) > most:
            wrong[field] = Invalid(N_("Choose at most {most}."), most=most)
        elif unknown := [value for value in values if value not in choices]:
            wrong[field] = Invalid(N_("“{value}” is not one of the choices."), value=shown(unknown[0]))
    if "TR" in content.target_countries:
        wrong["target_countries"] = N_("Choose countries abroad: importers are not in Türkiye.")
    if len(content.languages) > MOST_LANGUAGES:
        wrong["languages"] = Invalid(N_("Choose at most {most}."), most=MOST_LANGUAGES)
    elif odd := [code for code in content.languages if not languages.is_language(code)]:
        wrong["languages"] = Invalid(N_("“{value}” is not one of the choices."), value=shown(odd[0]))
    if len(content.headings) > MOST_HEADINGS:
        wrong["headings"] = Invalid(N_("Choose at most {most}."), most=MOST_HEADINGS)
    else:
        for code in content.headings:
            if not (code.isascii() and code.isdigit() and len(code) in (2, 4)) or not nomenclature.exists(
                code
            ):
                wrong["headings"] = Invalid(N_("{code} is no HS heading."), code=shown(code))
                break
    return wrong


def _one(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _lines(content: Content) -> Wrong:
    wrong: Wrong = {}
    for field, longest in (
        ("organiser_name", 200), ("city", 80), ("venue", 160), ("address", 300), ("support_reference", 300),
        ("contact_name", 120), ("contact_phone", 30),
    ):  # fmt: skip
        text = getattr(content, field)
        if len(text) > longest:
            wrong[field] = _long(longest, text)
        elif is_unfit(text):
            wrong[field] = _UNFIT
    for field in ("online_url", "registration_url", "external_url"):
        if (url := getattr(content, field)) and not is_address(url):
            wrong[field] = _URL
    if content.contact_email:
        try:
            emails.address(content.contact_email)
        except TradeError as error:
            wrong["contact_email"] = Invalid(error.message, None, **error.params)
    if content.contact_phone and "contact_phone" not in wrong:
        try:
            phones.phone(content.contact_phone, content.country or "TR")
        except TradeError as error:
            wrong["contact_phone"] = Invalid(error.message, None, **error.params)
    return wrong


def is_address(url: str) -> bool:
    """Whether something is the whole address of a page: http(s), a host with a dot, no sign-in data."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https")
            and "." in (parts.hostname or "")
            and not parts.username
            and len(url) <= 500
            and not is_unfit(url)
            and " " not in url
        )
    except ValueError:
        return False


def _times(content: Content) -> Wrong:
    wrong: Wrong = {}
    try:
        time_zones.zone(content.zone)
    except TradeError:
        wrong["zone"] = Invalid(N_("“{value}” is not one of the choices."), value=shown(content.zone))
        return wrong
    now = datetime.now(UTC)
    for field in ("starts_at", "ends_at", "registration_opens_at", "registration_closes_at"):
        at = getattr(content, field)
        if at is not None and not FIRST <= at <= now + FARTHEST:
            wrong[field] = N_("This lies too far away. Check the year.")
    start, end = content.starts_at, content.ends_at
    if start is not None and end is not None and not wrong.keys() & {"starts_at", "ends_at"}:
        if end <= start:
            wrong["ends_at"] = N_("It ends before it begins. Give a later end.")
        elif end - start > LONGEST:
            wrong["ends_at"] = N_("An event lasts a year at most.")
    opens, closes = content.registration_opens_at, content.registration_closes_at
    if opens is not None and closes is not None and closes <= opens:
        wrong["registration_closes_at"] = N_("Registration ends before it begins. Give a later end.")
    elif closes is not None and end is not None and closes > end:
        wrong["registration_closes_at"] = N_("Registration ends after the event. Give an earlier end.")
    if opens is not None and end is not None and opens >= end:
        wrong["registration_opens_at"] = N_("Registration begins after the event. Give an earlier beginning.")
    return wrong


def _figures(content: Content) -> Wrong:
    wrong: Wrong = {}
    for field in ("capacity_exporters", "capacity_importers"):
        number = getattr(content, field)
        if number is not None and not 0 <= number <= MOST_FIRMS:
            wrong[field] = Invalid(
                N_("Give a whole number from {least} to {most}."), least=0, most=MOST_FIRMS
            )
    if not 1 <= content.people_per_firm <= MOST_PEOPLE:
        wrong["people_per_firm"] = Invalid(
            N_("Give a whole number from {least} to {most}."), least=1, most=MOST_PEOPLE
        )
    for field in ("fee_exporters", "fee_importers"):
        fee = getattr(content, field)
        if fee is None:
            continue
        if not 0 <= fee <= MOST_FEE:
            wrong[field] = N_("Give an amount from 0 to 999,999.99.")
        elif fee and content.fee_currency is None:
            wrong.setdefault("fee_currency", N_("Choose the currency of the fee."))
    return wrong


def _registration(content: Content, now: datetime) -> Wrong:
    wrong: Wrong = {}
    if content.registration == RegistrationBy.PLATFORM:
        if content.capacity_exporters == 0 and content.capacity_importers == 0:
            wrong["capacity_importers"] = N_("Nobody could register: give at least one side some places.")
        if content.registration_closes_at is not None and content.registration_closes_at <= now:
            wrong["registration_closes_at"] = N_("This lies in the past. Give a day that is to come.")
    elif content.registration == RegistrationBy.EXTERNAL and not content.registration_url:
        wrong["registration_url"] = N_("Give the address where one registers.")
    return wrong


def _sessions(sessions: Sequence[Session], content: Content) -> Wrong:
    wrong: Wrong = {}
    if len(sessions) > MOST_SESSIONS:
        wrong["sessions"] = Invalid(N_("At most {n} points of the programme."), n=MOST_SESSIONS)
    for number, each in enumerate(sessions[:MOST_SESSIONS], start=1):
        field = f"sessions.{number}"
        text = each.title + each.place + "".join(each.speakers)
        if not each.title.strip():
            wrong[field] = N_("Say what happens then.")
        elif len(each.title) > LONGEST_TITLE or len(each.place) > 120 or len("\n".join(each.speakers)) > 600:
            wrong[field] = N_("This is too long. Say it shorter.")
        elif is_unfit(text):
            wrong[field] = _UNFIT
        elif each.ends_at <= each.starts_at:
            wrong[field] = N_("It ends before it begins. Give a later end.")
        elif (content.starts_at is not None and each.starts_at < content.starts_at) or (
            content.ends_at is not None and each.ends_at > content.ends_at
        ):
            wrong[field] = N_("This lies outside the event. Change the time, or the days of the event.")
        elif each.language is not None and not languages.is_language(each.language):
            wrong[field] = Invalid(N_("“{value}” is not one of the choices."), value=shown(each.language))
    return wrong


def _questions(questions: Sequence[Question]) -> Wrong:
    wrong: Wrong = {}
    if len(questions) > MOST_QUESTIONS:
        wrong["questions"] = Invalid(N_("At most {n} questions."), n=MOST_QUESTIONS)
    for number, each in enumerate(questions[:MOST_QUESTIONS], start=1):
        field = f"questions.{number}"
        words = [*each.label.values(), *(word for option in each.options for word in option.values())]
        if each.kind not in ("TEXT", "YES_NO", "ONE_OF", "SOME_OF") or each.side not in (
            "EXPORTER",
            "IMPORTER",
            "BOTH",
        ):
            wrong[field] = Invalid(N_("“{value}” is not one of the choices."), value=shown(each.kind))
        elif not any(word.strip() for word in each.label.values()):
            wrong[field] = N_("Write the question.")
        elif any(len(word) > 300 for word in words):
            wrong[field] = N_("This is too long. Say it shorter.")
        elif any(is_unfit(word) for word in words):
            wrong[field] = _UNFIT
        elif each.kind in ("ONE_OF", "SOME_OF") and not 2 <= len(each.options) <= MOST_OPTIONS:
            wrong[field] = Invalid(
                N_("Give from {least} to {most} answers to choose from."), least=2, most=MOST_OPTIONS
            )
    return wrong
