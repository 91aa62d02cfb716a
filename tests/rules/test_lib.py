"""The pure library: keys, phones, periods, units, days, addresses."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.lib import address, clock, ids, mac, periods, phone, units
from headend.lib.phone import PhoneError

MACS = [
    "AA:BB:CC:0D:EE:FF",
    "aa-bb-cc-0d-ee-ff",
    "aabb.cc0d.eeff",
    "AABBCC0DEEFF",
    "aabbcc-0deeff",
    " AA BB CC 0D EE FF ",
    # As it is copied from a page or a message.
    "AA\u2212BB\u2212CC\u22120D\u2212EE\u2212FF",
    "\u200eAA:BB:CC:0D:EE:FF\u200e",
    "AA–BB–CC–0D–EE–FF",
    "AABB\u200bCC0D\u00adEEFF\ufeff",
]


# ---- ids ----


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Otieno", "otieno"),
        ("  Grace   Wanjiru ", "grace wanjiru"),
        ("École", "école"),
        ("ÉCOLE", "école"),
        (unicodedata.normalize("NFD", "École"), "école"),
        ("Ｏｔｉｅｎｏ", "otieno"),
        ("ﬁbre", "fibre"),
        ("Straße", "strasse"),
        ("", ""),
    ],
)
def test_a_name_key_is_the_same_in_every_spelling(typed: str, key: str) -> None:
    assert ids.name_key(typed) == key


@pytest.mark.parametrize("typed", [*MACS, "ＡＡ:ＢＢ:ＣＣ:０Ｄ:ＥＥ:ＦＦ"])
def test_a_mac_is_one_name_in_every_notation(typed: str) -> None:
    assert ids.name_key(typed) == "AABBCC0DEEFF"


@given(st.text())
def test_a_name_key_is_settled(name: str) -> None:
    assert ids.name_key(ids.name_key(name)) == ids.name_key(name)
    assert ids.name_key(unicodedata.normalize("NFD", name)) == ids.name_key(name)


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("École", "ecole"),
        ("  Wanjirũ  MŨGO ", "wanjiru mugo"),
        ("Ångström", "angstrom"),
        ("Ｎｅｅｍａ", "neema"),
        ("Łukasz Đặng-Þór", "lukasz dang-thor"),
        ("ŁØĐƘƊƁƳƝŊĦŦƑƲƔƐƆÆŒÞÐẞ", "lodkdbynnhtfvgeoaeoethdss"),
        ("ǾǼ", "oae"),
        ("I İ ı i", "i i i i"),
        ("ʼYarʼAdua ‘Okina` N’Diaye´", "'yar'adua 'okina' n'diaye'"),
        ("Ama\u200b\u00ad\u200e Mensah", "ama mensah"),
        ("", ""),
    ],
)
def test_fold_leaves_accents_out(typed: str, folded: str) -> None:
    assert ids.fold(typed) == folded


@given(st.text())
def test_a_folded_name_is_settled(name: str) -> None:
    assert ids.fold(ids.fold(name)) == ids.fold(name)
    assert ids.fold(unicodedata.normalize("NFD", name)) == ids.fold(name)
    assert ids.words(ids.fold(name)) == ids.words(name)


def test_words_are_the_runs_of_letters_and_digits() -> None:
    assert ids.words(" Mary-Ann  N'Diaye_2 %*") == ["mary", "ann", "n", "diaye", "2"]
    assert ids.words("किरण, 李!") == ["किरण", "李"]
    assert ids.words('%_"') == []


@pytest.mark.parametrize("length", [2, 10, 20])
def test_a_password_can_be_read_aloud(length: int) -> None:
    made = {ids.password(length) for _ in range(200)}

    assert all(re.fullmatch(rf"[a-km-np-z2-9]{{{length}}}", word) for word in made)
    assert all(re.search(r"[0-9]", word) and re.search(r"[a-z]", word) for word in made)
    if length > 2:
        assert len(made) == 200


def test_a_token_is_hexadecimal_and_never_the_same() -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", ids.token())
    assert len({ids.token(8) for _ in range(100)}) == 100


# ---- mac ----


@pytest.mark.parametrize("typed", MACS)
def test_a_mac_is_read_in_every_notation(typed: str) -> None:
    assert mac.parse(typed) == "AABBCC0DEEFF"


@pytest.mark.parametrize(
    "typed", ["", "otieno", "AA:BB:CC:DD:EE", "AA:BB:CC:DD:EE:FF:00", "GG:BB:CC:DD:EE:FF", "AA_BB_CC_DD_EE_FF"]
)
def test_what_is_no_mac_is_none(typed: str) -> None:
    assert mac.parse(typed) is None


def test_a_mac_is_shown_with_colons() -> None:
    assert mac.pretty("AABBCC0DEEFF") == "AA:BB:CC:0D:EE:FF"
    assert mac.pretty("a name") == "a name"


# ---- phone ----

# As it stands on other people's papers and in phones' contacts, and dialled by the international prefix of most countries.
COPIED = [
    "00254712345678",
    "00 254 (0)712-345-678",
    "(+254) 712.345.678",
    "0712\u2013345 678",
    "\u202a+254 712 345678\u202c",
]
PHONES = {
    "GH": {
        "+233540000000": [
            "0540000000",
            "540000000",
            "+233540000000",
            "233540000000",
            "00233540000000",
            "+2330540000000",
            "054 000 0000",
        ],
        # The country code of Ghana stands in front of a national number by chance.
        "+233233123456": ["0233123456"],
    },
    "KE": {
        "+254712345678": ["0712345678", "712345678", "254712345678", "000254712345678", "+254 (0)712 345678", *COPIED],
        "+254110123456": ["0110123456"],
    },
    "NG": {
        "+2348021234567": ["08021234567", "8021234567", "2348021234567", "0092348021234567"],
        "+2349161234567": ["09161234567"],
    },
    "ZA": {"+27821234567": ["0821234567", "821234567", "0027821234567"]},
    "PH": {"+639171234567": ["09171234567", "9171234567", "639171234567", "0063 917 123 4567", "0917-123-4567"]},
}
NOTATIONS = [(typed, country, e164) for country, of in PHONES.items() for e164, all_ in of.items() for typed in all_]


@pytest.mark.parametrize(("typed", "country", "e164"), NOTATIONS)
def test_a_phone_is_read_in_every_notation(typed: str, country: str, e164: str) -> None:
    assert phone.parse(typed, country) == e164
    assert phone.parse(f" {typed} ", country) == e164


@pytest.mark.parametrize(
    ("typed", "country", "why"),
    [
        ("0302345678", "GH", "landline"),
        ("054000000", "GH", "invalid"),
        ("07123456789", "KE", "invalid"),
        ("0202012345", "KE", "landline"),
        ("0101234567", "ZA", "landline"),
        ("0281234567", "PH", "landline"),
        ("", "KE", "invalid"),
        ("otieno", "KE", "unreadable"),
        ("0712345678;0722345678", "KE", "unreadable"),
        ("0712345678/0722345678", "KE", "unreadable"),
        ("0712345678, 0722345678", "KE", "unreadable"),
        ("0712CALLME", "KE", "unreadable"),
        ("0712345678 x5", "KE", "unreadable"),
        ("0712345678+0722345678", "KE", "unreadable"),
        ("+", "KE", "invalid"),
        ("7" * 300, "KE", "unreadable"),
    ],
)
def test_a_phone_that_cannot_take_sms_is_refused(typed: str, country: str, why: str) -> None:
    with pytest.raises(PhoneError) as caught:
        phone.parse(typed, country)

    assert str(caught.value) == why


def test_a_phone_is_shown_as_people_write_it() -> None:
    assert phone.pretty("+254712345678", "KE") == "0712 345678"
    assert phone.pretty("+254712345678", "GH") == "+254 712 345678"
    assert phone.pretty("reception", "KE") == "reception"


def test_a_phone_is_found_by_its_digits_at_home_and_abroad() -> None:
    assert phone.search_digits("+254712345678", "KE") == ["254712345678", "0712345678"]


# ---- periods ----


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "zone", "end"),
    [
        (utc(2026, 1, 1), 90, "minutes", "Africa/Nairobi", utc(2026, 1, 1, 1, 30)),
        (utc(2026, 1, 1), 24, "hours", "Africa/Nairobi", utc(2026, 1, 2)),
        (utc(2026, 1, 31, 9), 1, "months", "Africa/Nairobi", utc(2026, 2, 28, 9)),
        (utc(2028, 1, 31, 9), 1, "months", "Africa/Nairobi", utc(2028, 2, 29, 9)),
        (utc(2026, 12, 15, 9), 1, "months", "Africa/Nairobi", utc(2027, 1, 15, 9)),
        (utc(2026, 3, 31, 9), 13, "months", "Africa/Nairobi", utc(2027, 4, 30, 9)),
        # 22:00 in UTC on the 31st is the 1st in Nairobi already, and a month later the 1st again.
        (utc(2026, 1, 31, 22), 1, "months", "Africa/Nairobi", utc(2026, 2, 28, 22)),
        # Berlin puts its clocks forward on 29 March 2026 and back on 25 October: a day is 23 or 25 hours long.
        (utc(2026, 3, 28, 12), 1, "days", "Europe/Berlin", utc(2026, 3, 29, 11)),
        (utc(2026, 3, 28, 12), 24, "hours", "Europe/Berlin", utc(2026, 3, 29, 12)),
        (utc(2026, 10, 24, 12), 1, "days", "Europe/Berlin", utc(2026, 10, 25, 13)),
        (utc(2026, 3, 1, 12), 1, "months", "Europe/Berlin", utc(2026, 4, 1, 11)),
        # 02:30 does not exist on 29 March: an hour later does.
        (utc(2026, 3, 28, 1, 30), 1, "days", "Europe/Berlin", utc(2026, 3, 29, 1, 30)),
    ],
)
def test_a_period_ends_when_its_zone_says(
    start: datetime, amount: int, unit: periods.Unit, zone: str, end: datetime
) -> None:
    assert periods.add(start, amount, unit, zone) == end


@pytest.mark.parametrize("unit", periods.UNITS)
def test_a_period_that_begins_in_another_zone_ends_in_utc(unit: periods.Unit) -> None:
    # The night before the clocks of Berlin go forward.
    berlin = datetime(2026, 3, 28, 22, tzinfo=ZoneInfo("Europe/Berlin"))

    end = periods.add(berlin, 12, unit, "Africa/Nairobi")

    assert end.tzinfo is UTC
    assert end == periods.add(berlin.astimezone(UTC), 12, unit, "Africa/Nairobi")


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="fortnights"):
        periods.add(utc(2026, 1, 1), 1, "fortnights", "Africa/Nairobi")  # type: ignore[arg-type]  # a wrong unit is what is tried


# ---- units ----


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (8_300_000, "8.3 MB"),
        (148_300_000_000, "148 GB"),
        (2 * 10**15, "2.0 PB"),
        (5 * 10**18, "5000 PB"),
        # What rounds up to the next unit is shown in it.
        (999_960, "1.0 MB"),
        (999_999_999, "1.0 GB"),
        (99_960_000, "100 MB"),
    ],
)
def test_bytes_in_words(count: int, shown: str) -> None:
    assert units.show_bytes(count) == shown


@pytest.mark.parametrize(("kbps", "shown"), [(None, "∞"), (512, "512k"), (10_000, "10M"), (1500, "1500k")])
def test_a_rate_in_words(kbps: int | None, shown: str) -> None:
    assert units.show_rate(kbps) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0s"), (59, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h 00m"), (11_100, "3h 05m"), (187_200, "2d 4h")],
)
def test_a_duration_in_words(seconds: int, shown: str) -> None:
    assert units.show_seconds(seconds) == shown


# ---- clock ----


def test_the_clock_stands_where_it_is_put() -> None:
    with clock.at(utc(2026, 1, 1)):
        with clock.at(utc(2027, 1, 1)):
            assert clock.now() == utc(2027, 1, 1)
        assert clock.now() == utc(2026, 1, 1)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        (date(2026, 11, 30), "Africa/Nairobi", utc(2026, 11, 30, 21)),
        (date(2026, 3, 28), "Europe/Berlin", utc(2026, 3, 28, 23)),
        (date(2026, 3, 29), "Europe/Berlin", utc(2026, 3, 29, 22)),
        (date(2026, 12, 31), "UTC", utc(2027, 1, 1)),
        # In Cairo the clocks go forward at midnight: 24 April 2026 begins at 01:00.
        (date(2026, 4, 23), "Africa/Cairo", utc(2026, 4, 23, 22)),
    ],
)
def test_a_day_ends_at_its_local_midnight(day: date, zone: str, end: datetime) -> None:
    assert clock.day_end(day, zone) == end
    assert clock.local_day(end, zone) == day + timedelta(days=1)
    assert clock.local_day(end - timedelta(microseconds=1), zone) == day


@pytest.mark.parametrize("zone", ["Africa/Nairobi", "America/New_York", "UTC"])
def test_the_last_and_the_first_day_of_the_calendar_have_an_end(zone: str) -> None:
    # Somebody types 9999-12-31 for "never", or loses a digit of the year: no login may fall over it.
    assert clock.day_end(date.max, zone) > utc(9999, 12, 30)
    assert clock.day_end(date.min, zone) < utc(1, 1, 4)


# ---- address ----


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        (" 10.0.0.7 ", "10.0.0.7"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("10.0.0", None),
        ("10.0.0.256", None),
        ("010.0.0.1", None),
        ("10.0.0.0/24", None),
        ("router.example", None),
        ("", None),
    ],
)
def test_an_address_is_read(typed: str, canonical: str | None) -> None:
    assert address.parse(typed) == canonical


def test_the_keys_of_addresses_sort_as_addresses_do() -> None:
    ascending = [
        "0.0.0.0",
        "9.255.255.255",
        "10.0.0.2",
        "10.0.0.10",
        "192.168.1.1",
        "255.255.255.255",
        "2001:db8::1",
        "fe80::1",
    ]

    keys = [address.key(text) for text in ascending]

    assert keys == sorted(keys)
    assert all(re.fullmatch(r"[0-9a-f]{32}", key) for key in keys)


def test_a_mapped_address_has_the_key_of_what_it_maps() -> None:
    assert address.key("::ffff:10.0.0.7") == address.key("10.0.0.7") == "00000000000000000000ffff0a000007"


@pytest.mark.parametrize("text", ["", "router", "10.0.0.256"])
def test_what_is_no_address_has_no_key(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        address.key(text)


@pytest.mark.parametrize(
    ("text", "one_machine"),
    [
        ("10.0.3.41", True),
        ("127.0.0.1", True),
        ("2001:db8::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("255.255.255.254", False),
        ("fe80::1%eth0", False),
    ],
)
def test_which_addresses_are_of_one_machine(text: str, *, one_machine: bool) -> None:
    assert address.is_host(text) is one_machine


OWN_BLOCKS = address.blocks("196.200.16.0/22, 41.80.1.4/31;41.80.1.9/32")


@pytest.mark.parametrize(
    ("text", "possible", "doubt"),
    [
        ("10.0.3.41", True, ""),
        ("172.31.0.5", True, ""),
        ("192.168.88.2", True, ""),
        ("100.64.0.9", True, ""),
        ("196.200.17.0", True, ""),
        ("196.200.17.255", True, ""),
        ("41.80.1.4", True, ""),
        ("41.80.1.5", True, ""),
        ("41.80.1.9", True, ""),
        ("8.8.8.8", True, "foreign"),
        ("196.200.20.1", True, "foreign"),
        ("172.32.0.1", True, "foreign"),
        ("100.128.0.1", True, "foreign"),
        ("203.0.113.9", True, "foreign"),
        ("10.0.3.0", True, "edge"),
        ("192.168.1.255", True, "edge"),
        ("196.200.16.0", False, ""),
        ("196.200.19.255", False, ""),
        ("0.0.0.0", False, ""),
        ("0.1.2.3", False, ""),
        ("127.0.0.1", False, ""),
        ("169.254.7.7", False, ""),
        ("224.0.0.1", False, ""),
        ("239.1.2.3", False, ""),
        ("240.0.0.1", False, ""),
        ("255.255.255.255", False, ""),
    ],
)
def test_which_addresses_can_be_a_customers(text: str, *, possible: bool, doubt: str) -> None:
    assert address.can_be_customers(text, OWN_BLOCKS) is possible
    if possible:
        assert address.doubt(text, OWN_BLOCKS) == doubt


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("196.200.16.0/22 mine", "mine"),
        ("196.200.16.1/22", "196.200.16.1/22"),
        ("10.0.0.0/33", "10.0.0.0/33"),
        ("2001:db8::/32", "2001:db8::/32"),
    ],
)
def test_a_block_that_is_none_is_named(typed: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=re.escape(wrong)):
        address.blocks(typed)
