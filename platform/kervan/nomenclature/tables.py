"""Tables of the Turkish customs tariff, one set of rows a year; earlier years are kept."""

from piccolo.columns import BigSerial, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class NomenclatureLoad(Table, tablename="nomenclature_load"):
    """One load of a tariff file: its year, counts and fingerprint."""

    id = BigSerial(primary_key=True)
    tariff_year = Integer(default=None, null=False)
    codes = Integer(default=None, null=False)
    sha256 = Varchar(length=64, default=None, null=False)
    loaded_at = Timestamptz(default=TimestamptzNow(), null=False)


class Gtip(Table, tablename="gtip"):
    """A line of the tariff of one year: a heading (4 digits) or a leaf (12 digits) with its Turkish text."""

    id = BigSerial(primary_key=True)
    tariff_year = Integer(default=None, null=False)
    code = Varchar(length=12, default=None, null=False, index=True)
    text_tr = Text(default=None, null=False)

    gtip_year_code_unique = Unique(["tariff_year", "code"])
    gtip_code_digits = Check("code ~ '^[0-9]{4}$' OR code ~ '^[0-9]{12}$'")
