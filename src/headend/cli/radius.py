"""`headend radius`: answers routers."""

import argparse

from headend.cli import start
from headend.cli.problem import ProblemError
from headend.config.environment import split_address


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="headend radius", description="Runs the RADIUS server until it is told to stop."
    )
    parser.parse_args(arguments)
    present = start.ready_to_serve()
    from headend.doors.radius import server

    try:
        server.serve(auth=split_address(present.auth), acct=split_address(present.acct))
    except OSError as error:
        raise ProblemError(
            f"UDP {present.auth} or {present.acct} cannot be opened: {error.strerror}. Is another RADIUS server running? "
            "Stop it, or choose other ports with --auth and --acct."
        ) from error
    return 0
