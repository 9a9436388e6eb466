"""The template environments, one a language, and `page`: the way from a handler to HTML."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.runtime import Macro
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from markupsafe import Markup, escape

from kervan.calendars import shown
from kervan.resources import templates_dir
from kervan.settings import Settings
from kervan.web import csrf, i18n, notices
from kervan.web.assets import Assets
from kervan.web.compiler import QuickEnvironment, quick_escape
from kervan.web.formats import filters
from kervan.web.pictures import Drawings
from kervan_search.engine import Term
from kervan_search.highlight import mark
from kervan_search.text import fold, spans

HTML = "text/html"

_KEPT = 16_384
"""Pieces of HTML that a language keeps, of 100 to 1,000 bytes each."""

Page = Response[bytes]
"""A rendered HTML page."""


class Templates:
    """The environments by language. Globals are bound to the language, so imported macros are evaluated only once.

    In development a changed template, static file or catalogue is seen at the next page after two seconds.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.public_url = settings.public_url
        watched = () if settings.production else (templates_dir(), i18n.LOCALE_DIR)
        self.assets = Assets(templates_dir() / "_static", watched)
        self.environments = self._made()

    def _made(self) -> Mapping[str, Environment]:
        drawings = Drawings(self.assets)
        return {
            language.code: _environment(language, self.settings, self.assets, drawings)
            for language in i18n.LANGUAGES
        }

    def render(
        self, connection: ASGIConnection[Any, Any, Any, Any], language: str, name: str, /, **context: Any
    ) -> str:
        """The template as text. A variable that the template needs and does not get raises jinja2.UndefinedError."""
        template = self.template(language, name)
        return template.render(self._of_request(connection, language) | context)

    def template(self, language: str, name: str) -> Template:
        """The template of a language by itself, for what answers no request: mails."""
        if self.assets.refresh():
            i18n.catalogue.cache_clear()
            self.environments = self._made()
        return self.environments[language].get_template(name)

    def compile_all(self) -> None:
        """Every page compiled in every language, so that no reader waits for it."""
        for environment in self.environments.values():
            for name in environment.list_templates(extensions=["html"]):
                environment.get_template(name)

    def _of_request(self, connection: ASGIConnection[Any, Any, Any, Any], language: str) -> dict[str, Any]:
        scope = connection.scope
        _, path = i18n.split_path(scope["path"])
        query = scope["query_string"].decode("latin-1")
        address = quote(path, safe="/-._~")
        context = {
            "request": connection,
            "path": path,
            "query": f"?{query}" if query else "",
            "request_id": scope["state"].get("request_id", ""),
            "who": scope["state"].get("who"),
            "csrf_field": partial(csrf.field, connection),
            "said": notices.said(language, scope["query_string"]),
        }
        if not self.settings.production and "dir=rtl" in query:
            context["dir"] = "rtl"  # to look at the pages right-to-left before there is such a language
        return context | self.addresses(language, address)

    def addresses(self, language: str, path: str) -> dict[str, Any]:
        """What search engines are told: the canonical address of a path and the same page in each language."""
        path = "" if path == "/" else path
        alternates = [(other.code, f"{self.public_url}/{other.code}{path}") for other in i18n.LANGUAGES]
        alternates.append(("x-default", f"{self.public_url}/{i18n.DEFAULT}{path}"))
        return {"canonical": f"{self.public_url}/{language}{path}", "alternates": alternates}


