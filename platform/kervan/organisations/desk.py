"""What stands round every page of an organisation's desk: whose it is, and the ways that its reader may go."""

from typing import Any

from litestar import Request

from kervan.accounts.callers import Caller, Membership, caller_of, is_staff
from kervan.orders import carts_queries
from kervan.organisations import queries
from kervan.organisations.roles import BUY, KEYS, NAMES, PRODUCTS, PROFILE, VIEW, WEBHOOKS
from kervan.organisations.tables import Kind, Role
from kervan.trade.errors import N_
from kervan.web.i18n import gettext, language_of
from kervan.web.templates import address

Entry = tuple[str, str, str, int | None, bool]
"""Address, text, icon, open work, and whether this is the page that is open."""

Way = tuple[str, str, str, str, str]
"""Name, path behind the organisation's, text (msgid), icon, and the right that its page asks for."""

# Title (msgid) or None, and the ways under it. Who only looks on sees everything but what is made for changing.
_EXPORTER: tuple[tuple[str | None, tuple[Way, ...]], ...] = (
    (None, (("overview", "", N_("Overview"), "home", VIEW),)),
    (
        N_("Firm"),
        (
            ("registration", "/registration", N_("Registration"), "shield", PROFILE),
            ("profile", "/profile", N_("Profile"), "factory", PROFILE),
            ("matching", "/matching", N_("Suggestions"), "star", VIEW),
        ),
    ),
    (
        N_("Trade"),
        (
            ("board", "/board", N_("Requests"), "flag", VIEW),
            ("orders", "/orders", N_("Orders"), "file", VIEW),
            ("products", "/products", N_("Products"), "box", PRODUCTS),
            ("inquiries", "/inquiries", N_("Inquiries"), "inbox", VIEW),
            ("import", "/import", N_("Import a list"), "upload", PRODUCTS),
            ("declarations", "/declarations", N_("Shipments"), "truck", VIEW),
            ("limits", "/limits", N_("Order limits"), "scale", PROFILE),
            ("holidays", "/holidays", N_("Holidays"), "calendar", PROFILE),
            ("statistics", "/statistics", N_("Statistics"), "chart", VIEW),
        ),
    ),
    (
        N_("Events"),
        (
            ("events", "/events", N_("Events"), "calendar", VIEW),
            ("meetings", "/meetings", N_("Meetings"), "users", VIEW),
        ),
    ),
    (
        N_("Organisation"),
        (
            ("members", "/members", N_("Members"), "users", VIEW),
            ("keys", "/keys", N_("API keys"), "key", KEYS),
            ("webhooks", "/webhooks", N_("Webhooks"), "send", WEBHOOKS),
        ),
    ),
)
_IMPORTER: tuple[tuple[str | None, tuple[Way, ...]], ...] = (
    (None, (("overview", "", N_("Overview"), "home", VIEW),)),
    (
        N_("Trade"),
        (
            ("orders", "/orders", N_("Orders"), "file", VIEW),
            ("carts", "/carts", N_("Carts"), "box", BUY),
            ("requests", "/requests", N_("Requests"), "flag", VIEW),
            ("suggested", "/suggested", N_("Exporters for you"), "star", VIEW),
            ("inquiries", "/inquiries", N_("Inquiries"), "inbox", VIEW),
        ),
    ),
    (
        N_("Events"),
        (
            ("events", "/events", N_("Events"), "calendar", VIEW),
            ("meetings", "/meetings", N_("Meetings"), "users", VIEW),
        ),
    ),
    (
        N_("Organisation"),
        (
            ("company", "/company", N_("Company"), "building", PROFILE),
            ("members", "/members", N_("Members"), "users", VIEW),
            ("keys", "/keys", N_("API keys"), "key", KEYS),
            ("webhooks", "/webhooks", N_("Webhooks"), "send", WEBHOOKS),
        ),
    ),
)


async def frame(request: Request[Any, Any, Any], membership: Membership, current: str) -> dict[str, Any]:
    """Context for desk.html: `nav`, `place` and `org` (the organisation's public id) with `membership`.

    `current` names the open page: overview, registration, profile, orders, products, inquiries, import, limits,
    holidays, statistics, members, keys, webhooks, company, carts, requests, board, suggested, matching, events or
    meetings.
    """
    language = language_of(request)
    caller = caller_of(request)
    if caller is not None and is_staff(membership):
        # A post works for its buyers on the pages of buyers; the staff's desk stands on this module.
        from kervan.staff.desk import frame as staff_frame

        return {
            **await staff_frame(request, caller, "requests"),
            "org": membership.public_id,
            "membership": membership,
        }
    work = dict(await queries.open_work(membership))
    if caller is not None and membership.importer is not None and BUY in membership.rights:
        # Carts are the person's own, not the firm's.
        work["carts"] = await carts_queries.count(caller.person, membership.importer)
    root = f"/desk/{membership.public_id}"
    nav: list[tuple[str | None, list[Entry]]] = []
    for title, ways in _EXPORTER if membership.kind == Kind.EXPORTER else _IMPORTER:
        entries = [
            (address(language, root + path), gettext(language, shown), sign, work.get(name), name == current)
            for name, path, shown, sign, right in ways
            if right in membership.rights
        ]
        if entries:
            nav.append((title and gettext(language, title), entries))
    return {
        "nav": nav,
        "place": place(language, membership, caller),
        "org": membership.public_id,
        "membership": membership,
    }


def place(language: str, membership: Membership, caller: Caller | None) -> dict[str, Any]:
    """Whose desk it is: name, role, state, and the person's other desks to change to."""
    others = [m for m in (caller.memberships if caller else ()) if m.public_id != membership.public_id]
    return {
        "name": membership.name,
        "role": gettext(language, NAMES[Role(membership.role)]),
        "state": membership.standing,
        "others": [(address(language, path_of(other)), other.name) for other in others],
    }


def path_of(membership: Membership) -> str:
    """Where the desk of a membership begins, without language."""
    return "/staff" if is_staff(membership) else f"/desk/{membership.public_id}"
