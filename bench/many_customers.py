"""Pages, logins and the sweep of a large provider: 200,000 customers on SQLite, 500,000 on PostgreSQL."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench import figures, machine
from bench.cluster import Cluster
from bench.provider import Provider
from headend.lib import clock

NAME: Final = "customers"
RESULTS: Final = Path("var/bench")
KEPT: Final = RESULTS / "customers"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. A page is asked for so often, or for so long."""

    on_sqlite: int
    on_postgresql: int
    times: int
    most_seconds: float
    logins: int


FULL: Final = Size(on_sqlite=200_000, on_postgresql=500_000, times=40, most_seconds=6.0, logins=300)
SMALL: Final = Size(on_sqlite=2_000, on_postgresql=2_000, times=2, most_seconds=1.0, logins=50)


def run(*, small: bool, keep: bool = False, on: str = "") -> None:
    """Runs it on both databases or `on` one, prints the tables, writes the file. With `keep` the data stays in KEPT, and is used
    again. Raises BenchError where something is wrong.
    """
    size = SMALL if small else FULL
    with _folder(keep=keep) as folder, ExitStack() as running:
        result: dict[str, Any] = {
            "name": NAME,
            "at": clock.now().isoformat(timespec="seconds"),
            "machine": machine.describe(folder),
            "versions": machine.versions(),
            "figures": {},
        }
        sides = _sides(folder, size, running, on, keep=keep)
        # Both at once where nobody looks at the times.
        with ThreadPoolExecutor(len(sides) if small else 1) as together:
            for side, found in zip(sides, together.map(lambda side: _measure(side, size), sides), strict=True):
                result["figures"][side.name] = found
                print(figures.aligned(_rows(side, found), left=1), flush=True)
    print(f"Written to {figures.write_file(NAME, result, RESULTS)}.")


def _sides(folder: Path, size: Size, running: ExitStack, on: str, *, keep: bool) -> list[Provider]:
    sides = []
    if on != "postgresql":
        sides.append(Provider(folder, None, size.on_sqlite))
    if on != "sqlite":
        cluster = Cluster(folder)
        running.callback(lambda: cluster.stop(keep=keep))
        cluster.start()
        sides.append(Provider(folder, cluster, size.on_postgresql))
    for side in sides:
        running.callback(side.stop)
    return sides


@contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    """A folder that PostgreSQL's own user may enter; it is removed afterwards, unless it is kept."""
    if keep:
        KEPT.mkdir(parents=True, exist_ok=True)
        yield KEPT.absolute()
        return
    folder = Path(tempfile.mkdtemp(prefix="headend-bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure(side: Provider, size: Size) -> dict[str, Any]:
    _say(f"{side.name}: {side.customers:,} customers")
    found: dict[str, Any] = {"customers": side.customers, "seconds": side.make()}
    if found["seconds"]:
        side.audit()
    for there, kind in (("no", "without statistics"), ("yes", "with statistics")):
        _say(f"  {kind}")
        found[kind] = side.inside(there, str(size.logins))
        side.start()
        for name, path, fields in found[kind].pop("asked"):
            found[kind]["pages"][name] |= figures.percentiles(_seconds(side, size, path, fields))
        side.stop()
    return found


def _seconds(side: Provider, size: Size, path: str, fields: dict[str, str] | None) -> list[float]:
    """How long each request took; the first of all is not counted."""
    side.ask(path, fields)
    seconds: list[float] = []
    began = time.perf_counter()
    while len(seconds) < size.times and (not seconds or time.perf_counter() - began < size.most_seconds):
        seconds.append(side.ask(path, fields))
    return seconds


_HEADS: Final = ("", "without: p50 ms", "p95 ms", "with statistics: p50 ms", "p95 ms", "statements", "slowest ms")


def _rows(side: Provider, found: dict[str, Any]) -> list[tuple[str, ...]]:
    """The table: what was done, by how long it took without statistics and with them."""
    rows: list[tuple[str, ...]] = [(f"{side.name}, {side.customers:,} customers", *_HEADS[1:])]
    without, analyzed = found["without statistics"], found["with statistics"]
    for kind in ("logins", "pages", "work"):
        for name, one in analyzed[kind].items():
            other = without[kind].get(name)
            live = f" ({one['live']:,} live)" if "live" in one else ""
            first = (f"{other['p50_ms']:,.1f}", f"{other['p95_ms']:,.1f}") if other else ("", "")
            times = (*first, f"{one['p50_ms']:,.1f}", f"{one['p95_ms']:,.1f}")
            rows.append((name + live, *times, str(one["statements"]), f"{one['slowest_ms']:,.1f}"))
    rows += [(f"{what}, s", "", "", f"{seconds:,.1f}", "", "", "") for what, seconds in found["seconds"].items()]
    return rows


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
