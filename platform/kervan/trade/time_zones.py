"""Time zones of people and countries, by their IANA names; the tzdata package brings the names."""

from functools import cache
from importlib.resources import files

from kervan.trade.countries import is_country
from kervan.trade.errors import N_, TradeError, shown

UTC = "UTC"

# Where most firms are, for countries whose first zone in tzdata's zone.tab is not it.
_MAIN = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "FM": "Pacific/Pohnpei",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
    "XK": "Europe/Belgrade",
}


def zone(text: str) -> str:
    """The IANA name of a time zone, Europe/Istanbul, in its own spelling; TradeError when unknown.

    Former names that browsers still send (Asia/Calcutta) are kept: they stand for the same clock.
    """
    found = _names().get(text.strip().casefold()) if len(text) <= 64 else None
    if found is None:
        raise TradeError(
            N_("{text} is not a time zone; choose one, for example Europe/Istanbul."), text=shown(text)
        )
    return found


def of_country(country: str) -> str:
    """The zone in which most firms of the country are; UTC where nobody lives. TradeError for no country."""
    if not is_country(country):
        raise TradeError(N_("{code} is not a country code; write for example DE."), code=shown(country))
    return _MAIN.get(country) or _first_zones().get(country, UTC)


@cache
def _names() -> dict[str, str]:
    lines = (files("tzdata") / "zones").read_text(encoding="ascii").split()
    return {name.casefold(): name for name in lines if name != "Factory"}


def countries_of(name: str) -> tuple[str, ...]:
    """ISO codes of the countries whose clocks the zone is, by tzdata's tables; none for UTC and former names."""
    return _countries().get(name, ())


@cache
def _countries() -> dict[str, tuple[str, ...]]:
    # zone1970.tab joins countries whose clocks agree since 1970; zone.tab has a zone of its own for each.
    found: dict[str, list[str]] = {}
    for country, name in _table("zone.tab"):
        found.setdefault(name, []).append(country)
    for codes, name in _table("zone1970.tab"):
        listed = found.setdefault(name, [])
        listed.extend(code for code in codes.split(",") if code not in listed)
    return {name: tuple(codes) for name, codes in found.items()}


def _table(name: str) -> list[tuple[str, str]]:
    """(country or countries, zone) of each line of one of tzdata's tables."""
    text = (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8")
    cells = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return [(cell[0], cell[2]) for cell in cells]


@cache
def _first_zones() -> dict[str, str]:
    found: dict[str, str] = {}
    for country, name in _table("zone.tab"):
        found.setdefault(country, name)
    return found


@cache
def listed() -> tuple[str, ...]:
    """The zones to choose from, by name: one for each clock of each country, without former names, and UTC."""
    return (UTC, *sorted(name for _, name in _table("zone.tab")))
