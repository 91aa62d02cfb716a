"""Opens what a power cut has left, as the product does at its start, and says what is in it.

`python -m tests.power.look FOLDER ...` prints a list of one object for each folder: `wrong` (what is not as it should be), `sessions`
({id: [seconds, ended]}) and `payments` ({receipt: state}).
"""

import json
import sys
from pathlib import Path
from typing import Any

from headend.cli import start
from headend.cli.problem import ProblemError
from headend.config.environment import DATABASE_FILE


def main(folders: list[str]) -> None:
    present = start.load()
    from django.db import DatabaseError, connection

    told = []
    for folder in folders:
        if folder != "-":
            connection.close()
            connection.settings_dict["NAME"] = str(Path(folder) / DATABASE_FILE)
        try:
            start._check_migrations()
            start._check_keys()
            start._check_durable(present)
            told.append(_look())
        except (DatabaseError, ProblemError) as error:
            told.append({"wrong": [str(error)], "sessions": {}, "payments": {}})
    json.dump(told, sys.stdout)


def _look() -> dict[str, Any]:
    from django.db import connection

    from headend.access import audit as access_audit
    from headend.access.models import Session
    from headend.billing import audit as billing_audit
    from headend.billing.models import Payment, PaymentState
    from headend.ledger import audit as ledger_audit

    checks = [*ledger_audit.run(), *billing_audit.run(), *access_audit.run()]
    wrong = [f"{check.code}: {failure}" for check in checks for failure in check.failures]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            wrong += [line for (line,) in cursor.fetchall() if line != "ok"]
    sessions = Session.objects.values_list("acct_session_id", "session_seconds", "ended_at")
    settled = Payment.objects.filter(state=PaymentState.SETTLED, purchase__fulfilled_at__isnull=False)
    return {
        "wrong": wrong,
        "sessions": {key: [seconds, ended_at is not None] for key, seconds, ended_at in sessions},
        "payments": dict(settled.values_list("receipt_code", "state")),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
