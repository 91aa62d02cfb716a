"""The peer: stock FreeRADIUS with rlm_sql on PostgreSQL, in a configuration of its own on loopback ports."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench import customers, processes
from bench.cluster import Cluster
from bench.customers import INTERIM_SECONDS, RATE, Customer
from bench.problem import BenchError
from bench.reports import Kept

PACKAGES: Final = "freeradius freeradius-postgresql"
STOCK: Final = Path("/etc/freeradius/3.0")
SECRET: Final = "testing123"
DATABASE: Final = "radius"
# What differs from the configuration as Debian ships it.
SETTINGS: Final = {
    "sql": "authorize, accounting, session, post-auth, Post-Auth-Type REJECT; schema and queries as shipped",
    "connection": "TCP to 127.0.0.1",
    "threads and pool": "as shipped: start 5, max 32",
    "else": "as shipped; listens on 127.0.0.1 alone",
}


class Peer:
    """FreeRADIUS while it runs."""

    name = "FreeRADIUS"
    secret = SECRET
    database = DATABASE

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self._folder, self._cluster = folder / "freeradius", cluster
        self._log = folder / "freeradius.log"
        self.customers = folder / "freeradius.csv"
        self.auth_port, self.acct_port, self._inner_port = processes.free_ports(socket.SOCK_DGRAM, 3)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Fills its database with what `customers` names, and starts it. Raises BenchError."""
        self._cluster.make_database(DATABASE)
        self._fill(customers.read(self.customers))
        self._configure()
        with self._log.open("wb") as output:
            command = [*_as_root(), _program(), "-f", "-l", "stdout", "-d", str(self._folder)]
            self._process = subprocess.Popen(command, stdout=output, stderr=output)
        processes.wait_for_udp(self._process, [self.auth_port, self.acct_port], self._log)

    def stop(self) -> None:
        if self._process is not None:
            processes.stop(self._process, as_root=_as_root())

    @property
    def pid(self) -> int:
        assert self._process is not None, "it runs"
        return self._process.pid

    def kept(self) -> dict[str, Kept]:
        """The sessions in its database, by Acct-Session-Id. Raises BenchError where one is there twice."""
        with self._cluster.connect(DATABASE) as connection:
            rows = connection.execute(
                "SELECT acctsessionid, acctinputoctets, acctoutputoctets, acctsessiontime, acctstoptime IS NULL FROM radacct"
            ).fetchall()
        found = {row[0]: Kept(row[1] or 0, row[2] or 0, row[3] or 0, is_open=row[4]) for row in rows}
        if len(found) != len(rows):
            raise BenchError("FreeRADIUS keeps a session twice")
        return found

    def check_sums(self) -> None:
        """It keeps no sums beside its sessions."""

    def _fill(self, everybody: Sequence[Customer]) -> None:
        schema = STOCK / "mods-config/sql/main/postgresql/schema.sql"
        with self._cluster.connect(DATABASE) as connection:
            connection.execute(_read(schema))
            with connection.cursor() as cursor:
                with cursor.copy("COPY radcheck (username, attribute, op, value) FROM STDIN") as rows:
                    for customer in everybody:
                        rows.write_row((customer.name, "Cleartext-Password", ":=", customer.password))
                with cursor.copy("COPY radreply (username, attribute, op, value) FROM STDIN") as rows:
                    for customer in everybody:
                        rows.write_row((customer.name, "Mikrotik-Rate-Limit", "=", RATE))
                        rows.write_row((customer.name, "Acct-Interim-Interval", "=", str(INTERIM_SECONDS)))
            connection.execute("VACUUM ANALYZE")

    def _configure(self) -> None:
        """Copies the stock configuration, and changes only what a second server on this machine must change."""
        self._folder.mkdir()
        packed = subprocess.run([*_as_root(), "tar", "-C", str(STOCK), "-c", "."], capture_output=True, check=True)
        subprocess.run(["tar", "-C", str(self._folder), "--no-same-owner", "-x"], input=packed.stdout, check=True)
        for name in ("log", "run"):
            (self._folder / name).mkdir()
            (self._folder / name).chmod(0o777)
        # It gives up root for its own user, who must read this folder.
        subprocess.run(["chmod", "-R", "a+rX", str(self._folder)], check=True)
        self._change("radiusd.conf", r"^raddbdir = .*", f"raddbdir = {self._folder}")
        self._change("radiusd.conf", r"^logdir = .*", f"logdir = {self._folder}/log")
        self._change("radiusd.conf", r"^run_dir = .*", f"run_dir = {self._folder}/run")
        self._change("sites-available/inner-tunnel", r"port = 18120", f"port = {self._inner_port}")
        self._listen()
        self._connect()

    def _listen(self) -> None:
        name = "sites-available/default"
        # Its two sections for IPv6 would ask for the same ports on all addresses.
        self._change(name, r"^listen \{(?:(?!^listen)(?!^\}).)*^\tipv6addr = ::.*?^\}\n", "", flags=re.DOTALL, times=2)
        self._change(name, r"^\tipaddr = \*", "\tipaddr = 127.0.0.1", times=2)
        for port in (self.auth_port, self.acct_port):
            self._change(name, r"^\tport = 0", f"\tport = {port}", limit=1)
        self._change(name, r"^(\t+)-sql$", r"\1sql", times=4)
        # The one of the section *session*.
        self._change(name, r"^#\tsql$", "\tsql")

    def _connect(self) -> None:
        name = "mods-available/sql"
        self._change(name, r'^\tdialect = "sqlite"', '\tdialect = "postgresql"')
        self._change(name, r'^\tdriver = "rlm_sql_null"', '\tdriver = "rlm_sql_${dialect}"')
        server = {
            "server": "127.0.0.1",
            "port": self._cluster.port,
            "login": "bench",
            "password": self._cluster.password,
        }
        lines = "".join(
            f'\t{key} = "{value}"\n' if key != "port" else f"\t{key} = {value}\n" for key, value in server.items()
        )
        self._change(name, r'^\tradius_db = "radius"', f'{lines}\tradius_db = "{DATABASE}"')
        (self._folder / "mods-enabled" / "sql").symlink_to("../mods-available/sql")

    def _change(self, name: str, pattern: str, new: str, *, flags: int = 0, times: int = 1, limit: int = 0) -> None:
        """Replaces what must be there exactly so often; with `limit` the first of what may be there more often."""
        path = self._folder / name
        text, count = re.subn(pattern, new, path.read_text(), count=limit, flags=flags | re.MULTILINE)
        if count != times:
            raise BenchError(f"{STOCK / name} is not as expected: {pattern} is there {count} times and not {times}")
        path.write_text(text)


def missing() -> str:
    """Why the peer cannot take part, with the package that helps; empty where it can."""
    if not shutil.which("freeradius") and not Path("/usr/sbin/freeradius").exists():
        return f"FreeRADIUS is missing: apt-get install {PACKAGES}"
    if not list(Path("/usr/lib/freeradius").glob("rlm_sql_postgresql.so")):
        return "FreeRADIUS cannot speak to PostgreSQL: apt-get install freeradius-postgresql"
    if os.geteuid() != 0 and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode:
        return "FreeRADIUS' configuration is readable by root alone: run this as root, or with sudo without a password"
    return ""


def version() -> str:
    """The first line that FreeRADIUS says of itself."""
    said = subprocess.run([_program(), "-v"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"FreeRADIUS Version ([0-9.]+)", said)
    return found.group(1) if found else said.splitlines()[0]


def _program() -> str:
    return shutil.which("freeradius") or "/usr/sbin/freeradius"


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def _read(path: Path) -> str:
    return subprocess.run([*_as_root(), "cat", str(path)], capture_output=True, text=True, check=True).stdout
