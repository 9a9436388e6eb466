"""Time zones by name and by country."""

from zoneinfo import ZoneInfo

import pytest

from kervan.trade import time_zones
from kervan.trade.countries import country_codes
from kervan.trade.errors import TradeError


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Europe/Istanbul", "Europe/Istanbul"),
        (" europe/istanbul ", "Europe/Istanbul"),
        ("Asia/Calcutta", "Asia/Calcutta"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("utc", "UTC"),
    ],
)
def test_a_zone_is_kept_under_its_own_name(typed: str, name: str) -> None:
    assert time_zones.zone(typed) == name
    assert ZoneInfo(name).key == name


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "Istanbul",
        "GMT+03:00",
        "../../etc/passwd",
        "Europe/Istanbul\x00",
        "Factory",
        "x" * 1000,
        "zone.tab",
    ],
)
def test_anything_else_is_no_zone(typed: str) -> None:
    with pytest.raises(TradeError, match="not a time zone"):
        time_zones.zone(typed)


def test_every_country_has_a_zone_that_exists() -> None:
    for country in country_codes():
        name = time_zones.of_country(country)
        assert time_zones.zone(name) == name
        assert ZoneInfo(name)


@pytest.mark.parametrize(
    ("country", "name"),
    [
        ("TR", "Europe/Istanbul"),
        ("DE", "Europe/Berlin"),
        ("RU", "Europe/Moscow"),
        ("US", "America/New_York"),
        ("AU", "Australia/Sydney"),
        ("BR", "America/Sao_Paulo"),
        ("CA", "America/Toronto"),
        ("UA", "Europe/Kyiv"),
        ("UZ", "Asia/Tashkent"),
        ("KZ", "Asia/Almaty"),
        ("XK", "Europe/Belgrade"),
        ("BV", "UTC"),
    ],
)
def test_the_zone_of_a_country_is_the_one_of_most_firms(country: str, name: str) -> None:
    assert time_zones.of_country(country) == name


def test_a_zone_of_no_country_is_refused() -> None:
    with pytest.raises(TradeError):
        time_zones.of_country("ZZ")
