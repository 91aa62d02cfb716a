"""What the sessions of a benchmark report, so that afterwards every answered report can be looked for."""

from dataclasses import dataclass
from typing import Final

# The reports of a session: its Start, one Interim, its Stop.
STEPS: Final = {"start": 0, "interim": 1, "stop": 2}

# A session is over within seconds here. No time is believed that has not passed, but for what a NAS may not have told in time
# (`access.metering.UNHEARD_SECONDS`): its two steps stay below that.
_STEP_SECONDS: Final = 120


@dataclass(frozen=True, slots=True)
class Kept:
    """A session as a side keeps it: bytes, seconds, whether it is open."""

    input_bytes: int
    output_bytes: int
    seconds: int
    is_open: bool


def session_id(number: int) -> str:
    """The Acct-Session-Id of a session, as RouterOS writes them."""
    return f"81{number:06x}"


def expected(number: int, kind: str) -> Kept:
    """What a side must keep of a session once it has answered its report of this kind."""
    step = STEPS[kind]
    # Some come over 4 GB with the second report: the gigawords count.
    return Kept(
        input_bytes=step * (37_000_000 + number % 1000 * 7919),
        output_bytes=step * (412_000_000 + number % 1000 * 5_000_003),
        seconds=step * _STEP_SECONDS,
        is_open=kind != "stop",
    )
