"""The walk behind the sign-in finds what we know of, and no link that it follows is broken."""

from collections.abc import Mapping

import pytest
from walk_inside import KINDS, Visit, looks, route_of

_ACCOUNT = {
    "/account",
    "/account/email",
    "/account/password",
    "/account/second-factor",
    "/account/sessions",
    "/privacy",
    "/products",
    "/products/{address_name}",
    "/exporters",
    "/exporters/{slug}",
    "/requests",
    "/requests/{address_name}",
    "/notifications",
}
_ALERTED = {"/alerts", "/alerts/new"}
_ALERTS = _ALERTED | {"/alerts/{alert}", "/alerts/{alert}/edit"}
_MEMBERS = {"/desk/{org}", "/desk/{org}/members"}
_OWNER = {
    "/desk/{org}/members/{person}",
    "/desk/{org}/members/invite",
    "/desk/{org}/keys",
    "/desk/{org}/keys/new",
}
_PRODUCTS = {"/desk/{org}/products", "/desk/{org}/products/new", "/desk/{org}/import"}
_GOODS = {
    "/desk/{org}/products/{product_id}",
    "/desk/{org}/products/{product_id}/photos",
    "/desk/{org}/products/{product_id}/preview",
}
_SUGGESTED_TO = {"/desk/{org}/board", "/desk/{org}/matching"}
_WANTED = _SUGGESTED_TO | {"/desk/{org}/board/{wanted}"}
_EXPORTER = _MEMBERS | _OWNER | _PRODUCTS | _SUGGESTED_TO | _ALERTED | {
    "/desk/{org}/registration/{step}",
    "/desk/{org}/profile",
    "/desk/{org}/limits",
    "/desk/{org}/holidays",
    "/desk/{org}/statistics",
}  # fmt: skip
_IMPORTER = _MEMBERS | {"/saved", "/compare"}
_ORDERS = {"/desk/{org}/orders", "/desk/{org}/orders/{order}", "/desk/{org}/inquiries"}
_REQUESTS = {
    "/desk/{org}/requests",
    "/desk/{org}/requests/new",
    "/desk/{org}/requests/{public_id}",
    "/desk/{org}/requests/{public_id}/edit",
    "/desk/{org}/requests/{public_id}/suggested",
    "/desk/{org}/suggested",
}
_BUYING = (
    _ORDERS
    | _REQUESTS
    | {
        "/desk/{org}/carts",
        "/desk/{org}/inquiries/new",
        "/desk/{org}/inquiries/{inquiry}",
        "/desk/{org}/inquiries/{inquiry}/{recipient}",
    }
)
_SELLING = _ORDERS | {
    "/desk/{org}/deals/{deal}",
    "/desk/{org}/declarations",
    "/desk/{org}/declarations/import",
    "/desk/{org}/inquiries/{inquiry}",
    "/desk/{org}/inquiries/{recipient}/quote",
    "/desk/{org}/orders/{order}/close",
    "/desk/{org}/orders/{order}/etgb",
    "/desk/{org}/orders/{order}/hand-over",
    "/desk/{org}/orders/{order}/invoice",
    "/desk/{org}/orders/{order}/offer",
    "/desk/{org}/orders/{order}/packing",
    "/desk/{org}/orders/{order}/proforma",
    "/desk/{org}/orders/{order}/vat",
}
_REVIEWER = {
    "/staff/exporters",
    "/staff/exporters/{org}",
    "/staff/claims",
    "/staff/claims/{claim}",
    "/staff/enrolments",
}
_VERIFIER = {"/staff/importers", "/staff/importers/{id}"}
_BOARD = _ALERTED | {"/staff/requests", "/staff/requests/{id}"}
_EVERYWHERE = {"/staff/requests/country", "/staff/requests/import"}
_POST = _VERIFIER | _BOARD | _EVERYWHERE | {
    "/staff/requests/new",
    "/staff/requests/new/buyer",
    "/staff/requests/{id}/edit",
    "/staff/requests/{id}/suggested",
    "/desk/{org}/inquiries/{inquiry}",
}  # fmt: skip
_ADMIN = {
    "/staff/people",
    "/staff/people/{person}",
    "/staff/organisations",
    "/staff/organisations/{organisation}",
    "/staff/posts",
    "/staff/posts/{organisation}",
    "/staff/rights",
    "/staff/audit",
    "/staff/law",
    "/staff/law/{kind}/new",
    "/staff/rates",
    "/staff/declarations",
    "/staff/orders",
    "/staff/orders/{order}",
    "/staff/policies",
    "/staff/queues",
    "/staff/alerts",
}
KNOWN: Mapping[str, set[str]] = {
    "importer": _IMPORTER | _OWNER | _BUYING | {"/desk/{org}/company"},
    "buyer": _IMPORTER
    | _BUYING
    | {"/desk/{org}/carts/{cart}", "/desk/{org}/inquiries/{inquiry}/{recipient}/accept"},
    "verified-importer": _IMPORTER | _OWNER | _BUYING | {"/desk/{org}/company", "/desk/{org}/deals/{deal}"},
    "exporter": _EXPORTER | _GOODS | _SELLING | _WANTED | _ALERTS | {"/desk"},
    "editor": _MEMBERS | _PRODUCTS | _GOODS | _WANTED | _ALERTED,
    "order-desk": _MEMBERS | _SELLING | _WANTED | _ALERTS | {"/desk/{org}/statistics"},
    "draft": _EXPORTER,
    "needs-info": _EXPORTER,
    "attache": _POST,
    "counsellor": _POST,
    "association": _REVIEWER | _BOARD,
    "second-reviewer": _REVIEWER | _BOARD,
    "admin": _REVIEWER | _VERIFIER | _ADMIN | _BOARD | _EVERYWHERE,
    "second-admin": _REVIEWER | _VERIFIER | _ADMIN | _BOARD | _EVERYWHERE,
}
"""Page types that must be found; those that nobody lists are found all the same."""


