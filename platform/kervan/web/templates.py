"""The template environments, one a language, and `page`: the way from a handler to HTML."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from jinja2 import BytecodeCache, Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.connection import ASGIConnection
from markupsafe import Markup, escape

from kervan.resources import templates_dir
from kervan.settings import Settings
from kervan.web import i18n
from kervan.web.assets import Assets
from kervan.web.formats import filters
from kervan.web.pictures import Drawings
from kervan_search.engine import Term
from kervan_search.highlight import mark

HTML = "text/html"

Page = Response[bytes]
"""A rendered HTML page."""


class Templates(msgspec.Struct, frozen=True):
    """The environments by language. Globals are bound to the language, so imported macros are evaluated only once."""

    environments: Mapping[str, Environment]
    public_url: str
    development: bool

    def render(
        self, connection: ASGIConnection[Any, Any, Any, Any], language: str, name: str, **context: Any
    ) -> str:
        """The template as text; KeyError-free: a missing variable raises jinja2.UndefinedError."""
        template = self.environments[language].get_template(name)
        return template.render(self._of_request(connection, language) | context)

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
        }
        if self.development and "dir=rtl" in query:
            context["dir"] = "rtl"  # to look at the pages right-to-left before there is such a language
        return context | self.addresses(language, address)

    def addresses(self, language: str, path: str) -> dict[str, Any]:
        """What search engines are told: the canonical address of a path and the same page in each language."""
        path = "" if path == "/" else path
        alternates = [(other.code, f"{self.public_url}/{other.code}{path}") for other in i18n.LANGUAGES]
        alternates.append(("x-default", f"{self.public_url}/{i18n.DEFAULT}{path}"))
        return {"canonical": f"{self.public_url}/{language}{path}", "alternates": alternates}


def open_templates(settings: Settings, assets: Assets) -> Templates:
    """The environments of all languages. Compiled templates are kept in the data folder where it can be written."""
    compiled = _compiled(settings.data / "cache" / "templates")
    drawings = Drawings(assets)
    return Templates(
        environments={
            language.code: _environment(language, settings, assets, drawings, compiled)
            for language in i18n.LANGUAGES
        },
        public_url=settings.public_url,
        development=not settings.production,
    )


def _compiled(folder: Path) -> BytecodeCache | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return FileSystemBytecodeCache(str(folder))


def _environment(
    language: i18n.Language,
    settings: Settings,
    assets: Assets,
    drawings: Drawings,
    compiled: BytecodeCache | None,
) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates_dir()),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=not settings.production,
        bytecode_cache=compiled,
        cache_size=400,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        _=_gettext(language.code),
        ngettext=_ngettext(language.code),
        lang=language.code,
        dir=language.dir,
        languages=i18n.LANGUAGES,
        site=settings.public_url,
        env=settings.env,
        url=partial(address, language.code),
        url_in=address,
        static=assets.address,
        picture=drawings.picture,
        icon=drawings.icon,
        logo=drawings.logo,
        mark=marked,
        bdi=bdi,
        json_ld=json_ld,
    )
    environment.filters.update(filters(language.code))
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
    if any(hasattr(value, "__html__") for value in params.values()):
        safe = {name: escape(value) for name, value in params.items()}
        return Markup(i18n.fill(str(escape(text)), str(escape(msgid)), safe))
    return i18n.fill(text, msgid, params)


def address(language: str, path: str, **query: Any) -> str:
    """The address of a path in a language: lists repeat their key, None and '' are left out."""
    found = f"/{language}" if path == "/" else f"/{language}{quote(path, safe='/-._~')}"
    if not query:
        return found
    pairs = [
        (name, str(item))
        for name, value in query.items()
        for item in (value if isinstance(value, list | tuple | set | frozenset) else (value,))
        if item is not None and item != ""
    ]
    return f"{found}?{urlencode(pairs)}" if pairs else found


def marked(text: str, terms: Sequence[Term]) -> Markup:
    """The text, escaped, with the searched words in <mark>."""
    if not terms:
        return escape(text)
    return Markup("").join(
        Markup("<mark>%s</mark>") % piece if found else escape(piece) for piece, found in mark(text, terms)
    )


def bdi(text: object) -> Markup:
    """The text, escaped, in an element that keeps its own direction inside a sentence of another one."""
    return Markup("<bdi>%s</bdi>") % text


def json_ld(data: Any) -> Markup:
    """The script element of linked data; its content cannot leave the element whatever the texts hold."""
    text = msgspec.json.encode(data).decode()
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(f'<script type="application/ld+json">{text}</script>')


def page(
    request: Request[Any, Any, Any],
    name: str,
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
    state = request.app.state
    state.assets.refresh()
    templates: Templates = state.templates
    language = language or i18n.language_of(request)
    if canonical is not None:
        context = templates.addresses(language, quote(canonical, safe="/-._~")) | context
    html = templates.render(request, language, name, **context)
    return Response(
        html.encode("utf-8", "replace"),
        status_code=status_code,
        media_type=HTML,
        headers={"Content-Language": language, **(headers or {})},
    )
