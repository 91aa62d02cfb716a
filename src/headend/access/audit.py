"""Checks of usage: what is kept beside sessions must equal their sum."""

from typing import Final

from headend.access.models import Subscription, Voucher
from headend.lib.audits import Check
from headend.system import engine

_COLUMNS: Final = ("upload_bytes", "download_bytes", "session_seconds")


def run() -> list[Check]:
    """The checks of usage counters, over every organization."""
    return [
        _of_subscriptions("access_usageday", "usage_days", "day"),
        _of_subscriptions("access_usageperiod", "usage_periods", "period"),
        _of_vouchers(),
        _days_of_vouchers(),
    ]


def _sums(table: str, owner: str) -> str:
    sums = ", ".join(f"SUM({column}) AS {column}" for column in _COLUMNS)
    return f"(SELECT {owner}, {sums} FROM {table} WHERE {owner} IS NOT NULL GROUP BY {owner})"  # noqa: S608 - made of this file's own words


_MARKED: Final = ", ".join(f"COALESCE(k.{column}, 0), COALESCE(s.{column}, 0)" for column in _COLUMNS)
_DIFFERS: Final = " OR ".join(f"COALESCE(k.{column}, 0) <> COALESCE(s.{column}, 0)" for column in _COLUMNS)


def _of_subscriptions(table: str, code: str, noun: str) -> Check:
    statement = f"""
SELECT x.id, c.account_number, o.slug, {_MARKED}
FROM access_subscription x
JOIN customers_customer c ON c.id = x.customer_id
JOIN system_organization o ON o.id = x.organization_id
LEFT JOIN {_sums(table, "subscription_id")} k ON k.subscription_id = x.id
LEFT JOIN {_sums("access_session", "subscription_id")} s ON s.subscription_id = x.id
WHERE {_DIFFERS} ORDER BY x.id"""  # noqa: S608 - made of this file's own words
    failures = [
        f"subscription {id_} (of {number}, {slug}): {_difference(values)}"
        for id_, number, slug, *values in engine.rows(statement, [])
    ]
    return Check(
        code,
        f"Usage of each {noun} adds up to the sessions of its subscription",
        Subscription.objects.count(),
        failures,
    )


def _of_vouchers() -> Check:
    statement = f"""
SELECT k.id, k.code, o.slug, {_MARKED}
FROM access_voucher k
JOIN system_organization o ON o.id = k.organization_id
LEFT JOIN {_sums("access_session", "voucher_id")} s ON s.voucher_id = k.id
WHERE {_DIFFERS} ORDER BY k.id"""  # noqa: S608 - made of this file's own words
    failures = [
        f"voucher {id_} ({code}, {slug}): {_difference(values)}"
        for id_, code, slug, *values in engine.rows(statement, [])
    ]
    return Check("usage_vouchers", "Usage of each voucher equals its sessions", Voucher.objects.count(), failures)


def _days_of_vouchers() -> Check:
    statement = f"""
SELECT x.id, x.code, o.slug, {_MARKED}
FROM access_voucher x
JOIN system_organization o ON o.id = x.organization_id
LEFT JOIN {_sums("access_usageday", "voucher_id")} k ON k.voucher_id = x.id
LEFT JOIN {_sums("access_session", "voucher_id")} s ON s.voucher_id = x.id
WHERE {_DIFFERS} ORDER BY x.id"""  # noqa: S608 - made of this file's own words
    failures = [
        f"voucher {id_} ({code}, {slug}): {_difference(values)}"
        for id_, code, slug, *values in engine.rows(statement, [])
    ]
    return Check(
        "usage_voucher_days",
        "Usage of each day adds up to the sessions of its voucher",
        Voucher.objects.count(),
        failures,
    )


def _difference(values: list[int]) -> str:
    names = ("upload", "download", "seconds")
    return "; ".join(
        f"{name} is kept as {values[2 * at]}, its sessions add up to {values[2 * at + 1]}"
        for at, name in enumerate(names)
        if values[2 * at] != values[2 * at + 1]
    )
