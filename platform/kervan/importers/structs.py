"""What the importers' rooms hand to each other: a firm as its form says it, as its desk and as staff see it."""

from datetime import date, datetime

import msgspec

from kervan.trade.errors import N_

IN_TURKIYE = N_("Firms in Türkiye register as exporters. Use the link below.")


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """A firm abroad as its people describe it; every value is checked by importers.fields."""

    legal_name: str
    country: str
    """ISO 3166-1 alpha-2, never TR."""
    contact_name: str
    contact_role: str | None
    city: str | None = None
    phone: str | None = None
    """E.164."""
    website: str | None = None
    number_scheme: str | None = None
    """Code of trade.firm_numbers."""
    number: str | None = None
    number_checked: bool = False
    """The check digits of its rule are right; False as well where no rule is known."""
    headings: tuple[str, ...] = ()
    """HS headings (4 digits) or HS6."""
    sectors: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()
    """Plate codes."""
    languages: tuple[str, ...] = ()


class Importer(Company, frozen=True, kw_only=True):
    """A firm abroad with its standing, as its own people and the verifiers see it."""

    id: int
    public_id: str
    organisation: int
    organisation_id: str
    """Public id of its organisation: what the addresses of its desk hold."""
    domain_matches: bool
    disposable_mail: bool
    standing: str
    verified_at: datetime | None
    verified_until: date | None
    verified_by: str | None
    looked_at: tuple[str, ...]
    evidence: str | None
    standing_before: str | None
    standing_reason: str | None
    version: int
    created_at: datetime
    updated_at: datetime
    review_asked_at: datetime | None
    """When its open task came in; None when nobody has to look at it."""
    reviewer: str | None
    """Who has taken that task."""
    reviewer_id: int | None


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """One importer in the list of the verifiers."""

    public_id: str
    legal_name: str
    country: str
    standing: str
    verified_until: date | None
    disposable_mail: bool
    domain_matches: bool
    created_at: datetime
    review_asked_at: datetime | None
    reviewer: str | None


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """Another importer with the same name or number."""

    public_id: str
    legal_name: str
    country: str
    standing: str
    same_name: bool
    same_number: bool


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done with an importer."""

    at: datetime
    who: str
    action: str
    reason: str | None
