"""Short sentences about events that pages, feeds and pictures share."""

from kervan.events.tables import Format
from kervan.trade.countries import country_name
from kervan.trade.errors import N_
from kervan.web.i18n import translate

_ONLINE = N_("Online")
_AND_ONLINE = N_("{place}, and online")


def place(
    language: str, format: str, country: str | None, city: str = "", venue: str = "", address: str = ""
) -> str:
    """Where an event is held, from near to far: Fair hall, Çınar Cad. 1, Denizli, Türkiye. Never the online address."""
    if format == Format.ONLINE:
        return translate(language, _ONLINE)
    parts = [venue, address, city, country_name(country, language) if country else ""]
    where = ", ".join(dict.fromkeys(part for part in parts if part))
    if format != Format.HYBRID:
        return where
    return translate(language, _AND_ONLINE, place=where) if where else translate(language, _ONLINE)
