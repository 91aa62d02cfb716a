"""Voucher codes: made of signs that nobody misreads, and read in any spelling."""

import pytest

from headend.lib import ids

SIGNS = set("ABCDEFGHJKMNPQRSTUVWXYZ23456789")


def test_a_new_code_has_eight_signs_that_nobody_misreads() -> None:
    codes = {ids.new_voucher_code() for _ in range(500)}

    assert len(codes) == 500
    assert {len(code) for code in codes} == {8}
    # Every sign comes up among four thousand.
    assert {sign for code in codes for sign in code} == SIGNS


def test_it_is_shown_with_a_dash_and_read_again() -> None:
    code = ids.new_voucher_code()

    shown = ids.pretty_code(code)

    assert shown == f"{code[:4]}-{code[4:]}"
    assert ids.voucher_code(shown) == code


@pytest.mark.parametrize(
    "typed",
    [
        "K7QM3XPT",
        "K7QM-3XPT",
        "k7qm-3xpt",
        " k7qm 3xpt ",
        "K7QM – 3XPT",
        "K7-QM-3X-PT",
        "k7qm_3xpt",
        "k7qm.3xpt",
        "Ｋ７ＱＭ－３ＸＰＴ",
        "K7QM\u00a03XPT",
        # As it comes out of messengers, word processors and PDFs.
        "K7QM\u22123XPT",
        "\u200eK7QM-3XPT\u200e",
        "K7QM\u200b-\u200b3XPT",
        "K7QM\u00ad3XPT",
        "K7QM\u20603XPT\ufeff",
        "\u202aK7QM‑3XPT\u202c",
        '"K7QM-3XPT"',
        "“K7QM-3XPT”",
        "'K7QM-3XPT'",
        "‘k7qm-3xpt’",
        "«K7QM-3XPT»",
        "„K7QM-3XPT‟",
        "`K7QM-3XPT´",
        "*K7QM-3XPT*.",
        "K7QM\t3XPT\r\n",
    ],
)
def test_a_code_is_read_in_any_spelling(typed: str) -> None:
    assert ids.voucher_code(typed) == "K7QM3XPT"


@pytest.mark.parametrize(
    "typed", ["", "-", "K7QM3XP", "K7QM3XPTA", "K7QM-3XP0", "K7QM-3XPI", "K7QM/3XPT", "otieno.ouma", "ß7QM3XPT"]
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert ids.voucher_code(typed) == ""


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("otieno", ("otieno",)),
        ("K7QM3XPT", ("k7qm3xpt",)),
        ("k7qm-3xpt", ("k7qm-3xpt", "k7qm3xpt")),
        # A MAC is 12 digits and never a code.
        ("aa:bb:cc:00:11:22", ("AABBCC001122",)),
    ],
)
def test_a_name_is_looked_for_as_it_is_first(typed: str, keys: tuple[str, ...]) -> None:
    assert ids.login_keys(typed) == keys


def test_a_made_password_is_read_in_any_case_and_with_spaces_at_its_ends() -> None:
    made = ids.password(8)

    for typed in (made, made.upper(), made.title(), f" {made} ", f"{made}\n"):
        assert ids.plain_password(typed) == made
    assert ids.plain_password(f"{made[:4]} {made[4:]}") != made


def test_its_likely_spellings_are_few_and_none_is_itself() -> None:
    spellings = ids.password_spellings("k7qm3xpt")

    assert spellings == ("K7qm3xpt", "K7QM3XPT", "k7qm3xpt ", "K7qm3xpt ", "K7QM3XPT ")
    assert {ids.plain_password(spelling) for spelling in spellings} == {"k7qm3xpt"}
