"""Finding a customer by anything, in any notation, best first, and never a neighbour's."""

import pytest

from headend.access import devices, subscriptions
from headend.customers import customers, groups
from headend.customers.models import Customer, Group
from headend.desk import removals
from headend.lib import clock
from headend.reports import customers as list_report
from headend.system import search
from headend.system.models import SearchText
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def find(world: World, query: str) -> list[int]:
    return search.find(organization=world.organization, query=query)


def register(world: World, **who: str) -> int:
    return customers.register(organization=world.organization, by=None, **who).pk


@pytest.mark.parametrize(
    "query",
    [
        "712",
        "0712345678",
        "0712 345 678",
        "0712-345-678",
        "712345678",
        "254712345678",
        "+254712345678",
        "+254 712 345678",
        "+254 (0)712 345678",
        "000254712345678",
        "00254712345678",
        "00 254 712",
        "345678",
        "2345",
    ],
)
def test_a_phone_is_found_in_any_notation(world: World, query: str) -> None:
    assert find(world, query) == [world.otieno.pk]


@pytest.mark.parametrize(
    "query",
    [
        "AA:BB:CC:DD:EE:0F",
        "aa-bb-cc-dd-ee-0f",
        "aabb.ccdd.ee0f",
        "AABBCCDDEE0F",
        "AA BB CC DD EE 0F",
        "cc:dd",
        "DD-EE-0F",
        "ee0f",
    ],
)
def test_a_mac_is_found_in_any_notation(world: World, query: str) -> None:
    devices.seen([(world.organization.pk, world.otieno.pk, "AABBCCDDEE0F")], clock.now())

    assert find(world, query) == [world.otieno.pk]


def test_a_mac_of_letters_alone_is_found_too(world: World) -> None:
    devices.seen([(world.organization.pk, world.otieno.pk, "AABBCCDDEEFF")], clock.now())

    assert find(world, "AA BB CC DD EE FF") == [world.otieno.pk]


@pytest.mark.parametrize("query", ["BN-100001", "bn100001", "bn 100001", "100001"])
def test_an_account_number_is_found(world: World, query: str) -> None:
    assert find(world, query) == [world.otieno.pk]


@pytest.mark.parametrize("query", ["Désirée", "desiree", "DESIREE", "N'Diaye", "n’diaye", "Diaye Désirée", "ndiaye"])
def test_accents_and_order_make_no_difference(world: World, query: str) -> None:
    desiree = register(
        world, first_name="Désirée", last_name="N'Diaye" if "’" not in query else "N’Diaye", email="d@ndiaye.example"
    )

    assert find(world, query) == [desiree]


@pytest.mark.parametrize(
    ("first_name", "last_name", "queries"),
    [
        ("Łukasz", "Żółć", ["lukasz", "LUKASZ", "łukasz", "Łu", "zolc", "ukasz"]),
        ("Jørgen", "Ærøskøbing", ["jorgen", "jørgen", "aeroskobing", "jorg"]),
        ("Đặng", "Thị Hà", ["dang", "đặng", "Dang Thi Ha"]),
        ("Ƙwanƙwaso", "Ɓaɗi", ["kwankwaso", "ƙwanƙwaso", "badi", "kwan"]),
        ("Ɛsi", "Ɔkɔ", ["esi oko", "Ɛsi Ɔkɔ", "oko esi", "e o"]),
        ("Işık", "İnan", ["isik", "IŞIK", "inan", "ısık"]),
        ("Þór", "Guðmundsson", ["thor", "gudmundsson"]),
        ("Strauß", "Œuvray", ["strauss", "oeuvray"]),
        ("Ŋutifafa", "Aƒetɔ", ["nutifafa", "afeto"]),
        ("ʼYarʼAdua", "Ƴan", ["'yar'adua", "yaradua", "‘Yar’Adua", "yan"]),
        ("Ħal", "Sãmi\u00ad-Ŧ", ["hal", "sami"]),
        # Their own letters find the names that have no others.
        ("Владимир", "Көкше", ["владимир", "ВЛАДИ", "көкше"]),
        ("किरण", "李", ["किरण", "李"]),
    ],
)
def test_a_name_is_found_by_the_letters_that_every_keyboard_has(
    world: World, first_name: str, last_name: str, queries: list[str]
) -> None:
    customer = register(world, first_name=first_name, last_name=last_name)

    assert {query: find(world, query) for query in queries} == {query: [customer] for query in queries}


def test_everything_else_that_people_type(world: World) -> None:
    kiosk = register(world, company="3 Rivers (Pty) Ltd", email="office@3rivers.example")
    subscriptions.create(customer=world.otieno, plan=world.day_pass, username="Tumbili.7", by=None)

    assert find(world, "3 rivers") == [kiosk]
    assert find(world, "(pty)") == [kiosk]
    assert find(world, "office@3rivers") == [kiosk]
    assert find(world, "tumbili7") == find(world, "umbili.7") == [world.otieno.pk]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "  ",
        "%",
        "zzzz",
        "%%%",
        "___",
        '"""',
        "'; --",
        "AND OR NOT",
        "zz*",
        "\\",
        "_",
        '"',
        "'",
        "-",
        "otieno zzzz",
        "nul\0inside",
        "\0",
    ],
)
def test_what_fits_nobody_finds_nobody(world: World, query: str) -> None:
    assert find(world, query) == []


