"""Tables of importers: the firm abroad, and what its people keep for later."""

from enum import StrEnum

from piccolo.columns import Array, BigInt, BigSerial, Boolean, Date, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from kervan.accounts.tables import Person
from kervan.exporters.tables import Exporter
from kervan.organisations.tables import Organisation
from kervan.products.tables import Product


class Standing(StrEnum):
    """How far the platform knows an importer; the arrows are in importers.states."""

    PENDING_EMAIL = "PENDING_EMAIL"
    ACTIVE = "ACTIVE"
    VERIFIED = "VERIFIED"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"


class Importer(Table, tablename="importer"):
    """A firm outside Türkiye that buys. Its people are members of its organisation."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, unique=True)
    legal_name = Varchar(length=200, default=None, null=False)
    country = Varchar(length=2, default=None, null=False, index=True)
    city = Varchar(length=80, default=None, null=True)
    contact_name = Varchar(length=120, default=None, null=False)
    contact_role = Varchar(length=80, default=None, null=True)
    phone = Varchar(length=30, default=None, null=True)
    website = Varchar(length=200, default=None, null=True)
    # The mail domain of its owner equals the website's: said at verification, proves no more than that.
    domain_matches = Boolean(default=False, null=False)
    # The address is of a provider of throw-away mailboxes: looked at by staff before anything is believed.
    disposable_mail = Boolean(default=False, null=False)
    number_scheme = Varchar(length=20, default=None, null=True)
    number = Varchar(length=40, default=None, null=True)
    # A rule for this kind of number is known and was kept.
    number_checked = Boolean(default=False, null=False)
    headings = Array(base_column=Varchar(length=6), default=list, null=False)
    sectors = Array(base_column=Varchar(length=40), default=list, null=False)
    provinces = Array(base_column=Varchar(length=2), default=list, null=False)
    languages = Array(base_column=Varchar(length=3), default=list, null=False)
    standing = Varchar(length=16, default=None, null=False, choices=Standing, index=True)
    # A buyer without people of its own on the platform: this post registered it and speaks for it until the buyer's
    # people take it over.
    represented_by = ForeignKey(Organisation, null=True, on_delete=OnDelete.restrict, index=True)
    verified_at = Timestamptz(default=None, null=True)
    verified_until = Date(default=None, null=True)
    verified_by = Varchar(length=200, default=None, null=True)
    # What the verifier looked at (importers.verification.LOOKED_AT), and what was found.
    looked_at = Array(base_column=Varchar(length=20), default=list, null=False)
    evidence = Text(default=None, null=True)
    # Where SUSPENDED goes back to.
    standing_before = Varchar(length=16, default=None, null=True)
    # Why it stands where it stands, as its people read it: suspended, not verified, no longer verified.
    standing_reason = Text(default=None, null=True)
    version = BigInt(default=1, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)
    updated_at = Timestamptz(default=TimestamptzNow(), null=False)

    importer_is_abroad = Check("country <> 'TR'")
    importer_legal_name_given = Check("legal_name <> ''")


class SavedProduct(Table, tablename="saved_product"):
    """A product that a person wants to find again."""

    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade)
    product = ForeignKey(Product, null=False, on_delete=OnDelete.cascade, index=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    saved_product_unique = Unique(["person", "product"])


class SavedExporter(Table, tablename="saved_exporter"):
    """An exporter that a person wants to find again."""

    id = BigSerial(primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade)
    exporter = ForeignKey(Exporter, null=False, on_delete=OnDelete.cascade, index=True)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    saved_exporter_unique = Unique(["person", "exporter"])


class SavedSearch(Table, tablename="saved_search"):
    """A search that a person wants to repeat: `query` is the query string as discovery.requests writes it."""

    id = BigSerial(primary_key=True)
    public_id = Varchar(length=12, default=None, null=False, unique=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.cascade)
    # products or exporters
    kind = Varchar(length=12, default=None, null=False)
    query = Varchar(length=1000, default=None, null=False)
    name = Varchar(length=120, default=None, null=False)
    created_at = Timestamptz(default=TimestamptzNow(), null=False)

    saved_search_unique = Unique(["person", "kind", "query"])
