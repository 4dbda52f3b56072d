"""Settings read from the environment: typed, checked once at start, each with a sentence when it is wrong."""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from limits import parse_many
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from webapp.errors import ConfigurationError

ROOT = Path(__file__).resolve().parent.parent
PRACTICE_SECRET = "practice-only-secret-never-for-production"  # noqa: S105 - refused outside practice and tests
FERNET_KEY_BYTES = 32
PRACTICE_CREDENTIAL_KEY = base64.urlsafe_b64encode(b"practice-only-credential-key-32!").decode()


class Mode(StrEnum):
    """How the program runs; everything that depends on it asks one of the properties of Settings."""

    PRACTICE = "practice"
    PRODUCTION = "production"
    TEST = "test"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One value per setting; docs/operations.md lists the environment variable behind each."""

    mode: Mode
    secret_key: str = field(repr=False)
    credential_keys: tuple[str, ...] = field(repr=False)
    database_url: URL
    redis_url: str
    business_time_zone: ZoneInfo
    currency: str
    var_folder: Path
    sandbox_url: str
    allow_real_hosts: bool
    secure_cookies: bool
    trusted_proxies: int
    session_idle: timedelta
    session_absolute: timedelta
    sign_in_limit: str
    silent_provider_after: timedelta
    channel_overdue_after: timedelta
    run_stale_after: timedelta
    list_patience: timedelta
    exchange_retention: timedelta
    run_retention: timedelta
    export_storage: str
    export_retention: timedelta
    sentry_dsn: str = field(default="", repr=False)
    metrics_token: str = field(default="", repr=False)

    @property
    def is_practice(self) -> bool:
        return self.mode is Mode.PRACTICE

    @property
    def is_production(self) -> bool:
        return self.mode is Mode.PRODUCTION

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.get_backend_name() == "sqlite"


def settings_from(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check every setting; raises ConfigurationError with one sentence for the first that is wrong."""
    env = os.environ if environment is None else environment
    mode = _mode(env)
    production = mode is Mode.PRODUCTION
    var_folder = Path(env.get("DOCKSIDE_VAR", ROOT / "var"))
    return Settings(
        mode=mode,
        secret_key=_secret(env, "SECRET_KEY", PRACTICE_SECRET, production=production),
        credential_keys=_fernet_keys(
            _secret(env, "CREDENTIAL_KEYS", PRACTICE_CREDENTIAL_KEY, production=production)
        ),
        database_url=_database_url(env.get("DATABASE_URL") or f"sqlite:///{var_folder / 'dockside.sqlite3'}"),
        redis_url=_redis_url(env.get("REDIS_URL") or f"unix://{var_folder / 'redis.sock'}"),
        business_time_zone=_time_zone(env.get("BUSINESS_TIME_ZONE", "America/Los_Angeles")),
        currency=env.get("CURRENCY", "USD"),
        var_folder=var_folder,
        sandbox_url=env.get("SANDBOX_URL", "http://127.0.0.1:8071"),
        allow_real_hosts=_flag(env, "ALLOW_REAL_PROVIDERS", default=production),
        secure_cookies=_flag(env, "SECURE_COOKIES", default=production),
        trusted_proxies=_whole_number(env, "TRUSTED_PROXIES", 0),
        session_idle=timedelta(minutes=_whole_number(env, "SESSION_IDLE_MINUTES", 12 * 60)),
        session_absolute=timedelta(minutes=_whole_number(env, "SESSION_ABSOLUTE_MINUTES", 7 * 24 * 60)),
        sign_in_limit=_limit(env.get("SIGN_IN_LIMIT", "10 per 5 minutes")),
        silent_provider_after=timedelta(hours=_whole_number(env, "SILENT_PROVIDER_HOURS", 48)),
        channel_overdue_after=timedelta(hours=_whole_number(env, "CHANNEL_OVERDUE_HOURS", 4)),
        run_stale_after=timedelta(seconds=_whole_number(env, "RUN_STALE_SECONDS", 15, least=1)),
        list_patience=timedelta(seconds=_whole_number(env, "LIST_PATIENCE_SECONDS", 8, least=1)),
        exchange_retention=timedelta(days=_whole_number(env, "EXCHANGE_RETENTION_DAYS", 30)),
        run_retention=timedelta(days=_whole_number(env, "RUN_RETENTION_DAYS", 30, least=1)),
        export_storage=_storage(env.get("EXPORT_STORAGE") or (var_folder.absolute() / "exports").as_uri()),
        export_retention=timedelta(days=_whole_number(env, "EXPORT_RETENTION_DAYS", 7, least=1)),
        sentry_dsn=env.get("SENTRY_DSN", ""),
        metrics_token=env.get("METRICS_TOKEN", ""),
    )


