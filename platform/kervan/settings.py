"""Settings: read once from the environment, checked at start, refused in one sentence when wrong."""

import os
from collections.abc import Mapping
from email.headerregistry import Address
from email.policy import SMTP
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from kervan.errors import SettingsError


class SmtpServer(msgspec.Struct, frozen=True, kw_only=True):
    """Where mails are handed in, and how."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    """Encrypted from the first byte (smtps://)."""
    starttls: bool
    """Encrypted before anything else is said; a server that cannot is not used."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a process of Kervan needs to know about its surroundings."""

    env: str
    """`development` or `production`; production refuses the embedded database and engine and missing secrets."""
    data: Path
    """Folder of everything the process keeps: database, index, mails, uploads."""
    host: str
    port: int
    database_url: str | None
    """PostgreSQL DSN; None means the embedded PostgreSQL under `data`."""
    meili_url: str | None
    meili_key: str | None
    search_engine: str
    """`embedded` or `meilisearch`; by default the server when MEILI_URL is set."""
    secret: str
    """From which every key is derived; empty in development means that `kervan.vault` keeps one under `data`."""
    old_secrets: tuple[str, ...]
    """Former secrets: what was sealed with them can still be opened."""
    public_url: str
    """What the outside world calls this site: canonical links, sitemap, mails."""
    smtp_url: str | None
    """`smtp://user:password@host:port`, `smtps://`, `smtp://...?starttls`; None writes mails into `data`/mail."""
    mail_from: str
    """From of every mail: `Kervan <no-reply@kervan.example>`."""
    metrics_token: str | None
    """Bearer token of /metrics; None keeps /metrics open to loopback addresses only."""
    trusted_proxies: tuple[str, ...]
    """Addresses whose X-Forwarded-For is believed."""
    api_limit: str
    """Requests per address and minute on /api, as `300/60`; empty switches the limit off."""
    search_limit: str
    """The same for the result pages."""
    rates_url: str | None
    """Address of a file of exchange rates that is fetched every hour; None: rates are imported by hand."""
    webhooks_local: bool
    """Webhooks may go to this very machine, by http and to any port: for demos and tests, never in production."""
    carrier_port: str
    """Which carrier's system is asked about parcels: `none`, or `fake` in demos."""
    meeting_rooms: str
    """Where rooms of video meetings are: an address with / at its end, behind which any name is a room (Jitsi); empty:
    one of the two sides gives the address of its own."""
    pool_size: int
    worker_inside: bool
    """Whether the web process carries out the outbox too; `kervan serve` decides, KERVAN_WORKER=inside says so."""
    log_json: bool

    @property
    def secure_cookies(self) -> bool:
        """Cookies are Secure wherever the site is reached by https; production always is."""
        return self.public_url.startswith("https://")

    @property
    def production(self) -> bool:
        return self.env == "production"


def _default_data() -> Path:
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "kervan"


def _integer(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise SettingsError(f"{name} must be a whole number from {low} to {high}, not {text!r}.")
    return int(text)


def _secret(environ: Mapping[str, str], name: str) -> str | None:
    """The value of NAME, or the content of the file that NAME_FILE names (container secrets)."""
    if path := environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"{name}_FILE cannot be read: {path} ({error.strerror}).") from error
    return environ.get(name) or None


def smtp_server(url: str) -> SmtpServer:
    """The server of an SMTP_URL. Raises SettingsError, without the password, for an address that is none."""
    problem = SettingsError(
        "SMTP_URL must look like smtp://user:password@host:587?starttls, smtps://host or smtp://host:25."
    )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise problem from None
    if parts.scheme not in ("smtp", "smtps") or not host or parts.path not in ("", "/"):
        raise problem
    tls, starttls = parts.scheme == "smtps", parts.query == "starttls"
    if (parts.query and not starttls) or (tls and starttls) or bool(parts.username) != bool(parts.password):
        raise problem
    return SmtpServer(
        host=host,
        port=port or (465 if tls else 587 if starttls else 25),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=tls,
        starttls=starttls,
    )


def _mail_from(environ: Mapping[str, str], public_url: str) -> str:
    given = environ.get("KERVAN_MAIL_FROM", "").strip()
    host = urlsplit(public_url).hostname or ""
    text = given or f"Kervan <no-reply@{'kervan.localhost' if _is_address(host) else host}>"
    problem = SettingsError(
        "KERVAN_MAIL_FROM must be one address like Kervan <no-reply@kervan.example>, not {text!r}.", text=text
    )
    if not text.isprintable():
        raise problem
    header = SMTP.header_factory("From", text)
    addresses: tuple[Address, ...] = getattr(header, "addresses", ())
    if len(addresses) != 1 or header.defects or not (addresses[0].username and addresses[0].domain):
        raise problem
    if not addresses[0].addr_spec.isascii():
        raise problem  # it is the sender of the envelope as well: no server has to know UTF-8
    return text


def _rates_url(environ: Mapping[str, str], env: str) -> str | None:
    url = environ.get("KERVAN_RATES_URL", "").strip()
    parts = urlsplit(url)
    if url and (parts.scheme not in ("https", "http") or not parts.hostname):
        raise SettingsError("KERVAN_RATES_URL must be the https:// address of a file of exchange rates.")
    if parts.scheme == "http" and env == "production":
        raise SettingsError("In production KERVAN_RATES_URL must begin with https://.")
    return url or None


def _meeting_rooms(environ: Mapping[str, str]) -> str:
    url = environ.get("KERVAN_MEETING_ROOMS", "").strip()
    parts = urlsplit(url)
    if url and (parts.scheme != "https" or not parts.hostname or parts.username or not url.endswith("/")):
        raise SettingsError("KERVAN_MEETING_ROOMS must be an address like https://meet.example.org/ .")
    if parts.query or parts.fragment or len(url) > 300 or not url.isascii() or not url.isprintable():
        raise SettingsError("KERVAN_MEETING_ROOMS must be an address like https://meet.example.org/ .")
    return url


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return not host
    return True


def _list(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises SettingsError with one sentence when a value is unusable."""
    environ = os.environ if environ is None else environ
    env = environ.get("KERVAN_ENV", "development")
    if env not in ("development", "production"):
        raise SettingsError(f"KERVAN_ENV must be development or production, not {env!r}.")
    port = _integer(environ, "PORT", 8000, 1, 65535)
    host = environ.get("HOST", "127.0.0.1")
    database_url = _secret(environ, "DATABASE_URL")
    meili_url = environ.get("MEILI_URL") or None
    engine = environ.get("KERVAN_SEARCH", "meilisearch" if meili_url else "embedded")
    if engine not in ("embedded", "meilisearch"):
        raise SettingsError(f"KERVAN_SEARCH must be embedded or meilisearch, not {engine!r}.")
    if engine == "meilisearch" and not meili_url:
        raise SettingsError("KERVAN_SEARCH is meilisearch, but MEILI_URL is not set.")
    secret = _secret(environ, "KERVAN_SECRET")
    if secret and "," in secret:
        raise SettingsError("KERVAN_SECRET must not hold a comma: KERVAN_SECRET_OLD is a list.")
    public_url = environ.get("KERVAN_URL", "").rstrip("/")
    smtp_url = _secret(environ, "SMTP_URL")
    server = smtp_server(smtp_url) if smtp_url else None
    if env == "production":
        if not database_url:
            raise SettingsError("In production DATABASE_URL must be set: the embedded database is for demos.")
        if engine == "embedded" and environ.get("KERVAN_SEARCH") != "embedded":
            raise SettingsError(
                "In production set MEILI_URL, or ask for the embedded engine by KERVAN_SEARCH=embedded."
            )
        if not secret or len(secret) < 32:
            raise SettingsError("In production KERVAN_SECRET must be set to at least 32 characters.")
        if not public_url.startswith("https://"):
            raise SettingsError("In production KERVAN_URL must be the public https:// address of the site.")
        if server is None:
            raise SettingsError("In production SMTP_URL must name the server that takes the mails.")
        if server.password and not (server.tls or server.starttls):
            raise SettingsError(
                "SMTP_URL holds a password: use smtps://, or smtp:// with ?starttls behind it."
            )
    webhooks_local = environ.get("KERVAN_WEBHOOKS_LOCAL") == "1"
    if webhooks_local and env == "production":
        raise SettingsError(
            "KERVAN_WEBHOOKS_LOCAL is for demos: in production webhooks go to public addresses only."
        )
    carrier_port = environ.get("KERVAN_CARRIER_PORT") or "none"
    if carrier_port not in ("none", "fake"):
        raise SettingsError(f"KERVAN_CARRIER_PORT must be none or fake, not {carrier_port!r}.")
    if env == "production" and carrier_port == "fake":
        raise SettingsError("KERVAN_CARRIER_PORT=fake invents parcels: it is for demos, not for production.")
    public_url = public_url or f"http://{host}:{port}"
    return Settings(
        env=env,
        data=Path(environ.get("KERVAN_DATA") or _default_data()).expanduser().absolute(),
        host=host,
        port=port,
        database_url=database_url,
        meili_url=meili_url,
        meili_key=_secret(environ, "MEILI_KEY"),
        search_engine=engine,
        secret=secret or "",
        old_secrets=_list(_secret(environ, "KERVAN_SECRET_OLD")),
        public_url=public_url,
        smtp_url=smtp_url,
        mail_from=_mail_from(environ, public_url),
        metrics_token=_secret(environ, "KERVAN_METRICS_TOKEN"),
        trusted_proxies=_list(environ.get("KERVAN_TRUSTED_PROXIES")),
        api_limit=environ.get("KERVAN_API_LIMIT", "300/60"),
        search_limit=environ.get("KERVAN_SEARCH_LIMIT", "240/60"),
        rates_url=_rates_url(environ, env),
        webhooks_local=webhooks_local,
        carrier_port=carrier_port,
        meeting_rooms=_meeting_rooms(environ),
        pool_size=_integer(environ, "KERVAN_POOL", 5, 1, 100),
        worker_inside=environ.get("KERVAN_WORKER") == "inside",
        log_json=environ.get("KERVAN_LOG", "json" if env == "production" else "text") == "json",
    )
