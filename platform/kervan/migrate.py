"""Bringing the database to the tables that the code declares, under a lock so that two starts do not race.

The law of the release is put into it then (policies.seed).
"""

import asyncio
import contextlib
import io

import asyncpg
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager

from kervan.db import engine
from kervan.errors import CommandError
from kervan.policies import seed

OLDEST_POSTGRESQL = 150000  # server_version_num: jsonb, generated keys and gen_random_uuid() as used here

_LOCK = 0x4B657276  # "Kerv": the advisory lock of migrations


def migrate() -> list[str]:
    """Runs every migration that is still missing; returns what Piccolo said, a line each.

    Raises CommandError when the database cannot be reached or a migration fails (it is rolled back whole).
    """
    return asyncio.run(migrate_async())


async def migrate_async() -> list[str]:
    """As migrate(), inside a running event loop."""
    try:
        conn = await engine().get_new_connection()
    except (OSError, asyncpg.PostgresError) as error:
        raise CommandError("The database cannot be reached: {reason}", reason=error) from error
    said = io.StringIO()
    try:
        if int(await conn.fetchval("SHOW server_version_num")) < OLDEST_POSTGRESQL:
            version = await conn.fetchval("SHOW server_version")
            raise CommandError("Kervan needs PostgreSQL 15 or newer, this one is {version}.", version=version)
        await conn.execute("SELECT pg_advisory_lock($1)", _LOCK)
        with contextlib.redirect_stdout(said):
            result = await ForwardsMigrationManager(app_name="kervan", migration_id="all").run()
        if not result.success:
            raise CommandError(
                "A migration failed: {reason}", reason=result.message or said.getvalue().strip()
            )
        added = await seed.load(conn)
    finally:
        await conn.close()
    lines = [line for line in said.getvalue().splitlines() if line.strip()]
    return [*lines, f"The law of this release: {added} rows added."] if added else lines
