"""What an installation is told from outside: its home, its addresses, its database, its keys."""

import base64
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

KEYS_FILE = "keys.toml"
DATABASE_FILE = "headend.sqlite3"
# A NAS gives up on a login after about this long.
MOST_REJECT_SECONDS = 5.0


class SettingError(Exception):
    """A setting cannot be used. The message says which one, and what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets of an installation. The first key of the ring encrypts; all of them decrypt."""

    secret_key: str
    ring: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Environment:
    """The settings of one process. Addresses are `HOST:PORT`."""

    home: Path
    web: str
    url: str
    auth: str
    acct: str
    database_url: str
    hosts: tuple[str, ...]
    https: bool
    reject_seconds: float
    may_forget: bool
    may_reach_inside: bool
    keys: Keys | None

    @property
    def keys_path(self) -> Path:
        return self.home / KEYS_FILE


def read(variables: Mapping[str, str] = os.environ) -> Environment:
    """The environment as `HEADEND_*` variables give it. Raises SettingError for what cannot be used."""
    home = Path(variables.get("HEADEND_HOME") or default_home()).absolute()
    web = variables.get("HEADEND_WEB") or "127.0.0.1:8000"
    return Environment(
        home=home,
        web=web,
        url=_url(variables.get("HEADEND_URL", ""), web),
        auth=variables.get("HEADEND_AUTH") or "0.0.0.0:1812",
        acct=variables.get("HEADEND_ACCT") or "0.0.0.0:1813",
        database_url=variables.get("HEADEND_DATABASE_URL", ""),
        hosts=tuple(host for host in variables.get("HEADEND_HOSTS", "").split(",") if host),
        https=variables.get("HEADEND_HTTPS", "") == "1",
        reject_seconds=_seconds(variables.get("HEADEND_REJECT_SECONDS") or "1"),
        may_forget=variables.get("HEADEND_MAY_FORGET", "") == "1",
        may_reach_inside=variables.get("HEADEND_MAY_REACH_INSIDE", "") == "1",
        keys=_read_keys(home, variables.get("HEADEND_KEYS", "")),
    )


def default_home() -> Path:
    """Where an installation lives when nobody says otherwise."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "headend"


def database(environment: Environment) -> dict[str, Any]:
    """Django's settings of the database: SQLite in the home, or what `HEADEND_DATABASE_URL` names.

    Raises SettingError for a URL that is not `postgresql://user:password@host:port/name`.
    """
    if not environment.database_url:
        # Kept open: opening a file costs more than any look at it, and the worker looks four times a second.
        return {
            "ENGINE": "headend.system.engine.sqlite",
            "NAME": str(environment.home / DATABASE_FILE),
            "CONN_MAX_AGE": None,
        }
    url = urlsplit(environment.database_url)
    if url.scheme not in ("postgres", "postgresql") or not url.path.strip("/"):
        raise SettingError("HEADEND_DATABASE_URL must read postgresql://user:password@host:port/name")
    query = parse_qs(url.query)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": query.get("host", [url.hostname or ""])[0],
        "PORT": str(url.port or query.get("port", [""])[0]),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


def split_address(text: str) -> tuple[str, int]:
    """`127.0.0.1:8000` as host and port. Raises SettingError for anything else."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise SettingError(f"{text!r} is not HOST:PORT, for example 127.0.0.1:8000")
    return host.strip("[]"), int(port)


def _url(typed: str, web: str) -> str:
    """Where browsers and providers reach us, without a slash at the end."""
    if typed and urlsplit(typed).scheme not in ("http", "https"):
        raise SettingError(f"HEADEND_URL is {typed!r}: it must begin with http:// or https://")
    # Somebody who listens everywhere is reached from this machine by its own address.
    return typed.rstrip("/") or "http://" + web.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - it is replaced, not bound


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MOST_REJECT_SECONDS:
        raise SettingError(f"HEADEND_REJECT_SECONDS must be a number from 0 to {MOST_REJECT_SECONDS:g}, not {text!r}")
    return seconds


def _read_keys(home: Path, given: str) -> Keys | None:
    path = home / KEYS_FILE
    try:
        text = given or path.read_text()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingError(f"The keys in {path} cannot be read: {error.strerror}") from error
    try:
        content = tomllib.loads(text)
        ring = tuple((key["id"], base64.b64decode(key["key"])) for key in content["keys"])
        return Keys(content["secret_key"], ring)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise SettingError(f"The keys in {path} are damaged: {error}") from error
