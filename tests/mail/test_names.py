"""Every kind of mail has a name that people can read."""

from kervan.mail.names import NAMES
from kervan.resources import templates_dir


def test_every_mail_has_a_name_and_no_name_is_left_over() -> None:
    written = {path.stem for path in (templates_dir() / "mail").glob("[a-z]*.html")}
    assert written == set(NAMES)
