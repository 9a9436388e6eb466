"""What has to be closed before somebody can be deleted, as sentences that they read."""

from collections.abc import Mapping

from kervan.db import fetch
from kervan.orders import desk_queries as orders
from kervan.trade.errors import N_, NN_
from kervan.web.i18n import ngettext, translate

# Firms whose last owner the person is: with colleagues they would be left without one, and a verified exporter
# would stand on the market with nobody behind it.
_LAST_OWNER = """
SELECT o.name,
    EXISTS (SELECT FROM membership c JOIN person q ON q.id = c.person
        WHERE c.organisation = o.id AND c.person <> $1 AND c.ended_at IS NULL
            AND q.state IN ('ACTIVE', 'PENDING_EMAIL')) AS colleagues,
    coalesce(e.verification IN ('VERIFIED', 'SUSPENDED'), false) AS on_market,
    coalesce(e.verification IN ('SUBMITTED', 'UNDER_REVIEW', 'NEEDS_INFO'), false) AS under_review
FROM membership m JOIN organisation o ON o.id = m.organisation
LEFT JOIN exporter e ON e.organisation = o.id
WHERE m.person = $1 AND m.role = 'OWNER' AND m.ended_at IS NULL AND o.closed_at IS NULL
    AND NOT EXISTS (SELECT FROM membership c JOIN person q ON q.id = c.person
        WHERE c.organisation = o.id AND c.person <> $1 AND c.role = 'OWNER' AND c.ended_at IS NULL
            AND current_date BETWEEN c.valid_from AND coalesce(c.valid_to, current_date)
            AND q.state IN ('ACTIVE', 'PENDING_EMAIL'))
ORDER BY o.id
"""
_TASKS = "SELECT count(*) AS n FROM task WHERE assigned_to = $1 AND done_at IS NULL"
_CLAIMS = """
SELECT e.trade_name FROM exporter_claim c JOIN exporter e ON e.id = c.exporter
WHERE c.person = $1 AND c.decided_at IS NULL ORDER BY c.id
"""
_REJECTIONS = "SELECT count(*) AS n FROM exporter_review WHERE rejection_by = $1 AND decided_at IS NULL"
_PROPOSALS = """
SELECT count(*) AS n FROM rights_proposal WHERE (proposed_by = $1 OR person = $1) AND decided_at IS NULL
"""
# Requests of a firm of which nobody else is left: somebody has to take them off the board, or decide on the quotes.
_REQUESTS = """
SELECT count(*) AS n FROM trade_request q JOIN importer i ON i.id = q.importer
WHERE q.state IN ('SUBMITTED', 'PUBLISHED') AND EXISTS (SELECT FROM membership m
        WHERE m.organisation = i.organisation AND m.person = $1 AND m.ended_at IS NULL)
    AND NOT EXISTS (SELECT FROM membership c JOIN person p ON p.id = c.person
        WHERE c.organisation = i.organisation AND c.person <> $1 AND c.ended_at IS NULL
            AND p.state IN ('ACTIVE', 'PENDING_EMAIL'))
"""
_LAST_ADMIN = """
SELECT o.name FROM membership m JOIN organisation o ON o.id = m.organisation
WHERE m.person = $1 AND m.role = 'ADMIN' AND m.ended_at IS NULL AND o.closed_at IS NULL
    AND NOT EXISTS (SELECT FROM membership c JOIN person q ON q.id = c.person
        WHERE c.organisation = o.id AND c.person <> $1 AND c.role = 'ADMIN' AND c.ended_at IS NULL
            AND current_date BETWEEN c.valid_from AND coalesce(c.valid_to, current_date) AND q.state = 'ACTIVE')
"""
_ORDERS = NN_(
    "{n} order is open that nobody else in your firm can answer. It has to end first.",
    "{n} orders are open that nobody else in your firm can answer. They have to end first.",
)
_COUNTED: Mapping[str, tuple[str, str]] = {
    _REQUESTS: NN_(
        "{n} request of your firm is open on the board. Withdraw it first.",
        "{n} requests of your firm are open on the board. Withdraw them first.",
    ),
    _TASKS: NN_(
        "You have {n} open task. Give it to a colleague or finish it.",
        "You have {n} open tasks. Give them to a colleague or finish them.",
    ),
    _REJECTIONS: NN_(
        "{n} rejection that you proposed is not decided yet.",
        "{n} rejections that you proposed are not decided yet.",
    ),
    _PROPOSALS: NN_(
        "{n} proposal about admin rights is not decided yet.",
        "{n} proposals about admin rights are not decided yet.",
    ),
}


async def open_matters(person: int, language: str = "en") -> list[str]:
    """Why the person cannot be deleted now, one sentence each; empty when nothing is open."""
    found: list[str] = []
    for row in await fetch(_LAST_OWNER, person):
        if row["colleagues"]:
            message = N_(
                "You are the last owner of {name}, and others work there. Make one of them an owner."
            )
        elif row["on_market"]:
            message = N_(
                "{name} is a verified exporter and you are its last owner. Make somebody else an owner."
            )
        elif row["under_review"]:
            message = N_("The review of {name} is in progress. It has to be decided first.")
        else:
            continue
        found.append(translate(language, message, name=row["name"]))
    for row in await fetch(_LAST_ADMIN, person):
        found.append(
            translate(
                language,
                N_("You are the last administrator of {name}. Give somebody else the right."),
                name=row["name"],
            )
        )
    for row in await fetch(_CLAIMS, person):
        message = N_("Your claim to {name} is being looked at. It has to be decided first.")
        found.append(translate(language, message, name=row["trade_name"]))
    if n := await orders.open_orders_of(person):
        found.append(ngettext(language, *_ORDERS, n).replace("{n}", str(n)))
    for statement, (singular, plural) in _COUNTED.items():
        n = (await fetch(statement, person))[0]["n"]
        if n:
            found.append(ngettext(language, singular, plural, n).replace("{n}", str(n)))
    return found
