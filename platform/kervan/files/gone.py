"""Files that nothing names any more: deleted by the worker, after the change that forgot them is committed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kervan.files import store
from kervan.outbox import Handler, publish

TOPIC = "files.gone"


async def forget(paths: Iterable[str | None]) -> None:
    """Deletes stored files when the open transaction is committed; those that are not there are passed over."""
    if found := [path for path in paths if path]:
        await publish(TOPIC, paths=found)


def handlers() -> Mapping[str, Handler]:
    """The outbox topic by which files are deleted. Safe to repeat."""

    async def gone(payloads: Sequence[Mapping[str, Any]]) -> None:
        for payload in payloads:
            for path in payload["paths"]:
                await store.delete(path)

    return {TOPIC: gone}
