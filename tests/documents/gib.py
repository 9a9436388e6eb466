"""What GİB's schema, schematron and arithmetic say, by the package efatura-kontrol: an opinion from outside."""

from efatura_kontrol import kod
from efatura_kontrol.kontrol import kontrol_et


def opinion(xml: bytes) -> list[str]:
    """The codes of every error and warning; empty for a document that GİB takes.

    Its notes (`bilgi`) are left out: they say that a draft is not signed.
    """
    return [found.kod for found in kontrol_et(xml).bulgular if found.seviye != "bilgi"]


def listed(name: str) -> frozenset[str]:
    """A code list of GİB: UnitCodeList, DeliveryTermCodeList ..."""
    return frozenset(kod.listeler()[name])
