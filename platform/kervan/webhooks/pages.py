"""Webhooks of a firm: listed, made, changed; one with its log, its trial and its secret."""

from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.account_pages import is_proved, to_proof
from kervan.accounts.callers import Caller, Membership, member, signed_in
from kervan.errors import Conflict, Invalid
from kervan.organisations.desk import frame
from kervan.organisations.roles import MANAGER, WEBHOOKS
from kervan.settings import Settings
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, back, page
from kervan.webhooks import queries, service
from kervan.webhooks.events import CHOICES, EVENTS, GROUPS
from kervan.webhooks.queries import PER_PAGE, Hook
from kervan.webhooks.sending import FAILURES_UNTIL_PAUSED
from kervan.webhooks.tables import DeliveryState

_MOST_PAGES = 10_000


def _owner(request: Request[Any, Any, Any], org: str) -> tuple[Caller, Membership]:
    caller = signed_in(request)
    return caller, member(caller, org, WEBHOOKS, *MANAGER)


def _local(request: Request[Any, Any, Any]) -> bool:
    settings: Settings = request.app.state.settings
    return settings.webhooks_local


@cache
def receiver_example() -> str:
    """The program that checks a signature, as the page shows it: the very module that the tests run."""
    return Path(__file__).with_name("receiver_example.py").read_text(encoding="utf-8")


