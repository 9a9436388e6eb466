"""Registering for an event, tickets, surveys: what firms and their guests see."""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from kervan.registrations import register_pages, ticket_pages

ROUTES: Sequence[ControllerRouterHandler] = (*register_pages.ROUTES, *ticket_pages.ROUTES)
ANYWHERE = ticket_pages.ANYWHERE
