"""The folder in which an installation lives."""

import base64
import fcntl
import os
import secrets
from pathlib import Path

from headend.config.environment import KEYS_FILE

KEY_BYTES = 32
# Empty; whoever runs the installation holds a lock on it.
RUNNING_FILE = "running"


def prepare(home: Path) -> bool:
    """Makes the home (mode 700) and its keys (`keys.toml`, mode 600). Keys that are there stay. True where new ones were made.

    Raises OSError where the folder cannot be written.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (home / KEYS_FILE).exists():
        return False
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    text = (
        "# The keys of this installation. Without them no customer's password can be read: keep a copy in a safe place,\n"
        "# apart from the backups of the database. The first key encrypts, all of them decrypt.\n"
        f'secret_key = "{secrets.token_urlsafe(48)}"\n\n'
        f'[[keys]]\nid = "{secrets.token_hex(3)}"\nkey = "{key}"\n'
    )
    write_whole(home / KEYS_FILE, text)
    return True


def hold(home: Path) -> bool:
    """Makes this process the one that runs the installation until it ends, however it ends; False where another one does."""
    # The descriptor stays open on purpose; what this process starts does not get it.
    descriptor = os.open(home / RUNNING_FILE, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    return True


def write_whole(path: Path, text: str) -> None:
    """Writes a file of mode 600 whole or not at all: a reader sees the old one or the new one, also after a power cut."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
