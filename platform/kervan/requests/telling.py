"""Who hears of a request's steps: the buyer's people, the people of the post that looks after it."""

from collections.abc import Mapping, Sequence
from typing import Any

from asyncpg import Connection, Record

from kervan.mail.service import send
from kervan.notifications import service as notifications
from kervan.organisations.queries import IN_TERM
from kervan.requests.states import Side
from kervan.webhooks import service as webhooks

_PEOPLE = f"""
SELECT p.id, p.name, p.email, p.language FROM membership m JOIN person p ON p.id = m.person
JOIN organisation o ON o.id = m.organisation
WHERE m.organisation = $1 AND {IN_TERM} AND p.state = 'ACTIVE' AND m.role <> 'VIEWER' AND o.closed_at IS NULL
ORDER BY p.id LIMIT 50
"""
_MINISTRY = "SELECT id FROM organisation WHERE kind = 'MINISTRY' AND closed_at IS NULL ORDER BY id"

EVENTS: Mapping[str, str] = {
    "submit": "request.submitted",
    "publish": "request.published",
    "return": "request.returned",
    "reject": "request.rejected",
    "edit": "request.changed",
    "review-again": "request.submitted",
    "withdraw": "request.closed",
    "award": "request.closed",
    "expire": "request.closed",
}
"""What programs of the buyer hear."""

_TELLS_BUYER = frozenset({"publish", "return", "reject", "edit", "withdraw", "expire"})
_TO_REVIEW = frozenset({"submit", "review-again"})
_TELLS_POST = _TO_REVIEW | frozenset({"edit", "award", "expire"})


async def people(conn: Connection, organisation: int) -> Sequence[Record]:
    """Who works in an organisation now and may do more than look: id, name, email, language."""
    found: Sequence[Record] = await conn.fetch(_PEOPLE, organisation)
    return found


async def reviewers(conn: Connection, post: int | None) -> Sequence[Record]:
    """The people who review for a post (organisation.id), or for None the Ministry's."""
    if post is not None and (found := await people(conn, post)):
        return found
    return [person for row in await conn.fetch(_MINISTRY) for person in await people(conn, row["id"])]


async def step(
    conn: Connection, row: Mapping[str, Any], action: str, side: str, reason: str, version: int
) -> None:
    """Tells the other side of a step, by mail, bell and webhook; `row` is moves.locked's, `version` the new one.

    Nobody is told of what was done on his own side. A buyer that a post speaks for has nobody to tell.
    """
    if action in _TELLS_BUYER and side != Side.IMPORTER and row["represented_by"] is None:
        told = await people(conn, row["buyer"])
        path = f"/desk/{row['buyer_id']}/requests/{row['public_id']}"
        await tell(conn, told, row, action, path, reason, version, row["buyer"])
    if action in _TELLS_POST and side != Side.POST and (row["post"] is not None or action in _TO_REVIEW):
        told = await reviewers(conn, row["post"])
        await tell(
            conn, told, row, action, f"/staff/requests/{row['public_id']}", reason, version, row["post"]
        )
    if event := EVENTS.get(action):
        await webhooks.tell(
            [row["buyer"]],
            event,
            {"id": row["public_id"], "number": row["number"], "action": action, "version": version},
            event_id=f"{row['public_id']}-{version}",
        )


async def tell(
    conn: Connection,
    told: Sequence[Record],
    row: Mapping[str, Any],
    action: str,
    path: str,
    reason: str,
    version: int,
    organisation: int | None,
) -> None:
    """A mail and a line in the bell for each of these people about a step of a request."""
    context: dict[str, Any] = {
        "action": action,
        "number": row["number"],
        "title": row["title"],
        "country": row["buyer_country"],
        "reason": reason,
        "until": row["deadline"],
    }
    for person in told:
        await send(
            "request_step", person["email"], person["language"], person=person["id"], name=person["name"], go=path,
            **context,
        )  # fmt: skip
    await notifications.tell(
        conn,
        [person["id"] for person in told],
        "request_step",
        {"action": action, "number": row["number"], "title": row["title"]},
        path,
        f"request-{row['public_id']}-{version}-{action}",
        organisation,
    )
