"""`headend serve`: the whole installation, under one supervisor."""

import argparse
import logging

from headend.cli import start
from headend.cli.problem import ProblemError
from headend.cli.supervisor import Child, supervise
from headend.config import home, ports

log = logging.getLogger("headend.serve")


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="headend serve", description="Runs web, radius and worker; starts again what dies; stops all on SIGTERM."
    )
    parser.add_argument(
        "--radius-processes", type=int, default=1, metavar="N", help="RADIUS processes on one port, on PostgreSQL only"
    )
    count = parser.parse_args(arguments).radius_processes
    present = start.ready_to_serve()
    if count < 1:
        raise ProblemError("--radius-processes takes a number from 1.")
    if count > 1 and not present.database_url:
        raise ProblemError("Several RADIUS processes need PostgreSQL: SQLite has one writer. Set HEADEND_DATABASE_URL.")
    if not home.hold(present.home):
        raise ProblemError(
            f"Headend runs on {present.home} already. Stop that one first, or choose another folder with --home."
        )
    # Said now and in words: a child that cannot listen would be started again for ever.
    ports.refuse_taken(present)
    log.info(
        "The console is at http://%s/, RADIUS at %s (logins) and %s (usage)", present.web, present.auth, present.acct
    )
    numbers = [""] if count == 1 else [f" {number + 1}" for number in range(count)]
    radius = [Child(f"radius{number}", ["radius"]) for number in numbers]
    supervise([Child("web", ["web"]), *radius, Child("worker", ["worker"])])
    return 0
