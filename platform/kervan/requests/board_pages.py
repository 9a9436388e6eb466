"""The public board: the list of open requests, its Atom feed, one request, its attachments."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, caller_of, signed_in
from kervan.discovery import labels, requests, result_pages
from kervan.discovery.structs import Results
from kervan.errors import Forbidden, NotFound
from kervan.files import store
from kervan.files.answers import download
from kervan.organisations import roles
from kervan.organisations.tables import Kind
from kervan.products.queries import slug_of
from kervan.requests import board, feed, files, queries, reading, views
from kervan.requests.board_linked_data import linked_data
from kervan.requests.states import BUYER_NAMES, PUBLIC, SOURCE_NAMES
from kervan.requests.structs import RequestShown
from kervan.requests.tables import RequestState
from kervan.trade.errors import N_
from kervan.web.http import query_of
from kervan.web.i18n import language_of
from kervan.web.templates import Page, address, back, page

_ID_LENGTH = 12
_PATH = "/requests"

SORT_NAMES = {
    "relevance": N_("Best match"),
    "newest": N_("Newest"),
    "closing": N_("Closing soon"),
}

# What exporters narrow by first stands on top; the first ones are shown open.
FACET_ORDER = (
    "country", "sector", "heading", "deadline", "quantity", "buyer_type", "source", "certificate", "language",
    "unit", "chapter", "section",
)  # fmt: skip

EXAMPLES = {
    "en": ("towels", "olive oil", "marble", "Germany"),
    "tr": ("havlu", "zeytinyağı", "mermer", "Almanya"),
}


@get("/requests")
async def results(request: Request[Any, Any, Any]) -> Page:
    """Open requests that a search finds."""
    language, caller = language_of(request), caller_of(request)
    search = request.app.state.search
    found, problems, typed = await result_pages.found(
        request, "requests", lambda asked: board.find(search, asked, caller)
    )
    return page(
        request,
        "requests/board.html",
        status_code=422 if problems else 200,
        results=found,
        facets=sorted(found.facets, key=lambda facet: FACET_ORDER.index(facet.name)),
        problems=problems,
        typed=typed,
        today=board.today(),
        sees_values=board.sees_values(caller),
        alerts=caller is None or any(m.kind != Kind.IMPORTER for m in caller.memberships),
        examples=EXAMPLES[language],
        **_links(found),
    )


def _links(found: Results) -> dict[str, Any]:
    """Where the page leads: other pages, the same without a choice, the nearest spelling, the same for programs."""
    search = found.request
    return {
        **result_pages.links(found, SORT_NAMES),
        "atom": address(search.language, "/requests.atom") + requests.address(search, sort="relevance"),
        "json": result_pages.as_json(search),
    }


@get("/requests.atom")
async def atom(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The newest requests that a search finds, for feed readers. Raises Invalid for parameters that are wrong."""
    language = language_of(request)
    asked = requests.parse("requests", language, query_of(request))
    return await feed.answer(request, asked)


@get("/requests/new", sync_to_thread=False)
def new(request: Request[Any, Any, Any]) -> Page:
    """The way in for who wants to buy: to sign in, and on to the desk where a request is written."""
    caller = signed_in(request)
    if firms := [m for m in caller.may(roles.BUY) if m.kind == Kind.IMPORTER]:
        return back(request, f"/desk/{firms[0].public_id}/requests/new")
    if any(m.kind == Kind.POST for m in caller.may(roles.REQUESTS)):
        return back(request, "/staff/requests/new")
    raise Forbidden(N_("Requests are posted by importers and by trade posts."))


@get("/requests/{address_name:str}")
async def one(request: Request[Any, Any, Any], address_name: FromPath[str]) -> Page | Redirect:
    """A request by the id at the end of its address; another title before it leads to the right address.

    Visitors read the public part. What is not published is there for nobody but its own people and its staff, whom it
    leads to their desk.
    """
    language, caller = language_of(request), caller_of(request)
    found = await queries.by_public_id(address_name[-_ID_LENGTH:])
    if found.state not in PUBLIC:
        return await _not_public(request, found, caller)
    path = f"{_PATH}/{slug_of(found.title, 'request')}-{found.public_id}"
    if path != f"{_PATH}/{address_name}":
        return Redirect(address(language, path, **query_of(request)), status_code=301)
    reader = reading.reader_of(caller, found)
    if reader.desk is None:
        views.viewed(request, found.id)
    cards = await queries.cards([found.id])
    if not cards:
        raise NotFound()
    card = cards[0]
    return page(
        request,
        "requests/request.html",
        canonical=path,
        card=card,
        shown=found,
        reader=reader,
        contact=await reading.contact(found, reader),
        shows_source=reading.shows_source(found, reader),
        today=board.today(),
        days_left=queries.days_left(found),
        similar=await board.open_like(found, caller),
        steps=_steps(card.hs_code, language),
        source=SOURCE_NAMES[found.source],
        buyer_type=BUYER_NAMES.get(found.buyer_type or "", ""),
        linked_data=linked_data(card, request.app.state.settings.public_url, language),
    )


def _steps(code: str, language: str) -> list[tuple[str, str]]:
    """(address, name) of the board's requests of the same chapter and of the same heading."""
    return [
        (address(language, _PATH, **{name: part}), labels.label(name, part, language))
        for name, part in (("chapter", code[:2]), ("heading", code[:4]))
    ]


async def _not_public(request: Request[Any, Any, Any], found: RequestShown, caller: Caller | None) -> Page:
    if desk := await reading.home(found, caller):
        return back(request, desk)
    if found.state == RequestState.ARCHIVED:
        return page(
            request,
            "requests/archived.html",
            status_code=410,
            today=board.today(),
            similar=await board.newest(4, caller),
        )
    raise NotFound()


@get("/requests/{public_id:str}/files/{file:str}")
async def attachment(
    request: Request[Any, Any, Any], public_id: FromPath[str], file: FromPath[str]
) -> Response[bytes]:
    """An attachment, for who may read the whole request. Raises NotFound for everybody else."""
    caller = signed_in(request)
    found = await queries.by_public_id(public_id)
    if found.state not in PUBLIC or not reading.reader_of(caller, found).whole:
        raise NotFound()
    name, content_type, path = await files.opened(found.id, file)
    return download(await store.read(path), name, content_type)


ROUTES: list[ControllerRouterHandler] = [results, atom, new, one, attachment]
