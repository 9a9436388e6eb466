"""Where a person goes on after signing in: the page that was asked for, never another site."""

from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from litestar.datastructures import Cookie

from kervan.web import i18n
from kervan.web.templates import HTML, Page, back

LONGEST = 1000


def local(text: str) -> str:
    """The path and query on this site that `next` names, without language; '' for everything else.

    Browsers read //host, /\\host and addresses with control signs as other sites.
    """
    if not text.startswith("/") or len(text) > LONGEST or "\\" in text or not text.isprintable():
        return ""
    path, sign, query = text.partition("?")
    _, path = i18n.split_path(path.partition("#")[0])
    if "//" in path or ".." in path or path.startswith(("/sign-in", "/sign-out")):
        return ""
    return f"{path}{sign}{query.partition('#')[0]}"


def address(language: str, text: str) -> str:
    """The address in a language of what local() let through; '' for ''."""
    if not text:
        return ""
    path, _, query = text.partition("?")
    to = f"/{language}{quote(path, safe='/-._~')}".removesuffix("/")
    return f"{to}?{quote(query, safe='=&%+-._~/:,')}" if query else to


def onward(
    request: Request[Any, Any, Any], text: str, *cookies: Cookie, default: str, said: str | None = None
) -> Page:
    """To the page that `next` names, else to `default` (303), in the language of this page."""
    to = address(i18n.language_of(request), local(text))
    if not to:
        return back(request, default, *cookies, said=said)
    if said:
        to += f"{'&' if '?' in to else '?'}said={said}"
    headers = {"Location": to, "Cache-Control": "no-store"}
    return Response(b"", status_code=303, media_type=HTML, headers=headers, cookies=cookies)
