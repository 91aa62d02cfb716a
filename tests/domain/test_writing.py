"""*Message*: what staff write to one customer, or to the first of a list."""

import pytest

from headend.customers import customers
from headend.customers.models import Customer
from headend.desk import removals
from headend.lib import segments
from headend.messaging import carriers, letters, links, messages, writing
from headend.messaging.letters import Letter
from headend.messaging.models import Carrier, Link, Message
from headend.system.models import Event
from tests.kit import portal
from tests.kit.verbs import event, forget, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db

HELLO = Letter("Hello {first_name}", subject="For {account}")


@pytest.fixture(autouse=True)
def _carriers(world: World) -> None:
    """Somebody who carries SMS, and somebody who carries e-mail."""
    portal.add_carrier(world.organization)
    portal.add_mail_server(world.organization)
    forget()


def send(world: World, letter: Letter = HELLO, *, phone: str = "", email: str = "", key: str = "k") -> list[Message]:
    by = world.staff["operator"].staff
    writing.send(customer=world.otieno, letter=letter, phone=phone, email=email, key=key, by=by)
    return list(Message.objects.order_by("pk"))


def many(world: World, number: int, start: int = 0) -> list[Customer]:
    """Customers with a phone, who come after one another by their names."""
    return [
        customers.register(
            organization=world.organization,
            by=None,
            first_name="Maria",
            last_name=f"Otto {each:02d}",
            phone=f"07310001{each:02d}",
        )
        for each in range(start, start + number)
    ]


def test_msg_2_it_works(world: World) -> None:
    sms, mail = send(world, phone="0712 345 678", email=" otieno@x.example ")
    assert (sms.channel, sms.to, portal.body(sms)) == ("sms", "+254712345678", "Hello Otieno")
    assert (mail.channel, mail.to, mail.subject) == ("email", "otieno@x.example", "For BN-100001")
    assert {sms.customer_id, mail.customer_id} == {world.otieno.pk}
    assert (sms.kind, sms.lane, sms.is_promotional, sms.segments) == ("message.written", "soon", False, 1)
    assert not Link.objects.exists()
    assert event("message.written").payload == {"channels": "sms email"}
    assert event("message.written").staff == world.staff["operator"].staff


@pytest.mark.parametrize(
    ("phone", "email", "channels"),
    [("", "otieno@x.example", ["email"]), ("  ", "otieno@x.example", ["email"]), ("0733 900 118", "", ["sms"])],
)
def test_trap_9_a_blank_one_gets_nothing(world: World, phone: str, email: str, channels: list[str]) -> None:
    assert [message.channel for message in send(world, phone=phone, email=email)] == channels


def test_msg_2_what_cannot_be_sent_is_refused(world: World) -> None:
    with refused("receiver_missing", "phone"):
        send(world)
    with refused("phone_invalid", "phone"):
        send(world, phone="0712")
    for wrong in ("otieno", "a@b", "otieno@x.example\nBcc: all@x.example", "a@x.example, b@x.example"):
        with refused("email_wrong", "email"):
            send(world, email=wrong)
    with refused("text_missing", "text"):
        send(world, Letter("  "), phone="0712345678")
    with refused("text_missing", "subject"):
        send(world, Letter("Hello"), email="a@x.example")
    with refused("text_long", "text"):
        send(world, Letter("x" * (letters.TEXT_LONGEST + 1)), phone="0712345678")
    with refused("text_long", "subject"):
        send(world, Letter("x", subject="x" * (letters.SUBJECT_LONGEST + 1)), email="a@x.example")
    with refused("place_unknown", "text"):
        send(world, Letter("Hello {password}"), phone="0712345678")
    with refused("place_unknown", "subject"):
        send(world, Letter("Hello", subject="{link}"), email="a@x.example")
    with refused("link_address_wrong", "address"):
        send(world, Letter("{link}", leads_to="address", address="javascript:alert(1)"), phone="0712345678")
    Carrier.objects.filter(channel="email").delete()
    with refused("channel_absent"):
        send(world, phone="0712345678", email="a@x.example")
    removals.delete(customer=world.otieno, by=None)
    world.otieno.refresh_from_db()
    with refused("customer_is_deleted"):
        send(world, phone="0712345678")
    assert not Message.objects.exists()


