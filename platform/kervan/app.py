"""The application: its one list of routes, what wraps them, and what lives as long as the process."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import structlog
from litestar import Litestar, Request, Router, get
from litestar.datastructures import State
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from kervan import worker
from kervan.accounts import pages as accounts_pages
from kervan.accounts.middleware import Visitors
from kervan.alerts import api as alerts_api
from kervan.alerts import pages as alerts_pages
from kervan.announcements import pages as announcements_pages
from kervan.announcements import staff_pages as announcements_staff_pages
from kervan.conversations import pages as conversations_pages
from kervan.db import pool
from kervan.declarations import api as declarations_api
from kervan.declarations import desk_pages as declarations_desk_pages
from kervan.declarations import pages as declarations_pages
from kervan.discovery import api as discovery_api
from kervan.discovery import pages as discovery_pages
from kervan.discovery import sitemaps
from kervan.discovery.engine import open_search
from kervan.documents import api as documents_api
from kervan.documents import pages as documents_pages
from kervan.documents import verify_pages
from kervan.events import api as events_api
from kervan.events import pages as events_pages
from kervan.events import staff_pages as events_staff_pages
from kervan.events import views as event_views
from kervan.exporters import api as exporters_api
from kervan.exporters import (
    claims_pages,
    enrolment_pages,
    limits_pages,
    registration_pages,
    statistics,
    statistics_pages,
)
from kervan.exporters import desk_pages as exporters_desk_pages
from kervan.exporters import pages as exporters_pages
from kervan.exporters import staff_pages as exporters_staff_pages
from kervan.files import routes as files_routes
from kervan.files import store
from kervan.importers import pages as importers_pages
from kervan.inquiries import api as inquiries_api
from kervan.inquiries import pages as inquiries_pages
from kervan.mail import pages as mail_pages
from kervan.matching import api as matching_api
from kervan.matching import pages as matching_pages
from kervan.meetings import api as meetings_api
from kervan.meetings import day_pages as meetings_day_pages
from kervan.meetings import day_staff_pages as meetings_day_staff_pages
from kervan.meetings import pages as meetings_pages
from kervan.nomenclature import api as nomenclature_api
from kervan.nomenclature import pages as nomenclature_pages
from kervan.notifications import api as notifications_api
from kervan.notifications import pages as notifications_pages
from kervan.notifications.bells import Bells
from kervan.orders import adding_pages, carts_pages, offer_pages
from kervan.orders import api as orders_api
from kervan.orders import desk_pages as orders_desk_pages
from kervan.orders import staff_pages as orders_staff_pages
from kervan.organisations import api as organisations_api
from kervan.organisations import pages as organisations_pages
from kervan.policies import book as law_book
from kervan.privacy import pages as privacy_pages
from kervan.products import api as products_api
from kervan.products import desk_pages as products_desk_pages
from kervan.products import form_pages, inventory_api, photo_pages
from kervan.products import pages as products_pages
from kervan.products.importing import desk_pages as import_pages
from kervan.registrations import api as registrations_api
from kervan.registrations import pages as registrations_pages
from kervan.registrations import staff_pages as registrations_staff_pages
from kervan.requests import api as requests_api
from kervan.requests import api_answers as requests_api_answers
from kervan.requests import board_api, board_pages, outcome_pages
from kervan.requests import desk_pages as requests_desk_pages
from kervan.requests import exporter_pages as requests_exporter_pages
from kervan.requests import staff_pages as requests_staff_pages
from kervan.requests import views as request_views
from kervan.settings import Settings, load
from kervan.site import pages as site_pages
from kervan.staff import pages as admin_pages
from kervan.trade import nomenclature
from kervan.web import assets, csrf, health, i18n, logging, metrics, openapi, programs, stopping
from kervan.web.compression import Compress
from kervan.web.errors import handle
from kervan.web.limits import RateLimit, parse_limit
from kervan.web.middleware import Observe, Secure
from kervan.web.templates import Templates
from kervan.webhooks import api as webhooks_api
from kervan.webhooks import pages as webhooks_pages
from kervan_search.engine import Engine, EngineDown

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 12_000_000
RETRY_SECONDS = 5.0
"""Between two tries to open an engine that was away at the start."""

SEARCH_PAGES = (
    "/products",
    "/exporters",
    "/requests",
    "/requests.atom",
    "/events",
    "/events/calendar",
    "/events/calendar/",
    "/events.atom",
    "/events.ics",
)
"""Pages that cost a search: limited by address like the API. Of one that ends with a slash those right below it."""

# Paths begin behind the language: every page exists once in each.
PAGES: Sequence[ControllerRouterHandler] = (
    *discovery_pages.ROUTES,
    *board_pages.ROUTES,
    *products_pages.ROUTES,
    *products_desk_pages.ROUTES,
    *form_pages.ROUTES,
    *photo_pages.ROUTES,
    *limits_pages.ROUTES,
    *statistics_pages.ROUTES,
    *import_pages.ROUTES,
    *exporters_pages.ROUTES,
    *exporters_desk_pages.ROUTES,
    *registration_pages.ROUTES,
    *claims_pages.ROUTES,
    *enrolment_pages.ROUTES,
    *exporters_staff_pages.ROUTES,
    *admin_pages.ROUTES,
    *nomenclature_pages.ROUTES,
    *site_pages.ROUTES,
    *mail_pages.ROUTES,
    *accounts_pages.ROUTES,
    *organisations_pages.ROUTES,
    *notifications_pages.ROUTES,
    *alerts_pages.ROUTES,
    *webhooks_pages.ROUTES,
    *importers_pages.ROUTES,
    *privacy_pages.ROUTES,
    *orders_desk_pages.ROUTES,
    *offer_pages.ROUTES,
    *orders_staff_pages.ROUTES,
    *conversations_pages.ROUTES,
    *inquiries_pages.ROUTES,
    *adding_pages.ROUTES,
    *carts_pages.ROUTES,
    *verify_pages.ROUTES,
    *outcome_pages.ROUTES,
    *requests_desk_pages.ROUTES,
    *requests_exporter_pages.ROUTES,
    *requests_staff_pages.ROUTES,
    *matching_pages.ROUTES,
    *documents_pages.ROUTES,
    *declarations_pages.ROUTES,
    *declarations_desk_pages.ROUTES,
    *events_pages.ROUTES,
    *events_staff_pages.ROUTES,
    *registrations_pages.ROUTES,
    *registrations_staff_pages.ROUTES,
    *announcements_staff_pages.ROUTES,
    *announcements_pages.ROUTES,
    *meetings_pages.ROUTES,
    *meetings_day_pages.ROUTES,
    *meetings_day_staff_pages.ROUTES,
)
API: Sequence[ControllerRouterHandler] = (
    *products_api.ROUTES,
    *inventory_api.ROUTES,
    *exporters_api.ROUTES,
    *discovery_api.ROUTES,
    *events_api.ROUTES,
    *registrations_api.ROUTES,
    *meetings_api.ROUTES,
    *board_api.ROUTES,
    *requests_api.ROUTES,
    *requests_api_answers.ROUTES,
    *nomenclature_api.ROUTES,
    *organisations_api.ROUTES,
    *orders_api.ROUTES,
    *inquiries_api.ROUTES,
    *documents_api.ROUTES,
    *declarations_api.ROUTES,
    *webhooks_api.ROUTES,
    *alerts_api.ROUTES,
    *notifications_api.ROUTES,
    *matching_api.ROUTES,
)


@get("/", include_in_schema=False, sync_to_thread=False)
def first_visit(request: Request[Any, Any, Any]) -> Redirect:
    """The home page in the language that the browser asks for."""
    headers = {"Vary": "Accept-Language", "Cache-Control": "no-cache"}
    return Redirect(f"/{i18n.language_of(request)}", status_code=302, headers=headers)


def create_app(settings: Settings | None = None, *, with_worker: bool | None = None) -> Litestar:
    """The application. With `with_worker` the outbox is carried out in this process too.

    By default the settings say so. Raises SettingsError when a setting cannot be used.
    """
    settings = settings or load()
    with_worker = settings.worker_inside if with_worker is None else with_worker
    logging.setup(settings)
    store.use(settings.data / "uploads")
    templates = Templates(settings)
    visitors = Visitors(settings.secure_cookies)
    search_limit = _limits("search", settings.search_limit, settings, SEARCH_PAGES)
    app = Litestar(
        [
            first_visit,
            mail_pages.mailbox_anywhere,
            *privacy_pages.ANYWHERE,
            *alerts_pages.ANYWHERE,
            *announcements_pages.ANYWHERE,
            *verify_pages.ANYWHERE,
            *outcome_pages.ANYWHERE,
            *registrations_pages.ANYWHERE,
            *meetings_pages.ANYWHERE,
            *(
                Router(
                    f"/{language.code}",
                    route_handlers=PAGES,
                    include_in_schema=False,
                    middleware=[visitors, *search_limit],
                    before_request=csrf.check,
                )
                for language in i18n.LANGUAGES
            ),
            Router(
                "/api/v1",
                route_handlers=API,
                middleware=[*_limits("api", settings.api_limit, settings), visitors],
                before_request=programs.check,
            ),
            *sitemaps.ROUTES,
            *files_routes.ROUTES,
            assets.static_file,
            health.live,
            health.ready,
            metrics.metrics,
        ],
        exception_handlers={Exception: handle},
        lifespan=[_running(with_worker)],
        logging_config=None,
        openapi_config=openapi.config(),
        plugins=[openapi.DecimalAsString()],
        request_max_body_size=MAX_BODY_BYTES,
        state=State({"settings": settings, "templates": templates, "assets": templates.assets}),
    )
    # Litestar's own middleware runs behind the router; these must see unknown addresses and methods as well.
    app.asgi_handler = Observe()(Secure(settings)(Compress()(app.asgi_handler)))
    return app


def _limits(name: str, text: str, settings: Settings, only: Sequence[str] = ()) -> list[RateLimit]:
    limit = parse_limit(text, f"KERVAN_{name.upper()}_LIMIT")
    return [RateLimit(name, limit, settings.trusted_proxies, only)] if limit else []


def _running(with_worker: bool) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    @contextlib.asynccontextmanager
    async def running(app: Litestar) -> AsyncIterator[None]:
        """Pool, search engine and worker, from the first request to the last."""
        settings: Settings = app.state.settings
        search = open_search(settings)
        app.state.search = search
        app.state.bells = bells = Bells()
        stop = asyncio.Event()
        async with pool(settings.pool_size):
            await asyncio.to_thread(_warm, app.state.templates)
            tasks = [] if await _opened(search) else [asyncio.create_task(_open_later(search, stop))]
            tasks.append(asyncio.create_task(statistics.keep_flushing(stop), name="statistics"))
            tasks.append(
                asyncio.create_task(statistics.keep_flushing(stop, request_views.flush), name="views")
            )
            tasks.append(
                asyncio.create_task(statistics.keep_flushing(stop, event_views.flush), name="event views")
            )
            tasks.append(asyncio.create_task(law_book.keep_fresh(stop), name="law"))
            tasks.append(asyncio.create_task(bells.keep_listening(), name="bells"))
            if with_worker:
                tasks.append(asyncio.create_task(worker.run(search, settings, stop), name="worker"))
            try:
                # The server waits for open answers before it ends this: streams have to hear of it earlier.
                with stopping.when_asked(bells.close):
                    yield
            finally:
                stop.set()
                bells.close()
                for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                    if isinstance(outcome, Exception):
                        log.error("a background task died", exc_info=outcome)
                await search.close()
                logging.flush()

    return running


def _warm(templates: Templates) -> None:
    """What the first request of a process would otherwise wait a second for; then it is no garbage to look through."""
    if templates.settings.production or templates.settings.worker_inside:
        templates.compile_all()
        nomenclature.sections()
        nomenclature.synonym_groups()
        gc.collect()
        gc.freeze()


async def _opened(search: Engine) -> bool:
    try:
        await search.open()
    except EngineDown as error:
        log.warning("search engine is away, PostgreSQL answers", error=repr(error))
        return False
    return True


async def _open_later(search: Engine, stop: asyncio.Event) -> None:
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), RETRY_SECONDS)
        if stop.is_set() or await _opened(search):
            return
