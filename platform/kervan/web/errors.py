"""Every refusal and every failure as an answer: a page in the reader's language, or problem+json (RFC 9457)."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import msgspec
import structlog
from jinja2 import TemplateNotFound
from litestar import Request, Response
from litestar.exceptions import HTTPException
from markupsafe import escape

from kervan.errors import SIGN_IN, Invalid, KervanError, SignInNeeded, TooMany
from kervan.trade.errors import N_, TradeError
from kervan.web import again, i18n
from kervan.web.logging import without_tokens
from kervan.web.templates import HTML, back, page
from kervan_search.engine import BadQuery, EngineDown

log = structlog.get_logger(__name__)

PROBLEM = "application/problem+json"

_JSON_PATHS = ("/api/", "/schema/", "/health/", "/metrics")

# What the database and the engine raise while they are away: the request may be tried again later.
_AWAY = (
    EngineDown,
    ConnectionError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)

_HUNG_UP = "client disconnected prematurely"
"""What Litestar says of a body that ends before it is whole: a line that broke, or a length that is not true."""

# Title and sentence by status, for what the framework refuses and for failures.
SENTENCES: Mapping[int, tuple[str, str]] = {
    400: (
        N_("The request could not be carried out"),
        N_("Something in this request is not as it should be."),
    ),
    401: (N_("Please sign in"), N_("Send an API key, or sign in first.")),
    403: (N_("You may not do this"), N_("Your account lacks the right to do this.")),
    404: (
        N_("We could not find this page"),
        N_("Check the address, or search for what you are looking for."),
    ),
    405: (N_("This cannot be done here"), N_("This address does not take that kind of request.")),
    409: (N_("This was changed in the meantime"), N_("Load the page again and look at the present state.")),
    413: (N_("That is too large"), N_("Send at most 12 MB at once.")),
    415: (N_("This format is not accepted"), N_("Send the content in a format that this address takes.")),
    422: (N_("Please check what you entered"), N_("Please check what you entered.")),
    429: (N_("Too many requests"), N_("Wait a moment, then try again.")),
    500: (N_("Something went wrong on our side"), N_("We have noted it. Try again in a few minutes.")),
    503: (
        N_("This part of the platform is not available at the moment"),
        N_("We are working on it. Try again in a few minutes."),
    ),
}


class FieldProblem(msgspec.Struct, frozen=True):
    """What is wrong with one field or parameter."""

    field: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error as RFC 9457 describes it; `errors` names the fields that were refused."""

    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    type: str = "about:blank"
    errors: tuple[FieldProblem, ...] = ()

    def as_json(self) -> bytes:
        """The bytes of the answer; `type` is always written."""
        fields = msgspec.structs.asdict(self) | {"errors": self.errors}
        return msgspec.json.encode(
            {name: value for name, value in fields.items() if value or name != "errors"}
        )


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The answer to any exception. Never a trace: what the reader cannot use goes to the log only."""
    language = _language(request)
    if isinstance(error, SignInNeeded) and not _wants_json(request):
        if error.to != SIGN_IN or again.kept(request) is None:
            return _to_sign_in(request, error, language)
        error = again.TooLate(again.OVER)
    problem = _problem(request, error, language)
    if problem.status >= 500:
        log.error(
            "request failed",
            path=without_tokens(request.scope["path"]),
            status=problem.status,
            exc_info=error,
        )
    headers = _headers(error)
    if _wants_json(request):
        headers["Content-Language"] = language
        return Response(problem.as_json(), status_code=problem.status, media_type=PROBLEM, headers=headers)
    return _page(request, problem, language, headers, isinstance(error, again.TooLate))


def _to_sign_in(request: Request[Any, Any, Any], error: SignInNeeded, language: str) -> Response[bytes]:
    """To the page where one signs in, and from there back to what was asked for, if it can be asked for again."""
    _, path = i18n.split_path(request.scope["path"])
    asked = f"{path}?{request.scope['query_string'].decode('latin-1')}".rstrip("?")
    return back(request, error.to, language=language, next=asked[:500] if request.method == "GET" else None)


def _problem(request: Request[Any, Any, Any], error: Exception, language: str) -> Problem:
    status = _status(error)
    known = SENTENCES.get(status) or SENTENCES[500 if status >= 500 else 400]
    title, detail = i18n.gettext(language, known[0]), i18n.gettext(language, known[1])
    fields: tuple[FieldProblem, ...] = ()
    if isinstance(error, KervanError):
        title = i18n.gettext(language, error.title)
        if error.message != error.title:
            detail = i18n.sentence(language, error)
        if isinstance(error, Invalid):
            fields = tuple(
                FieldProblem(name, i18n.sentence(language, why)) for name, why in error.fields.items()
            )
    elif isinstance(error, TradeError):
        detail = i18n.sentence(language, error)
    elif isinstance(error, HTTPException):
        fields = _refused_parameters(error)
    return Problem(
        title=title,
        status=status,
        detail=detail,
        instance=request.scope["path"][:500],
        request_id=request.scope["state"].get("request_id", ""),
        errors=fields,
    )


def _status(error: Exception) -> int:
    if isinstance(error, KervanError):
        return error.status_code
    if isinstance(error, TradeError | BadQuery):
        return 422
    if isinstance(error, HTTPException):
        return 400 if error.detail == _HUNG_UP else error.status_code
    if isinstance(error, RecursionError):
        return 400  # JSON of a thousand brackets in each other: nothing of ours is that deep
    return 503 if isinstance(error, _AWAY) else 500


def _refused_parameters(error: HTTPException) -> tuple[FieldProblem, ...]:
    if not isinstance(error.extra, list):
        return ()
    return tuple(
        FieldProblem(str(entry.get("key", "")), str(entry.get("message", "")))
        for entry in error.extra
        if isinstance(entry, dict)
    )


def _headers(error: Exception) -> dict[str, str]:
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, TooMany):
        headers |= {"Retry-After": str(error.retry_after)}
    elif isinstance(error, HTTPException) and error.headers:
        for name, value in error.headers.items():
            # Litestar knows no HEAD routes; kervan.web.middleware answers them by what GET says.
            allowed = name.title() == "Allow" and "GET" in value
            headers[name.title()] = f"{value}, HEAD" if allowed else value
    elif _status(error) == 503:
        headers |= {"Retry-After": "30"}
    return headers


def _wants_json(request: Request[Any, Any, Any]) -> bool:
    if request.scope["path"].startswith(_JSON_PATHS):
        return True
    accepted = request.headers.get("accept", "")
    return "json" in accepted and "text/html" not in accepted


def _language(request: Request[Any, Any, Any]) -> str:
    if request.scope["path"].startswith("/api/"):
        query = request.scope["query_string"]
        for language in i18n.BY_CODE:
            if f"lang={language}".encode() in query.split(b"&"):
                return language
    return i18n.language_of(request)


def _page(
    request: Request[Any, Any, Any], problem: Problem, language: str, headers: dict[str, str], too_late: bool
) -> Response[bytes]:
    context: dict[str, Any] = {
        "status": problem.status,
        "title": problem.title,
        "detail": problem.detail,
        "fields": {entry.field: entry.detail for entry in problem.errors},
    }
    if too_late:
        context |= {"typed": again.kept(request), "came_from": again.came_from(request)}
    special = "too_late" if too_late else problem.status
    for name in (f"errors/{special}.html", "errors/error.html"):
        try:
            return page(
                request,
                name,
                status_code=problem.status,
                headers=headers,
                language=language,
                canonical="/",
                **context,
            )
        except TemplateNotFound as missing:
            if missing.name != name:
                log.exception("error page cannot be shown", template=name)
        except Exception:
            log.exception("error page cannot be shown", template=name)
    return Response(_plain(problem, language), status_code=problem.status, media_type=HTML, headers=headers)


def _plain(problem: Problem, language: str) -> bytes:
    """The page for the day on which the templates themselves are broken."""
    direction = i18n.BY_CODE[language].dir
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(problem.title)}</title></head>'
        f"<body><h1>{escape(problem.title)}</h1><p>{escape(problem.detail)}</p>"
        f'<p><a href="/{language}">Kervan</a></p><p><small>{escape(problem.request_id)}</small></p></body></html>'
    ).encode("utf-8", "replace")
