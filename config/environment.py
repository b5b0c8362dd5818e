"""What does the environment say, and what is wrong with it?"""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

POSTGRES_SCHEMES = ("postgres", "postgresql")
REDIS_SCHEMES = ("redis", "rediss", "unix", "sentinel")


def read_dotenv() -> None:
    """Adds what `.env` says; what is set already wins."""
    if (BASE_DIR / ".env").is_file():
        environ.Env.read_env(str(BASE_DIR / ".env"))


def text(name: str, default: str) -> str:
    """The value as written; an empty one counts as not set."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    value = text(name, str(default)).lower()
    if value in {"true", "yes", "on", "1"}:
        return True
    if value in {"false", "no", "off", "0"}:
        return False
    raise unusable(name, "true or false")


def words(name: str, default: str) -> list[str]:
    """A list, separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def seconds(name: str, default: float) -> float:
    """A positive number of seconds."""
    try:
        value = float(text(name, str(default)))
    except ValueError as error:
        raise unusable(name, "a number of seconds, such as 2 or 0.5") from error
    if not 0 < value < float("inf"):
        raise unusable(name, "a number of seconds above 0")
    return value


def directory(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).expanduser().resolve()


def database(url: str) -> dict[str, Any]:
    """Django's database settings for a PostgreSQL address."""
    if urlsplit(url).scheme not in POSTGRES_SCHEMES:
        raise unusable("DATABASE_URL", "postgresql://user:password@host:5432/name", secret=True)
    try:
        config: dict[str, Any] = environ.Env.db_url_config(url)
    except ValueError as error:
        raise unusable("DATABASE_URL", "postgresql://user:password@host:5432/name", secret=True) from error
    if not config["NAME"]:
        raise unusable("DATABASE_URL", "a database name after the host, as in …@host/name", secret=True)
    return config


def _has_port(parts: SplitResult) -> bool:
    """Whether the port can be read, or is left to its default."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def broker(redis_url: str) -> str:
    """Celery's form of a Redis address: a socket is written in another way."""
    parts = urlsplit(redis_url)
    number = parts.path.strip("/")
    if (
        parts.scheme not in REDIS_SCHEMES
        or not _has_port(parts)
        or not (parts.scheme == "unix" or number.isdecimal() or not number)
    ):
        raise unusable("REDIS_URL", "redis://host:6379/0 or unix:///path/of/a/socket?db=0", secret=True)
    if parts.scheme != "unix":
        return redis_url
    query = dict(parse_qsl(parts.query))
    query["virtual_host"] = query.pop("db", "0")
    return f"redis+socket://{parts.path}?{urlencode(query)}"


def mail(url: str) -> dict[str, Any]:
    """Django's mail settings for an address such as smtp://user:password@host:25."""
    try:
        config: dict[str, Any] = environ.Env.email_url_config(url)
    except (ImproperlyConfigured, KeyError, ValueError) as error:
        expected = "smtp+tls://user:password@host:587, consolemail:// or filemail:///folder"
        raise unusable("EMAIL_URL", expected, secret=True) from error
    return config


def kept_secret(path: Path) -> str:
    """A secret that is made once and kept in a file only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    candidate = path.with_name(f".{path.name}.{os.getpid()}")
    candidate.touch(mode=0o600)
    candidate.write_text(secrets.token_urlsafe(50))
    try:
        # A link appears whole or not at all: of two processes that begin together one wins.
        os.link(candidate, path)
    except FileExistsError:
        pass
    finally:
        candidate.unlink()
    return path.read_text()


def unusable(name: str, expected: str, *, secret: bool = False) -> ImproperlyConfigured:
    """The error to raise: what the variable holds (unless it may hold a password) and what it should hold."""
    held = "is set to something" if secret else f"is {os.environ.get(name, '')!r}, something"
    return ImproperlyConfigured(
        f"{name} {held} that cannot be used. Expected: {expected}. "
        f"Correct it in the environment or in the file .env and start again."
    )