def test_msg_2_the_same_key_again_sends_nothing_more(world: World) -> None:
    for _ in range(2):
        send(world, Letter("{link}"), phone="0712345678")
    assert Message.objects.count() == Link.objects.count() == Event.objects.count() == 1
    send(world, Letter("{link}"), phone="0712345678", key="another")
    assert Message.objects.count() == Link.objects.count() == 2


def test_msg_2_no_header_comes_with_a_subject(world: World) -> None:
    customers.edit(customer=world.otieno, by=None, first_name="O\nBcc: all@x.example")
    world.otieno.refresh_from_db()
    (mail,) = send(world, Letter("Hi", subject="To {first_name}\r\nBcc: b@x.example"), email="a@x.example")
    assert mail.subject == "To O Bcc: all@x. example Bcc: b@x.example"


def test_msg_1_each_receiver_has_a_short_address(world: World) -> None:
    listed = many(world, 3)
    letter = Letter("Pay here: {link}", leads_to="paying", address="left over")
    sent = writing.send_to_listed(
        organization=world.organization, listed=listed, letter=letter, channel="sms", key="k", by=None
    )
    assert sent == 3
    places = {message.to: portal.body(message).removeprefix("Pay here: ") for message in Message.objects.all()}
    assert len(set(places.values())) == 3
    for link in Link.objects.select_related("message"):
        assert places[link.message.to] == links.place_of(link.code)
        assert (link.leads_to, link.address) == ("paying", "")


def test_trap_9_of_a_list_ten_get_it_at_most(world: World) -> None:
    listed = many(world, 11)
    with refused("receivers_many"):
        writing.send_to_listed(
            organization=world.organization, listed=listed, letter=HELLO, channel="sms", key="k", by=None
        )
    assert not Message.objects.exists()
    assert (
        writing.send_to_listed(
            organization=world.organization, listed=listed[:10], letter=HELLO, channel="sms", key="k", by=None
        )
        == 10
    )


def test_msg_1_who_has_no_number_or_is_deleted_gets_nothing(world: World) -> None:
    first, gone = many(world, 2)
    removals.delete(customer=gone, by=None)
    gone.refresh_from_db()
    silent = customers.register(organization=world.organization, by=None, first_name="Silent")
    sent = writing.send_to_listed(
        organization=world.organization, listed=[first, gone, silent], letter=HELLO, channel="sms", key="k", by=None
    )
    assert sent == 1
    assert Message.objects.get().customer_id == first.pk
    assert event("message.written").customer_id == first.pk
    with refused("receivers_none"):
        writing.send_to_listed(
            organization=world.organization, listed=[gone, silent], letter=HELLO, channel="sms", key="l", by=None
        )


def test_the_texts_of_many_are_one_number_of_queries(world: World, django_assert_num_queries: object) -> None:
    few, more = many(world, 2), many(world, 8, start=2)
    letter = Letter("{link}")

    def write(receivers: list[Customer], key: str) -> None:
        told = [letters.Receiver(each, each.phone, f"{key}:{each.pk}") for each in receivers]
        letters.write(
            letter=letter,
            channel="sms",
            receivers=told,
            organization=world.organization,
            kind="test",
            is_promotional=True,
        )

    with django_assert_num_queries(4):  # type: ignore[operator]  # of pytest-django
        write(few, "a")
    with django_assert_num_queries(4):  # type: ignore[operator]  # of pytest-django
        write(more, "b")


def test_a_text_is_as_long_as_it_will_be(world: World) -> None:
    letter = Letter("{name}, {account}: {link} {oh} {")
    shown = letters.sample(letter, world.otieno)
    assert shown == f"Otieno Ouma, BN-100001: {links.place_of(links.SAMPLE)} {{oh}} {{"
    (sms,) = send(world, Letter("{name}: {link}"), phone="0712345678")
    sampled = letters.sample(Letter("{name}: {link}"), world.otieno)
    assert len(portal.body(sms)) == len(sampled)
    assert segments.measure(sampled).segments == sms.segments == letters.parts(Letter("{name}: {link}"), world.otieno)


def test_carried_says_by_what_anything_can_be_sent(world: World) -> None:
    assert writing.carried(world.organization) == ["sms", "email"]
    of_sms = carriers.of(world.organization)
    assert of_sms is not None
    carriers.switch(carrier=of_sms, is_on=False, by=None)
    assert writing.carried(world.organization) == ["email"]
    assert messages.KEPT_DAYS > links.VALID_DAYS