@get("/desk/{org:str}/webhooks")
async def all_webhooks(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Which there are, how they fare, and how a receiver knows that it is us."""
    _, membership = _owner(request, org)
    return page(
        request,
        "webhooks/list.html",
        **await frame(request, membership, "webhooks"),
        hooks=await queries.of(membership.organisation),
        most=service.MOST_HOOKS,
        kept_days=service.KEPT_DAYS,
        example=receiver_example(),
        failures=FAILURES_UNTIL_PAUSED,
    )


@get("/desk/{org:str}/webhooks/new")
async def new_webhook(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Where to, and what of. At first everything is chosen."""
    caller, membership = _owner(request, org)
    if not is_proved(caller):
        return to_proof(request, f"/desk/{org}/webhooks/new")
    return await _form(request, membership, Form(language_of(request), {"events": CHOICES}))


async def _form(
    request: Request[Any, Any, Any],
    membership: Membership,
    form: Form,
    status: int = 200,
    hook: Hook | None = None,
) -> Page:
    language = language_of(request)
    groups = [
        (gettext(language, heading), [(event, gettext(language, EVENTS[event])) for event in _of(group)])
        for group, heading in GROUPS.items()
    ]
    return page(
        request,
        "webhooks/form.html",
        status_code=status,
        **await frame(request, membership, "webhooks"),
        groups=groups,
        form=form,
        hook=hook,
        local=_local(request),
    )


def _of(group: str) -> tuple[str, ...]:
    return tuple(event for event in CHOICES if event.startswith(f"{group}."))


def _read(form: Form) -> tuple[str, str, tuple[str, ...]]:
    name = form.text("name", longest=service.LONGEST_NAME)
    url = form.text("url", longest=2000)
    return name, url, form.several("events", CHOICES, least=1)


@post("/desk/{org:str}/webhooks/new", status_code=200)
async def make_webhook(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """The new webhook's secret, on this answer and nowhere else."""
    caller, membership = _owner(request, org)
    if not is_proved(caller):
        return to_proof(request, f"/desk/{org}/webhooks/new")
    form = await forms.read(request)
    name, url, events = _read(form)
    if form.ok:
        try:
            hook, secret = await service.create(caller, membership, name, url, events, local=_local(request))
            return await _secret(request, membership, hook, name, secret, fresh=True)
        except (Conflict, Invalid) as error:
            form.take(error)
    return await _form(request, membership, form, 422)


async def _secret(
    request: Request[Any, Any, Any], membership: Membership, hook: str, name: str, secret: str, *, fresh: bool
) -> Page:
    return page(
        request,
        "webhooks/secret.html",
        headers={"Cache-Control": "private, no-store"},
        **await frame(request, membership, "webhooks"),
        id=hook,
        name=name,
        secret=secret,
        fresh=fresh,
        hours=service.OLD_SECRET_HOURS,
    )


@get("/desk/{org:str}/webhooks/{hook:str}")
async def one_webhook(request: Request[Any, Any, Any], org: FromPath[str], hook: FromPath[str]) -> Page:
    """What it hears of and what became of each delivery, newest first; `?state=` and `?page=` as lists do."""
    _, membership = _owner(request, org)
    found = await queries.one(membership.organisation, hook)
    query = {name: values[-1] for name, values in query_of(request).items()}
    state = query.get("state", "")
    state = state if state in tuple(DeliveryState) else ""
    asked = query.get("page", "1")
    number = min(int(asked), _MOST_PAGES) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 1
    number = max(number, 1)
    lines, total = await queries.deliveries(found.id, state, PER_PAGE, (number - 1) * PER_PAGE)
    return page(
        request,
        "webhooks/webhook.html",
        **await frame(request, membership, "webhooks"),
        hook=found,
        lines=lines,
        total=total,
        state_asked=state,
        number=number,
        last=max(1, -(-total // PER_PAGE)),
        events=EVENTS,
        kept_days=service.KEPT_DAYS,
    )


@get("/desk/{org:str}/webhooks/{hook:str}/change")
async def change_form(request: Request[Any, Any, Any], org: FromPath[str], hook: FromPath[str]) -> Page:
    """Another name, address or choice."""
    caller, membership = _owner(request, org)
    found = await queries.one(membership.organisation, hook)
    if not is_proved(caller):
        return to_proof(request, f"/desk/{org}/webhooks/{hook}/change")
    initial = {"name": found.name, "url": found.url, "events": found.events, "version": str(found.version)}
    return await _form(request, membership, Form(language_of(request), initial), hook=found)


@post("/desk/{org:str}/webhooks/{hook:str}/change", status_code=200)
async def change(request: Request[Any, Any, Any], org: FromPath[str], hook: FromPath[str]) -> Page:
    """Keeps it."""
    caller, membership = _owner(request, org)
    found = await queries.one(membership.organisation, hook)
    if not is_proved(caller):
        return to_proof(request, f"/desk/{org}/webhooks/{hook}/change")
    form = await forms.read(request)
    name, url, events = _read(form)
    version = form.whole("version", low=1, high=10**9)
    if form.ok:
        try:
            await service.change(
                caller, membership, hook, name, url, events, version=version, local=_local(request)
            )
            return back(request, f"/desk/{org}/webhooks/{hook}", said="saved")
        except (Conflict, Invalid) as error:
            form.take(error)
    return await _form(request, membership, form, 422, found)


@post("/desk/{org:str}/webhooks/{hook:str}/secret", status_code=200)
async def new_secret(request: Request[Any, Any, Any], org: FromPath[str], hook: FromPath[str]) -> Page:
    """Another secret, on this answer and nowhere else."""
    caller, membership = _owner(request, org)
    found = await queries.one(membership.organisation, hook)
    if not is_proved(caller):
        return to_proof(request, f"/desk/{org}/webhooks/{hook}")
    secret = await service.rotate(caller, membership, hook)
    return await _secret(request, membership, hook, found.name, secret, fresh=False)


@post("/desk/{org:str}/webhooks/{hook:str}/ping", status_code=200)
async def ping(request: Request[Any, Any, Any], org: FromPath[str], hook: FromPath[str]) -> Page:
    """Sends a trial."""
    caller, membership = _owner(request, org)
    await service.ping(caller, membership, hook)
    return back(request, f"/desk/{org}/webhooks/{hook}", said="webhook-pinged")


@post("/desk/{org:str}/webhooks/{hook:str}/pause", status_code=200)
async def pause(request: Request[Any, Any, Any], org: FromPath[str], hook: FromPath[str]) -> Page:
    """Lets it rest."""
    caller, membership = _owner(request, org)
    await service.pause(caller, membership, hook)
    return back(request, f"/desk/{org}/webhooks/{hook}", said="webhook-paused")


@post("/desk/{org:str}/webhooks/{hook:str}/resume", status_code=200)
async def resume(request: Request[Any, Any, Any], org: FromPath[str], hook: FromPath[str]) -> Page:
    """Ends the rest."""
    caller, membership = _owner(request, org)
    await service.resume(caller, membership, hook)
    return back(request, f"/desk/{org}/webhooks/{hook}", said="webhook-resumed")


@post("/desk/{org:str}/webhooks/{hook:str}/remove", status_code=200)
async def remove(request: Request[Any, Any, Any], org: FromPath[str], hook: FromPath[str]) -> Page:
    """Ends it for good."""
    caller, membership = _owner(request, org)
    await service.remove(caller, membership, hook)
    return back(request, f"/desk/{org}/webhooks", said="webhook-removed")


@get("/desk/{org:str}/webhooks/{hook:str}/deliveries/{delivery:str}")
async def one_delivery(
    request: Request[Any, Any, Any], org: FromPath[str], hook: FromPath[str], delivery: FromPath[str]
) -> Page:
    """What was sent and what came back."""
    _, membership = _owner(request, org)
    found = await queries.one(membership.organisation, hook)
    return page(
        request,
        "webhooks/delivery.html",
        **await frame(request, membership, "webhooks"),
        hook=found,
        line=await queries.delivery(found.id, delivery),
        events=EVENTS,
    )


@post("/desk/{org:str}/webhooks/{hook:str}/deliveries/{delivery:str}/redeliver", status_code=200)
async def redeliver(
    request: Request[Any, Any, Any], org: FromPath[str], hook: FromPath[str], delivery: FromPath[str]
) -> Page:
    """Sends it once more."""
    caller, membership = _owner(request, org)
    await service.redeliver(caller, membership, hook, delivery)
    return back(request, f"/desk/{org}/webhooks/{hook}", said="retried")


ROUTES: list[ControllerRouterHandler] = [
    all_webhooks,
    new_webhook,
    make_webhook,
    one_webhook,
    change_form,
    change,
    new_secret,
    ping,
    pause,
    resume,
    remove,
    one_delivery,
    redeliver,
]
