"""The desk for announcements: writing, audience, approval, sending, numbers."""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

ROUTES: Sequence[ControllerRouterHandler] = ()
