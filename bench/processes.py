"""Processes that a benchmark starts: whether they listen yet, what processor time they took."""

import os
import socket
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from bench.problem import BenchError

READY_SECONDS = 60.0
STOP_SECONDS = 20.0
TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


def free_ports(kind: socket.SocketKind, count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody uses at this moment."""
    probes = [socket.socket(socket.AF_INET, kind) for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def wait_for_udp(process: subprocess.Popen[bytes], ports: Iterable[int], log: Path) -> None:
    """Waits until all ports are open. Raises BenchError, with the end of the log, where they will not be."""
    wanted = {f"{port:04X}" for port in ports}
    deadline = time.monotonic() + READY_SECONDS
    while True:
        rows = Path("/proc/net/udp").read_text().splitlines()[1:]
        if wanted <= {row.split()[1].rpartition(":")[2] for row in rows}:
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise BenchError(f"{process.args!r} does not answer:\n{_tail(log)}")
        time.sleep(0.05)


def stop(process: subprocess.Popen[bytes], *, as_root: list[str]) -> None:
    """Asks a process to end, and ends it where it does not."""
    for signal in ("TERM", "KILL"):
        if process.poll() is not None:
            return
        subprocess.run([*as_root, "kill", f"-{signal}", str(process.pid)], check=False)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def cpu_seconds(pid: int) -> float:
    """The processor time of a process and all that it started, in steps of a clock tick (10 ms)."""
    stats = _stats()
    children: dict[int, list[int]] = {}
    for child, fields in stats.items():
        children.setdefault(int(fields[1]), []).append(child)
    ticks, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        waiting += children.get(one, [])
        # User and system time, of its own and of its children that have ended.
        ticks += sum(int(number) for number in stats.get(one, [])[11:15])
    return ticks * TICK_SECONDS


def _stats() -> dict[int, list[str]]:
    """The fields of /proc/PID/stat behind the name, by process."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text()
            except OSError:
                continue
            found[int(folder.name)] = text[text.rindex(")") + 2 :].split()
    return found


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else ""
