"""Registering for an event, tickets, surveys: what firms and their guests see."""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

ROUTES: Sequence[ControllerRouterHandler] = ()
