"""Fills an installation with a large provider: `python -m bench.crowd CUSTOMERS`. What is kept adds up as the audit demands."""

import sys
import time

from bench import patterns
from bench.copies import Copier
from headend.cli import start


def main(customers: int) -> None:
    start.ready()
    from django.db import connection

    from headend.ledger import days
    from headend.lib import clock
    from headend.system.models import Organization

    organization = Organization.objects.get()
    if connection.vendor == "sqlite":
        # Nobody else is here, and what a power cut spoils is made again.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode = OFF")
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.execute("PRAGMA foreign_keys = OFF")
    hundred = patterns.live(organization, clock.now())
    Copier(customers // patterns.COUNT - 1).run()
    patterns.ask_phones(organization, hundred)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode = WAL")
    began = time.perf_counter()
    days.close()
    print(round(time.perf_counter() - began, 3))


if __name__ == "__main__":
    main(int(sys.argv[1]))
