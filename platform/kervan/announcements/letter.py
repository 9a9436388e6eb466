"""An announcement as a mail: written once a language, then only name, links and address are filled in for each reader.

The template is the one that test mails and the preview use (mail/announcement.html). Where a reader's values go, marks
stand that nobody can guess; the finished letter is made of the pieces between them, in bytes as they go over the line.
"""

import binascii
import re
import secrets
from collections.abc import Mapping, Sequence
from email.header import Header
from email.utils import formatdate
from html import escape
from typing import Any

import msgspec

from kervan import vault
from kervan.announcements import markup
from kervan.announcements.structs import About, Words
from kervan.mail.compose import Composed, compose, one_line
from kervan.privacy import consents
from kervan.settings import Settings
from kervan.trade.errors import N_
from kervan.web import i18n
from kervan.web.templates import Templates

TEMPLATE = "announcement"
PURPOSE = "events"
NAME, STOP, OPENED = range(3)
_SIGNATURE = 20
_LINE = re.compile(r"\r\n|\r|\n")


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets one letter. `delivery` is event_delivery.id, `address` as servers want it."""

    delivery: int
    person: str
    """Public id."""
    name: str
    address: str
    counts: bool
    """Agreed to be counted when the letter is opened."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter of one language with its gaps: texts at even places, the number of a gap at odd ones."""

    language: str
    subject: tuple[str | int, ...]
    text: tuple[str | int, ...]
    html: tuple[str | int, ...]
    head: bytes
    """Header lines that are the same for everybody."""
    boundary: str
    site: str
    host: str


def context(about: About, words: Words, *, name: str, test: bool = False) -> dict[str, Any]:
    """What the template needs, for a reader of this name. Raises TradeError for a text that markup refuses."""
    language = words.language
    values = {
        "name": name,
        "event": about.title(language),
        "when": about.when(language),
        "where": about.where(language),
    }
    facts = [
        [i18n.gettext(language, N_("When")), values["when"]],
        [i18n.gettext(language, N_("Where")), values["where"]],
    ]
    paragraphs = markup.fill(markup.parse(words.text), values)
    return {
        "title": markup.filled(words.subject, values),
        "paragraphs": msgspec.to_builtins(paragraphs),
        "facts": facts,
        "organiser": about.organiser_name,
        "go": about.path,
        "test": test,
        # Who is greeted in the text is not greeted above it as well.
        "name": "" if markup.uses(words.text, "name") else name,
    }


def preview(templates: Templates, about: About, words: Words, *, name: str, stop: str) -> Composed:
    """The mail as this reader would get it."""
    return compose(templates, words.language, TEMPLATE, context(about, words, name=name), stop)


def compose_letter(settings: Settings, templates: Templates, about: About, words: Words) -> Letter:
    """The letter of one language, with gaps where readers differ."""
    marks = [f"kvn{secrets.token_hex(12)}x{gap}x" for gap in (NAME, STOP, OPENED)]
    whole = compose(templates, words.language, TEMPLATE, context(about, words, name=marks[NAME]), marks[STOP])
    html = whole.html.replace("</body>", f"{marks[OPENED]}</body>", 1)
    return Letter(
        language=words.language,
        subject=_cut(whole.subject, marks),
        text=_cut(_LINE.sub("\r\n", whole.text), marks),
        html=_cut(_LINE.sub("\r\n", html), marks),
        head=_head(settings, words.language),
        boundary=f"=_kervan_{secrets.token_hex(16)}",
        site=settings.public_url,
        host=_host(settings.public_url),
    )


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition(":")[0] or "kervan.localhost"


def _head(settings: Settings, language: str) -> bytes:
    return "\r\n".join(
        (
            f"From: {one_line(settings.mail_from)}",
            # RFC 3834: no answer by machine, please.
            "Auto-Submitted: auto-generated",
            "Precedence: bulk",
            f"X-Kervan-Mail: {TEMPLATE}",
            f"Content-Language: {language}",
            "MIME-Version: 1.0",
        )
    ).encode("ascii")


def _cut(text: str, marks: Sequence[str]) -> tuple[str | int, ...]:
    parts = re.split(f"({'|'.join(marks)})", text)
    return tuple(marks.index(part) if place % 2 else part for place, part in enumerate(parts))


def _joined(parts: Sequence[str | int], values: Mapping[int, str]) -> str:
    return "".join(values[part] if isinstance(part, int) else part for part in parts)


def delivery_token(delivery: int) -> str:
    """What names a delivery in the headers of its letter, so that what comes back for it can be believed."""
    return f"{delivery}.{vault.sign(str(delivery), 'event delivery')[:_SIGNATURE]}"


def delivery_of(token: str) -> int | None:
    """event_delivery.id of such a token; None for one that we did not write."""
    number, _, signature = token.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 19 and len(signature) == _SIGNATURE):
        return None
    return int(number) if vault.same(delivery_token(int(number)), token) else None


def opened_token(delivery: int) -> str:
    """The end of the address that counts an opened letter; another one than the headers hold."""
    return f"{delivery}.{vault.sign(str(delivery), 'event opened')[:_SIGNATURE]}"


def opened_of(token: str) -> int | None:
    """event_delivery.id of such a token; None for one that we did not write."""
    number, _, _ = token.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return int(number) if vault.same(opened_token(int(number)), token) else None


def written(letter: Letter, reader: Reader) -> bytes:
    """The whole letter as it goes over the line, in lines of at most 78 octets where people's values stand."""
    stop = f"{letter.site}/unsubscribe/{consents.token(reader.person, PURPOSE)}"
    # A name is one line; whatever else it holds is text, in HTML as well.
    name = " ".join(reader.name.split())
    pixel = ""
    if reader.counts:
        address = f"{letter.site}/o/{opened_token(reader.delivery)}.gif"
        pixel = f'<img src="{address}" width="1" height="1" alt="">'
    token = delivery_token(reader.delivery)
    head = (
        f"To: {one_line(reader.address)}\r\n"
        f"Subject: {_encoded(_joined(letter.subject, {NAME: name, STOP: '', OPENED: ''}))}\r\n"
        f"Date: {formatdate(usegmt=True)}\r\n"
        f"Message-ID: <{token}@{letter.host}>\r\n"
        f"X-Kervan-Delivery: {token}\r\n"
        f"List-Unsubscribe: <{stop}>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        f'Content-Type: multipart/alternative;\r\n boundary="{letter.boundary}"\r\n\r\n'
    ).encode("ascii")
    text = _joined(letter.text, {NAME: name, STOP: stop, OPENED: ""})
    html = _joined(letter.html, {NAME: escape(name), STOP: escape(stop), OPENED: pixel})
    border = f"\r\n--{letter.boundary}".encode("ascii")
    return b"".join(
        (
            letter.head, b"\r\n", head,
            border[2:], _PART % b"plain", _quoted(text),
            border, _PART % b"html", _quoted(html),
            border, b"--\r\n",
        )
    )  # fmt: skip


_PART = b'\r\nContent-Type: text/%s; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'


def _quoted(text: str) -> bytes:
    return binascii.b2a_qp(text.encode(), istext=True)


def _encoded(subject: str) -> str:
    """RFC 2047, folded. Raises Invalid for what would end the header."""
    one_line(subject)
    # What looks encoded already would be read as if it were.
    if subject.isascii() and "=?" not in subject and len(subject) < 60:
        return subject
    return Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n")
