"""A PostgreSQL of its own with the settings that it has in production, which a test may stop as a crash does."""

import os
import secrets
import subprocess
from pathlib import Path
from typing import Final

from tests.conftest import find_program
from tests.kit import ports

PATIENCE_SECONDS: Final = 120
# Memory and connections as a small machine has them. What makes it durable is left as PostgreSQL comes.
_OPTIONS: Final = (
    "-c listen_addresses=127.0.0.1 -c max_connections=60 -c port={port} -c unix_socket_directories={folder}"
)


class Cluster:
    """A cluster in `folder`, made but not started."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        self._log = folder / "postgresql.log"
        self._as: list[str] = []
        port = ports.free_tcp()
        password = secrets.token_hex(16)
        password_file = folder / "password"
        password_file.write_text(password)
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            self._as = ["runuser", "-u", "postgres", "--"]
            subprocess.run(["chown", "-R", "postgres", str(folder)], check=True)
        self.url = f"postgresql://headend:{password}@127.0.0.1:{port}"
        self._options = _OPTIONS.format(port=port, folder=folder)
        making = [
            "-U",
            "headend",
            "-A",
            "scram-sha-256",
            "--pwfile",
            str(password_file),
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]
        self._run("initdb", "-N", *making)

    def start(self) -> None:
        """Returns when it takes connections: after a crash that is after its recovery."""
        self._run("pg_ctl", "start", "-w", "-t", str(PATIENCE_SECONDS), "-l", str(self._log), "-o", self._options)

    def crash(self) -> None:
        """Stops it in the middle of everything."""
        self._run("pg_ctl", "stop", "-m", "immediate")

    def _run(self, program: str, *arguments: str) -> None:
        path = find_program(program)
        assert path is not None
        # Its output goes to a file: the server keeps what it was started with, and a pipe would never end.
        with self._log.with_suffix(".out").open("wb") as out:
            command = [*self._as, path, "-D", str(self._data), *arguments]
            done = subprocess.run(command, cwd="/", stdout=out, stderr=out, timeout=PATIENCE_SECONDS)
        assert done.returncode == 0, self._log.with_suffix(".out").read_text()
