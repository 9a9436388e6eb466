"""From a template and its context to a mail: subject, plain text and HTML out of one source.

A template is rendered twice, with another set of macros each time (`templates/mail/_html.html`, `_text.html`).
Plain text is rendered with everything escaped as well, and unescaped as a whole at the end: so no value can be
mistaken for markup on the way.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import unescape
from typing import Any

import msgspec

from kervan.errors import Invalid
from kervan.mail.letters import LETTERS
from kervan.trade.errors import N_, shown
from kervan.web.templates import Templates

_SUBJECT_LENGTH = 200
_GAPS = re.compile(r"\n{3,}")
# What JSON has made text of: the filters want it back.
_TIMES: Mapping[str, Callable[[str], date | Decimal]] = {
    "at": datetime.fromisoformat,
    "answer_by": datetime.fromisoformat,
    "until": date.fromisoformat,
    "since": date.fromisoformat,
    "total": Decimal,
}


class Composed(msgspec.Struct, frozen=True):
    """What a mail says; `text` and `html` say the same and hold the same links."""

    subject: str
    text: str
    html: str


def compose(
    templates: Templates, language: str, name: str, context: Mapping[str, Any], stop: str | None = None
) -> Composed:
    """The mail `name` in a language. `stop` is the address that ends mails of this kind, for those with a purpose.

    Raises KeyError for a name that is none, and jinja2.UndefinedError when the context lacks something.
    """
    if name not in LETTERS:
        raise KeyError(f"There is no mail {name!r}.")
    values = {key: _revived(key, value) for key, value in context.items()} | {"stop": stop}
    template = templates.template(language, f"mail/{name}.html")
    html, text = (
        template.render(values, frame=f"mail/_frame_{kind}.html", flavour=f"mail/_{kind}.html")
        for kind in ("html", "text")
    )
    subject = "".join(template.blocks["subject"](template.new_context(values)))
    return Composed(shown(unescape(subject).strip(), _SUBJECT_LENGTH), _plain(text), html.strip() + "\n")


def _revived(key: str, value: Any) -> Any:
    return _TIMES[key](value) if key in _TIMES and isinstance(value, str) else value


def _plain(text: str) -> str:
    lines = (line.strip() for line in unescape(text).splitlines())
    return _GAPS.sub("\n\n", "\n".join(lines)).strip() + "\n"


def message(
    composed: Composed,
    *,
    sender: str,
    to: str,
    message_id: str,
    at: datetime,
    language: str,
    stop: str | None = None,
    calendar: Mapping[str, str] | None = None,
) -> EmailMessage:
    """The mail as it goes to the server.

    `to` is a bare address in ASCII (trade.emails takes no other), `stop` the one-click address of RFC 8058,
    `calendar` the file that goes along ("text"), and its "method". Raises Invalid for an address that would break
    out of its header.
    """
    user, _, domain = one_line(to).rpartition("@")
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = one_line(sender)
    mail["To"] = Address(username=user, domain=domain)
    mail["Subject"] = one_line(composed.subject)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    # RFC 3834: no answer by machine, please.
    mail["Auto-Submitted"] = "auto-generated"
    if stop is not None:
        mail["List-Unsubscribe"] = f"<{stop}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(composed.text, cte="quoted-printable")
    mail.add_alternative(composed.html, subtype="html", cte="quoted-printable")
    if calendar is not None:
        _add_calendar(mail, calendar["method"], calendar["text"])
    mail["Content-Language"] = language  # last: set_content drops what begins with Content-
    return mail


def _add_calendar(mail: EmailMessage, method: str, text: str) -> None:
    """Gmail and Outlook take the invitation from the alternative; other programs offer the attachment to open."""
    mail.add_alternative(text, subtype="calendar", cte="base64", params={"method": method})
    mail.add_attachment(
        text.encode(), maintype="application", subtype="ics", filename="invite.ics", params={"method": method}
    )


def one_line(text: str) -> str:
    """The same text. Raises Invalid when it holds signs that would end a header, or any other control sign."""
    if has_control_signs(text):
        raise Invalid(N_("Line breaks and control characters are not allowed here."))
    return text


def has_control_signs(text: str, allowed: str = "") -> bool:
    """Whether the text holds a line break, another control sign or half a character."""
    return any(_CONTROL.match(sign) and sign not in allowed for sign in text)


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
