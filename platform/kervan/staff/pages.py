"""The admin desk's routes; the other desks of staff are in the rooms of what they work on."""

from litestar.types import ControllerRouterHandler

from kervan.staff import (
    audit_pages,
    law_pages,
    organisations_pages,
    people_pages,
    policies_pages,
    posts_pages,
    queues_pages,
    rates_pages,
    rights_pages,
)

ROUTES: list[ControllerRouterHandler] = [
    *people_pages.ROUTES,
    *organisations_pages.ROUTES,
    *posts_pages.ROUTES,
    *rights_pages.ROUTES,
    *audit_pages.ROUTES,
    *law_pages.ROUTES,
    *rates_pages.ROUTES,
    *policies_pages.ROUTES,
    *queues_pages.ROUTES,
]
