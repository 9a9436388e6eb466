"""The pages of alerts: one's own, a new one, one with what it found; what is suggested; its feed; its end."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, Membership, signed_in
from kervan.alerts import conditions, fields, queries, service, staff_pages, stop_pages, wording
from kervan.alerts.conditions import Conditions
from kervan.alerts.structs import AlertShown, Wish
from kervan.alerts.tables import Channel, Frequency
from kervan.errors import Conflict, Invalid, NotFound
from kervan.privacy import texts
from kervan.privacy.queries import has_consent
from kervan.requests import feed
from kervan.requests.queries import cards
from kervan.trade.errors import N_
from kervan.web import atom as atoms
from kervan.web import forms
from kervan.web.forms import Form
from kervan.web.http import query_of, whole_number
from kervan.web.i18n import gettext, language_of, translate
from kervan.web.templates import Page, address, back, page

_FEED_TITLE = N_("Requests on Kervan: {choices}")
_FEED_SECONDS = 300


@get("/alerts")
async def all_alerts(request: Request[Any, Any, Any]) -> Page:
    """The caller's alerts, those that have ended with ended=1, and what could be one more."""
    return await _all(request, Form(language_of(request)))


async def _all(request: Request[Any, Any, Any], form: Form, status: int = 200) -> Page:
    caller = signed_in(request)
    holders = service.holders(caller)
    language = language_of(request)
    ended = query_of(request).get("ended", [""])[-1] == "1"
    suggested = [
        (membership, await queries.suggestions(caller, membership)) for membership in holders if not ended
    ]
    alerts = await queries.own(caller, ended=ended)
    shared = await _texts(caller, language)
    return page(
        request,
        "alerts/list.html",
        status_code=status,
        form=form,
        alerts=alerts,
        chips_of={alert.public_id: wording.chips(alert.conditions, language) for alert in alerts},
        ended=ended,
        count_ended=await queries.count_ended(caller),
        most=service.MOST_ALERTS,
        several=len(holders) > 1,
        suggested=[(membership, found) for membership, found in suggested if found],
        silent=not ended and not shared["agreed"] and any(Channel.MAIL in one.channels for one in alerts),
        **shared,
    )


async def _texts(caller: Caller, language: str) -> dict[str, Any]:
    """What every page of alerts names: the ways they tell, and whether mails may be written."""
    return {
        "frequencies": {code: gettext(language, name) for code, (name, _) in wording.FREQUENCIES.items()},
        "ways": {code: gettext(language, name) for code, (name, _) in wording.CHANNELS.items()},
        "ends": {code: gettext(language, name) for code, name in wording.ENDED.items()},
        "agreed": await has_consent(caller.person, "alerts"),
        "consent": texts.consents().languages[language].of("alerts"),
    }


@get("/alerts/new")
async def new_alert(request: Request[Any, Any, Any]) -> Page:
    """The form, filled with what the board's search of the query asks for."""
    asked = conditions.from_search(query_of(request))
    language = language_of(request)
    return await _form(request, Form(language, fields.initial(None, asked, language)))


async def _form(
    request: Request[Any, Any, Any],
    form: Form,
    status: int = 200,
    offered: tuple[str, ...] = (),
    alert: AlertShown | None = None,
) -> Page:
    caller = signed_in(request)
    holders = service.holders(caller)
    language = language_of(request)
    kind = alert.kind if alert else _chosen(form, holders).kind
    return page(
        request,
        "alerts/form.html",
        status_code=status,
        form=form,
        alert=alert,
        holders=holders,
        choices=fields.choices(language, kind, form, offered),
        **await _texts(caller, language),
    )


def _chosen(form: Form, holders: tuple[Membership, ...]) -> Membership:
    """The organisation that an alert is for: the one that was chosen, else the first."""
    asked = form.value("organisation")
    return next((one for one in holders if one.public_id == asked), holders[0])


