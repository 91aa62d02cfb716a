"""A power cut, on SQLite: the whole product runs under strace, and its files are rebuilt as a power cut would have left them.

What is modelled stands in `tests.power.disk`. The shared-memory file (`-shm`) is left out: SQLite makes it anew from the
write-ahead log. What strace does not see, writes through mapped memory, SQLite does to that file alone.
"""

import os
import random
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from headend.config.environment import DATABASE_FILE
from tests.kit.installation import Home, new_home
from tests.power import load, product, trace
from tests.power.disk import Disk
from tests.power.load import Due, Fact, Load, forgotten
from tests.power.trace import Happening, Resized, Sent, SyncDone, Write

pytestmark = [pytest.mark.real_time, pytest.mark.needs("strace", "strace")]

CUTS = 50
ROUTERS = 4
PAYMENTS = 20
# Pages of the log, where SQLite itself would wait for a thousand: a short load then meets many checkpoints.
OFTEN = "wal_autocheckpoint=60"
FORGETFUL = "synchronous=NORMAL"
TEXT_LONGEST = 1_000_000
FILES = re.compile(re.escape(DATABASE_FILE) + "(?!-shm|[.]lock).*")
WAL = f"{DATABASE_FILE}-wal"


@dataclass
class Recording:
    """What was on the disk before, all that happened afterwards, and what the clients know."""

    before: dict[str, bytes]
    happened: list[Happening]
    load: Load

    def answers(self) -> list[tuple[int, Fact]]:
        """Which happening answered what. An answer counts when it leaves the process, whether it arrives or not."""
        found = []
        for number, happening in enumerate(self.happened):
            if isinstance(happening, Sent):
                found += [(number, self.load.replies[part]) for part in happening.parts if part in self.load.replies]
                if happening.to in self.load.callers and happening.parts[0].startswith(b"HTTP/1.1 200"):
                    found.append((number, self.load.callers[happening.to]))
        return found


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, list[Due]]]:
    with new_home(tmp_path_factory.mktemp("power") / "home") as home:
        assert home.run("init").returncode == 3, "there is no organization yet"
        yield home, load.prepare(home, payments=PAYMENTS)


@pytest.fixture
def chance() -> random.Random:
    """Chance that can be had again: HEADEND_TEST_SEED takes the number that a failed test has printed."""
    seed = os.environ.get("HEADEND_TEST_SEED") or str(random.randrange(10**9))
    print(f"HEADEND_TEST_SEED={seed}")  # noqa: T201 - pytest shows it where a test fails
    return random.Random(seed)


def test_everything_that_was_answered_outlives_a_power_cut(
    tmp_path: Path, prepared: tuple[Home, list[Due]], chance: random.Random
) -> None:
    recording = record(tmp_path, prepared, sessions=8, payments=PAYMENTS, pragma=OFTEN)
    assert_it_was_a_load(recording)
    moments = chance.sample(range(recording.answers()[0][0], len(recording.happened)), CUTS)

    lost = cut_power(recording, prepared[0], tmp_path, moments, chance=chance)

    assert lost == {}


def test_a_database_that_forgets_is_found_out(
    tmp_path: Path, prepared: tuple[Home, list[Due]], chance: random.Random
) -> None:
    """Or the test above could not fail. What SQLite itself offers as nearly safe loses what was answered since a checkpoint."""
    recording = record(tmp_path, prepared, sessions=1, payments=3, pragma=FORGETFUL)
    # Just when an answer leaves, and with nothing but what was synced.
    moments = [number for number, _ in recording.answers()]

    lost = cut_power(recording, prepared[0], tmp_path, moments, chance=chance, at_worst=True)

    assert any("session" in what for what in lost.values())
    assert any("payment" in what for what in lost.values())


def record(tmp_path: Path, prepared: tuple[Home, list[Due]], *, sessions: int, payments: int, pragma: str) -> Recording:
    """Runs the product under strace while routers report and somebody pays, and reads what happened."""
    template, due = prepared
    log = tmp_path / "strace.log"
    strace = ["strace", "-D", "-f", "--seccomp-bpf", "-q", "-yy", "-xx", "-s", str(TEXT_LONGEST), "-o", str(log)]
    strace += ["-e", "signal=none", "-e", f"trace={trace.CALLS}"]
    with new_home(tmp_path / "home", template) as home:
        home.environment |= {
            "DJANGO_SETTINGS_MODULE": "tests.power.settings",
            "HEADEND_TEST_PRAGMAS": pragma,
            "HEADEND_MAY_FORGET": "1" if pragma == FORGETFUL else "",
        }
        before = {path.name: path.read_bytes() for path in home.folder.iterdir() if FILES.fullmatch(path.name)}
        with product.served(home, list(due), under=strace) as (process, told):
            routers = [lambda router=number: told.report(router, sessions) for number in range(ROUTERS)]
            with load.going_on(*routers, lambda: told.pay(payments)):
                pass
        product.wait_until(lambda: _last_line(log).split()[:3] == [str(process.pid), "+++", "exited"])
        return Recording(before, list(trace.read(log, home.folder, FILES)), told)


def cut_power(
    recording: Recording,
    home: Home,
    tmp_path: Path,
    moments: Collection[int],
    *,
    chance: random.Random,
    at_worst: bool = False,
) -> dict[int, str]:
    """Cuts the power just after each of these happenings; for each cut after which something was wrong, what."""
    answers = recording.answers()
    moments = sorted(set(moments))
    disk = Disk(recording.before)
    folders = []
    for number, happening in enumerate(recording.happened):
        disk.take(happening)
        if number in moments:
            folder = tmp_path / f"cut-{number}"
            folder.mkdir()
            disk.cut_power(folder, chance, at_worst=at_worst)
            folders.append(folder)
    lost = {}
    for moment, told in zip(moments, product.look(home, folders), strict=True):
        what = told["wrong"] + forgotten(told, [fact for number, fact in answers if number <= moment])
        if what:
            lost[moment] = "; ".join(what)
    return lost


def assert_it_was_a_load(recording: Recording) -> None:
    """What the test is about did happen: every answer was seen, and the log was written back to the database and begun anew."""
    assert {fact for _, fact in recording.answers()} >= set(recording.load.answered)
    assert len({fact for _, fact in recording.answers() if fact.kind == "payment"}) == PAYMENTS
    names = [happening.name for happening in recording.happened if isinstance(happening, SyncDone)]
    assert names.count(DATABASE_FILE) > 5, "checkpoints"
    assert names.count("") > 0, "the folder"
    begun = [happening for happening in recording.happened if isinstance(happening, Write) and happening.name == WAL]
    assert sum(write.offset == 0 for write in begun) > 5, "the log begun anew"
    assert not any(isinstance(happening, Resized) and happening.name == WAL for happening in recording.happened)


def _last_line(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 200))
        return file.read().decode().rstrip("\n").rpartition("\n")[2]
