"""Tables of the product inventory: the listing, its texts, its versions with their price tiers, its pictures."""

from enum import StrEnum

from piccolo.columns import (
    Array,
    BigInt,
    BigSerial,
    Boolean,
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

from kervan.exporters.tables import Exporter


class Listing(StrEnum):
    """State of a listing; the arrows are in products.states."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    PUBLISHED = "PUBLISHED"
    PAUSED = "PAUSED"
    ARCHIVED = "ARCHIVED"
    REJECTED = "REJECTED"
    BLOCKED = "BLOCKED"


class Exclusion(StrEnum):
    """Why goods cannot leave by the micro-export declaration."""

    RESTRICTED_GOODS = "RESTRICTED_GOODS"
    # What the book of the law says by the GTIP; RESTRICTED_GOODS is what the exporter says.
    RESTRICTED_BY_LAW = "RESTRICTED_BY_LAW"
    TOO_HEAVY = "TOO_HEAVY"
    TEMPORARY_EXPORT = "TEMPORARY_EXPORT"
    FREE_SAMPLE = "FREE_SAMPLE"
    NOT_CLASSIFIED = "NOT_CLASSIFIED"


class Product(Table, tablename="product"):
    """One thing an exporter offers. Findable only while PUBLISHED and its exporter VERIFIED."""

    id = BigSerial(primary_key=True)
    # Random, 60 bits: what URLs and the API call the product.
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    # Found by product_sku_unique, which begins with it; fewer indexes make imports quicker.
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.restrict)
    sku = Varchar(length=64, default=None, null=False)
    gtin = Varchar(length=14, default=None, null=True, index=True)
    brand = Varchar(length=120, default=None, null=True)
    origin = Varchar(length=2, default=None, null=False)
    state = Varchar(length=12, default=Listing.DRAFT, null=False, choices=Listing)
    state_reason = Text(default=None, null=True)
    # Number of the version that holds today's code, weights and prices.
    current_version = Integer(default=1, null=False)
    keywords = Array(base_column=Varchar(length=60), default=list, null=False)
    certificates = Array(base_column=Varchar(length=60), default=list, null=False)
    picture = Varchar(length=40, default=None, null=True)
    tint = Varchar(length=12, default=None, null=True)
    completeness = Integer(default=0, null=False)
    published_at = Timestamptz(default=None, null=True)
    # Raised by every change that search can see; the index keeps it and never goes back.
    version = BigInt(default=1, null=False)
    search_text = Text(default="", null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    updated_at = Timestamptz(default=TimestamptzNow(), null=False)

    product_sku_unique = Unique(["exporter", "sku"])
    product_sku_given = Check("sku <> ''")
    product_gtin_digits = Check("gtin IS NULL OR gtin ~ '^([0-9]{8}|[0-9]{12,14})$'")
    product_completeness_percent = Check("completeness BETWEEN 0 AND 100")


class ProductText(Table, tablename="product_text"):
    """Name and description in one language; Turkish is always there, it goes on the invoice."""

    id = BigSerial(primary_key=True)
    product = ForeignKey(Product, null=False, on_delete=OnDelete.cascade)
    language = Varchar(length=3, default=None, null=False)
    name = Varchar(length=300, default=None, null=False)
    description = Text(default="", null=False)

    product_text_language_unique = Unique(["product", "language"])
    product_text_name_given = Check("name <> ''")


class ProductVersion(Table, tablename="product_version"):
    """Code, weights and terms of a product as they were from one change to the next. Orders point here.

    Rows are never changed: a trigger refuses UPDATE.
    """

    id = BigSerial(primary_key=True)
    product = ForeignKey(Product, null=False, on_delete=OnDelete.cascade)
    number = Integer(default=None, null=False)
    # 12 digits (GTIP), 6 (HS) while the GTIP is unknown, or NULL while the goods are not classified.
    hs_code = Varchar(length=12, default=None, null=True)
    tariff_year = Integer(default=None, null=True)
    unit = Varchar(length=3, default=None, null=False)
    net_weight_g = Integer(default=None, null=True)
    gross_weight_g = Integer(default=None, null=True)
    moq = Integer(default=1, null=False)
    step = Integer(default=1, null=False)
    currency = Varchar(length=3, default=None, null=True)
    # Smallest and largest unit price of the tiers, so that a list needs no join.
    price_min = Numeric(digits=(14, 4), default=None, null=True)
    price_max = Numeric(digits=(14, 4), default=None, null=True)
    lead_days = Integer(default=None, null=True)
    package_units = Integer(default=None, null=True)
    package_length_mm = Integer(default=None, null=True)
    package_width_mm = Integer(default=None, null=True)
    package_height_mm = Integer(default=None, null=True)
    package_gross_g = Integer(default=None, null=True)
    micro_export_ok = Boolean(default=False, null=False)
    exclusion_reason = Varchar(length=24, default=None, null=True, choices=Exclusion)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    product_version_number_unique = Unique(["product", "number"])
    product_version_code_digits = Check("hs_code IS NULL OR hs_code ~ '^([0-9]{6}|[0-9]{12})$'")
    product_version_weights = Check(
        "(net_weight_g IS NULL OR net_weight_g > 0) AND"
        " (gross_weight_g IS NULL OR gross_weight_g >= coalesce(net_weight_g, 1))"
    )
    product_version_quantities = Check("moq >= 1 AND step >= 1")
    product_version_prices = Check(
        "(price_min IS NULL) = (price_max IS NULL) AND (price_min IS NULL) = (currency IS NULL)"
        " AND (price_min IS NULL OR (price_min > 0 AND price_max >= price_min))"
    )


class PriceTier(Table, tablename="price_tier"):
    """Unit price from a quantity on, in the currency of its version."""

    id = BigSerial(primary_key=True)
    version = ForeignKey(ProductVersion, null=False, on_delete=OnDelete.cascade)
    from_quantity = Integer(default=None, null=False)
    unit_price = Numeric(digits=(14, 4), default=None, null=False)

    price_tier_quantity_unique = Unique(["version", "from_quantity"])
    price_tier_positive = Check("from_quantity >= 1 AND unit_price > 0")


class ProductImage(Table, tablename="product_image"):
    """A photograph of a product, as paths under the uploads folder; drawn pictures are Product.picture.

    Three files of the same picture: at most 1600 (`path`), 800 and 320 points on the longer side.
    """

    id = BigSerial(primary_key=True)
    product = ForeignKey(Product, null=False, on_delete=OnDelete.cascade)
    position = Integer(default=None, null=False)
    path = Varchar(length=200, default=None, null=False)
    path_800 = Varchar(length=200, default=None, null=True)
    path_320 = Varchar(length=200, default=None, null=True)
    width = Integer(default=None, null=False)
    height = Integer(default=None, null=False)
    alt = Varchar(length=200, default="", null=False)

    product_image_position_unique = Unique(["product", "position"])
