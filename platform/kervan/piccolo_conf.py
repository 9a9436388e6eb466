"""Piccolo's configuration: the engine of this process and the one app that holds every table."""

from piccolo.conf.apps import AppRegistry
from piccolo.engine.postgres import PostgresEngine

from kervan.db import database_url
from kervan.settings import load

DB = PostgresEngine(config={"dsn": database_url(load())})

APP_REGISTRY = AppRegistry(apps=["kervan.piccolo_app"])
