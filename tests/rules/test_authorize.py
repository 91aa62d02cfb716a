"""Who may connect: the first rule that fails is the answer, and what is explained is what is decided."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.access import authorize
from headend.access.authorize import LONGEST_SESSION_SECONDS, Code, Facts, Grant, Halt, Refusal, decide, explain

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HALT = Halt(NOW - timedelta(days=1), reason="router lent", kind="disabled")
OVERDUE = Halt(NOW - timedelta(days=2), reason="invoice 7", kind="overdue")
ABUSE = Halt(NOW - timedelta(days=1), reason="port scans", kind="abuse")

VOID = Halt(NOW - timedelta(minutes=5), reason="paid back")

# One thing that is wrong, in the order of deciding.
ALL_WRONG: list[tuple[Code, dict[str, Any]]] = [
    (Code.USER_UNKNOWN, {"found": False}),
    (Code.PASSWORD_WRONG, {"password_right": False}),
    (Code.CUSTOMER_DELETED, {"deleted_at": NOW - timedelta(hours=1)}),
    (Code.GROUP_DISABLED, {"group_disabled": HALT}),
    (Code.CUSTOMER_DISABLED, {"customer_disabled": HALT}),
    (Code.ACCOUNT_EXPIRED, {"account_expires_at": NOW}),
    (Code.SUBSCRIPTION_INACTIVE, {"activated_at": None}),
    (Code.SUBSCRIPTION_BLOCKED, {"block": HALT}),
    (Code.VOUCHER_BLOCKED, {"block": HALT}),
    (Code.SUSPENDED, {"suspensions": [OVERDUE]}),
    (Code.SUBSCRIPTION_EXPIRED, {"expires_at": NOW}),
    (Code.VOUCHER_VOID, {"void": VOID}),
    (Code.VOUCHER_HELD, {"sheet_number": 3, "sheet_held": True}),
    (Code.VOUCHER_EXPIRED, {"expires_at": NOW}),
    (Code.VOUCHER_SPENT, {"cap_bytes": 1000, "used_bytes": 1000}),
    (Code.TIME_USED_UP, {"time_limit_seconds": 60, "used_seconds": 60}),
    (Code.CAP_REACHED, {"cap_bytes": 1000, "used_bytes": 1000}),
    (Code.DEVICE_BLOCKED, {"device_block": HALT}),
    (Code.SESSION_LIMIT, {"live_sessions": 1, "simultaneous_use": 1}),
]
OF_SUBSCRIPTIONS = {
    Code.SUBSCRIPTION_INACTIVE,
    Code.SUBSCRIPTION_BLOCKED,
    Code.SUBSCRIPTION_EXPIRED,
    Code.TIME_USED_UP,
    Code.CAP_REACHED,
}
OF_VOUCHERS = {
    Code.VOUCHER_BLOCKED,
    Code.VOUCHER_VOID,
    Code.VOUCHER_HELD,
    Code.VOUCHER_EXPIRED,
    Code.VOUCHER_SPENT,
}
WRONG = [(code, wrong) for code, wrong in ALL_WRONG if code not in OF_VOUCHERS]
CODES = [code for code, _ in WRONG]
VOUCHER_WRONG = [(code, wrong) for code, wrong in ALL_WRONG if code not in OF_SUBSCRIPTIONS]
VOUCHER_CODES = [code for code, _ in VOUCHER_WRONG]


def login(**changes: Any) -> Facts:
    """A login with which everything is right."""
    facts = Facts(
        now=NOW,
        name="otieno",
        found=True,
        password_right=True,
        customer_id=7,
        subscription_id=9,
        plan_name="Home 10M",
        group_name="Default",
        activated_at=NOW - timedelta(days=3),
        live_sessions=0,
        download_kbps=10_000,
        upload_kbps=3_000,
    )
    return replace(facts, **changes)


def voucher(**changes: Any) -> Facts:
    """A login with a voucher in use, with which everything is right."""
    facts = Facts(
        now=NOW,
        name="K7QM3XPT",
        found=True,
        password_right=True,
        voucher_id=4,
        plan_name="Day pass",
        first_used_at=NOW - timedelta(hours=1),
        expires_at=NOW + timedelta(hours=23),
        live_sessions=0,
    )
    return replace(facts, **changes)


def granted(**changes: Any) -> Grant:
    decision = decide(login(**changes))
    assert isinstance(decision, Grant)
    return decision


def test_it_works() -> None:
    assert decide(login(idle_timeout_seconds=600, interim_seconds=120, framed_address="10.0.0.7")) == Grant(
        subscription_id=9,
        voucher_id=None,
        first_use=False,
        session_timeout_seconds=None,
        idle_timeout_seconds=600,
        interim_seconds=120,
        framed_address="10.0.0.7",
        download_kbps=10_000,
        upload_kbps=3_000,
        remaining_bytes=None,
    )


def test_every_rule_stands_in_the_table_in_the_order_of_the_codes() -> None:
    assert list(Code) == [code for code, _ in ALL_WRONG]
    assert [code for code, _ in authorize.RULES] == list(Code)


@pytest.mark.parametrize(("code", "wrong"), WRONG, ids=CODES)
def test_each_rule_refuses_alone(code: Code, wrong: dict[str, Any]) -> None:
    decision = decide(login(**wrong))

    assert isinstance(decision, Refusal)
    assert decision.code is code


@pytest.mark.parametrize("place", range(len(WRONG)), ids=CODES)
def test_the_first_rule_that_fails_is_the_answer(place: int) -> None:
    everything_from_here: dict[str, Any] = {}
    for _, wrong in reversed(WRONG[place:]):
        everything_from_here |= wrong

    decision = decide(login(**everything_from_here))

    assert isinstance(decision, Refusal)
    assert decision.code is CODES[place]


@pytest.mark.parametrize(
    "right",
    [
        {"account_expires_at": NOW + timedelta(microseconds=1)},
        {"expires_at": NOW + timedelta(microseconds=1)},
        {"expires_at": None},
        {"time_limit_seconds": 60, "used_seconds": 59},
        {"cap_bytes": 1000, "used_bytes": 999},
        {"live_sessions": 1, "simultaneous_use": 2},
        {"live_sessions": None, "simultaneous_use": 1},
        {"password_right": None},
    ],
    ids=str,
)
def test_up_to_the_limit_everything_is_granted(right: dict[str, Any]) -> None:
    granted(**right)


@pytest.mark.parametrize(("code", "wrong"), VOUCHER_WRONG, ids=VOUCHER_CODES)
def test_each_rule_refuses_a_voucher_alone(code: Code, wrong: dict[str, Any]) -> None:
    decision = decide(voucher(**wrong))

    assert isinstance(decision, Refusal)
    assert decision.code is code


@pytest.mark.parametrize("place", range(len(VOUCHER_WRONG)), ids=VOUCHER_CODES)
def test_the_first_rule_that_fails_is_the_answer_for_a_voucher(place: int) -> None:
    everything_from_here: dict[str, Any] = {}
    for _, wrong in reversed(VOUCHER_WRONG[place:]):
        everything_from_here |= wrong

    decision = decide(voucher(**everything_from_here))

    assert isinstance(decision, Refusal)
    assert decision.code is VOUCHER_CODES[place]


@pytest.mark.parametrize(
    "right",
    [
        {"expires_at": NOW + timedelta(microseconds=1)},
        {"time_limit_seconds": 60, "used_seconds": 59},
        {"cap_bytes": 1000, "used_bytes": 999},
        {"sheet_number": 3, "sheet_held": False},
        # Only a voucher that nobody used yet ends then.
        {"valid_until": NOW - timedelta(days=1)},
        {"first_used_at": None, "expires_at": None},
        {"first_used_at": None, "expires_at": None, "valid_until": NOW + timedelta(microseconds=1)},
        {"live_sessions": 1, "simultaneous_use": 2},
        {"customer_id": 7, "group_name": "Default"},
    ],
    ids=str,
)
def test_up_to_the_limit_a_voucher_is_granted(right: dict[str, Any]) -> None:
    assert isinstance(decide(voucher(**right)), Grant)


def test_a_voucher_is_granted_as_one() -> None:
    first = decide(voucher(first_used_at=None, expires_at=None))
    later = decide(voucher(cap_bytes=1000, used_bytes=400, time_limit_seconds=600, used_seconds=60))

    assert isinstance(first, Grant)
    assert isinstance(later, Grant)
    # Before the clock runs there is no end to tell.
    assert (first.voucher_id, first.subscription_id, first.first_use, first.session_timeout_seconds) == (
        4,
        None,
        True,
        None,
    )
    assert (later.voucher_id, later.first_use, later.remaining_bytes, later.session_timeout_seconds) == (
        4,
        False,
        600,
        540,
    )


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        ({"void": VOID}, {"since": VOID.since, "reason": "paid back", "kind": ""}),
        ({"sheet_number": 3, "sheet_held": True}, {"sheet": 3}),
        (
            {"first_used_at": None, "expires_at": None, "valid_until": NOW},
            {"until": NOW, "state": "unused"},
        ),
        (
            {"cap_bytes": 10, "used_bytes": 4, "time_limit_seconds": 60, "used_seconds": 61},
            {"used_bytes": 4, "limit_bytes": 10, "used_seconds": 61, "limit_seconds": 60},
        ),
    ],
    ids=str,
)
def test_a_refused_voucher_says_what_it_found(wrong: dict[str, Any], detail: dict[str, Any]) -> None:
    decision = decide(voucher(**wrong))

    assert isinstance(decision, Refusal)
    assert decision.detail == detail


def test_an_ended_subscription_is_inactive() -> None:
    decision = decide(login(ended_at=NOW - timedelta(days=1)))

    assert decision == Refusal(Code.SUBSCRIPTION_INACTIVE, {"plan": "Home 10M", "state": "ended"})


def test_a_refusal_says_what_it_found() -> None:
    assert decide(login(suspensions=[OVERDUE, ABUSE])) == Refusal(
        Code.SUSPENDED, {"since": OVERDUE.since, "reason": "invoice 7", "kind": "overdue"}
    )
    assert decide(login(cap_bytes=1000, used_bytes=1200)) == Refusal(
        Code.CAP_REACHED, {"used_bytes": 1200, "limit_bytes": 1000}
    )


@pytest.mark.parametrize(
    ("limits", "seconds"),
    [
        ({}, None),
        ({"expires_at": NOW + timedelta(hours=1)}, 3600),
        ({"account_expires_at": NOW + timedelta(minutes=5)}, 300),
        ({"time_limit_seconds": 1000, "used_seconds": 990}, 10),
        ({"expires_at": NOW + timedelta(hours=1), "account_expires_at": NOW + timedelta(minutes=5)}, 300),
        ({"expires_at": NOW + timedelta(minutes=5), "account_expires_at": NOW + timedelta(hours=1)}, 300),
        ({"expires_at": NOW + timedelta(minutes=5), "time_limit_seconds": 100, "used_seconds": 40}, 60),
        ({"expires_at": NOW + timedelta(milliseconds=400)}, 1),
        ({"expires_at": NOW + timedelta(seconds=59.9)}, 59),
        ({"expires_at": NOW + timedelta(days=400)}, LONGEST_SESSION_SECONDS),
        ({"time_limit_seconds": 2**31 - 1}, LONGEST_SESSION_SECONDS),
    ],
    ids=str,
)
def test_session_timeout_is_the_smallest_of_what_ends(limits: dict[str, Any], seconds: int | None) -> None:
    assert granted(**limits).session_timeout_seconds == seconds


def test_the_longest_session_is_what_routeros_takes() -> None:
    assert LONGEST_SESSION_SECONDS == 21_474_720


def test_remaining_bytes_are_what_the_cap_leaves() -> None:
    assert granted(cap_bytes=2_000_000_000, used_bytes=500_000_000).remaining_bytes == 1_500_000_000
    assert granted(cap_bytes=2_000_000_000, used_bytes=1_999_999_999).remaining_bytes == 1


def test_explain_walks_the_whole_table() -> None:
    verdicts = explain(
        login(customer_disabled=HALT, cap_bytes=10, used_bytes=10, live_sessions=None, password_right=None)
    )

    results = {verdict.code: verdict.result for verdict in verdicts}
    assert [verdict.code for verdict in verdicts] == CODES
    assert [code for code, result in results.items() if result == "fail"] == [Code.CUSTOMER_DISABLED, Code.CAP_REACHED]
    assert [code for code, result in results.items() if result == "not_checked"] == [
        Code.PASSWORD_WRONG,
        Code.SESSION_LIMIT,
    ]


def test_explain_leaves_out_what_is_of_the_other_kind() -> None:
    verdicts = explain(voucher(sheet_held=True, sheet_number=3, live_sessions=1))

    assert [verdict.code for verdict in verdicts] == VOUCHER_CODES
    failed = [verdict.code for verdict in verdicts if verdict.result == "fail"]
    assert failed == [Code.VOUCHER_HELD, Code.SESSION_LIMIT]


def test_of_an_unknown_name_nothing_else_is_checked() -> None:
    verdicts = explain(Facts(now=NOW, name="nobody"))

    assert verdicts[0].result == "fail"
    assert verdicts[0].detail == {"name": "nobody"}
    assert {verdict.result for verdict in verdicts[1:]} == {"not_checked"}


_moments = st.none() | st.integers(-3, 400 * 86400).map(lambda seconds: NOW + timedelta(seconds=seconds))
_halts = st.none() | st.builds(Halt, st.just(NOW), st.just("why"), st.sampled_from(["disabled", "hold"]))
_small = st.integers(0, 5)
_facts = st.builds(
    Facts,
    now=st.just(NOW),
    name=st.just("otieno"),
    found=st.booleans() | st.just(value=True),
    password_right=st.none() | st.just(value=True) | st.booleans(),
    subscription_id=st.just(9),
    deleted_at=st.none() | _moments,
    group_disabled=st.none() | _halts,
    customer_disabled=st.none() | _halts,
    account_expires_at=_moments,
    activated_at=st.just(NOW) | _moments,
    ended_at=st.none() | _moments,
    block=st.none() | _halts,
    suspensions=st.just([]) | st.lists(_halts.filter(bool), max_size=2),
    expires_at=_moments,
    time_limit_seconds=st.none() | st.integers(1, 5),
    used_seconds=_small,
    cap_bytes=st.none() | st.integers(1, 5),
    used_bytes=_small,
    device_block=st.none() | _halts,
    live_sessions=st.none() | _small,
    simultaneous_use=st.integers(1, 3),
)
_voucher_facts = st.builds(
    replace,
    _facts,
    subscription_id=st.none(),
    voucher_id=st.just(4),
    void=st.none() | _halts,
    sheet_number=st.none() | st.just(3),
    sheet_held=st.booleans(),
    valid_until=_moments,
    first_used_at=_moments,
)


@given(_facts | _voucher_facts)
def test_decide_and_explain_agree(facts: Facts) -> None:
    decision, verdicts = decide(facts), explain(facts)

    failed = [verdict for verdict in verdicts if verdict.result == "fail"]
    assert [verdict.code for verdict in verdicts] == (CODES if facts.voucher_id is None else VOUCHER_CODES)
    if isinstance(decision, Refusal):
        assert (failed[0].code, failed[0].detail) == (decision.code, decision.detail)
    else:
        assert failed == []


@given(_facts | _voucher_facts)
def test_a_grant_never_promises_more_than_there_is(facts: Facts) -> None:
    decision = decide(replace(facts, found=True, password_right=True))
    if isinstance(decision, Refusal):
        return

    ends = [end for end in (facts.expires_at, facts.account_expires_at) if end is not None]
    lasts = decision.session_timeout_seconds
    assert (lasts is None) == (not ends and facts.time_limit_seconds is None)
    if lasts is not None:
        assert 1 <= lasts <= LONGEST_SESSION_SECONDS
        assert all(lasts == 1 or facts.now + timedelta(seconds=lasts) <= end for end in ends)
    assert (decision.remaining_bytes is None) == (facts.cap_bytes is None)
    assert decision.remaining_bytes is None or decision.remaining_bytes >= 1
