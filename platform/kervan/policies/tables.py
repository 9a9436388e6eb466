"""Tables of the law: rows with a first and a last day, a legal reference and two people behind each.

Rows are never deleted and never edited: the guards of m0006 let only an open end be closed, once.
"""

from enum import StrEnum

from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    Date,
    ForeignKey,
    Integer,
    Numeric,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from kervan.accounts.tables import Person


class Kind(StrEnum):
    """What a row of the law is about; each has a table of its own."""

    REGIME_LIMIT = "regime_limit"
    PLATFORM_LIMIT = "platform_limit"
    RESTRICTED_GOODS = "restricted_goods"
    PLATFORM_FIGURE = "platform_figure"
    PUBLIC_HOLIDAY = "public_holiday"
    CARRIER = "carrier"


class _Row:
    """What every row of the law has."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    # First and last day in force in Türkiye, both included; open where empty.
    valid_from = Date(default=None, null=True, index=True)
    valid_to = Date(default=None, null=True)
    legal_ref = Varchar(length=300, default=None, null=False)
    # PUBLISHED, REPORTED, RECALLED, or DECIDED for the platform's own rules.
    certainty = Varchar(length=9, default=None, null=False)
    note = Text(default="", null=False)
    # The release that a row came with; such a row has no people behind it.
    source = Varchar(length=40, default=None, null=True)
    proposed_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict)
    approved_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    # When the open end was closed: before that moment nobody knew of it.
    closed_at = Timestamptz(default=None, null=True)

    law_row_period = Check("valid_to IS NULL OR valid_from IS NULL OR valid_from <= valid_to")
    law_row_two_people = Check(
        "CASE WHEN source IS NULL THEN proposed_by IS NOT NULL AND approved_by IS NOT NULL"
        " AND proposed_by <> approved_by ELSE proposed_by IS NULL AND approved_by IS NULL END"
    )
    law_row_certainty = Check("certainty IN ('PUBLISHED', 'REPORTED', 'RECALLED', 'DECIDED')")


class RegimeLimit(_Row, Table, tablename="regime_limit"):
    """What one shipment by a route may weigh (gross grams) and be worth (EUR)."""

    route = Varchar(length=16, default=None, null=False)
    max_gross_g = BigInt(default=None, null=False)
    max_value_eur = Numeric(digits=(14, 2), default=None, null=False)
    # GOODS, INVOICE_TOTAL or BOTH.
    basis = Varchar(length=13, default=None, null=False)

    regime_limit_positive = Check("max_gross_g > 0 AND max_value_eur > 0")
    regime_limit_basis = Check("basis IN ('GOODS', 'INVOICE_TOTAL', 'BOTH')")


class PlatformLimit(_Row, Table, tablename="platform_limit"):
    """What the platform itself allows an importer of a tier; empty columns allow whatever the law does."""

    # UNVERIFIED or VERIFIED.
    tier = Varchar(length=10, default=None, null=False)
    max_gross_g = BigInt(default=None, null=True)
    max_value_eur = Numeric(digits=(14, 2), default=None, null=True)
    # Of one exporter, at a time and a day.
    max_open_orders = Integer(default=None, null=True)
    max_orders_a_day = Integer(default=None, null=True)

    platform_limit_tier = Check("tier IN ('UNVERIFIED', 'VERIFIED')")
    platform_limit_positive = Check(
        "coalesce(max_gross_g, 1) > 0 AND coalesce(max_value_eur, 1) > 0"
        " AND coalesce(max_open_orders, 1) > 0 AND coalesce(max_orders_a_day, 1) > 0"
    )


class RestrictedGoods(_Row, Table, tablename="restricted_goods"):
    """Goods that cannot leave by the simple way, by the beginning of their code."""

    # 2 to 12 digits of HS or GTIP.
    prefix = Varchar(length=12, default=None, null=False)
    # PROHIBITED, LICENCE, REGISTERED or CONTROLLED.
    kind = Varchar(length=10, default=None, null=False)
    # ISO 3166-1 alpha-2; empty: to every country.
    destination = Varchar(length=2, default=None, null=True)
    name = Varchar(length=200, default=None, null=False)
    name_tr = Varchar(length=200, default=None, null=False)

    restricted_goods_prefix = Check("prefix ~ '^[0-9]{2,12}$'")
    restricted_goods_kind = Check("kind IN ('PROHIBITED', 'LICENCE', 'REGISTERED', 'CONTROLLED')")
    restricted_goods_destination = Check("destination IS NULL OR destination ~ '^[A-Z]{2}$'")


class PlatformFigure(_Row, Table, tablename="platform_figure"):
    """A figure that the platform works by: hours to answer, days until something lapses."""

    name = Varchar(length=40, default=None, null=False)
    figure = Integer(default=None, null=False)

    platform_figure_positive = Check("figure >= 0")


class PublicHoliday(_Row, Table, tablename="public_holiday"):
    """Days that are closed in Türkiye, from valid_from to valid_to. The newest row about a day decides."""

    # CLOSED, HALF (closed from noon, counted as a business day) or OPEN (takes an earlier row back).
    kind = Varchar(length=6, default=None, null=False)
    name = Varchar(length=120, default=None, null=False)
    name_tr = Varchar(length=120, default=None, null=False)

    public_holiday_kind = Check("kind IN ('CLOSED', 'HALF', 'OPEN')")
    public_holiday_days = Check(
        "valid_from IS NOT NULL AND valid_to IS NOT NULL AND valid_to - valid_from < 31"
    )


class Carrier(_Row, Table, tablename="carrier"):
    """An express carrier that is authorised to make the ETGB, for the days of its authorisation."""

    code = Varchar(length=20, default=None, null=False)
    name = Varchar(length=120, default=None, null=False)
    # {waybill} stands for the number of the parcel.
    tracking_url = Varchar(length=300, default=None, null=True)
    contact = Varchar(length=300, default="", null=False)

    carrier_code_form = Check("code ~ '^[A-Z0-9-]{2,20}$'")


class FxRate(Table, tablename="fx_rate"):
    """A published exchange rate: so many units of the currency for one euro. Append-only."""

    id = BigSerial(primary_key=True)
    day = Date(default=None, null=False)
    currency = Varchar(length=3, default=None, null=False)
    eur_rate = Numeric(digits=(18, 6), default=None, null=False)
    # ECB or TCMB.
    bank = Varchar(length=4, default=None, null=False)
    # What the file was, for who reads the row later.
    source = Varchar(length=200, default=None, null=False)
    imported_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    fx_rate_unique = Unique(["day", "currency", "bank"])
    fx_rate_positive = Check("eur_rate > 0")
    fx_rate_currency = Check("currency ~ '^[A-Z]{3}$' AND currency <> 'EUR'")
    fx_rate_bank = Check("bank IN ('ECB', 'TCMB')")


class LawProposal(Table, tablename="law_proposal"):
    """A new row of the law, or the end of one, that one administrator wants; a second one decides."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    kind = Varchar(length=20, default=None, null=False, choices=Kind)
    # The row as it would be; with `ends` set: only the last day of that row.
    change = JSONB(default="{}", null=False)
    # public_id of the row that would end without a successor.
    ends = Varchar(length=12, default=None, null=True)
    reason = Varchar(length=1000, default=None, null=False)
    legal_ref = Varchar(length=300, default=None, null=False)
    proposed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict)
    proposed_at = Timestamptz(default=TimestamptzNow(), null=False, index=True)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict)
    decided_at = Timestamptz(default=None, null=True)
    # APPROVED, REFUSED or WITHDRAWN.
    outcome = Varchar(length=9, default=None, null=True)
    refusal = Varchar(length=1000, default=None, null=True)

    law_proposal_two_people = Check(
        "decided_by IS NULL OR outcome = 'WITHDRAWN' OR decided_by <> proposed_by"
    )
    law_proposal_reason_given = Check("reason <> '' AND legal_ref <> ''")
    law_proposal_decided = Check(
        "(decided_at IS NULL) = (outcome IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)"
    )
    law_proposal_refusal_given = Check("(outcome IS NOT DISTINCT FROM 'REFUSED') = (refusal IS NOT NULL)")


class LawVersion(Table, tablename="law_version"):
    """One row: how often the law and the rates changed. Triggers of m0006 count, processes read and compare."""

    id = Integer(primary_key=True)
    law = BigInt(default=0, null=False)
    rates = BigInt(default=0, null=False)

    law_version_one_row = Check("id = 1")
