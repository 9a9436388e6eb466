"""Settings: read once from the environment, checked at start, refused in one sentence when wrong."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import msgspec

from kervan.errors import SettingsError


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
    public_url: str
    """What the outside world calls this site: canonical links, sitemap, mails."""
    metrics_token: str | None
    """Bearer token of /metrics; None keeps /metrics open to loopback addresses only."""
    trusted_proxies: tuple[str, ...]
    """Addresses whose X-Forwarded-For is believed."""
    api_limit: str
    """Requests per address and minute on /api, as `300/60`; empty switches the limit off."""
    pool_size: int
    worker_inside: bool
    """Whether the web process carries out the outbox too; `kervan serve` decides, KERVAN_WORKER=inside says so."""
    log_json: bool

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
    public_url = environ.get("KERVAN_URL", "").rstrip("/")
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
    return Settings(
        env=env,
        data=Path(environ.get("KERVAN_DATA") or _default_data()).expanduser().absolute(),
        host=host,
        port=port,
        database_url=database_url,
        meili_url=meili_url,
        meili_key=_secret(environ, "MEILI_KEY"),
        search_engine=engine,
        secret=secret or secrets.token_hex(32),
        public_url=public_url or f"http://{host}:{port}",
        metrics_token=_secret(environ, "KERVAN_METRICS_TOKEN"),
        trusted_proxies=tuple(
            p.strip() for p in environ.get("KERVAN_TRUSTED_PROXIES", "").split(",") if p.strip()
        ),
        api_limit=environ.get("KERVAN_API_LIMIT", "300/60"),
        pool_size=_integer(environ, "KERVAN_POOL", 5, 1, 100),
        worker_inside=environ.get("KERVAN_WORKER") == "inside",
        log_json=environ.get("KERVAN_LOG", "json" if env == "production" else "text") == "json",
    )
