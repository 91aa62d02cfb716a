"""An installation of its own, and the `headend` command on it as a real process."""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
# Patience, and no promise: other tests may keep the machine busy.
PATIENCE_SECONDS = 300
PASSWORD = "a-fine-long-passphrase"
FOUNDING = [
    "--organization",
    "Kilima Net",
    "--country",
    "ke",
    "--owner-email",
    "asha@kilima.example",
    "--owner-name",
    "Asha",
]


class Home:
    """One installation and the `headend` command on it."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("HEADEND_")}
        self.environment |= {"HEADEND_HOME": str(folder), "HEADEND_DATABASE_URL": database_url, "PYTHONPATH": "src"}
        if database_url:
            # The cluster of the tests runs without fsync.
            self.environment["HEADEND_MAY_FORGET"] = "1"
        del self.environment["DJANGO_SETTINGS_MODULE"]
        self.database = urlsplit(database_url).path.strip("/")

    @property
    def keys(self) -> Path:
        return self.folder / "keys.toml"

    def run(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "headend", *arguments],
            env=self.environment,
            cwd=ROOT,
            input=text,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "headend", *arguments], env=self.environment, cwd=ROOT, stdout=log, stderr=log
            )

    def found(self) -> subprocess.CompletedProcess[str]:
        return self.run("init", *FOUNDING, "--owner-password", "-", text=PASSWORD + "\n")


def home_on_test_database(folder: Path) -> Home:
    """The command on the database and with the keys of the test itself, so that both work on one installation."""
    settings = connection.settings_dict
    url = ""
    if connection.vendor == "postgresql":
        url = urlsplit(os.environ["HEADEND_TEST_DATABASE_URL"])._replace(path=f"/{settings['NAME']}").geturl()
    else:
        (folder / "headend.sqlite3").symlink_to(settings["NAME"])
    home = Home(folder, url)
    home.environment["HEADEND_KEYS"] = os.environ["HEADEND_KEYS"]
    return home


@contextmanager
def new_home(folder: Path, template: Home | None = None) -> Iterator[Home]:
    """A home, as a copy of `template` or not there yet, with a database of the kind that this run is about."""
    if template is not None:
        shutil.copytree(template.folder, folder)
    server = os.environ.get("HEADEND_TEST_DATABASE_URL", "")
    if not server:
        yield Home(folder, "")
        return
    name = f"cli_{secrets.token_hex(6)}"
    source = f" TEMPLATE {template.database}" if template else ""
    with psycopg.connect(urlsplit(server)._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}{source}")
        yield Home(folder, urlsplit(server)._replace(path=f"/{name}").geturl())
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
