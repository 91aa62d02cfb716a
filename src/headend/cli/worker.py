"""`headend worker`: carries out what waits."""

import argparse

from headend.cli import start


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="headend worker", description="Runs the worker until it is told to stop.")
    parser.parse_args(arguments)
    start.ready_to_serve()
    from headend.doors.worker import loop

    loop.run()
    return 0
