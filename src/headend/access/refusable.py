"""Which of the sessions that run could be refused now: the database picks them in a few statements, and `authorize` decides."""

from datetime import datetime, timedelta
from typing import Final

from headend.lib import clock
from headend.system import engine

# No place is further ahead of UTC: an account that expires on a day may be over wherever that day is.
_FURTHEST_AHEAD: Final = timedelta(hours=14)

# Nothing is said of the owner being there: SQLite would rather walk over the index of all who ever were.
# A value and no join: so each database looks each owner up by its key, where a plan may also read all of them.
_PACKAGES: Final = """
SELECT x.id FROM access_session x WHERE x.ended_at IS NULL AND
   (SELECT CASE WHEN s.activated_at IS NULL OR s.ended_at IS NOT NULL OR s.expires_at <= %s THEN 1
                WHEN s.cap_bytes IS NULL AND s.time_limit_seconds IS NULL THEN 0
                ELSE (SELECT CASE WHEN p.upload_bytes + p.download_bytes >= s.cap_bytes
                                    OR p.session_seconds >= s.time_limit_seconds THEN 1 ELSE 0 END
                      FROM access_usageperiod p WHERE p.subscription_id = s.id AND p.started_at <= %s
                      ORDER BY p.started_at DESC LIMIT 1) END
    FROM access_subscription s WHERE s.id = x.subscription_id) = 1
"""
_VOUCHERS: Final = """
SELECT x.id FROM access_session x WHERE x.ended_at IS NULL AND
   (SELECT CASE WHEN v.voided_at IS NOT NULL OR v.expires_at <= %s OR (v.first_used_at IS NULL AND v.valid_until <= %s)
                  OR v.upload_bytes + v.download_bytes >= v.cap_bytes OR v.session_seconds >= v.time_limit_seconds
                  OR (SELECT CASE WHEN h.voided_at IS NOT NULL OR h.released_at IS NULL THEN 1 ELSE 0 END
                      FROM access_sheet h WHERE h.id = v.sheet_id) = 1 THEN 1 ELSE 0 END
    FROM access_voucher v WHERE v.id = x.voucher_id) = 1
"""
# Whoever is halted, or has a device, a package or a voucher that is. Each stands alone, and in no OR: there PostgreSQL reads the whole
# set again for each session as soon as it takes it for too large to be kept, as it does without statistics.
# COALESCE keeps SQLite from looking up each of the halted among all sessions that ever were.
_HALTED: Final = """
SELECT x.id FROM access_session x WHERE x.ended_at IS NULL AND COALESCE(x.customer_id, 0) IN (
    SELECT h.customer_id FROM customers_suspension h
    WHERE h.customer_id IS NOT NULL AND h.lifted_at IS NULL AND (h.ends_at IS NULL OR h.ends_at > %s)
    UNION ALL
    SELECT k.id FROM customers_suspension h CROSS JOIN customers_customer k
    WHERE h.group_id IS NOT NULL AND h.lifted_at IS NULL AND (h.ends_at IS NULL OR h.ends_at > %s) AND k.group_id = h.group_id
    UNION ALL
    SELECT k.id FROM customers_customer k WHERE k.deleted_at <= %s
    UNION ALL
    SELECT k.id FROM customers_customer k WHERE k.account_expires_on < %s)
"""
_BLOCKED: Final = """
SELECT x.id FROM access_session x WHERE x.ended_at IS NULL AND x.subscription_id IN (
    SELECT b.subscription_id FROM access_block b WHERE b.subscription_id IS NOT NULL AND b.lifted_at IS NULL)
UNION ALL
SELECT x.id FROM access_session x WHERE x.ended_at IS NULL AND x.voucher_id IN (
    SELECT b.voucher_id FROM access_block b WHERE b.voucher_id IS NOT NULL AND b.lifted_at IS NULL)
UNION ALL
SELECT x.id FROM access_session x WHERE x.ended_at IS NULL AND (COALESCE(x.customer_id, 0), x.mac) IN (
    SELECT d.customer_id, d.mac FROM access_block b JOIN access_device d ON d.id = b.device_id
    WHERE b.device_id IS NOT NULL AND b.lifted_at IS NULL)
"""


def sessions(now: datetime) -> list[int]:
    """The ids of live sessions whose expiry, cap, halt or block can refuse them at `now`; a few more, and never one too few.

    Not of those whose name leads nowhere any more: nothing that is looked at here tells.
    """
    at = engine.instant(clock.held(now))
    today = engine.day((clock.held(now) + _FURTHEST_AHEAD).date())
    # Periods begin by the product's own time, as `facts` has them.
    found = engine.rows(_PACKAGES, [at, engine.instant(now)])
    found += engine.rows(_VOUCHERS, [at, at])
    found += engine.rows(_HALTED, [*[engine.instant(now)] * 3, today])
    found += engine.rows(_BLOCKED, [])
    return sorted({id_ for (id_,) in found})
