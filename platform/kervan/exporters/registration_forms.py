"""What is typed into the steps of the registration and into the profile, read field by field."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from kervan.exporters import rules
from kervan.exporters.access import Row
from kervan.exporters.rules import Identity
from kervan.exporters.tables import BusinessModel, ExportStatus, Kind
from kervan.trade import countries, emails, identifiers, languages, nomenclature, phones, provinces, websites
from kervan.trade.errors import N_, TradeError
from kervan.web.forms import REQUIRED, Form, Initial

KIND_NAMES: Mapping[str, tuple[str, str]] = {
    Kind.COMPANY: (N_("Company"), N_("Ltd. Şti. or A.Ş., with a tax number (VKN).")),
    Kind.COOP: (N_("Cooperative"), N_("With a tax number (VKN).")),
    Kind.SOLE_TRADER: (
        N_("Sole trader"),
        N_("You trade in your own name, with your identity number (TCKN)."),
    ),
}
MODEL_NAMES: Mapping[str, str] = {
    BusinessModel.MANUFACTURER: N_("Manufacturer"),
    BusinessModel.TRADER: N_("Trading company"),
    BusinessModel.MANUFACTURER_TRADER: N_("Manufacturer and trader"),
    BusinessModel.COOPERATIVE: N_("Cooperative"),
}
EXPORT_NAMES: Mapping[str, str] = {
    ExportStatus.NONE: N_("No exports yet"),
    ExportStatus.UNDER_5M_USD: N_("Less than USD 5 million a year"),
    ExportStatus.OVER_5M_USD: N_("USD 5 million a year or more"),
}
OWN_NUMBER = N_("Yes, the tax office gave this number to me as a person.")

LONGEST_ABOUT, LONGEST_CAPACITY = 2000, 600
TEXT_LANGUAGES = ("en", "tr")


def identity_initial(firm: Row | None) -> Initial:
    """The first step as it was saved. The TCKN is never sent back."""
    if firm is None:
        return {"kind": Kind.COMPANY}
    return {
        "kind": firm["kind"],
        "number": firm["vkn"],
        "own_number": "1" if firm["kind"] == Kind.SOLE_TRADER and firm["vkn"] else None,
        "legal_name": firm["legal_name"],
        "trade_name": firm["trade_name"],
    }


def identity(form: Form, firm: Row | None) -> tuple[Identity | None, str, str]:
    """Number, legal and trade name of the first step; None for a number that stays as it is."""
    kind = form.choice("kind", tuple(Kind))
    number = form.text("number", required=False, longest=40)
    keeps = firm is not None and firm["kind"] == kind and (number == (firm["vkn"] or "") or not number)
    found: Identity | None = None
    if not number and not keeps:
        form.refuse("number", REQUIRED)
    elif number and kind and not keeps:
        try:
            found = rules.identity(kind, number, form.ticked("own_number"))
        except TradeError as error:
            form.refuse("number", error)
    legal_name = form.text("legal_name", longest=200, shortest=2)
    trade_name = form.text("trade_name", required=False, longest=120, shortest=2)
    return found, legal_name, trade_name


def without_tckn(form: Form) -> Form:
    """The same form fit to be shown again: 11 digits that were typed into any field are not sent back."""
    if form.typed is not None:
        form.typed = {
            name: ["" if rules.looks_like_tckn(value) and name == "number" else value for value in values]
            for name, values in form.typed.items()
        }
    return form


def company_initial(firm: Row) -> Initial:
    """The step as it was saved."""
    names = (
        "tax_office",
        "mersis",
        "kep",
        "association",
        "association_no",
        "business_model",
        "employees_band",
    )
    return {name: firm[name] for name in names} | {
        "nace": ", ".join(firm["nace"]),
        "founded": str(firm["founded"]) if firm["founded"] else None,
    }


def company(form: Form, firm: Row, known_associations: Sequence[str]) -> tuple[dict[str, Any], str | None]:
    """Columns of the company step, and what is odd about the MERSİS number (msgid) without being wrong."""
    allowed = {*known_associations, *([firm["association"]] if firm["association"] else [])}
    mersis = form.parsed("mersis", lambda text: identifiers.mersis(text, firm["vkn"]), required=False)
    values = {
        "tax_office": form.text("tax_office", longest=80, shortest=2) or None,
        "mersis": mersis[0] if mersis else None,
        "kep": form.parsed("kep", identifiers.kep, required=False),
        "association": form.choice("association", allowed, required=False) or None,
        "association_no": form.text("association_no", required=False, longest=40) or None,
        "nace": list(form.parsed("nace", rules.nace_codes, required=False, longest=200) or ()),
        "business_model": form.choice("business_model", tuple(BusinessModel)) or None,
        "founded": form.whole("founded", low=1850, high=date.today().year, required=False),
        "employees_band": form.choice("employees_band", rules.EMPLOYEES, required=False) or None,
    }
    if values["association_no"] and not values["association"]:
        form.refuse("association", N_("Choose the association that gave this number."))
    return values, mersis[1] if mersis else None


def address_initial(firm: Row) -> Initial:
    """The step as it was saved."""
    return {name: firm[name] for name in ("province", "district", "address", "postcode")}


def address(form: Form) -> dict[str, Any]:
    """Columns of the address step."""
    plate = form.choice("province", [entry.plate for entry in provinces.provinces()])
    return {
        "province": plate or None,
        "district": form.text("district", longest=80, shortest=2) or None,
        "address": form.text("address", longest=300, shortest=5) or None,
        "postcode": form.parsed("postcode", lambda text: rules.postcode(text, plate), required=False),
    }


def trade_initial(firm: Row, locale: str) -> Initial:
    """The step as it was saved; countries by their names in the reader's language."""
    return {
        "sectors": firm["sectors"],
        "languages": firm["languages"],
        "export_countries": ", ".join(
            countries.country_name(code, locale) for code in firm["export_countries"]
        ),
        "export_status": firm["export_status"],
    }


