"""The RADIUS door as a process of its own, on a test's database; see `tests.kit.radius`.

`multiprocessing` imports this once into a server, which forks the doors: each begins with nothing but what was imported.
"""

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.db import connection  # noqa: E402 - the same

from headend.doors.radius.server import serve  # noqa: E402 - the same


def run(database: str, auth: int, acct: int) -> None:
    """Answers on 127.0.0.1 until SIGTERM."""
    connection.settings_dict["NAME"] = database
    # Rejections at once: nobody guesses here.
    settings.REJECT_DELAY_SECONDS = 0.0
    serve(auth=("127.0.0.1", auth), acct=("127.0.0.1", acct))
