"""Run the practice money network until it is told to end."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Final

from headend.demo.money.config import Config
from headend.demo.money.server import PracticeServer
from headend.lib.stopping import stop_signals

LOOK_SECONDS: Final = 0.5


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM, SIGINT or the parent's end; returns the exit code. The first line printed says where."""
    parser = argparse.ArgumentParser(prog="python -m headend.demo.money", description="A practice money network.")
    parser.add_argument("--config", type=Path, help="the JSON configuration file")
    parser.add_argument("--port", type=int, help="the port on 127.0.0.1; 0 lets the system choose")
    parser.add_argument("--key", help="what a merchant must show as a bearer token")
    options = parser.parse_args(arguments)
    if (options.config is None) == (options.port is None or options.key is None):
        parser.error("either --config or --port and --key is needed")
    parent = os.getppid()
    try:
        config = Config.from_json(options.config.read_text()) if options.config else Config(options.port, options.key)
        server = PracticeServer(config)
    except (OSError, ValueError) as error:
        print(f"The practice money network cannot run: {error}", file=sys.stderr)
        return 1
    _serve(server, parent)
    return 0


def _serve(server: PracticeServer, parent: int) -> None:
    told_to_end = threading.Event()

    def note(number: int, _: FrameType | None) -> None:
        told_to_end.set()

    for number in stop_signals():
        signal.signal(number, note)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": LOOK_SECONDS / 5}, daemon=True).start()
    print(f"The practice money network is on {server.url}", flush=True)
    while not told_to_end.wait(LOOK_SECONDS) and os.getppid() == parent:
        pass
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    sys.exit(main())