@pytest.mark.parametrize(
    "query", ["%otieno%", '"otieno"', "otieno_", "_otieno", "% otieno", "(otieno) - ouma!", "otieno + ouma"]
)
def test_only_letters_and_digits_are_looked_for(world: World, query: str) -> None:
    assert find(world, query) == [world.otieno.pk]


def test_a_very_long_query_finds_nobody(world: World) -> None:
    assert find(world, "otieno " + "x" * 50_000) == []
    assert find(world, " ".join(f"word{number}" for number in range(2000))) == []


@pytest.mark.parametrize("query", ["o", "O", "ot"])
def test_one_or_two_letters_match_only_beginnings(world: World, query: str) -> None:
    # Grace Wanjiru Mwangi, and "atieno" of Neema, hold them elsewhere.
    assert find(world, query) == [world.otieno.pk]
    assert find(world, "ti") == []
    assert find(world, "ng") == []


@pytest.mark.parametrize("query", ["co", "c", "gm", "com gm"])
def test_the_parts_of_an_e_mail_are_no_words(world: World, query: str) -> None:
    register(world, first_name="Achieng", email="achieng.n@gmail.com")
    found = register(world, first_name="Collins", last_name="Gmombe", email="x@host.example")

    assert find(world, query) == ([] if query == "com gm" else [found])
    assert len(find(world, "achieng.n@gmail.com")) == 1


def test_one_letter_beside_a_word_is_a_beginning_too(world: World) -> None:
    assert find(world, "otieno o") == [world.otieno.pk]
    assert find(world, "otieno x") == []
    assert find(world, "o o") == [world.otieno.pk]
    # A piece of the phone, and how the name begins.
    assert find(world, "2345 ot") == [world.otieno.pk]
    assert find(world, "o 2345") == [world.otieno.pk]
    assert find(world, "2345 gr") == []


def test_whole_words_stand_before_beginnings_before_the_rest(world: World) -> None:
    rest = register(world, first_name="Marian")
    beginning = register(world, first_name="Ariana")
    exact = register(world, first_name="Aria")
    also_exact = register(world, first_name="Zoe", last_name="Aria")

    assert find(world, "aria") == [exact, also_exact, beginning, rest]


@pytest.mark.parametrize("query", ["ali", "al"])
def test_a_whole_word_is_not_lost_behind_many_others(world: World, query: str) -> None:
    others = [(1_000_000 + number, "customer", [f"Alison {number:04d}"], []) for number in range(700)]
    search.put_many(organization=world.organization, entries=others)
    whole = register(world, first_name=query)
    # A customer whose row is the newest of all.
    search.put_many(organization=world.organization, entries=[(2_000_000, "customer", [query], [])])

    found = find(world, query)

    assert found[:2] == [whole, 2_000_000]
    assert len(found) == 50


def test_at_most_fifty_are_found(world: World) -> None:
    ids = range(5000, 5080)
    search.put_many(organization=world.organization, entries=[(id_, "customer", ["Wafula"], []) for id_ in ids])

    assert find(world, "wafula") == list(ids)[:50]
    assert search.find(organization=world.organization, query="wafula", limit=3) == list(ids)[:3]


@pytest.mark.parametrize("query", ["wafula", "wa", "wafula w", "0712345678"])
def test_the_view_that_is_searched_is_found_in_however_many_others_there_are(world: World, query: str) -> None:
    gone = register(world, first_name="Wafula", last_name="Wekesa", phone="")
    customers.edit(customer=Customer.objects.get(pk=gone), by=None, email="0712345678@wafula.example")
    others = [
        register(world, first_name="Wafula", last_name="Wekesa", email=f"0712345678@{n}.example") for n in range(55)
    ]
    removals.delete(customer=Customer.objects.get(pk=others[-1]), by=None)
    removals.delete(customer=Customer.objects.get(pk=gone), by=None)

    def found(view: str) -> tuple[list[int], bool]:
        rows, more = list_report.found(world.organization, list_report.listed(world.organization, view).rows, query)
        return [row.pk for row in rows], more

    assert found("deleted") == ([gone, others[-1]], False)
    ids, more = found("all")
    assert (len(ids), more) == (50, True)
    assert not {gone, others[-1]} & set(ids)
    assert found("halted") == ([], False)


@pytest.mark.parametrize("query", ["lodz", "ŁÓDŹ", "estate  ź", "STATE"])
def test_a_short_list_is_searched_in_any_letters(world: World, query: str) -> None:
    for name in ("Łódź", "Estate Ź", "100 %"):
        groups.add(organization=world.organization, name=name, by=None)
    rows = Group.objects.filter(organization=world.organization)

    found = Group.objects.filter(pk__in=search.holding(rows, query, "name")).values_list("name", flat=True)

    assert list(found) == ["Łódź" if query.casefold()[0] in "lł" else "Estate Ź"]
    assert search.holding(rows, "_", "name") == []


@pytest.mark.parametrize("query", ["otieno", "ot", "0712345678", "712"])
def test_customers_of_a_neighbour_are_never_found(world: World, query: str) -> None:
    assert search.find(organization=world.neighbour, query=query) == []


def test_what_a_source_says_anew_replaces_what_it_said(world: World) -> None:
    for words in (["Wafula"], ["Simiyu"]):
        search.put(organization=world.organization, customer_id=world.otieno.pk, source="customer", words=words)

    assert find(world, "wafula") == []
    assert find(world, "simiyu") == [world.otieno.pk]
    # Another source still says it.
    assert find(world, "otieno") == [world.otieno.pk]
    assert SearchText.objects.filter(customer_id=world.otieno.pk, source="customer").count() == 1
