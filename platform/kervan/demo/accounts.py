"""The demo's accounts: one of every kind, with a password and second factors that everybody may know.

They live under a domain that can never have mail (.example, RFC 2606) and are refused in production.
"""

import datetime as dt
from base64 import b32encode
from collections.abc import Sequence
from hashlib import sha256

import msgspec
import pyotp

from kervan.accounts.totp import DIGITS, DRIFT, STEP_SECONDS
from kervan.db import fetch, fetchval
from kervan.errors import CommandError
from kervan.settings import Settings
from kervan.trade.errors import N_

DOMAIN = "kervan.example"
PASSWORD = "simit-ve-cay-19"
"""Of every demo account; good enough for the rule that real people follow."""


class DemoAccount(msgspec.Struct, frozen=True):
    """One account of the demo, as the sign-in page and `kervan demo` list it."""

    kind: str
    """Short name of the kind, the same in tests."""
    email: str
    label: str
    """msgid: who it is"""
    name: str
    staff: bool = False
    """Has a second factor, see demo_code."""
    language: str = "en"


def _account(
    kind: str, local: str, label: str, name: str, language: str = "en", staff: bool = False
) -> DemoAccount:
    return DemoAccount(kind, f"{local}@{DOMAIN}", label, name, staff, language)


DEMO_ACCOUNTS: Sequence[DemoAccount] = (
    _account("importer", "importer", N_("Importer in Germany, owner"), "Lena Hartwig"),
    _account("buyer", "buyer", N_("Importer in Germany, buyer"), "Jonas Petersen"),
    _account("verified-importer", "verified", N_("Verified importer in the Netherlands, owner"), "Marijke Dijkhuis"),
    _account("exporter", "exporter", N_("Exporter in Denizli, owner; views a second firm"), "Nermin Kaplan", "tr"),
    _account("editor", "editor", N_("The same exporter, editor of products"), "Onur Tezcan", "tr"),
    _account("order-desk", "orders", N_("The same exporter, order desk"), "Selin Akduman", "tr"),
    _account("draft", "draft", N_("Exporter whose registration is a draft, owner"), "Hakan Bejtaş", "tr"),
    _account("needs-info", "needs-info", N_("Exporter who was asked for more, owner"), "Feride Melenli", "tr"),
    _account("attache", "attache", N_("Trade attaché in Germany, for three years"), "Kerem Soylu", "tr", True),
    _account("counsellor", "counsellor", N_("Trade counsellor in the Netherlands"), "Defne Arıkan", "tr", True),
    _account("association", "association", N_("Association DENİB, reviewer"), "Gülay Çınaroğlu", "tr", True),
    _account("second-reviewer", "reviewer", N_("Association DENİB, second reviewer"), "Murat Yeşilova", "tr", True),
    _account("admin", "admin", N_("Ministry, administrator"), "Aslı Erdemir", "tr", True),
    _account("second-admin", "second-admin", N_("Ministry, second administrator"), "Tolga Karahisarlı", "tr", True),
)  # fmt: skip

_BY_EMAIL = {account.email: account for account in DEMO_ACCOUNTS}


def demo_secret(email: str) -> str:
    """The second factor's secret of a demo account, base32: the same on every machine, no secret at all."""
    return b32encode(sha256(f"kervan demo {email}".encode()).digest()[:20]).decode("ascii")


async def demo_code(email: str) -> str | None:
    """Six digits that a demo account can sign in with now; None for accounts without a second factor.

    A code works once. Whoever comes back within its half minute gets that of the next one, which a clock that runs
    ahead may show already; the third time there is nothing but to wait, and the page says so.
    """
    account = _BY_EMAIL.get(email)
    if account is None or not account.staff:
        return None
    used = await fetchval("SELECT totp_step FROM person WHERE email_key = $1 AND state = 'ACTIVE'", email)
    now = int(dt.datetime.now(dt.UTC).timestamp()) // STEP_SECONDS
    step = min(now + DRIFT, max(now, (used or 0) + 1))
    return pyotp.TOTP(demo_secret(email), digits=DIGITS, interval=STEP_SECONDS).generate_otp(step)


def is_demo(email: str) -> bool:
    """Whether an address belongs to the demo, the listed accounts and the others."""
    return email.rpartition("@")[2].casefold() == DOMAIN


async def exist() -> bool:
    """Whether anybody has an address of the demo, closed accounts aside."""
    return bool(await fetch("SELECT FROM person WHERE email_key LIKE '%@' || $1 LIMIT 1", DOMAIN))


async def listed() -> Sequence[DemoAccount]:
    """The accounts of the list that can sign in here, in its order; empty where the demo was not loaded."""
    rows = await fetch(
        "SELECT email_key FROM person WHERE email_key = ANY($1::text[]) AND state = 'ACTIVE'", list(_BY_EMAIL)
    )
    there = {row["email_key"] for row in rows}
    return [account for account in DEMO_ACCOUNTS if account.email in there]


def refuse_in_production(settings: Settings) -> None:
    """Raises CommandError where accounts that everybody can open must never be made."""
    if settings.production:
        raise CommandError("The demo does not go into production (KERVAN_ENV=production).")


async def refuse_to_start(settings: Settings) -> None:
    """Raises CommandError in production when the database holds accounts whose password everybody knows."""
    if settings.production and await exist():
        raise CommandError(
            "The database holds demo accounts (...@{domain}), whose password is public:"
            " production does not start on it. Use an empty database.",
            domain=DOMAIN,
        )


def table(accounts: Sequence[DemoAccount]) -> list[str]:
    """The accounts as lines for a terminal; none when there are no accounts."""
    if not accounts:
        return []
    wide = max(len(account.label) for account in accounts)
    long = max(len(account.email) for account in accounts)
    lines = [f"Demo accounts (all invented), password {PASSWORD}"]
    for account in accounts:
        secret = f"  {demo_secret(account.email)}" if account.staff else ""
        lines.append(f"  {account.label:<{wide}}  {account.email:<{long}}{secret}".rstrip())
    lines.append(
        "The last column is the secret of the second factor; the sign-in page shows its code of the moment."
    )
    return lines
