"""/dev/mail: what would have been sent, on machines without a mail server. In production there is no such page."""

from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from kervan.errors import NotFound
from kervan.mail import box
from kervan.settings import Settings
from kervan.web import i18n
from kervan.web.http import is_local, query_of
from kervan.web.middleware import CONTENT_POLICY
from kervan.web.templates import HTML, Page, address, page

# Only this page may show a frame, and only of this site.
_WITH_FRAME = {"Content-Security-Policy": f"{CONTENT_POLICY}; frame-src 'self'", "Cache-Control": "no-store"}
# Mails carry their styles with them. Nothing else of them works: no script, no form, no picture from elsewhere.
_MAIL_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    )
)

_SHOWN = 100
"""Mails on one page of the mailbox."""


def _folder(request: Request[Any, Any, Any]) -> Path:
    settings: Settings = request.app.state.settings
    # Links for new passwords stand in these mails: whoever reaches a development machine over the network gets none.
    if settings.production or not is_local(request):
        raise NotFound()
    return settings.data / "mail"


@get("/dev/mail", sync_to_thread=True)
def mailbox(request: Request[Any, Any, Any]) -> Page:
    """The newest mails, those to one receiver with `?to=`, those older than one with `?before=` its name."""
    query = query_of(request)
    to, before = query.get("to", [""])[-1][:320], query.get("before", [""])[-1][:128]
    mails = box.kept(_folder(request), to, before, _SHOWN + 1)
    return page(
        request,
        "mail_box/list.html",
        mails=mails[:_SHOWN],
        more=len(mails) > _SHOWN,
        to=to,
        headers={"Cache-Control": "no-store"},
    )


@get("/dev/mail/{name:str}", sync_to_thread=True)
def mail(request: Request[Any, Any, Any], name: FromPath[str]) -> Page:
    """One mail: headers, plain text with links to follow, and the HTML in a frame of its own."""
    shown = box.read(_folder(request), name)
    return page(request, "mail_box/mail.html", mail=shown, name=name, headers=_WITH_FRAME)


@get("/dev/mail/{name:str}/html", sync_to_thread=True)
def mail_html(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """The HTML part as a mail program would show it; its links open outside the frame."""
    html = box.read(_folder(request), name).html.replace("<head>", '<head><base target="_blank">', 1)
    headers = {"Content-Security-Policy": _MAIL_POLICY, "Cache-Control": "no-store"}
    return Response(html.encode(), media_type=HTML, headers=headers)


@get("/dev/mail", include_in_schema=False, sync_to_thread=False)
def mailbox_anywhere(request: Request[Any, Any, Any]) -> Redirect:
    """The mailbox in English, for an address that is easy to type."""
    _folder(request)
    return Redirect(address(i18n.DEFAULT, "/dev/mail"), status_code=302)


ROUTES: list[ControllerRouterHandler] = [mailbox, mail, mail_html]
