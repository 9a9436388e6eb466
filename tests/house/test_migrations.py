"""The migrations make exactly the tables that the code declares."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from kervan import audit
from kervan.db import execute, fetch, transaction
from kervan.migrate import migrate_async

ROOT = Path(__file__).parents[2]


async def test_the_code_declares_nothing_that_no_migration_makes(db: None) -> None:
    """Piccolo's own comparison of the history with the tables finds nothing to do."""
    code = """
import asyncio
from piccolo.apps.migrations.commands.new import AutoMigrationManager
from piccolo.conf.apps import Finder
config = Finder().get_app_config("kervan")
statements = asyncio.run(AutoMigrationManager(auto_input="n").get_alter_statements(config))
print([line for statement in statements for line in statement.statements])
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        env={**os.environ, "PICCOLO_CONF": "kervan.piccolo_conf"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stdout + done.stderr


async def test_migrating_twice_changes_nothing(db: None) -> None:
    assert any("No migrations need" in line for line in await migrate_async())


async def test_an_audit_row_cannot_be_changed_or_removed(db: None) -> None:
    async with transaction():
        await audit.record("system:test", "thing.done", "thing", 1, after={"a": 1})
    for statement in (
        "UPDATE audit_entry SET actor = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
    ):
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await execute(statement)
    assert len(await fetch("SELECT 1 FROM audit_entry")) == 1


async def test_audit_outside_a_transaction_is_refused(db: None) -> None:
    with pytest.raises(RuntimeError):
        await audit.record("system:test", "thing.done", "thing", 1)