def _environment(
    language: i18n.Language, settings: Settings, assets: Assets, drawings: Drawings
) -> Environment:
    environment = QuickEnvironment(
        loader=FileSystemLoader(templates_dir()),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        cache_size=400,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    fixed: dict[str, Callable[..., Any]] = {
        "_": _gettext(language.code),
        "url": partial(address, language.code),
        "url_in": address,
        "static": assets.address,
        "icon": drawings.icon,
        "logo": drawings.logo,
    }
    plain: dict[str, Callable[..., Any]] = fixed | {
        "ngettext": _ngettext(language.code),
        "link": partial(link, settings.public_url, language.code),
        "picture": drawings.picture,
        "mark": marked,
        "bdi": bdi,
        "json_ld": json_ld,
        "rows": _rows,
        "kept": lru_cache(maxsize=_KEPT)(_made_of),
    }
    environment.fixed, environment.plain = fixed, plain
    environment.globals.update(
        plain,
        lang=language.code,
        dir=language.dir,
        languages=i18n.LANGUAGES,
        site=settings.public_url,
        env=settings.env,
    )
    environment.filters.update(filters(language.code), **shown.filters(language.code))
    return environment


def _gettext(language: str) -> Callable[..., str]:
    messages = i18n.catalogue(language).messages

    def gettext(msgid: str, **params: object) -> str:
        text = messages.get(msgid, msgid)
        return _filled(text, msgid, params) if params else text

    return gettext


def _ngettext(language: str) -> Callable[..., str]:
    def ngettext(singular: str, plural: str, n: int, **params: object) -> str:
        text = i18n.ngettext(language, singular, plural, n)
        return _filled(text, plural, {"n": i18n.figure(n, language)} | params)

    return ngettext


def _filled(text: str, msgid: str, params: Mapping[str, object]) -> str:
    # One parameter of markup makes the sentence markup: its own words and the other parameters are escaped.
    if any(isinstance(value, Markup) for value in params.values()):
        safe = {name: str(escape(value)) for name, value in params.items()}
        return Markup(i18n.fill(str(escape(text)), str(escape(msgid)), safe))
    return i18n.fill(text, msgid, params)


def address(language: str, path: str, **query: Any) -> str:
    """The address of a path in a language: lists repeat their key, None and '' are left out."""
    found = _address(language, path)
    if not query:
        return found
    pairs = [
        (name, str(item))
        for name, value in query.items()
        for item in (value if isinstance(value, list | tuple | set | frozenset) else (value,))
        if item is not None and item != ""
    ]
    return f"{found}?{urlencode(pairs)}" if pairs else found


def link(site: str, language: str, path: str, **query: Any) -> str:
    """The address of a path as the outside world has to call it: for mails."""
    return site + address(language, path, **query)


@lru_cache(maxsize=8192)
def _address(language: str, path: str) -> str:
    return f"/{language}" if path == "/" else f"/{language}{quote(path, safe='/-._~')}"


def marked(text: str, terms: tuple[Term, ...]) -> Markup:
    """The text, escaped, with the searched words in <mark>."""
    if not terms:
        return escape(text)
    initials = _initials(text)
    if initials is not None:
        terms = tuple([term for term in terms if term.text[:1] in initials])
    return _marked(text, terms)


@lru_cache(maxsize=8192)
def _marked(text: str, terms: tuple[Term, ...]) -> Markup:
    return Markup(
        "".join(
            f"<mark>{escape(piece)}</mark>" if found else str(escape(piece))
            for piece, found in mark(text, terms)
        )
    )


# What is marked begins with the first letter of a term: stemming cuts and changes the ends of words only.
@lru_cache(maxsize=16_384)
def _initials(text: str) -> frozenset[str] | None:
    """First letters of the words; None for texts whose words are not all separated by spaces and signs."""
    folded = fold(text)
    return frozenset(word.text[0] for word in spans(folded)) if folded.isascii() else None


def _rows(structs: Iterable[msgspec.Struct]) -> Iterator[tuple[Any, ...]]:
    """Structs as tuples: a loop takes one apart quicker than by the names of its fields."""
    return map(msgspec.structs.astuple, structs)


def _made_of(macro: Macro, *values: object) -> str:
    """What the macro makes of the values. Kept by the values themselves: other values, another text."""
    made: str = macro(*values)
    return made


def bdi(text: object) -> Markup:
    """The text, escaped, in an element that keeps its own direction inside a sentence of another one."""
    return Markup(f"<bdi>{quick_escape(text)}</bdi>")


def json_ld(data: Any) -> Markup:
    """The script element of linked data; its content cannot leave the element whatever the texts hold."""
    text = msgspec.json.encode(data).decode()
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(f'<script type="application/ld+json">{text}</script>')


def page(
    request: Request[Any, Any, Any],
    name: str,
    /,
    *,
    status_code: int = 200,
    headers: dict[str, str] | None = None,
    canonical: str | None = None,
    language: str | None = None,
    **context: Any,
) -> Page:
    """The template rendered in the language of the address, as an answer.

    `canonical` is the path (without language) that search engines should know this page by, when it is not the
    one that was asked.
    """
    templates: Templates = request.app.state.templates
    language = language or i18n.language_of(request)
    if canonical is not None:
        context = templates.addresses(language, quote(canonical, safe="/-._~")) | context
    html = templates.render(request, language, name, **context)
    found = {"Content-Language": language}
    state = request.scope["state"]
    if "csrf" in state or state.get("who") is not None:
        # Made for one reader: neither a proxy nor the next person at this machine may have it.
        found["Cache-Control"] = "private, no-store"
    cookie = csrf.new_cookie(request)
    return Response(
        html.encode("utf-8", "replace"),
        status_code=status_code,
        media_type=HTML,
        headers=found | (headers or {}),
        cookies=[cookie] if cookie else None,
    )


def back(
    request: Request[Any, Any, Any],
    path: str,
    *cookies: Cookie,
    said: str | None = None,
    language: str | None = None,
    **query: Any,
) -> Page:
    """To a page after a form was carried out (303); `path` is without language and never from outside unchecked.

    `said` names a sentence of web.notices that the page shows.
    """
    to = address(language or i18n.language_of(request), path, said=said, **query)
    headers = {"Location": to, "Cache-Control": "no-store"}
    return Response(b"", status_code=303, media_type=HTML, headers=headers, cookies=cookies)
