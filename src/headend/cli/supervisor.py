"""One process that starts others, starts again what dies, and stops them all."""

import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any, Final

from headend.cli.lifeline import VARIABLE
from headend.lib.stopping import stop_signals

PAUSE_FIRST_SECONDS: Final = 0.5
PAUSE_LONGEST_SECONDS: Final = 30.0
# A process that lived so long did not die of its own start: the next pause is short again.
HEALTHY_SECONDS: Final = 30.0
STOP_SECONDS: Final = 10.0
LOOK_SECONDS: Final = 0.1

log = logging.getLogger("headend.supervisor")


@dataclass
class Child:
    """One process to keep running: `headend` with `arguments`."""

    name: str
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    # When to start it again, on the clock that never jumps.
    start_at: float = 0.0
    pause_seconds: float = PAUSE_FIRST_SECONDS

    def start(self) -> None:
        environment = {**os.environ, VARIABLE: str(os.getpid())}
        # A process group of its own: Ctrl-C reaches the supervisor alone, and it stops the others in order.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "headend", *self.arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            process_group=0,
        )
        self.started_at = time.monotonic()

    def look(self) -> None:
        """Starts the process when its time has come; notices when it has died."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self.start()
            return
        status = self.process.poll()
        if status is None:
            return
        if now - self.started_at >= HEALTHY_SECONDS:
            self.pause_seconds = PAUSE_FIRST_SECONDS
        log.error("%s ended (%s); it is started again in %.1f s", self.name, _in_words(status), self.pause_seconds)
        self.process = None
        self.start_at = now + self.pause_seconds
        self.pause_seconds = min(2 * self.pause_seconds, PAUSE_LONGEST_SECONDS)


def supervise(children: list[Child]) -> None:
    """Keeps `children` running until SIGTERM, SIGINT or SIGHUP, then stops them. Call it in the main thread."""
    asked_to_stop = False

    def stop(*_: Any) -> None:
        nonlocal asked_to_stop
        asked_to_stop = True

    for number in stop_signals():
        signal.signal(number, stop)
    try:
        while not asked_to_stop:
            for child in children:
                child.look()
            time.sleep(LOOK_SECONDS)
    finally:
        _stop([child.process for child in children if child.process is not None])


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("process %d did not stop in time and is killed", process.pid)
            process.kill()
            process.wait()


def _in_words(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
