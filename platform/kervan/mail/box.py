"""The mailbox of a development machine: the .eml files that are written where there is no server."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

import msgspec

from kervan.errors import NotFound
from kervan_search.text import fold

_NAME = re.compile(r"(\d{8}T\d{12})-[a-z0-9]{12}-[a-z_]+")
# What ends a sentence or a bracket behind an address is no part of it, as mail programs take it.
_LINK = re.compile(r"(https?://\S*[^\s.,;:!?)])")


class Kept(msgspec.Struct, frozen=True):
    """A mail in the list."""

    name: str
    to: str
    subject: str
    at: datetime


class Shown(msgspec.Struct, frozen=True):
    """A mail that is looked at. `pieces` is the plain text, cut into (text, whether it is a link)."""

    subject: str
    headers: tuple[tuple[str, str], ...]
    pieces: tuple[tuple[str, bool], ...]
    html: str


def kept(folder: Path, to: str = "", before: str = "", limit: int = 100) -> list[Kept]:
    """The newest mails; with `to` those whose receiver holds that text, with `before` those older than that name."""
    wanted, found = fold(to.strip()), []
    for mail in _newest_first(folder, before):
        if wanted in fold(mail.to):
            found.append(mail)
            if len(found) == limit:
                break
    return found


def _newest_first(folder: Path, before: str) -> Iterator[Kept]:
    headers = BytesHeaderParser(policy=policy.default)
    for path in sorted(folder.glob("*.eml"), reverse=True):
        if (named := _NAME.fullmatch(path.stem)) is None or (before and path.stem >= before):
            continue
        with path.open("rb") as file:
            mail = headers.parse(file)
        at = datetime.strptime(named[1], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
        yield Kept(path.stem, str(mail["To"]), str(mail["Subject"]), at)


def read(folder: Path, name: str) -> Shown:
    """One mail. Raises NotFound for a name that is none of ours."""
    path = folder / f"{name}.eml"
    if _NAME.fullmatch(name) is None or not path.is_file():
        raise NotFound()
    mail = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(path.read_bytes())
    pieces = _LINK.split(_part(mail, "plain"))
    return Shown(
        subject=str(mail["Subject"]),
        headers=tuple((key, str(value)) for key, value in mail.items()),
        pieces=tuple((piece, place % 2 == 1) for place, piece in enumerate(pieces)),
        html=_part(mail, "html"),
    )


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return "" if part is None else str(part.get_content())
