"""Errors of the house: each knows its HTTP status and one sentence for the user (an English msgid)."""

from collections.abc import Mapping


class KervanError(Exception):
    """A refusal that the user can understand: `message` is an English msgid with {placeholders}."""

    status_code = 400
    title = "The request could not be carried out"

    def __init__(self, message: str = "", **params: object) -> None:
        self.message = message or self.title
        self.params = params
        super().__init__(self.message.format(**params) if params else self.message)


class NotFound(KervanError):
    """There is no such thing, or the caller may not know that there is."""

    status_code = 404
    title = "We could not find this page"


SIGN_IN = "/sign-in"


class SignInNeeded(KervanError):
    """Nobody is signed in, or not far enough; pages lead to `to`, a path without language, the API says 401."""

    status_code = 401
    title = "Please sign in"

    def __init__(self, message: str = "", to: str = SIGN_IN, **params: object) -> None:
        super().__init__(message, **params)
        self.to = to


class Forbidden(KervanError):
    """The caller is known here but lacks the right."""

    status_code = 403
    title = "You may not do this"


class Conflict(KervanError):
    """The change does not fit the present state: somebody was faster, or the arrow does not exist."""

    status_code = 409
    title = "This was changed in the meantime"


class Invalid(KervanError):
    """Malformed input: one sentence per field in `fields`, what was typed stays with the caller."""

    status_code = 422
    title = "Please check what you entered"

    def __init__(
        self, message: str = "", fields: Mapping[str, KervanError | str] | None = None, **params: object
    ):
        super().__init__(message, **params)
        self.fields: dict[str, KervanError | str] = dict(fields or {})


class TooMany(KervanError):
    """The caller's limit is used up; `retry_after` is in seconds."""

    status_code = 429
    title = "Too many requests"

    def __init__(self, message: str = "", retry_after: int = 1, **params: object) -> None:
        super().__init__(message, **params)
        self.retry_after = retry_after


class Unavailable(KervanError):
    """A part that the answer needs is down and has no substitute."""

    status_code = 503
    title = "This part of the platform is not available at the moment"


class SettingsError(KervanError):
    """The process cannot start as it is configured; the CLI prints the sentence and exits with 2."""

    status_code = 500


class CommandError(KervanError):
    """A command of the CLI cannot go on; the CLI prints the sentence and exits with 1."""
