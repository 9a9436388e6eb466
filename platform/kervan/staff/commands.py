"""`kervan admin`: the first administrators of an installation, of whom there is nobody to propose them."""

import click
import msgspec
from asyncpg import Connection

from kervan.accounts import links, people
from kervan.accounts.tables import LinkPurpose
from kervan.cli import out, run
from kervan.db import transaction
from kervan.demo.accounts import is_demo
from kervan.errors import CommandError
from kervan.organisations import service as organisations
from kervan.organisations.tables import Kind, Role
from kervan.settings import Settings
from kervan.staff.rights import FEWEST
from kervan.trade import emails
from kervan.trade.countries import TURKIYE
from kervan.trade.errors import TradeError
from kervan.web.i18n import BY_CODE

ACTOR = "system:cli"
MINISTRY = "T.C. Ticaret Bakanlığı"

_ADMINS = """
SELECT count(DISTINCT m.person) FROM membership m JOIN organisation o ON o.id = m.organisation
JOIN person p ON p.id = m.person
WHERE o.kind = 'MINISTRY' AND o.closed_at IS NULL AND m.role = 'ADMIN' AND m.ended_at IS NULL
    AND coalesce(m.valid_to, current_date) >= current_date AND p.state <> 'CLOSED'
"""


class Made(msgspec.Struct, frozen=True):
    """The new administrator's address, and the token of the link that sets the password; None for an open account."""

    email: str
    token: str | None


@click.group("admin")
def admin_group() -> None:
    """Administrators of the platform."""


@admin_group.command("create")
@click.option("--email", required=True, help="The address with which the administrator signs in.")
@click.option("--name", required=True, help="The administrator's name.")
@click.option("--language", type=click.Choice(sorted(BY_CODE)), default="tr", show_default=True)
@click.option("--second", is_flag=True, help="Make the second one; from then on two administrators decide.")
def create_command(email: str, name: str, language: str, second: bool) -> None:
    """Make the first administrator and print a link that works once, within 24 hours."""

    async def job(settings: Settings) -> tuple[Made, str]:
        made = await create(email, name, language, second=second, production=settings.production)
        return made, settings.public_url

    made, site = run(job)
    if made.token is None:
        out.print(f"{made.email} has an account already and is an administrator from now on.", markup=False)
    else:
        out.print(f"{made.email} sets the password here, once and within 24 hours:", markup=False)
        out.print(f"{site}/{language}/reset/{made.token}", markup=False)


async def create(email: str, name: str, language: str, *, second: bool, production: bool = False) -> Made:
    """Makes an administrator while there are too few to propose one; the Ministry is founded when it is not there.

    Raises CommandError for an address that is none, when there is an administrator already (unless `second`), and
    always when there are two.
    """
    try:
        address = emails.address(email)
    except TradeError as error:
        raise CommandError(str(error)) from error
    shown = " ".join(name.split())
    if not shown or len(shown) > 120 or not shown.isprintable():
        raise CommandError("--name must have 1 to 120 characters.")
    if production and is_demo(address.key):
        raise CommandError("Addresses of the demo do not go into production.")
    async with transaction() as tx:
        conn = tx.connection
        # Two commands at once: the second waits here and sees the administrator of the first.
        await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('first administrators', 11))")
        there = await conn.fetchval(_ADMINS)
        if there >= FEWEST:
            raise CommandError(
                "There are two administrators already: they propose and decide at /staff/rights."
            )
        if there and not second:
            raise CommandError("There is an administrator already. Add --second to make the second one.")
        known = await conn.fetchrow("SELECT id, state FROM person WHERE email_key = $1", address.key)
        if known is not None and known["state"] != "ACTIVE":
            raise CommandError("The account with this address is not open. Take another address.")
        # Open at once: whoever runs this command vouches for the address, and the link alone sets the password.
        person = (
            known["id"]
            if known
            else await people.create(
                conn, name=shown, email=address, password_hash=None, language=language, state="ACTIVE"
            )
        )
        await organisations.add_member(conn, await _ministry(conn), person, Role.ADMIN, actor=ACTOR)
        if known is not None:
            return Made(address.shown, None)
        token = await links.new_link(conn, person, LinkPurpose.RESET_PASSWORD, links.CONFIRM_FOR)
        return Made(address.shown, token)


async def _ministry(conn: Connection) -> int:
    there: int | None = await conn.fetchval(
        "SELECT id FROM organisation WHERE kind = 'MINISTRY' AND closed_at IS NULL ORDER BY id LIMIT 1"
    )
    if there is None:
        there, _ = await organisations.found(conn, Kind.MINISTRY, MINISTRY, TURKIYE, actor=ACTOR)
    return there
