"""
Settings, read once from the environment and typed; a wrong or missing one stops the boot and names its variable.

Nothing branches on the environment's name: each difference between development and production is a setting of its
own.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent
DEVELOPMENT_SECRET: Final = "development-only-secret-never-in-production"  # noqa: S105 - refused below in production.
GEOCODERS: Final = ("", "photon", "nominatim")
SERVERS: Final = ("threads", "gevent")
POOL: Final = 24
"""Connections a process may hold to a database server; PostgreSQL as installed gives 100 to everybody together."""
KILL_AT: Final = re.compile(r"((before_commit|after_commit|after_ack|job_before_end)(:[1-9][0-9]*)?)?")
"""A named moment at which a test kills the process, and the how-manieth time; see ``app/infra/kill_points.py``."""
GEVENT_POOL: Final = 4
"""The same under gevent, where a process uses one processor: more connections would only wait inside PostgreSQL."""
REDIS_SECONDS: Final = 0.5
"""How long a page waits for a Redis that hangs, before it counts in its own memory."""
DEFAULT_SENDER: Final = "Milkbridge <hello@milkbridge.example>"
DEFAULT_PUSH_CONTACT: Final = "mailto:hello@milkbridge.example"
PUSH_KEY: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 bytes as `flask push keys` prints them: base64url without padding."""


class SettingError(ValueError):
    """A variable of the environment is missing or cannot be read; the text names it."""


def _flag(environment: Mapping[str, str], name: str, *, default: bool) -> bool:
    raw = environment.get(name, "1" if default else "0").strip().lower()
    if raw not in {"0", "1", "true", "false", "yes", "no"}:
        msg = f"{name} must be 1 or 0, not {raw!r}"
        raise SettingError(msg)
    return raw in {"1", "true", "yes"}


