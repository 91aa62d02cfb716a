"""The RADIUS door as a process of its own, on a test's database: `python -m tests.radius_process AUTH ACCT`."""

import sys

import django
from django.conf import settings


def main(auth: int, acct: int) -> None:
    django.setup()
    # Rejections at once: nobody guesses here.
    settings.REJECT_DELAY_SECONDS = 0.0
    from headend.doors.radius.server import serve

    serve(auth=("127.0.0.1", auth), acct=("127.0.0.1", acct))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
