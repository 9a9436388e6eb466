"""A code of the nomenclature as pages and the API show it."""

import msgspec


class NodeLink(msgspec.Struct, frozen=True):
    """A neighbour: its code and its name; `products` counts published products below it, when counted."""

    code: str
    formatted: str
    name: str
    products: int = 0


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One code: a chapter (2 digits), heading (4), subheading (6) or GTIP (12)."""

    code: str
    formatted: str
    """6109.10.00.00.11"""
    level: int
    """Digits: 2, 4, 6 or 12."""
    section: int
    name: str
    """Short everyday name, in the asked language where the project has one."""
    legal_text: str | None
    """English text of HS 2022, or the Turkish tariff's for 12 digits; None where there is none."""
    legal_language: str | None
    tariff_year: int | None
    parents: tuple[NodeLink, ...]
    children: tuple[NodeLink, ...]
    products: int


class SectionNode(msgspec.Struct, frozen=True, kw_only=True):
    """One of the 21 sections with its chapters."""

    number: int
    roman: str
    name: str
    products: int
    chapters: tuple[NodeLink, ...]