def _number(environment: Mapping[str, str], name: str, default: int, *, least: int = 0) -> int:
    raw = environment.get(name, str(default))
    if not raw.isdecimal() or int(raw) < least:
        msg = f"{name} must be a whole number of at least {least}, not {raw!r}"
        raise SettingError(msg)
    return int(raw)


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default; ``docs/operations.md`` lists them and a test holds the list against this
    class.
    """

    secret_key: str = DEVELOPMENT_SECRET
    database_url: str = ""
    redis_url: str = ""
    production: bool = False
    server: str = "threads"
    port: int = 5000
    public_url: str = "http://127.0.0.1:5000"
    web_processes: int = 1
    web_threads: int = 64
    proxy_hops: int = 0
    trusted_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    mail_backend: str = "file"
    mail_host: str = "127.0.0.1"
    mail_port: int = 25
    mail_sender: str = DEFAULT_SENDER
    push_key: str = ""
    push_contact: str = DEFAULT_PUSH_CONTACT
    dev_mailbox: bool = True
    geocoder: str = ""
    matching_file: str = ""
    demo_community: bool = True
    instance_path: Path = ROOT / "instance"
    testing: bool = False
    rate_limits: bool = True
    staff_second_factor: bool = False
    kill_at: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings from ``environment`` (default: the process's own); raise :class:`SettingError` naming
        what is wrong.
        """
        env = os.environ if environment is None else environment
        production = _flag(env, "MILKBRIDGE_PRODUCTION", default=False)
        grown = env.get("DATABASE_URL", "").startswith("postgres")
        settings = cls(
            secret_key=env.get("SECRET_KEY", DEVELOPMENT_SECRET),
            database_url=env.get("DATABASE_URL", ""),
            redis_url=env.get("REDIS_URL", ""),
            production=production,
            server=env.get("SERVER") or ("gevent" if grown else "threads"),
            port=_number(env, "PORT", 5000, least=1),
            public_url=env.get("PUBLIC_URL", f"http://127.0.0.1:{env.get('PORT', '5000')}").rstrip("/"),
            web_processes=_number(env, "WEB_PROCESSES", 1, least=1),
            web_threads=_number(env, "WEB_THREADS", 64, least=4),
            proxy_hops=_number(env, "PROXY_HOPS", 0),
            trusted_hosts=tuple(
                host.strip()
                for host in env.get("TRUSTED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
                if host.strip()
            ),
            mail_backend=env.get("MAIL_BACKEND", "smtp" if production else "file"),
            mail_host=env.get("MAIL_HOST", "127.0.0.1"),
            mail_port=_number(env, "MAIL_PORT", 25, least=1),
            mail_sender=env.get("MAIL_SENDER", DEFAULT_SENDER),
            push_key=env.get("PUSH_KEY", ""),
            push_contact=env.get("PUSH_CONTACT", DEFAULT_PUSH_CONTACT),
            geocoder=env.get("GEOCODER", ""),
            matching_file=env.get("MATCHING_FILE", ""),
            dev_mailbox=_flag(env, "DEV_MAILBOX", default=not production),
            demo_community=_flag(env, "DEMO_COMMUNITY", default=not production),
            instance_path=Path(env.get("INSTANCE_PATH", str(ROOT / "instance"))),
            rate_limits=_flag(env, "RATE_LIMITS", default=True),
            staff_second_factor=_flag(env, "STAFF_SECOND_FACTOR", default=production),
            kill_at=env.get("MILKBRIDGE_KILL_AT", ""),
        )
        settings.check()
        return settings

    def check(self) -> None:
        """Raise :class:`SettingError` for a combination that must not start."""
        if self.production and self.secret_key == DEVELOPMENT_SECRET:
            msg = "SECRET_KEY must be set in production"
            raise SettingError(msg)
        self._check_push()
        if self.geocoder not in GEOCODERS:
            msg = f"GEOCODER must be empty or one of {', '.join(GEOCODERS[1:])}"
            raise SettingError(msg)
        if self.production and self.dev_mailbox:
            msg = "DEV_MAILBOX shows everybody's mail and must be 0 in production"
            raise SettingError(msg)
        if not KILL_AT.fullmatch(self.kill_at):
            msg = "MILKBRIDGE_KILL_AT must be the name of a kill point, or name:N"
            raise SettingError(msg)
        if self.production and self.kill_at:
            msg = "MILKBRIDGE_KILL_AT is for tests of faults and must be empty in production"
            raise SettingError(msg)
        if self.server not in SERVERS:
            msg = f"SERVER must be empty or one of {', '.join(SERVERS)}, not {self.server!r}"
            raise SettingError(msg)
        if self.server == "gevent" and not self.database().startswith("postgresql"):
            msg = "SERVER=gevent needs a DATABASE_URL of PostgreSQL: one wait for SQLite's lock would stop every page"
            raise SettingError(msg)
        if self.web_processes > 1 and not self.redis_url:
            msg = "WEB_PROCESSES above 1 needs REDIS_URL, or live messages reach only half the phones"
            raise SettingError(msg)

    def _check_push(self) -> None:
        if self.push_key and not PUSH_KEY.fullmatch(self.push_key):
            msg = "PUSH_KEY must be empty or a key as `flask push keys` prints it"
            raise SettingError(msg)
        if not self.push_contact.startswith(("mailto:", "https://")):
            msg = "PUSH_CONTACT must begin with mailto: or https://"
            raise SettingError(msg)

    def database(self) -> str:
        """The database's address: DATABASE_URL, or a SQLite file in the instance folder.

        ``postgresql://`` and ``postgres://`` mean the driver that is installed here, psycopg 3.
        """
        scheme, mark, rest = self.database_url.partition("://")
        if mark and scheme in {"postgres", "postgresql"}:
            return f"postgresql+psycopg://{rest}"
        return self.database_url or f"sqlite:///{self.instance_path / 'milkbridge.sqlite'}"

    def engine(self) -> dict[str, Any]:
        """What the database's engine is made with.

        A server's connections are pooled: one a thread up to :data:`POOL`, under gevent :data:`GEVENT_POOL`; who finds
        none free waits for their turn.
        """
        options: dict[str, Any] = {"hide_parameters": True}  # or an error in the log quotes what people wrote
        if not self.database().startswith("postgresql"):
            return options
        return {
            **options,
            "pool_size": GEVENT_POOL if self.server == "gevent" else min(self.web_threads, POOL),
            "max_overflow": 0,
            "pool_use_lifo": True,  # what was said over a connection before is prepared there
            "pool_timeout": 10,
            "connect_args": {"application_name": "milkbridge"},
        }

    def _redis_options(self) -> dict[str, float]:
        """How long the counting of limits waits for Redis; without it there is nothing to wait for."""
        seconds = REDIS_SECONDS
        return {"socket_timeout": seconds, "socket_connect_timeout": seconds} if self.redis_url else {}

    def flask(self) -> dict[str, Any]:
        """The settings as Flask and its extensions name them."""
        return {
            "SECRET_KEY": self.secret_key,
            "PUBLIC_URL": self.public_url,
            "TESTING": self.testing,
            "SQLALCHEMY_DATABASE_URI": self.database(),
            "SQLALCHEMY_ENGINE_OPTIONS": self.engine(),
            "MAX_CONTENT_LENGTH": 64 * 1024,
            "MAX_FORM_MEMORY_SIZE": 64 * 1024,
            "TRUSTED_HOSTS": list(self.trusted_hosts),
            "SESSION_COOKIE_NAME": "__Host-session" if self.production else "milkbridge_session",
            "SESSION_COOKIE_SECURE": self.production,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "WTF_CSRF_TIME_LIMIT": None,
            "WTF_CSRF_ENABLED": not self.testing,
            "SECURITY_PASSWORD_SALT": self.secret_key,
            "MAIL_BACKEND": self.mail_backend,
            "MAIL_FILE_PATH": str(self.instance_path / "mail"),
            "MAIL_SERVER": self.mail_host,
            "MAIL_PORT": self.mail_port,
            "MAIL_DEFAULT_SENDER": self.mail_sender,
            "RATELIMIT_ENABLED": self.rate_limits,
            "SECURITY_STAFF_SECOND_FACTOR": self.staff_second_factor,
            "RATELIMIT_STORAGE_URI": self.redis_url or "memory://",
            "RATELIMIT_STORAGE_OPTIONS": self._redis_options(),
            "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": bool(self.redis_url),
            "RATELIMIT_SWALLOW_ERRORS": bool(self.redis_url),
            "BABEL_DEFAULT_LOCALE": "en",
        }
