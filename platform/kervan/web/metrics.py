"""Prometheus metrics of a process, and the page that shows them."""

import os
import secrets
from typing import Any

from litestar import Request, Response, get
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

from kervan.errors import NotFound
from kervan.settings import Settings
from kervan.web.health import checks
from kervan.web.http import is_local

_REQUESTS = Counter("kervan_http_requests", "Answered requests.", ("method", "route", "status"))
_SECONDS = Histogram(
    "kervan_http_request_seconds",
    "Time until the last byte of an answer was handed to the server.",
    ("route",),
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_LAG = Gauge(
    "kervan_outbox_lag_seconds", "Age of the oldest waiting side effect.", multiprocess_mode="mostrecent"
)
_UP = Gauge("kervan_up", "1 when the part answers.", ("part",), multiprocess_mode="mostrecent")
LIMITER_FAILURES = Counter(
    "kervan_limiter_failures", "Requests let through because their limit could not be read."
)

# Looking a child up by labels costs a lock and a tuple of strings: it is done once per combination.
_children: dict[tuple[str, str, int], tuple[Any, Any]] = {}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def count(method: str, route: str, status: int, seconds: float) -> None:
    """Counts one answered request. `route` is the template of the path, so that there are few of them."""
    key = (method, route, status)
    found = _children.get(key)
    if found is None:
        label = method if method in _METHODS else "other"
        found = _children[key] = (_REQUESTS.labels(label, route, str(status)), _SECONDS.labels(route))
    found[0].inc()
    found[1].observe(seconds)


@get("/metrics", include_in_schema=False)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The metrics, for whoever has the token; without a token configured, for callers on this machine."""
    if not _may_read(request):
        raise NotFound()
    found = await checks(request.app.state)
    for part in found.parts:
        _UP.labels(part.name).set(part.ok)
    _LAG.set(found.outbox_lag_seconds or 0.0)
    # Several processes of one machine share their counters through files in this folder.
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # it has no stubs
    else:
        registry = REGISTRY
    return Response(
        generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    )


def _may_read(request: Request[Any, Any, Any]) -> bool:
    settings: Settings = request.app.state.settings
    if settings.metrics_token:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return secrets.compare_digest(given.encode(), settings.metrics_token.encode())
    return is_local(request)
