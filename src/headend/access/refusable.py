"""Which of the sessions that run could be refused now: the database picks them in one statement, and `authorize` decides."""

from datetime import datetime, timedelta
from typing import Any, Final

from headend.lib import clock
from headend.system import engine

# No place is further ahead of UTC: an account that expires on a day may be over wherever that day is.
_FURTHEST_AHEAD: Final = timedelta(hours=14)

# Whoever is halted, or has a device that is. Sets, so that they are read once and not for each session.
_HALTED: Final = """
   k.deleted_at IS NOT NULL OR k.account_expires_on < %s
   OR k.id IN (SELECT customer_id FROM customers_suspension
               WHERE customer_id IS NOT NULL AND lifted_at IS NULL AND (ends_at IS NULL OR ends_at > %s))
   OR k.group_id IN (SELECT group_id FROM customers_suspension
                     WHERE group_id IS NOT NULL AND lifted_at IS NULL AND (ends_at IS NULL OR ends_at > %s))
   OR (k.id, x.mac) IN (SELECT d.customer_id, d.mac FROM access_block b JOIN access_device d ON d.id = b.device_id
                        WHERE b.device_id IS NOT NULL AND b.lifted_at IS NULL)
"""
# SQLite takes the tables of a CROSS JOIN in their order: it must begin with what is live. PostgreSQL finds its own way.
_PACKAGES: Final = f"""
SELECT x.id FROM access_session x CROSS JOIN access_subscription s CROSS JOIN customers_customer k
WHERE x.ended_at IS NULL AND x.subscription_id IS NOT NULL AND s.id = x.subscription_id AND k.id = s.customer_id AND (
   s.activated_at IS NULL OR s.ended_at IS NOT NULL OR s.expires_at <= %s
   OR s.id IN (SELECT subscription_id FROM access_block WHERE subscription_id IS NOT NULL AND lifted_at IS NULL)
   OR ((s.cap_bytes IS NOT NULL OR s.time_limit_seconds IS NOT NULL) AND EXISTS (
       SELECT 1 FROM access_usageperiod p
       WHERE p.id = (SELECT q.id FROM access_usageperiod q WHERE q.subscription_id = s.id AND q.started_at <= %s
                     ORDER BY q.started_at DESC LIMIT 1)
       AND (p.upload_bytes + p.download_bytes >= s.cap_bytes OR p.session_seconds >= s.time_limit_seconds)))
   OR {_HALTED})
"""  # noqa: S608 - made of this file's own words
_VOUCHERS: Final = f"""
SELECT x.id FROM access_session x CROSS JOIN access_voucher v
LEFT JOIN access_sheet h ON h.id = v.sheet_id LEFT JOIN customers_customer k ON k.id = v.customer_id
WHERE x.ended_at IS NULL AND x.voucher_id IS NOT NULL AND v.id = x.voucher_id AND (
   v.voided_at IS NOT NULL OR h.voided_at IS NOT NULL OR (h.id IS NOT NULL AND h.released_at IS NULL)
   OR v.expires_at <= %s OR (v.first_used_at IS NULL AND v.valid_until <= %s)
   OR v.upload_bytes + v.download_bytes >= v.cap_bytes OR v.session_seconds >= v.time_limit_seconds
   OR v.id IN (SELECT voucher_id FROM access_block WHERE voucher_id IS NOT NULL AND lifted_at IS NULL)
   OR {_HALTED})
"""  # noqa: S608 - the same


def sessions(now: datetime) -> list[int]:
    """The ids of live sessions whose expiry, cap, halt or block can refuse them at `now`; a few more, and never one too few.

    Not of those whose name leads nowhere any more: nothing that is looked at here tells.
    """
    at = engine.instant(clock.held(now))
    halted: list[Any] = [
        engine.day((clock.held(now) + _FURTHEST_AHEAD).date()),
        engine.instant(now),
        engine.instant(now),
    ]
    found = engine.rows(_PACKAGES, [at, at, *halted])
    found += engine.rows(_VOUCHERS, [at, at, *halted])
    return sorted(id_ for (id_,) in found)
