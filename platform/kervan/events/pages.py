"""Events for everybody: the list and its searches, the months, one event, feeds and calendars."""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

ROUTES: Sequence[ControllerRouterHandler] = ()
