"""Drawn pictures and icons, which take the colours of the place where they stand.

Icons and the mark of the house are inlined. Pictures of goods are used from their own file: twenty of them are a third
of a page, and the browser keeps the files.
"""

import re
from functools import lru_cache

from markupsafe import Markup, escape

from kervan.web.assets import Assets

_SYMBOL = re.compile(r'<symbol id="i-([a-z0-9-]+)"[^>]*viewBox="([^"]+)"[^>]*>(.*?)</symbol>', re.DOTALL)
_BETWEEN_TAGS = re.compile(r">\s+<")
_PLAIN_BOX = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 90" aria-hidden="true">'
    '<rect x="30" y="22" width="60" height="48" rx="4" fill="var(--p1, #2f7f86)"/></svg>'
)


class Drawings:
    """The drawings of one set of assets; each is prepared once per content of the assets."""

    def __init__(self, assets: Assets) -> None:
        self.assets = assets
        self._drawn = lru_cache(maxsize=64)(self._draw)
        self._pictures = lru_cache(maxsize=4096)(self._picture)
        self._icons = lru_cache(maxsize=2)(self._split)

    def picture(self, slug: str, tint: str) -> Markup:
        """The drawn picture of a kind of goods in one tint; a parcel, else a plain box, for an unknown slug."""
        return self._pictures(slug, tint, self.assets.version)

    def logo(self) -> Markup:
        """The mark of the house."""
        return self._drawn("mark.svg", "mark-star", self.assets.version)

    def icon(self, name: str) -> Markup:
        """A symbol of icons.svg by its name. KeyError when there is none: a template that names it is wrong."""
        return self._icons(self.assets.version)[name]

    def _picture(self, slug: str, tint: str, version: str) -> Markup:
        for name in (slug, "parcel"):
            if f"pictures/{name}.svg" in self.assets.files:
                address = self.assets.address(f"pictures/{name}.svg")
                return Markup(
                    f'<svg class="{escape(f"picture tint-{tint}")}" viewBox="0 0 120 90" aria-hidden="true">'
                    f'<use href="{escape(address)}#p"/></svg>'
                )
        return self._drawn("", f"picture tint-{tint}", version)

    def _draw(self, path: str, classes: str, _version: str) -> Markup:
        text = self.assets.text(path) or _PLAIN_BOX
        start = text.index("<svg")
        drawing = _BETWEEN_TAGS.sub("><", text[start:].strip())
        return Markup(drawing.replace("<svg", f'<svg class="{escape(classes)}"', 1))

    def _split(self, _version: str) -> dict[str, Markup]:
        return {
            name: Markup(
                f'<svg class="icon icon-{name}" viewBox="{box}" aria-hidden="true" focusable="false">'
                f"{_BETWEEN_TAGS.sub('><', inner.strip())}</svg>"
            )
            for name, box, inner in _SYMBOL.findall(self.assets.text("icons.svg") or "")
        }
