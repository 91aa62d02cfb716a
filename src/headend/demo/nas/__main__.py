"""Run a simulated NAS until it is told to end."""

import argparse
import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from headend.demo.nas.config import Config
from headend.demo.nas.router import SimulatedNas
from headend.lib.stopping import stop_signals

LOOK_SECONDS: Final = 0.5


def main(arguments: list[str] | None = None) -> int:
    """Run the NAS of a configuration file until SIGTERM, SIGINT or its parent's end; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m headend.demo.nas", description="A simulated NAS.")
    parser.add_argument("--config", required=True, type=Path, help="the JSON configuration file")
    parser.add_argument("--verbose", action="store_true", help="print a line for every event")
    options = parser.parse_args(arguments)
    try:
        config = Config.from_json(options.config.read_text())
        asyncio.run(_run(config, verbose=options.verbose))
    except (OSError, ValueError) as error:
        print(f"The simulated NAS cannot run: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(config: Config, *, verbose: bool) -> None:
    parent = os.getppid()
    told_to_end = asyncio.Event()
    for number in stop_signals():
        asyncio.get_running_loop().add_signal_handler(number, told_to_end.set)
    nas = SimulatedNas(config, log=_print if verbose else None)
    await nas.start()
    while not told_to_end.is_set() and os.getppid() == parent:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await told_to_end.wait()
    await nas.stop()


def _print(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
