"""PAP, CHAP and accounting: stock FreeRADIUS and Headend in turn, each of them on durable commits."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench import customers, figures, machine, peer, processes, reports
from bench.cluster import Cluster
from bench.figures import Cost, Result, Round
from bench.ours import Ours
from bench.peer import Peer
from bench.problem import BenchError
from headend.lib import clock
from headend.lib.radius.packet import Code

NAME: Final = "radius-thread"
WORKS: Final = ("pap", "chap", "start", "interim", "stop")
LOGINS: Final = ("pap", "chap")
OUTSTANDING: Final = 64
RESULTS: Final = Path("var/bench")
# What each batch of ours reads first: whether its list of NASes is still right.
_ONCE_A_BATCH: Final = "system_revision"

Side = Peer | Ours


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. `counted` is how many packets of each kind the count of statements is taken over."""

    customers: int
    requests: int
    rounds: int
    warm_up: int
    counted: int


FULL: Final = Size(customers=10_000, requests=4_000, rounds=5, warm_up=1_000, counted=2_000)
SMALL: Final = Size(customers=500, requests=300, rounds=1, warm_up=100, counted=200)


def run(*, small: bool) -> None:
    """Runs it, prints the table and the one line, writes the file. Raises BenchError where something is wrong."""
    size = SMALL if small else FULL
    missing = peer.missing()
    if missing and os.environ.get("CI") == "true":
        raise BenchError(missing)
    with _folder() as folder, ExitStack() as running:
        cluster = Cluster(folder)
        running.callback(cluster.stop)
        cluster.start()
        result = _begin(folder, cluster, size, missing)
        sides = _start(folder, cluster, size, running, with_peer=not missing)
        _measure(result, cluster, sides, size)
        for side in sides:
            side.check_sums()
    result.machine["load_average_after"] = [round(part, 2) for part in os.getloadavg()]
    print(figures.table(result))
    print(f"Written to {figures.write(result, RESULTS)}.")
    print(figures.line(result))


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that the users of both servers may enter; it is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="headend-bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _begin(folder: Path, cluster: Cluster, size: Size, missing: str) -> Result:
    settings: dict[str, Any] = {
        "customers": size.customers,
        "requests": size.requests,
        "rounds": size.rounds,
        "outstanding": OUTSTANDING,
        "PostgreSQL": cluster.settings(),
        "SQLite": {"journal_mode": "WAL", "synchronous": "FULL"},
        figures.PEER: missing or peer.SETTINGS,
    }
    versions = {**machine.versions(), "PostgreSQL": cluster.version()}
    if not missing:
        versions[figures.PEER] = peer.version()
    at = clock.now().isoformat(timespec="seconds")
    return Result(NAME, at, machine.describe(folder), versions, settings, missing=missing)


def _start(folder: Path, cluster: Cluster, size: Size, running: ExitStack, *, with_peer: bool) -> list[Side]:
    """The sides, in the order in which they take their turns: each of ours comes after the peer."""
    everybody = customers.make(size.customers)
    sides: list[Side] = [Ours(folder, cluster), Ours(folder, None)]
    if with_peer:
        sides.insert(0, Peer(folder, cluster))
    for side in sides:
        customers.write(everybody, side.customers)
        running.callback(side.stop)
    with ThreadPoolExecutor() as together:
        # The list raises what a start has raised.
        list(together.map(lambda side: side.start(), sides))
    return sides


def _measure(result: Result, cluster: Cluster, sides: list[Side], size: Size) -> None:
    for side in sides:
        _load(side, "pap", count=size.warm_up, first=0)
    for number in range(size.rounds):
        for work in WORKS:
            for side in sides:
                result.rounds.append(_round(cluster, side, work, size, first=number * size.requests))
    first = size.rounds * size.requests
    for work in WORKS:
        for side in sides:
            if side.database:
                result.costs.append(_cost(cluster, side, work, size, first=first))


def _round(cluster: Cluster, side: Side, work: str, size: Size, *, first: int) -> Round:
    server, database = processes.cpu_seconds(side.pid), processes.cpu_seconds(cluster.pid)
    seen = _load(side, work, count=size.requests, first=first)
    server, database = processes.cpu_seconds(side.pid) - server, processes.cpu_seconds(cluster.pid) - database
    if work not in LOGINS:
        _check_kept(side, work, range(first, first + size.requests))
    print(f"  {work:8} {side.name:20} {seen['per_s']:8,.0f}/s", file=sys.stderr, flush=True)
    return Round(
        work=work,
        side=side.name,
        answered=seen["answered"],
        per_s=round(seen["per_s"], 1),
        p50_ms=round(seen["p50_ms"], 3),
        p99_ms=round(seen["p99_ms"], 3),
        cpu_seconds=round(server, 2),
        database_cpu_seconds=round(database, 2) if side.database else 0.0,
    )


def _cost(cluster: Cluster, side: Side, work: str, size: Size, *, first: int) -> Cost:
    """Counts statements in a run that is not measured, for counting takes time too."""
    cluster.begin_counting(of=side.database)
    _load(side, work, count=size.counted, first=first)
    statements = cluster.count_statements(of=side.database)
    batches = sum(calls for query, calls in statements.items() if _ONCE_A_BATCH in query)
    return Cost(work, side.name, size.counted, sum(statements.values()), batches or None)


def _load(side: Side, work: str, *, count: int, first: int) -> dict[str, Any]:
    """One run of the load. Raises BenchError unless every request got the answer that it must get."""
    options = {
        "customers": side.customers,
        "port": side.auth_port if work in LOGINS else side.acct_port,
        "secret": side.secret,
        "count": count,
        "first": first,
        "outstanding": OUTSTANDING,
    }
    command = [sys.executable, "-m", "bench.load", work]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"the load stopped: {done.stderr}")
    seen: dict[str, Any] = json.loads(done.stdout)
    wanted = Code.ACCESS_ACCEPT if work in LOGINS else Code.ACCOUNTING_RESPONSE
    if seen["codes"] != {str(int(wanted)): count} or seen["forged"] or seen["lost"]:
        raise BenchError(f"{side.name} did not answer each {work} as it must: {seen}")
    return seen


def _check_kept(side: Side, work: str, numbers: range) -> None:
    """Raises BenchError unless every report that was answered is in the database, with what it said."""
    kept = side.kept()
    wrong = [number for number in numbers if kept.get(reports.session_id(number)) != reports.expected(number, work)]
    if wrong:
        one = wrong[0]
        raise BenchError(
            f"{side.name} answered {len(numbers)} reports ({work}), but {len(wrong)} of them are not as they were sent; "
            f"{reports.session_id(one)} is {kept.get(reports.session_id(one))} and not {reports.expected(one, work)}"
        )
