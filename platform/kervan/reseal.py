"""`kervan reseal`: after a change of KERVAN_SECRET everything sealed is sealed anew, so that the former one can go."""

import click

from kervan import audit, vault
from kervan.accounts.factors import SEALED_FOR as TOTP
from kervan.cli import out, progress, run
from kervan.db import transaction
from kervan.documents import papers
from kervan.exporters.registration import TCKN
from kervan.mail.service import SEALED_FOR as MAIL
from kervan.settings import Settings
from kervan.webhooks.signing import SEALED_FOR as WEBHOOK

# table, column, purpose, and the column with the fingerprint of the open text, if there is one
_SEALED = (
    ("exporter", "tckn_sealed", TCKN, "tckn_fingerprint"),
    ("person", "totp_secret", TOTP, None),
    ("mail", "context", MAIL, None),
    ("webhook", "secret", WEBHOOK, None),
    ("webhook", "old_secret", WEBHOOK, None),
)


@click.command("reseal")
def reseal_command() -> None:
    """Seal identity numbers, second factors and waiting mails with the present KERVAN_SECRET."""

    async def job(_: Settings) -> int:
        with progress("Sealing anew") as show:
            return await reseal(show)

    out.print(f"{run(job)} values sealed anew; KERVAN_SECRET_OLD can be emptied.")


async def reseal(show: object = None) -> int:
    """Opens and seals every sealed value, all in one transaction; returns how many there are.

    Raises vault.Broken, and changes nothing, when one of them opens with no secret that is set.
    """
    done = 0
    async with transaction() as tx:
        conn = tx.connection
        for table, column, purpose, fingerprint in _SEALED:
            rows = await conn.fetch(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL FOR UPDATE")
            for row in rows:
                text = vault.unseal(row[column], purpose)
                await conn.execute(
                    f"UPDATE {table} SET {column} = $2 WHERE id = $1", row["id"], vault.seal(text, purpose)
                )
                if fingerprint:
                    await conn.execute(
                        f"UPDATE {table} SET {fingerprint} = $2 WHERE id = $1",
                        row["id"],
                        vault.fingerprint(text, purpose),
                    )
                done += 1
                if callable(show):
                    show(done, done)
        done += await papers.reseal(conn)
        await audit.record("system:cli", "vault.resealed", "vault", "all", after={"values": done})
    return done