def trade(form: Form) -> dict[str, Any]:
    """Columns of the trade step."""
    sectors = form.several(
        "sectors", [entry.slug for entry in nomenclature.sectors()], least=1, most=rules.MOST_SECTORS
    )
    return {
        "sectors": list(sectors),
        "languages": _languages(form),
        "export_countries": _countries(form),
        "export_status": form.choice("export_status", tuple(ExportStatus), required=False) or None,
    }


def _languages(form: Form) -> list[str]:
    return list(form.several("languages", languages.LANGUAGES, least=1, most=rules.MOST_LANGUAGES))


def _countries(form: Form) -> list[str]:
    def parse(text: str) -> list[str]:
        found: dict[str, None] = {}
        for part in text.replace(";", ",").replace("،", ",").split(","):
            if part.strip():
                found[countries.find_country(part.strip())] = None
        if countries.TURKIYE in found:
            raise TradeError(N_("Türkiye is where you export from: name the countries you export to."))
        if len(found) > rules.MOST_COUNTRIES:
            raise TradeError(N_("Choose at most {most}."), most=rules.MOST_COUNTRIES)
        return list(found)

    return form.parsed("export_countries", parse, required=False, longest=2000) or []


def contact_initial(firm: Row, name: str, email: str) -> Initial:
    """The step as it was saved, else the person who registers the firm."""
    columns = ("contact_name", "contact_role", "contact_email", "phone", "website")
    found = {column: firm[column] for column in columns}
    if "contact" not in firm["steps_done"]:
        found["contact_name"] = found["contact_name"] or name
        found["contact_email"] = found["contact_email"] or email
    return found


def contact(form: Form) -> dict[str, Any]:
    """Columns of the contact step."""
    email = form.parsed("contact_email", emails.address)
    if email is not None and len(email.shown) > 200:
        form.refuse(
            "contact_email", TradeError(N_("An e-mail address has at most {count} characters."), count=200)
        )
    return {
        "contact_name": form.text("contact_name", longest=120, shortest=2) or None,
        "contact_role": form.text("contact_role", required=False, longest=80) or None,
        "contact_email": email.shown if email else None,
        "phone": form.parsed("phone", phones.phone, longest=60),
        "website": form.parsed("website", websites.website, required=False, longest=400),
    }


def texts_initial(about: Mapping[str, str], capacity: Mapping[str, str]) -> Initial:
    """The texts as they were saved."""
    return {f"about_{code}": about.get(code) for code in TEXT_LANGUAGES} | {
        f"capacity_{code}": capacity.get(code) for code in TEXT_LANGUAGES
    }


def texts(form: Form) -> tuple[dict[str, str], dict[str, str]]:
    """What the firm says of itself and of its capacity, by language; one language at least."""
    about = {
        code: form.lines(f"about_{code}", required=False, longest=LONGEST_ABOUT) for code in TEXT_LANGUAGES
    }
    capacity = {
        code: form.lines(f"capacity_{code}", required=False, longest=LONGEST_CAPACITY)
        for code in TEXT_LANGUAGES
    }
    if form.ok and not any(about.values()):
        form.refuse("about_en", N_("Write a few sentences in one of the two languages at least."))
    return about, capacity


def declarations(form: Form) -> dict[str, str]:
    """The declarations with the versions of their texts; each must be ticked."""
    for key in rules.DECLARATIONS:
        form.ticked(key, required=N_("Please tick this to go on."))
    return dict(rules.DECLARATIONS)


def profile_initial(firm: Row, about: Mapping[str, str], capacity: Mapping[str, str], locale: str) -> Initial:
    """Everything that members may change freely."""
    return {
        **contact_initial(firm, "", ""),
        **texts_initial(about, capacity),
        **trade_initial(firm, locale),
        "founded": str(firm["founded"]) if firm["founded"] else None,
        "employees_band": firm["employees_band"],
    }


def profile(form: Form) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """Columns, texts and capacities of the profile page."""
    about, capacity = texts(form)
    values = {
        **contact(form),
        "languages": _languages(form),
        "export_countries": _countries(form),
        "founded": form.whole("founded", low=1850, high=date.today().year, required=False),
        "employees_band": form.choice("employees_band", rules.EMPLOYEES, required=False) or None,
    }
    return values, about, capacity
