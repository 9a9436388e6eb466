"""What comes back: reports of mails that were not delivered, complaints, and messages that are neither."""

from email import policy
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest
from announcing import Hall, deliveries, make_reader, sent
from click.testing import CliRunner
from mailing import Server

from kervan.announcements import bounces, letter
from kervan.announcements.access import Seat
from kervan.announcements.commands import mail_group
from kervan.db import execute, fetchval
from kervan.settings import Settings


def dsn(
    headers: str, status: str = "5.1.1", action: str = "failed", kind: str = "text/rfc822-headers"
) -> bytes:
    """A report as Postfix writes it: words for people, fields for machines, the headers of the letter."""
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: events@kervan.example\r\nSubject: Undelivered Mail\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="XX"\r\n\r\n'
        "--XX\r\nContent-Type: text/plain\r\n\r\nI'm sorry.\r\n\r\n"
        "--XX\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example\r\nArrival-Date: Mon, 23 Nov 2026 03:00:00 +0000\r\n\r\n"
        "Final-Recipient: rfc822; jonas.petersen@example.com\r\n"
        "Original-Recipient: rfc822;jonas.petersen@example.com\r\n"
        f"Action: {action}\r\nStatus: {status}\r\nRemote-MTA: dns; mx.example\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <jonas.petersen@example.com>: user\r\n    unknown\r\n\r\n"
        f"--XX\r\nContent-Type: {kind}\r\n\r\n{headers}\r\n\r\n--XX--\r\n"
    ).encode()


def arf(original: str) -> bytes:
    """A complaint as RFC 5965 shows it, the letter in it whole."""
    report = MIMEMultipart("report", **{"report-type": "feedback-report"})
    report["From"] = "feedback@provider.example"
    report.attach(MIMEText("This is an abuse report."))
    fields = EmailMessage()
    for name, value in (("Feedback-Type", "abuse"), ("User-Agent", "Loop/1.0"), ("Version", "1")):
        fields[name] = value
    part = MIMEMessage(fields)
    part.replace_header("Content-Type", "message/feedback-report")
    report.attach(part)
    whole = EmailMessage(policy=policy.default)
    for line in original.splitlines():
        name, _, value = line.partition(": ")
        whole[name] = value
    whole.set_content("Hello")
    report.attach(MIMEMessage(whole))
    return report.as_bytes()


async def arrived(hall: Hall, smtp: Server, settings: Settings) -> tuple[Seat, str]:
    """An announcement that arrived, and the headers by which its mail is known."""
    await make_reader("Jonas Petersen")
    seat = await sent(hall, settings)
    [got] = smtp.to("jonas.petersen@example.com")
    return seat, f"X-Kervan-Delivery: {got['X-Kervan-Delivery']}\r\nMessage-ID: {got['Message-ID']}"


async def suppressed() -> str | None:
    found: str | None = await fetchval(
        "SELECT reason FROM suppression WHERE address_key = 'jonas.petersen@example.com'"
    )
    return found


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
@pytest.mark.parametrize("which", ["X-Kervan-Delivery", "Message-ID"])
async def test_an_address_that_does_not_exist_is_marked_and_suppressed(
    hall: Hall, smtp: Server, settings: Settings, kind: str, which: str
) -> None:
    seat, headers = await arrived(hall, smtp, settings)
    only = next(line for line in headers.split("\r\n") if line.startswith(which))
    taken = await bounces.take(dsn(only, kind=kind))
    assert (taken.found, taken.suppressed) == (True, True)
    [row] = await deliveries(seat)
    assert row["state"] == "BOUNCED"
    assert row["detail"].startswith("5.1.1 smtp; 550 5.1.1")
    assert "jonas" not in row["detail"]
    assert await suppressed() == row["detail"]
    # The same report again changes nothing.
    assert (await bounces.take(dsn(only, kind=kind))).found


@pytest.mark.parametrize(
    ("status", "suppresses"),
    [
        ("5.1.10", True),
        ("5.2.1", True),
        ("5.0.0", True),
        ("5.2.2", False),
        ("5.7.1", False),
        ("4.4.7", False),
        ("?", False),
    ],
)
async def test_only_the_address_itself_is_a_reason_to_suppress_it(
    hall: Hall, smtp: Server, settings: Settings, status: str, suppresses: bool
) -> None:
    seat, headers = await arrived(hall, smtp, settings)
    await bounces.take(dsn(headers, status))
    [row] = await deliveries(seat)
    assert row["state"] == ("BOUNCED" if suppresses else "FAILED")
    assert (await suppressed() is not None) == suppresses


