"""A firm's own desk: the overview with its next step, and the profile."""

from datetime import UTC, date, datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.accounts.callers import Caller, Membership, signed_in
from kervan.errors import Conflict, Invalid
from kervan.exporters import desk_queries, profile, registration, review, rules
from kervan.exporters import registration_forms as typed
from kervan.exporters.access import Row, Seen, for_member
from kervan.exporters.events import told
from kervan.orders.desk_pages import waiting_card
from kervan.organisations import roles
from kervan.organisations.desk import frame
from kervan.trade import certificates, languages
from kervan.trade.errors import N_
from kervan.web import forms
from kervan.web.formats import day
from kervan.web.forms import Form
from kervan.web.http import row_id
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import Page, back, page

_EVENTS = 8

_TRACK_NAMES = {
    "DRAFT": N_("Filled in"),
    "FILLING": N_("Being filled in"),
    "NEEDS_INFO": N_("More information"),
    "SUBMITTED": N_("Handed in"),
    "UNDER_REVIEW": N_("Under review"),
    "VERIFIED": N_("Verified"),
    "REJECTED": N_("Rejected"),
    "SUSPENDED": N_("Suspended"),
    "EXPIRED": N_("Verification ended"),
}


async def overview(request: Request[Any, Any, Any], membership: Membership) -> Page:
    """The firm's desk: where its verification stands, the next step, what its profile lacks, what happened."""
    seen = await for_member(signed_in(request), membership.public_id)
    firm, language = seen.firm, language_of(request)
    about, capacity = await registration.texts_of(firm["id"])
    counts = await desk_queries.product_counts(firm["id"])
    held = [entry for entry in await desk_queries.certificates(firm["id"]) if not entry["expired"]]
    percent, gaps = profile.completeness(firm, about, capacity, counts.get("PUBLISHED", 0), len(held))
    found = await review.open_review(firm["id"])
    return page(
        request,
        "exporters/desk/overview.html",
        firm=firm,
        percent=percent,
        gaps=gaps[:5],
        counts=counts,
        products=sum(counts.values()),
        certificates=len(held),
        steps=_track(language, firm, found),
        step=_next_step(seen, counts, date.today()),
        last=await desk_queries.last_review(firm["id"]),
        events=told(language, await desk_queries.events(firm["id"], firm["organisation"], _EVENTS)),
        due=found and found["due_at"],
        days=rules.REVIEW_WORKING_DAYS,
        left=(firm["verified_until"] - datetime.now(UTC).date()).days if firm["verified_until"] else None,
        **await waiting_card(membership, language_of(request)),
        **await frame(request, membership, "overview"),
    )


def _track(language: str, firm: Row, found: Any) -> list[tuple[str, str, str, str]]:
    return [
        (gettext(language, _TRACK_NAMES[state]), kind, day(language, moment) if moment else "", "")
        for state, kind, moment in profile.track(firm, found)
    ]


def _next_step(seen: Seen, counts: Any, today: date) -> tuple[str, str, str, str] | None:
    """(title, sentence, button, path behind the desk) of what brings the firm on now, as msgids; else None."""
    firm, rights = seen.firm, seen.membership.rights
    state = firm["verification"]
    may_write = roles.PROFILE in rights
    if state == "DRAFT" and may_write:
        return (
            N_("Finish your registration"),
            N_("A reviewer looks at it as soon as it is handed in."),
            N_("Go on with the registration"),
            "/registration",
        )
    if state == "NEEDS_INFO" and may_write:
        return (
            N_("The reviewer needs something from you"),
            N_("Add what is missing and hand the registration in again."),
            N_("Open the registration"),
            "/registration",
        )
    if state == "EXPIRED" and may_write:
        return (
            N_("Your verification has ended"),
            N_("Importers do not find you until it is renewed. Most of it is filled in already."),
            N_("Renew the verification"),
            "/registration",
        )
    if rules.may_renew(state, firm["verified_until"], today) and may_write:
        return (
            N_("Renew your verification"),
            N_("It ends soon. You stay verified while it is looked at."),
            N_("Renew the verification"),
            "/registration",
        )
    if (
        state in ("VERIFIED", "SUBMITTED", "UNDER_REVIEW")
        and roles.PRODUCTS in rights
        and not counts.get("PUBLISHED")
    ):
        return (
            N_("Add your first product"),
            N_("Once it is published, importers find it in the search.")
            if state == "VERIFIED"
            else N_("Enter it now: importers find it once the firm is verified."),
            N_("Add a product"),
            "/products/new",
        )
    return None


