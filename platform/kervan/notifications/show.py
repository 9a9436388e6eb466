"""Notifications as pages, streams and programs show them, in the reader's language."""

from datetime import datetime

import msgspec

from kervan.notifications import texts
from kervan.notifications.queries import MOST_COUNTED, Told
from kervan.trade.errors import N_
from kervan.web import i18n
from kervan.web.templates import address


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One notification, ready to be read."""

    id: str
    text: str
    """The sentence; markup where it is for a page."""
    icon: str
    address: str
    """Of the page that marks it as read and leads on."""
    firm: str | None
    created_at: datetime
    read: bool


def line(language: str, told: Told, *, markup: bool = False) -> Line:
    """The notification in the language; for a page as markup, its values kept apart from their sentence."""
    return Line(
        id=told.public_id,
        text=texts.markup(language, told.kind, told.data)
        if markup
        else texts.sentence(language, told.kind, told.data),
        icon=texts.icon(told.kind),
        address=address(language, f"/notifications/{told.public_id}"),
        firm=told.firm,
        created_at=told.created_at,
        read=told.read_at is not None,
    )


def shown(language: str, unread: int) -> str:
    """The figure on the bell: 9+ above nine."""
    return _figure(language, unread, 9)


def label(language: str, unread: int) -> str:
    """What the bell is called where it is heard: with the count, when there is one."""
    if not unread:
        return i18n.gettext(language, N_("Notifications"))
    most = MOST_COUNTED - 1
    return i18n.translate(language, N_("Notifications, {n} unread"), n=_figure(language, unread, most))


def _figure(language: str, number: int, most: int) -> str:
    return f"{i18n.figure(most, language)}+" if number > most else i18n.figure(number, language)