def test_every_kind_of_account_has_its_list() -> None:
    assert set(KNOWN) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_account_finds_the_pages_of_its_desk(inside: Mapping[str, Visit], kind: str) -> None:
    assert not (_ACCOUNT | KNOWN[kind]) - inside[kind].routes


@pytest.mark.parametrize("kind", KINDS)
def test_no_link_inside_is_refused_or_missing(inside: Mapping[str, Visit], kind: str) -> None:
    assert not inside[kind].broken


def test_no_account_finds_the_desk_of_another(inside: Mapping[str, Visit]) -> None:
    """Links are not the lock, but nobody is led to what is closed."""
    admin = {"admin", "second-admin"}
    for kind, visit in inside.items():
        wrong = {route for route in visit.routes if route in _ADMIN and kind not in admin}
        wrong |= {route for route in visit.routes if route.startswith("/staff") and not visit.account.staff}
        assert not wrong, kind


def test_a_slow_look_leaves_out_no_page_type(inside: Mapping[str, Visit]) -> None:
    """What many accounts have alike is looked at once; nothing is left out that differs."""
    chosen = looks(inside)
    routes = {stop.route for stops in chosen.values() for stop in stops}
    assert routes == {stop.route for visit in inside.values() for stop in visit.stops}
    for route in routes:
        seen = [stop.shape for stops in chosen.values() for stop in stops if stop.route == route]
        known = frozenset().union(*seen)
        assert all(
            stop.shape <= known for visit in inside.values() for stop in visit.stops if stop.route == route
        )


def test_steps_and_rows_of_one_route_are_one_type() -> None:
    assert route_of("/tr/desk/abc/registration/identity") == "/desk/{org}/registration/{step}"
    assert route_of("/en/desk/abc/products/new") == "/desk/{org}/products/new"
    assert route_of("/en/desk/abc/products/xyz") == "/desk/{org}/products/{product_id}"
    assert route_of("/en/") == route_of("/en") == "/"
    assert route_of("/en/no-such-page") is None
