"""Meetings of a firm: the agenda, asking and answering, outcomes."""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

ROUTES: Sequence[ControllerRouterHandler] = ()
