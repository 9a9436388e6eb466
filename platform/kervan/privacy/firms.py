"""What becomes of the firms of somebody who is deleted: closed when nobody is left, else with another contact."""

from asyncpg import Connection, Record

from kervan import audit
from kervan.organisations import tasks
from kervan.requests import standing
from kervan.webhooks import service as webhooks

_CLOSE_IMPORTER = """
UPDATE importer SET standing = 'CLOSED', standing_before = NULL, standing_reason = NULL, contact_name = '—',
    contact_role = NULL, phone = NULL, evidence = NULL, website = NULL,
    legal_name = CASE WHEN position($2 in legal_name) > 0 THEN '—' ELSE legal_name END,
    version = version + 1, updated_at = now()
WHERE organisation = $1 RETURNING public_id
"""
# A sole trader is a person: nothing of the firm stays but that there was one.
_CLOSE_EXPORTER = """
UPDATE exporter SET verification = 'CLOSED', contact_name = NULL, contact_role = NULL, contact_email = NULL,
    phone = NULL, kep = NULL, tckn_sealed = NULL, tckn_fingerprint = NULL, search_text = '',
    address = CASE WHEN kind = 'SOLE_TRADER' THEN NULL ELSE address END,
    vkn = CASE WHEN kind = 'SOLE_TRADER' THEN NULL ELSE vkn END,
    legal_name = CASE WHEN kind = 'SOLE_TRADER' OR position($2 in legal_name) > 0 THEN '—' ELSE legal_name END,
    trade_name = CASE WHEN kind = 'SOLE_TRADER' OR position($2 in trade_name) > 0 THEN '—' ELSE trade_name END,
    slug = CASE WHEN kind = 'SOLE_TRADER' THEN 'closed-' || id ELSE slug END,
    version = version + 1, updated_at = now()
WHERE organisation = $1 RETURNING id
"""
_ANOTHER_OWNER = """
SELECT p.name FROM membership m JOIN person p ON p.id = m.person
WHERE m.organisation = $1 AND m.person <> $2 AND m.ended_at IS NULL AND p.state IN ('ACTIVE', 'PENDING_EMAIL')
ORDER BY m.role = 'OWNER' DESC, m.id LIMIT 1
"""


async def close_firm(
    conn: Connection, firm: Record, name: str, actor: str, reason: str = "account deleted"
) -> list[str]:
    """Closes the firm (id, public_id) of which `name` was the last person, inside a transaction.

    Its contact, its papers, its webhooks and, of a sole trader, its identity go. Returns the paths of files to delete.
    """
    files: list[str] = []
    importer = await conn.fetchval(_CLOSE_IMPORTER, firm["id"], name)
    if importer is not None:
        await tasks.close_task(conn, tasks.IMPORTER_REVIEW, importer)
        await audit.record(actor, "importer.closed", "importer", importer, reason=reason)
        await standing.buyer_changed(
            conn, await conn.fetchval("SELECT id FROM importer WHERE public_id = $1", importer)
        )
    exporter = await conn.fetchval(_CLOSE_EXPORTER, firm["id"], name)
    if exporter is not None:
        await tasks.close_task(conn, tasks.EXPORTER_REVIEW, firm["public_id"])
        papers = await conn.fetch(
            """UPDATE exporter_document SET removed_at = coalesce(removed_at, now()), name = '—'
            WHERE exporter = $1 RETURNING path""",
            exporter,
        )
        files = [row["path"] for row in papers]
        await audit.record(actor, "exporter.closed", "exporter", exporter, reason=reason)
    for hook in await conn.fetch(
        "SELECT id FROM webhook WHERE organisation = $1 AND removed_at IS NULL", firm["id"]
    ):
        await webhooks.forget(conn, hook["id"])
    await conn.execute(
        """UPDATE organisation SET closed_at = now(),
            name = coalesce((SELECT legal_name FROM importer WHERE organisation = $1),
                (SELECT legal_name FROM exporter WHERE organisation = $1), name) WHERE id = $1""",
        firm["id"],
    )
    return files


async def forget_contact(conn: Connection, organisation: int, person: int, row: Record) -> None:
    """Names a colleague as the firm's contact where it was the person (name, email), inside a transaction."""
    another = await conn.fetchval(_ANOTHER_OWNER, organisation, person)
    await conn.execute(
        """UPDATE importer SET contact_name = coalesce($3, '—'), contact_role = NULL, phone = NULL,
            version = version + 1, updated_at = now() WHERE organisation = $1 AND contact_name = $2""",
        organisation,
        row["name"],
        another,
    )
    await conn.execute(
        """UPDATE exporter SET contact_name = $3, contact_role = NULL, version = version + 1, updated_at = now()
        WHERE organisation = $1 AND contact_name = $2""",
        organisation,
        row["name"],
        another,
    )
    await conn.execute(
        """UPDATE exporter SET contact_email = NULL, version = version + 1, updated_at = now()
        WHERE organisation = $1 AND contact_email = $2""",
        organisation,
        row["email"],
    )
