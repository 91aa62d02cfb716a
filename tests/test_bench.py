"""What a benchmark makes of its rounds. That it runs at all is what `./run bench NAME --small` in CI shows."""

import json
from pathlib import Path

from bench import figures, pages, patterns, reports
from bench.figures import COMPARED, PEER, Cost, Result, Round

KEYS = {"name", "at", "machine", "versions", "settings", "figures", "ratios"}


def one(side: str, per_s: float) -> Round:
    return Round("pap", side, 1000, per_s, p50_ms=20.0, p99_ms=40.0, cpu_seconds=0.2, database_cpu_seconds=0.05)


def canned(*, missing: str = "") -> Result:
    result = Result(
        "radius-thread", "2026-11-22T10:00:00+00:00", {"processors": 2}, {PEER: "3.2.1"}, {}, missing=missing
    )
    for peer, ours in ((1000, 3000), (1000, 5000), (2000, 4000)):
        result.rounds += [one(COMPARED, ours)] if missing else [one(PEER, peer), one(COMPARED, ours)]
    result.costs.append(Cost("pap", COMPARED, packets=640, statements=40, batches=10))
    return result


def test_the_file_has_what_was_promised(tmp_path: Path) -> None:
    told = json.loads(figures.write(canned(), tmp_path / "bench").read_text())

    assert set(told) == KEYS
    assert told["figures"]["pap"][COMPARED]["per_s"] == 4000
    assert told["figures"]["pap"][COMPARED]["cpu_us_per_packet"] == 200
    assert told["figures"]["pap"][COMPARED]["packets_per_batch"] == 64
    assert told["figures"]["pap"][COMPARED]["statements_per_batch"] == 4


def test_a_ratio_is_taken_within_each_round() -> None:
    # 3, 5 and 2 times as fast; the medians alone would say 4.
    assert figures.ratios(canned()) == {"pap": {COMPARED: {"median": 3.0, "rounds": [3.0, 5.0, 2.0]}}}


def test_the_table_and_the_line_say_so() -> None:
    assert f"pap   {PEER}" in figures.table(canned())
    assert figures.line(canned()) == "radius-thread on PostgreSQL: pap 4,000/s (3.0x); x stock FreeRADIUS 3.2.1"


def test_a_missing_peer_is_told() -> None:
    result = canned(missing="FreeRADIUS is missing: apt-get install freeradius")

    assert figures.ratios(result) == {}
    assert "apt-get install freeradius" in figures.table(result)
    assert figures.line(result) == "radius-thread on PostgreSQL: pap 4,000/s; no peer"


def test_some_sessions_need_gigawords() -> None:
    assert max(reports.expected(number, "interim").output_bytes for number in range(1000)) > 2**32
    assert not reports.expected(1, "stop").is_open


def test_percentiles_are_of_what_was_measured() -> None:
    assert figures.percentiles([0.001 * number for number in range(1, 101)]) == {
        "p50_ms": 50.5,
        "p95_ms": 96.0,
        "times": 100,
    }


def test_copies_of_customers_have_names_of_their_own() -> None:
    assert len({patterns.word(number, 3) for number in range(5_000)}) == 5_000
    assert len({patterns.word(number, 2) for number in range(patterns.COUNT)}) == patterns.COUNT


def test_every_page_of_the_bench_is_named_once() -> None:
    objects = dict.fromkeys(("customer", "online", "voucher", "group", "nas"), 7) | {"customers": 2000}
    asked = pages.of({**objects, "phone": "254700000021", "name": "Grace Mwangi"})

    assert len({name for name, _, _ in asked}) == len(asked)
    assert ("customers, last page", "/baobab/console/customers/?page=39", None) in asked
