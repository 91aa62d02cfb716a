"""Every sequence of packets that went wrong somewhere, in random order on a demo: the audit finds nothing."""

import os
from datetime import timedelta
from random import Random
from typing import Any, Final

import pytest

from headend.access.models import Credential, Session
from headend.cli import audit as cli_audit
from headend.cli import start
from headend.demo import build
from headend.lib import clock
from headend.lib.radius import attributes as a
from headend.network import nas as nas_verbs
from headend.network.models import NAS
from tests.kit.router import Router

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SEED: Final = int(os.environ.get("HEADEND_TEST_SEED") or Random().getrandbits(32))
# How often each sequence is played, by somebody else each time.
ROUNDS: Final = 12
ABSURD: Final = (a.integer(a.ACCT_OUTPUT_GIGAWORDS, 2**28 - 1),)
DELAYED: Final = (a.integer(a.ACCT_DELAY_TIME, 120),)
FRAMED: Final = (a.address(a.FRAMED_IP_ADDRESS, "10.0.0.9"),)

# Kind, then what it says: see `Router.packet`. `whose` is 1 for the Class of a later Accept, for somebody else.
Step = tuple[str, dict[str, Any]]
SEQUENCES: Final[tuple[tuple[Step, ...], ...]] = (
    (("S", {}), ("I", {"whose": 1, "t": 10, "mb": (1, 2)}), ("P", {"t": 50, "mb": (3, 3)})),
    (
        ("S", {"et": -4000}),
        ("I", {"et": -400, "t": 3600, "mb": (10, 100)}),
        ("I", {"et": 0, "t": 60, "mb": (1, 7)}),
        ("P", {"et": 0, "t": 90, "mb": (2, 9)}),
    ),
    (
        ("S", {"et": -700}),
        ("I", {"et": -512, "t": 188, "mb": (0, 10)}),
        ("I", {"et": -200, "t": 120, "mb": (0, 30)}),
        ("P", {"t": 300, "mb": (0, 50)}),
    ),
    (("S", {}), ("S", {"more": FRAMED}), ("I", {"mb": (1, 2)}), ("P", {"mb": (3, 4)})),
    (("S", {"et": -100}), ("I", {"mb": (10, 100)}), ("S", {"et": 0}), ("P", {"mb": (16, 160)})),
    (("S", {}), ("I", {"spell": str.upper, "t": 20}), ("P", {"spell": "{} ".format, "t": 30, "mb": (1, 1)})),
    (("I", {"t": 600, "mb": (50, 200)}), ("P", {"t": 783, "mb": (0, 0)})),
    (("I", {"t": 600, "mb": (10, 300)}), ("I", {"t": 660, "mb": (1, 20)})),
    (("I", {"t": 188, "mb": (0, 10)}), ("I", {"t": 170, "mb": (0, 30)}), ("P", {"t": 180, "mb": (0, 50)})),
    (("I", {"t": 7200, "mb": (0, 4200)}), ("I", {"t": 9000, "mb": (5, 20)})),
    (("S", {"et": -1714}), ("P", {"et": 0, "t": 23_311, "mb": (1, 1)})),
    (("I", {"t": 4_294_967_294, "mb": (1, 1)}), ("I", {"t": 60, "more": ABSURD, "mb": (1, 1)})),
    tuple(("I", {"et": -1800 + 20 * step, "t": 20 * step, "mb": (step, step)}) for step in range(4)),
    tuple(("I", {"et": -5 * 86_400, "t": 20 * step, "mb": (step, step)}) for step in range(4)),
    (("on", {"et": -3 * 3600}), ("off", {"more": DELAYED})),
    (("S", {"et": -700}), ("P", {"et": -400, "t": 300}), ("I", {"et": -340, "t": 360, "mb": (1, 1)})),
)


def test_the_audit_of_a_demo_on_which_all_of_it_was_replayed_is_clean(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    print(f"HEADEND_TEST_SEED={SEED}")  # noqa: T201 - what a failure is repeated by
    random = Random(SEED)
    build.build(nas_address="127.0.0.1", coa_port=3799, seed=SEED % 1000)
    hilltop = NAS.objects.get(address="127.0.0.1")
    router = Router(hilltop.address, nas_verbs.open_secret(hilltop))
    before = Session.objects.count()
    packets = _packets(random, hilltop)

    now = clock.now()
    while packets:
        # Some come alone, some together; time goes on.
        now += timedelta(seconds=random.choice((0, 1, 20, 400)))
        together = [packets.pop() for _ in range(min(len(packets), random.choice((1, 2, 9, 40))))]
        with clock.at(now):
            assert all(router.send(*(router.packet(kind, **what) for kind, what in together)))

    assert Session.objects.count() > before + 100
    monkeypatch.setattr(start, "ready", lambda: None)
    assert cli_audit.run([]) == cli_audit.CLEAN, capsys.readouterr().out


def _packets(random: Random, hilltop: NAS) -> list[tuple[str, dict[str, Any]]]:
    """All packets of all sequences, some of them twice, in random order: by customers and vouchers, over few session ids."""
    live = Credential.objects.filter(organization=hilltop.organization, ended_at__isnull=True).order_by("pk")
    people = random.sample(list(live), 60)
    packets = []
    for number in range(ROUNDS):
        for sequence in SEQUENCES:
            pair = random.sample(people, 2)
            classes = [_class_of(credential, random) for credential in pair] if random.random() < 0.6 else [b"", b""]
            for kind, said in sequence:
                what = dict(said)
                whose, spell = what.pop("whose", 0), what.pop("spell", str)
                what |= {"session": f"R{number % 4}", "name": spell(pair[0].name), "class_": classes[whose]}
                packets += [(kind, what)] * random.choice((1, 1, 2))
    random.shuffle(packets)
    return packets


def _class_of(credential: Credential, random: Random) -> bytes:
    owner = f"v{credential.voucher_id}" if credential.voucher_id else str(credential.subscription_id)
    return f"h1:{owner}:{random.getrandbits(64):016x}".encode()
