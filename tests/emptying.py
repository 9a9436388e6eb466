"""A database as a new installation has it, and this process with the law of the release. Clocks go on.

Nobody imports conftest.py by its name: that runs it again, and points the settings at another data folder.
"""

_LAW = (
    "regime_limit",
    "platform_limit",
    "restricted_goods",
    "platform_figure",
    "public_holiday",
    "carrier",
)


async def empty_tables() -> None:
    """Triggers that protect audit rows, and foreign keys, are off meanwhile. The law of the release is left."""
    # Not above: conftest.py imports this file before it says where the data lie.
    from kervan.db import connection
    from kervan.policies import seed

    async with connection() as conn, conn.transaction():
        await conn.execute("SET LOCAL session_replication_role = replica")
        tables = await conn.fetch(
            """SELECT tablename FROM pg_tables
            WHERE schemaname = 'public' AND tablename NOT IN ('migration', 'law_version', 'alert_clock')"""
        )
        await conn.execute(
            ";".join(
                f'DELETE FROM "{name}"'
                + (f" WHERE source IS DISTINCT FROM '{seed.SOURCE}'" if name in _LAW else "")
                for name in (row["tablename"] for row in tables)
            )
        )
        # What the release brought stays; ends that a test set are open again, and every process must look anew.
        await conn.execute(
            ";".join(
                f"UPDATE {name} SET valid_to = NULL, closed_at = NULL WHERE closed_at IS NOT NULL"
                for name in _LAW
            )
        )
        await conn.execute("UPDATE law_version SET law = law + 1, rates = rates + 1")


def forget_law() -> None:
    """This process judges by the law of the release again, and knows no imported rates."""
    from kervan.trade import law, rates

    law.use(law.shipped())
    rates.use(())
