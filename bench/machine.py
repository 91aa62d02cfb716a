"""On what a benchmark ran."""

import os
import platform
import sqlite3
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any


def describe(folder: Path) -> dict[str, Any]:
    """Processors, memory, the file system beneath `folder`, and how busy the machine was."""
    cpus = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    mount = subprocess.run(
        ["stat", "-f", "-c", "%T", str(folder)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return {
        "processors": len(os.sched_getaffinity(0)),
        "processor": cpus[0] if cpus else platform.machine(),
        "memory_gib": round(memory / 2**20, 1),
        "file_system": mount,
        "system": platform.platform(),
        "load_average_before": [round(part, 2) for part in os.getloadavg()],
    }


def versions() -> dict[str, str]:
    """What runs on our side."""
    return {
        "Python": platform.python_version(),
        "Django": metadata.version("django"),
        "psycopg": metadata.version("psycopg"),
        "SQLite": sqlite3.sqlite_version,
        "commit": _commit(),
    }


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()
