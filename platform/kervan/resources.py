"""Where the files that the product ships lie: inside the wheel, or beside the sources in a checkout."""

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent


def _folder(name: str) -> Path:
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _CHECKOUT / name


@cache
def templates_dir() -> Path:
    """The folder of the Jinja2 templates; static assets are in its `_static`."""
    return _folder("templates")


@cache
def fixtures_dir() -> Path:
    """The folder of the data that the project wrote itself: nomenclature names, law, demo inventory."""
    return _folder("fixtures")