@post("/alerts/new", status_code=200)
async def make_alert(request: Request[Any, Any, Any]) -> Page:
    """Makes the alert that the form describes."""
    caller = signed_in(request)
    holders = service.holders(caller)
    form = await forms.read(request)
    wish, offered = await fields.read(request, form)
    if form.ok and not form.value("find"):
        try:
            made = await service.create(
                caller,
                _chosen(form, holders),
                wish,
                language=form.language,
                agreed=form.ticked("agree"),
                where="form of an alert",
            )
            return back(request, f"/alerts/{made}", said="alert-made")
        except (Invalid, Conflict) as error:
            _take(form, error)
    return await _form(request, form, 422, tuple(offered))


def _take(form: Form, error: Invalid | Conflict) -> None:
    if isinstance(error, Invalid) and "codes" in error.fields:
        error.fields["headings"] = error.fields.pop("codes")
    form.take(error)


@post("/alerts/suggested", status_code=200)
async def take_suggestion(request: Request[Any, Any, Any]) -> Page:
    """An alert for one heading of the exporter's own products, or for all that were suggested, by one click."""
    caller = signed_in(request)
    form = await forms.read(request)
    membership = _chosen(form, service.holders(caller))
    headings = [one.heading for one in await queries.suggestions(caller, membership)]
    asked = form.value("heading")
    codes = tuple(headings) if asked == "all" else (asked,)
    agreed = form.ticked("agree")
    if not headings or not set(codes) <= set(headings):
        form.message = gettext(form.language, N_("This suggestion is gone. Look at your alerts."))
        return await _all(request, form, 409)
    by_mail = agreed or await has_consent(caller.person, "alerts")
    found = Conditions(codes=codes)
    wish = Wish(
        name=wording.name_for(found, form.language),
        conditions=found,
        frequency=Frequency.AT_ONCE,
        channels=(Channel.MAIL, Channel.IN_APP) if by_mail else (Channel.IN_APP,),
    )
    try:
        made = await service.create(
            caller,
            membership,
            wish,
            language=form.language,
            agreed=agreed,
            where="suggested alert",
            suggested=True,
        )
    except Conflict as error:
        form.take(error)
        return await _all(request, form, 409)
    return back(request, f"/alerts/{made}", said="alert-made")


@get("/alerts/{alert:str}")
async def one_alert(request: Request[Any, Any, Any], alert: FromPath[str]) -> Page:
    """What it asks for, how it tells, its feed, and what it found last."""
    caller = signed_in(request)
    found = await queries.one(caller, alert)
    return await _one(request, caller, found, Form(language_of(request)))


async def _one(
    request: Request[Any, Any, Any], caller: Caller, found: AlertShown, form: Form, status: int = 200
) -> Page:
    language = language_of(request)
    query = conditions.search_address(found.conditions)
    return page(
        request,
        "alerts/alert.html",
        status_code=status,
        form=form,
        alert=found,
        chips=wording.chips(found.conditions, language),
        lines=await queries.deliveries(found.id, 10),
        states=_states(language),
        search=None if query is None else address(language, "/requests") + query,
        feed=f"{request.app.state.settings.public_url}{address(language, feed_path(found.feed_token))}",
        reasons=[(code, gettext(language, said)) for code, said in service.REASONS.items()],
        **await _texts(caller, language),
    )


def _states(language: str) -> dict[str, tuple[str, str]]:
    return {code: (gettext(language, said), tone) for code, (said, tone) in wording.STATES.items()}


def feed_path(token: str) -> str:
    """The address of a feed, without language."""
    return f"/alerts/feed/{token}.atom"


@get("/alerts/{alert:str}/edit")
async def edit_alert(request: Request[Any, Any, Any], alert: FromPath[str]) -> Page:
    """The form of an alert that is on."""
    found = await _living(signed_in(request), alert)
    wish = Wish(
        name=found.name, conditions=found.conditions, frequency=found.frequency, channels=found.channels
    )
    language = language_of(request)
    initial = fields.initial(wish, found.conditions, language) | {"version": str(found.version)}
    return await _form(request, Form(language, initial), alert=found)


