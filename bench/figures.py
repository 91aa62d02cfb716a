"""What rounds of a benchmark come to: medians, ratios pair by pair, the table, the one line, the file."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

PEER: Final = "FreeRADIUS"
# Of our two databases the one on which both sides have the same server beneath them.
COMPARED: Final = "Headend, PostgreSQL"


@dataclass(frozen=True, slots=True)
class Round:
    """One round of one work on one side. Processor times are seconds of the server's process and of its database's."""

    work: str
    side: str
    answered: int
    per_s: float
    p50_ms: float
    p99_ms: float
    cpu_seconds: float
    database_cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What the database had to do for packets: statements (with BEGIN and COMMIT), and batches where packets share them."""

    work: str
    side: str
    packets: int
    statements: int
    batches: int | None = None


@dataclass(slots=True)
class Result:
    """What a benchmark found. `missing` says why the peer took no part; empty where it did."""

    name: str
    at: str
    machine: dict[str, Any]
    versions: dict[str, str]
    settings: dict[str, Any]
    rounds: list[Round] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    missing: str = ""


def figures(result: Result) -> dict[str, Any]:
    """By work and side: medians, what one packet costs, and each round."""
    found: dict[str, Any] = {}
    for work, side in dict.fromkeys((one.work, one.side) for one in result.rounds):
        rounds = _of(result, work, side)
        answered = sum(one.answered for one in rounds)
        found.setdefault(work, {})[side] = {
            "per_s": round(median(one.per_s for one in rounds), 1),
            "p50_ms": round(median(one.p50_ms for one in rounds), 2),
            "p99_ms": round(median(one.p99_ms for one in rounds), 2),
            "cpu_us_per_packet": round(sum(one.cpu_seconds for one in rounds) / answered * 1e6),
            "database_cpu_us_per_packet": round(sum(one.database_cpu_seconds for one in rounds) / answered * 1e6),
            **_cost(result, work, side),
            "rounds": [asdict(one) for one in rounds],
        }
    return found


def ratios(result: Result) -> dict[str, Any]:
    """By work and our side: how many times as fast as the peer, in each round against the peer of that round."""
    found: dict[str, Any] = {}
    for work, side in dict.fromkeys((one.work, one.side) for one in result.rounds if one.side != PEER):
        pairs = list(zip(_of(result, work, side), _of(result, work, PEER), strict=False))
        if pairs:
            each = [round(one.per_s / peer.per_s, 2) for one, peer in pairs]
            found.setdefault(work, {})[side] = {"median": round(median(each), 2), "rounds": each}
    return found


def table(result: Result) -> str:
    """The figures for a person."""
    heads = (
        "work",
        "side",
        "per second",
        "x peer",
        "p50 ms",
        "p99 ms",
        "CPU us",
        "database us",
        "statements",
        "batch of",
    )
    rows: list[tuple[str, ...]] = [heads]
    times = ratios(result)
    for work, sides in figures(result).items():
        for side, one in sides.items():
            ratio = times.get(work, {}).get(side)
            rows.append(
                (
                    work,
                    side,
                    f"{one['per_s']:,.0f}",
                    f"{ratio['median']:.1f}" if ratio else "",
                    f"{one['p50_ms']:.1f}",
                    f"{one['p99_ms']:.1f}",
                    str(one["cpu_us_per_packet"]),
                    str(one["database_cpu_us_per_packet"] or ""),
                    f"{one['statements_per_packet']:.2f}" if "statements_per_packet" in one else "",
                    f"{one['packets_per_batch']:.0f}" if "packets_per_batch" in one else "",
                )
            )
        if result.missing:
            rows.append((work, PEER, "left out", *[""] * (len(heads) - 3)))
    lines = [aligned(rows, left=2)]
    if result.missing:
        lines.append(f"{PEER} was left out. {result.missing}")
    return "\n".join(lines)


def aligned(rows: list[tuple[str, ...]], *, left: int) -> str:
    """Rows in columns, the first of them a head; the `left` first columns are names, the others numbers."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(widths[column]) if column < left else cell.rjust(widths[column])
            for column, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def percentiles(seconds: list[float]) -> dict[str, Any]:
    """p50 and p95 in ms, and of how many."""
    ordered = sorted(seconds)
    return {
        "p50_ms": round(median(ordered) * 1000, 2),
        "p95_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] * 1000, 2),
        "times": len(ordered),
    }


def line(result: Result) -> str:
    """The sum of it in one line."""
    times = ratios(result)
    parts = []
    for work, sides in figures(result).items():
        rate = f"{sides[COMPARED]['per_s']:,.0f}/s"
        ratio = times.get(work, {}).get(COMPARED)
        parts.append(f"{work} {rate} ({ratio['median']:.1f}x)" if ratio else f"{work} {rate}")
    beside = "no peer" if result.missing else f"x stock {PEER} {result.versions.get(PEER, '')}".strip()
    return f"{result.name} on PostgreSQL: {', '.join(parts)}; {beside}"


def write(result: Result, folder: Path) -> Path:
    """Writes `NAME.json` and returns its path."""
    content = {
        "name": result.name,
        "at": result.at,
        "machine": result.machine,
        "versions": result.versions,
        "settings": result.settings,
        "figures": figures(result),
        "ratios": ratios(result),
    }
    return write_file(result.name, content, folder)


def write_file(name: str, content: dict[str, Any], folder: Path) -> Path:
    """Writes `NAME.json` and returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(content, indent=1) + "\n")
    return path


def _of(result: Result, work: str, side: str) -> list[Round]:
    return [one for one in result.rounds if (one.work, one.side) == (work, side)]


def _cost(result: Result, work: str, side: str) -> dict[str, float]:
    cost = next((one for one in result.costs if (one.work, one.side) == (work, side)), None)
    if cost is None:
        return {}
    per_packet = {"statements_per_packet": round(cost.statements / cost.packets, 2)}
    if not cost.batches:
        return per_packet
    return {
        **per_packet,
        "statements_per_batch": round(cost.statements / cost.batches, 1),
        "packets_per_batch": round(cost.packets / cost.batches, 1),
    }
