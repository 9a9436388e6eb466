"""The small markup of announcements: paragraphs, line breaks, links to the event, and what is filled in.

A blank line ends a paragraph. `[words](event)` links to the event; there are no other links and there is no HTML: what
looks like it is shown as it was typed. {name}, {event}, {when} and {where} are filled in for each reader.
"""

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from kervan.trade.errors import N_, TradeError, shown

PLACEHOLDERS = ("name", "event", "when", "where")
LONGEST_SUBJECT, LONGEST_TEXT = 150, 4000

_LINK = re.compile(r"\[([^\[\]\n]{1,120})\]\(([^()\n]{0,300})\)")
_PLACE = re.compile(r"\{([^{}\n]{0,40})\}")
_ADDRESS = re.compile(r"://|\bwww\.", re.IGNORECASE)
_PARAGRAPHS = re.compile(r"\n\s*\n")
_LINKS_TO_EVENT = N_("Links lead to the event only: write [words](event).")


class Piece(msgspec.Struct, frozen=True):
    """A part of a paragraph: plain text, the words of a link to the event, or a line break."""

    kind: Literal["TEXT", "LINK", "BREAK"]
    text: str = ""


Paragraph = tuple[Piece, ...]


def parse(text: str) -> tuple[Paragraph, ...]:
    """The paragraphs of a text, its placeholders not filled yet. Raises TradeError, a sentence for the field."""
    check_line(text)
    return tuple(_paragraph(part) for part in _PARAGRAPHS.split(text.strip()) if part.strip())


def check_line(text: str) -> None:
    """Raises TradeError for placeholders that there are not, and for addresses: also in a subject."""
    for found in _PLACE.findall(text):
        if found not in PLACEHOLDERS:
            raise TradeError(
                N_("{found} cannot be filled in. You can use {known}."),
                found=shown(f"{{{found}}}"),
                known=", ".join(f"{{{name}}}" for name in PLACEHOLDERS),
            )
    if _ADDRESS.search(text):
        raise TradeError(_LINKS_TO_EVENT)


def _paragraph(text: str) -> Paragraph:
    pieces: list[Piece] = []
    for number, line in enumerate(line.strip() for line in text.strip().split("\n")):
        if number:
            pieces.append(Piece("BREAK"))
        last = 0
        for link in _LINK.finditer(line):
            if link[2].strip() != "event":
                raise TradeError(_LINKS_TO_EVENT)
            if before := line[last : link.start()]:
                pieces.append(Piece("TEXT", before))
            pieces.append(Piece("LINK", link[1]))
            last = link.end()
        if rest := line[last:]:
            pieces.append(Piece("TEXT", rest))
    return tuple(pieces)


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled: once, so that no value is taken for a placeholder."""
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)


def fill(paragraphs: tuple[Paragraph, ...], values: Mapping[str, str]) -> tuple[Paragraph, ...]:
    """The paragraphs with their placeholders filled. No value is read as markup."""
    return tuple(
        tuple(Piece(piece.kind, filled(piece.text, values)) for piece in paragraph)
        for paragraph in paragraphs
    )


def uses(text: str, name: str) -> bool:
    """Whether a text holds a placeholder."""
    return f"{{{name}}}" in text