async def test_a_complaint_suppresses_the_address(hall: Hall, smtp: Server, settings: Settings) -> None:
    seat, headers = await arrived(hall, smtp, settings)
    taken = await bounces.take(arf(headers))
    assert taken.report is not None
    assert (taken.report.kind, taken.found) == ("COMPLAINT", True)
    [row] = await deliveries(seat)
    assert (row["state"], row["detail"]) == ("BOUNCED", "complaint: abuse")
    assert await suppressed() == "complaint: abuse"


async def test_a_delay_is_no_failure(hall: Hall, smtp: Server, settings: Settings) -> None:
    seat, headers = await arrived(hall, smtp, settings)
    assert (await bounces.take(dsn(headers, "4.4.1", action="delayed"))).report is None
    assert (await deliveries(seat))[0]["state"] == "SENT"


async def test_nobody_can_forge_a_report_about_a_mail_they_never_saw(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    seat, _ = await arrived(hall, smtp, settings)
    [row] = await deliveries(seat)
    real = letter.delivery_token(row["id"])
    for token in (
        f"{row['id']}.{'x' * 20}",
        f"{row['id'] + 1}.{real.partition('.')[2]}",
        str(row["id"]),
        "",
        "²3.a",
    ):
        taken = await bounces.take(dsn(f"X-Kervan-Delivery: {token}"))
        assert (taken.found, taken.suppressed) == (False, False)
    assert (await deliveries(seat))[0]["state"] == "SENT"
    assert await fetchval("SELECT count(*) FROM suppression") == 0


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: hello\r\n\r\nI am on holiday.",
        b"Content-Type: multipart/report; boundary=a\r\n\r\n--a\r\n",
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\nStatus: 5.1.1",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
        + b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" * 50,
    ],
)
def test_what_is_no_report_is_left_alone(raw: bytes) -> None:
    report = bounces.parse(raw)
    assert report is None or report.token == ""


async def test_a_report_inside_a_letter_that_came_back_is_not_believed(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    _, headers = await arrived(hall, smtp, settings)
    inner = dsn(headers).decode()
    wrapped = (
        "Content-Type: multipart/mixed; boundary=OUT\r\n\r\n--OUT\r\n"
        f"Content-Type: message/rfc822\r\n\r\n{inner}\r\n--OUT--\r\n"
    )
    assert bounces.parse(wrapped.encode()) is None


async def test_a_mail_of_another_kind_is_found_by_its_name(hall: Hall) -> None:
    await execute(
        """INSERT INTO mail (public_id, template, to_address, address_key, language, state, sent_at)
        VALUES ('abcdefghjkmn', 'no_account', 'a@gone.example', 'a@gone.example', 'en', 'SENT', now())"""
    )
    taken = await bounces.take(dsn("Message-ID: <abcdefghjkmn@kervan.example>"))
    assert taken.suppressed
    assert await fetchval("SELECT count(*) FROM suppression WHERE address_key = 'a@gone.example'") == 1


async def test_an_opened_letter_is_counted_once_and_only_while_its_reader_agrees(
    hall: Hall, smtp: Server, settings: Settings
) -> None:
    seat, _ = await arrived(hall, smtp, settings)
    [row] = await deliveries(seat)
    await bounces.count_opened(row["id"])
    assert (await deliveries(seat))[0]["opened_at"] is None
    await execute("INSERT INTO event_news (person, count_opens) VALUES ($1, true)", row["person"])
    await bounces.count_opened(row["id"])
    first = (await deliveries(seat))[0]["opened_at"]
    assert first is not None
    await bounces.count_opened(row["id"])
    assert (await deliveries(seat))[0]["opened_at"] == first
    assert letter.opened_of(letter.opened_token(row["id"])) == row["id"]
    assert letter.opened_of(letter.delivery_token(row["id"])) is None


def test_the_command_says_when_a_file_is_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "holiday.eml"
    file.write_bytes(b"Subject: hello\r\n\r\nI am on holiday.")
    monkeypatch.setattr("kervan.announcements.commands.run", _without_database)
    done = CliRunner().invoke(mail_group, ["bounce", str(file)])
    assert done.exit_code == 1
    assert CliRunner().invoke(mail_group, ["bounce"], input=b"").exit_code == 1


def _without_database(job: object) -> object:
    import asyncio

    return asyncio.run(job(None))  # type: ignore[operator]