def _mode(env: Mapping[str, str]) -> Mode:
    value = env.get("DOCKSIDE_MODE", Mode.PRACTICE)
    if value not in {mode.value for mode in Mode}:
        raise ConfigurationError(
            f"DOCKSIDE_MODE is {value!r}. Set it to one of: {', '.join(mode.value for mode in Mode)}."
        )
    return Mode(value)


def _secret(env: Mapping[str, str], name: str, practice_value: str, *, production: bool) -> str:
    value = env.get(name, "")
    if not production:
        return value or practice_value
    if not value or value == practice_value:
        raise ConfigurationError(
            f"{name} is not set. Production needs a secret of its own; docs/operations.md says how to make one."
        )
    if len(value) < 32:
        raise ConfigurationError(f"{name} is too short. Use at least 32 random characters.")
    return value


def _fernet_keys(value: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in value.split(","))
    if all(_is_fernet_key(key) for key in keys):
        return keys
    raise ConfigurationError(
        "CREDENTIAL_KEYS holds something that is no key. docs/operations.md says how to make one; several are "
        "joined by commas, the newest first."
    )


def _is_fernet_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, altchars=b"-_", validate=True)) == FERNET_KEY_BYTES
    except ValueError:
        return False


def _database_url(value: str) -> URL:
    try:
        url = make_url(value)
    except ArgumentError:
        raise ConfigurationError(
            "DATABASE_URL cannot be read. It looks like postgresql://user:password@host/name or sqlite:///path."
        ) from None
    backend = url.get_backend_name()
    if backend in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database:
        return url
    raise ConfigurationError(
        f"DATABASE_URL names {backend!r}. Dockside runs on postgresql://… or on a file with sqlite:///path."
    )


def _redis_url(value: str) -> str:
    if not value.startswith(("redis://", "rediss://", "unix://")):
        raise ConfigurationError("REDIS_URL cannot be read. It looks like redis://host:6379/0.")
    return value


def _time_zone(value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigurationError(
            f"BUSINESS_TIME_ZONE is {value!r}, which is no time zone. Use a name such as America/Los_Angeles."
        ) from None


def _limit(value: str) -> str:
    """Checked here because a limit that cannot be read would otherwise be no limit."""
    try:
        parse_many(value)
    except ValueError:
        raise ConfigurationError(
            f"SIGN_IN_LIMIT is {value!r}, which cannot be read. Write it like: 10 per 5 minutes."
        ) from None
    return value


def _storage(value: str) -> str:
    if not value.startswith(("file://", "s3://", "/")):
        raise ConfigurationError(
            f"EXPORT_STORAGE is {value!r}. Set it to a folder with its whole path, or to s3://bucket/folder."
        )
    return value.rstrip("/")


def _flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = env.get(name, "").strip().lower()
    if value in {"", "1", "true", "yes", "0", "false", "no"}:
        return default if value == "" else value in {"1", "true", "yes"}
    raise ConfigurationError(f"{name} is {value!r}. Set it to 1 or 0.")


def _whole_number(env: Mapping[str, str], name: str, default: int, *, least: int = 0) -> int:
    value = env.get(name, "").strip() or str(default)
    if not (value.isascii() and value.isdecimal() and int(value) >= least):
        raise ConfigurationError(f"{name} is {value!r}. Set it to a whole number from {least} on.")
    return int(value)
