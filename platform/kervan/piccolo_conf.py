"""Piccolo's configuration: the engine of this process and the one app that holds every table."""

from piccolo.conf.apps import AppRegistry
from piccolo.engine.postgres import PostgresEngine

from kervan.db import database_url
from kervan.settings import load


class _QuietEngine(PostgresEngine):
    """Piccolo's engine without its own greeting: it would connect, and warn, while this module is imported.

    kervan.migrate says in one sentence when the database is away or too old.
    """

    async def check_version(self) -> None:
        return None


DB = _QuietEngine(config={"dsn": database_url(load())})

APP_REGISTRY = AppRegistry(apps=["kervan.piccolo_app"])
