"""Mails that are told under the bell as well: what rooms call that write to people with an account."""

from typing import Any

from kervan.db import current
from kervan.mail import service as mail
from kervan.notifications import texts
from kervan.notifications.service import tell


async def send(
    template: str,
    to: str,
    language: str,
    *,
    person: int | None = None,
    of: int | None = None,
    source: str | None = None,
    **context: Any,
) -> str:
    """Queues a mail as mail.service.send does, and puts the same under the bell of its person; returns the mail's id.

    `of` is the organisation that it concerns: who leaves it does not see it any more. `source` names what caused it;
    without one every mail is told. Mails to nobody in particular, and those that texts.KINDS does not know, are only
    mails. The bell leads where the mail's button does (`go`).
    """
    sent = await mail.send(template, to, language, person=person, **context)
    if person is None or template not in texts.KINDS:
        return sent
    tx = current()
    assert tx is not None  # mail.send() has asked already
    path = context.get("go") or texts.KINDS[template].path
    if not path:
        raise ValueError(f"Nobody said where the notification {template!r} leads.")
    await tell(
        tx.connection, [person], template, texts.needed(template, context), path, source or f"mail {sent}", of
    )
    return sent
