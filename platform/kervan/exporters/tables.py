"""Tables of the exporter inventory: the firm, its texts and its certificates."""

from enum import StrEnum

from piccolo.columns import (
    Array,
    BigInt,
    BigSerial,
    Date,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.column_types import JSONB
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from kervan.organisations.tables import Organisation


class Kind(StrEnum):
    """Legal form as far as the law of exports cares: company, cooperative, or a natural person trading."""

    COMPANY = "COMPANY"
    COOP = "COOP"
    SOLE_TRADER = "SOLE_TRADER"


class Verification(StrEnum):
    """How far the platform vouches for an exporter; the arrows are in exporters.states."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    UNDER_REVIEW = "UNDER_REVIEW"
    NEEDS_INFO = "NEEDS_INFO"
    VERIFIED = "VERIFIED"
    REJECTED = "REJECTED"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"
    CLOSED = "CLOSED"


class BusinessModel(StrEnum):
    """What the firm does with the goods."""

    MANUFACTURER = "MANUFACTURER"
    TRADER = "TRADER"
    MANUFACTURER_TRADER = "MANUFACTURER_TRADER"
    COOPERATIVE = "COOPERATIVE"


class ExportStatus(StrEnum):
    """Yearly exports as the firm declares them itself."""

    NONE = "NONE"
    UNDER_5M_USD = "UNDER_5M_USD"
    OVER_5M_USD = "OVER_5M_USD"


class Exporter(Table, tablename="exporter"):
    """A firm in Türkiye that exports or wants to. Findable only while VERIFIED."""

    id = BigSerial(primary_key=True)
    slug = Varchar(length=80, default=None, null=False, unique=True)
    kind = Varchar(length=20, default=None, null=False, choices=Kind)
    legal_name = Varchar(length=200, default=None, null=False)
    trade_name = Varchar(length=120, default=None, null=False)
    # Its members and their roles; every exporter that was created since accounts exist has one.
    organisation = ForeignKey(Organisation, null=True, on_delete=OnDelete.restrict, unique=True)
    # A sole trader's identity number: sealed by kervan.vault, and a keyed fingerprint to find it again.
    tckn_sealed = Text(default=None, null=True)
    tckn_fingerprint = Varchar(length=64, default=None, null=True, unique=True)
    vkn = Varchar(length=10, default=None, null=True, unique=True)
    tax_office = Varchar(length=80, default=None, null=True)
    mersis = Varchar(length=16, default=None, null=True)
    kep = Varchar(length=120, default=None, null=True)
    association = Varchar(length=40, default=None, null=True)
    association_no = Varchar(length=40, default=None, null=True)
    nace = Array(base_column=Varchar(length=8), default=list, null=False)
    export_status = Varchar(length=20, default=None, null=True, choices=ExportStatus)
    # Unknown only while the registration is a draft.
    province = Varchar(length=2, default=None, null=True, index=True)
    district = Varchar(length=80, default=None, null=True)
    address = Varchar(length=300, default=None, null=True)
    postcode = Varchar(length=5, default=None, null=True)
    sectors = Array(
        base_column=Varchar(length=40), default=list, null=False, index=True, index_method=IndexMethod.gin
    )
    business_model = Varchar(length=24, default=None, null=True, choices=BusinessModel)
    sales_channels = JSONB(default="[]", null=False)
    export_countries = Array(base_column=Varchar(length=2), default=list, null=False)
    languages = Array(base_column=Varchar(length=3), default=list, null=False)
    founded = Integer(default=None, null=True)
    employees_band = Varchar(length=12, default=None, null=True)
    website = Varchar(length=200, default=None, null=True)
    contact_email = Varchar(length=200, default=None, null=True)
    phone = Varchar(length=30, default=None, null=True)
    logo = Varchar(length=200, default=None, null=True)
    verification = Varchar(
        length=16, default=Verification.DRAFT, null=False, choices=Verification, index=True
    )
    verified_at = Timestamptz(default=None, null=True)
    verified_until = Date(default=None, null=True)
    verified_by = Varchar(length=120, default=None, null=True)
    submitted_at = Timestamptz(default=None, null=True)
    # Which declarations the owner gave, with the version of their text: {"truth": "2026-11"}.
    declarations = JSONB(default="{}", null=False)
    # Steps of the registration that were saved, so that it can be left and resumed.
    steps_done = Array(base_column=Varchar(length=20), default=list, null=False)
    contact_name = Varchar(length=120, default=None, null=True)
    contact_role = Varchar(length=80, default=None, null=True)
    # Raised by every change; the search index keeps it and never goes back.
    version = BigInt(default=1, null=False)
    # Folded words of everything findable, for the answer from PostgreSQL when the engine is down.
    search_text = Text(default="", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    updated_at = Timestamptz(default=TimestamptzNow(), null=False)

    exporter_slug_shape = Check("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'")
    exporter_vkn_digits = Check("vkn IS NULL OR vkn ~ '^[0-9]{10}$'")
    exporter_company_has_vkn = Check("kind = 'SOLE_TRADER' OR vkn IS NOT NULL")
    exporter_tckn_of_sole_trader = Check("kind = 'SOLE_TRADER' OR tckn_sealed IS NULL")
    exporter_tckn_whole = Check("(tckn_sealed IS NULL) = (tckn_fingerprint IS NULL)")
    exporter_province_code = Check("province ~ '^[0-9]{2}$'")
    exporter_province_known = Check("verification IN ('DRAFT', 'CLOSED') OR province IS NOT NULL")
    exporter_legal_name_given = Check("legal_name <> ''")


class ExporterText(Table, tablename="exporter_text"):
    """What an exporter says about itself in one language."""

    id = BigSerial(primary_key=True)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.cascade, index=True)
    language = Varchar(length=3, default=None, null=False)
    about = Text(default="", null=False)
    capacity = Text(default="", null=False)

    exporter_text_language_unique = Unique(["exporter", "language"])


class Certificate(Table, tablename="certificate"):
    """A certificate an exporter holds. Expired ones are kept and not shown as held."""

    id = BigSerial(primary_key=True)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.cascade, index=True)
    standard = Varchar(length=60, default=None, null=False)
    issuer = Varchar(length=120, default=None, null=False)
    number = Varchar(length=60, default=None, null=True)
    valid_from = Date(default=None, null=True)
    valid_until = Date(default=None, null=True)

    certificate_of_exporter_unique = Unique(["exporter", "standard", "number"])
    certificate_period = Check("valid_from IS NULL OR valid_until IS NULL OR valid_from <= valid_until")