@get("/desk/{org:str}/profile")
async def open_profile(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """What may be changed freely, what stands fast, and the certificates."""
    caller = signed_in(request)
    return await _profile(request, await for_member(caller, org, roles.PROFILE))


async def _profile(
    request: Request[Any, Any, Any],
    seen: Seen,
    form: Form | None = None,
    certificate_form: Form | None = None,
    status_code: int = 200,
) -> Page:
    """One of the two forms is given when it was refused."""
    firm, language = seen.firm, language_of(request)
    about, capacity = await registration.texts_of(firm["id"])
    initial = typed.profile_initial(firm, about, capacity, language)
    return page(
        request,
        "exporters/desk/profile.html",
        status_code=status_code,
        firm=firm,
        form=form or Form(language, initial),
        certificate_form=certificate_form or Form(language),
        spoken=languages.languages(language),
        employees=[(band, band) for band in rules.EMPLOYEES],
        kind_names=typed.KIND_NAMES,
        longest=typed.LONGEST_ABOUT,
        longest_capacity=typed.LONGEST_CAPACITY,
        certificates=await desk_queries.certificates(firm["id"]),
        standards=[standard.label for standard in certificates.standards().values()],
        **await frame(request, seen.membership, "profile"),
    )


@post("/desk/{org:str}/profile", status_code=200)
async def save_profile(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Stores the profile; importers see it at once when the firm is verified."""
    caller = signed_in(request)
    seen = await for_member(caller, org, roles.PROFILE)
    form = await forms.read(request)
    values, about, capacity = typed.profile(form)
    if form.ok:
        try:
            await profile.change(caller, seen, values, about, capacity)
            return back(request, f"/desk/{org}/profile", said="saved")
        except (Invalid, Conflict) as error:
            form.take(error)
    return await _profile(request, seen, form, status_code=422)


@post("/desk/{org:str}/profile/certificates", status_code=200)
async def add_certificate(request: Request[Any, Any, Any], org: FromPath[str]) -> Page:
    """Enters a certificate."""
    caller = signed_in(request)
    seen = await for_member(caller, org, roles.PROFILE)
    form = await forms.read(request)
    try:
        if await _certificate(caller, seen, form):
            return back(request, f"/desk/{org}/profile", said="saved")
    except (Invalid, Conflict) as error:
        form.take(error)
    return await _profile(request, seen, certificate_form=form, status_code=422)


async def _certificate(caller: Caller, seen: Seen, form: Form) -> bool:
    standard = form.text("standard", longest=60, shortest=2)
    issuer = form.text("issuer", longest=120, shortest=2)
    number = form.text("certificate_number", required=False, longest=60) or None
    first = form.day("valid_from", required=False, last=date.today())
    last = form.day("valid_until", required=False, first=first or date.today())
    if form.ok:
        written = certificates.written(standard)
        await profile.add_certificate(caller, seen, written, issuer, number, first, last)
    return form.ok


@post("/desk/{org:str}/profile/certificates/{certificate:int}/remove", status_code=200)
async def remove_certificate(
    request: Request[Any, Any, Any], org: FromPath[str], certificate: FromPath[int]
) -> Page:
    """Takes a certificate out."""
    caller = signed_in(request)
    seen = await for_member(caller, org, roles.PROFILE)
    await profile.remove_certificate(caller, seen, row_id(certificate))
    return back(request, f"/desk/{org}/profile", said="saved")


ROUTES: list[ControllerRouterHandler] = [open_profile, save_profile, add_certificate, remove_certificate]
