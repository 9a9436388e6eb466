"""The pages of importers: registration, their desk, what people keep, and the verifiers' desk."""

from litestar.types import ControllerRouterHandler

from kervan.importers import compare_pages, desk_pages, registration_pages, saved_pages, staff_pages

ROUTES: list[ControllerRouterHandler] = [
    *registration_pages.ROUTES,
    *desk_pages.ROUTES,
    *saved_pages.ROUTES,
    *compare_pages.ROUTES,
    *staff_pages.ROUTES,
]
