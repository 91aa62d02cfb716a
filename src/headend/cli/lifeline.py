"""Processes that must not outlive the one that started them."""

import ctypes
import os
import signal
import sys
from typing import Final

# Set by the supervisor for its children: its own process id.
VARIABLE: Final = "HEADEND_SUPERVISOR"
_PR_SET_PDEATHSIG: Final = 1  # prctl(2)


def die_with_supervisor() -> None:
    """Where a supervisor started this process, ends it when the supervisor is gone."""
    supervisor = os.environ.pop(VARIABLE, "")
    if supervisor:
        die_with_parent(int(supervisor))


def die_with_parent(parent: int, number: int = signal.SIGTERM) -> None:
    """Asks Linux to send signal `number` to this process when its parent dies. Elsewhere it does nothing."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        # It died before we asked.
        sys.exit(1)