async def _living(caller: Caller, alert: str) -> AlertShown:
    found = await queries.one(caller, alert)
    if found.ended_at is not None:
        raise NotFound()
    return found


@post("/alerts/{alert:str}/edit", status_code=200)
async def change_alert(request: Request[Any, Any, Any], alert: FromPath[str]) -> Page:
    """Changes it for everything that is published from now on."""
    caller = signed_in(request)
    found = await _living(caller, alert)
    form = await forms.read(request)
    wish, offered = await fields.read(request, form)
    version = form.whole("version", low=1, high=10**9)
    if form.ok and not form.value("find"):
        try:
            await service.change(
                caller,
                alert,
                wish,
                version=version,
                language=form.language,
                agreed=form.ticked("agree"),
                where="form of an alert",
            )
            return back(request, f"/alerts/{alert}", said="alert-changed")
        except (Invalid, Conflict) as error:
            _take(form, error)
    return await _form(request, form, 422, tuple(offered), found)


@post("/alerts/{alert:str}/end", status_code=200)
async def end_alert(request: Request[Any, Any, Any], alert: FromPath[str]) -> Page:
    """Ends it, with a reason."""
    caller = signed_in(request)
    found = await _living(caller, alert)
    form = await forms.read(request)
    reason = form.choice("reason", tuple(service.REASONS))
    note = form.lines("note", required=False, longest=service.LONGEST_NOTE)
    if form.ok:
        await service.end(caller, alert, reason, note)
        return back(request, "/alerts", said="alert-ended")
    return await _one(request, caller, found, form, 422)


@post("/alerts/{alert:str}/feed", status_code=200)
async def new_feed(request: Request[Any, Any, Any], alert: FromPath[str]) -> Page:
    """Another secret address for its feed."""
    await service.new_feed(signed_in(request), alert)
    return back(request, f"/alerts/{alert}", said="feed-renewed")


@get("/alerts/{alert:str}/deliveries")
async def ledger(request: Request[Any, Any, Any], alert: FromPath[str]) -> Page:
    """Every request that it fitted, edition by edition, and what became of it."""
    caller = signed_in(request)
    found = await queries.one(caller, alert)
    last = max(1, -(-found.matches // queries.PER_PAGE))
    number = whole_number(query_of(request), "page", 1, 1, 100_000)
    language = language_of(request)
    return page(
        request,
        "alerts/deliveries.html",
        alert=found,
        lines=await queries.deliveries(found.id, queries.PER_PAGE, (number - 1) * queries.PER_PAGE),
        states=_states(language),
        number=number,
        last=last,
        paged=lambda n: address(language, f"/alerts/{alert}/deliveries", page=n if n > 1 else None),
    )


@get("/alerts/feed/{name:str}")
async def atom(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """The newest 50 requests that an alert found, for feed readers; the address is the secret."""
    if not name.endswith(".atom"):
        raise NotFound()
    token = name.removesuffix(".atom")
    found = await queries.fed(token)
    language = language_of(request)
    title = translate(language, _FEED_TITLE, choices=found.name)
    site = request.app.state.settings.public_url
    shown = await cards(found.requests)
    body = feed.document(site, language, title, "", shown, page="/alerts", own=feed_path(token)).encode()
    return atoms.answer(
        request,
        body,
        atoms.MEDIA_TYPE,
        language,
        cache=f"private, max-age={_FEED_SECONDS}",
        headers={"Referrer-Policy": "no-referrer"},
    )


ANYWHERE = stop_pages.ANYWHERE
ROUTES: list[ControllerRouterHandler] = [
    all_alerts,
    new_alert,
    make_alert,
    take_suggestion,
    one_alert,
    edit_alert,
    change_alert,
    end_alert,
    new_feed,
    ledger,
    atom,
    *stop_pages.ROUTES,
    *staff_pages.ROUTES,
]
