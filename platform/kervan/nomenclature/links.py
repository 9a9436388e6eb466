"""The way down the tree to a code, as breadcrumbs of pages."""

from kervan.trade import nomenclature
from kervan.trade.codes import section_of
from kervan.trade.errors import TradeError
from kervan.web.templates import address


def steps_to(code: str | None, language: str) -> list[tuple[str, str]]:
    """(address, name) of the section, chapter and heading above or at the code; empty for none or an unknown one."""
    if not code:
        return []
    try:
        section = nomenclature.section(section_of(code))
        below = [
            (address(language, f"/browse/{part}"), f"{part} {nomenclature.name(part, language)}")
            for part in (code[:2], code[:4])
        ]
    except TradeError:
        return []
    name = section.names.get(language, section.names["en"])
    return [
        (address(language, f"/browse/section-{section.number}"), f"{section.roman} {name}"),
        *dict.fromkeys(below),
    ]
