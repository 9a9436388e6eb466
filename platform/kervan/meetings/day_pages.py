"""Meeting days as firms see them: when they are free, whom they want to meet."""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

ROUTES: Sequence[ControllerRouterHandler] = ()
