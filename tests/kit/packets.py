"""The work of the RADIUS door without its sockets and threads: a batch of packets in, what each is answered out."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from headend.doors.radius import accounting, authentication
from headend.doors.radius.arrivals import Arrival, Port, Request, examine
from headend.doors.radius.clients import Clients
from headend.doors.radius.counts import Counts
from headend.doors.radius.guesses import Guesses
from headend.lib.radius import attributes as a
from headend.lib.radius.attributes import AcctStatusType
from headend.lib.radius.packet import Code, Packet, decode, encode_request, verify_reply
from headend.lib.radius.passwords import pap_encode
from tests.kit.world import NETWORK_PASSWORD, SECRET

HERE = "127.0.0.1"
Attributes = list[tuple[int, bytes]]


@dataclass
class Door:
    """What the two threads keep between their batches."""

    counts: Counts = field(default_factory=Counts)
    clients: Clients = field(default_factory=Clients)
    guesses: Guesses = field(default_factory=Guesses)

    def account(self, *batch: Attributes) -> list[Packet | None]:
        """The answers to Accounting-Requests that came together, in their order; None is silence."""
        requests = self._requests(Code.ACCOUNTING_REQUEST, "acct", [(attributes, None) for attributes in batch])
        return self._in_order(requests, accounting.answer(requests, self.counts))

    def login(self, *batch: Attributes, authenticator: bytes | None = None) -> list[Packet | None]:
        """The answers to signed Access-Requests that came together."""
        requests = self._requests(Code.ACCESS_REQUEST, "auth", [(each, authenticator) for each in batch])
        return self._in_order(requests, authentication.answer(requests, self.counts, self.guesses))

    def pap(self, name: bytes, *more: tuple[int, bytes], password: str = NETWORK_PASSWORD) -> Packet | None:
        """The answer to one login by PAP."""
        authenticator = os.urandom(16)
        proof = (a.USER_PASSWORD, pap_encode(password.encode(), SECRET.encode(), authenticator))
        return self.login([(a.USER_NAME, name), proof, *more], authenticator=authenticator)[0]

    def counted(self) -> dict[str, int]:
        """How often what was refused or dropped since the last look."""
        refused, self.counts._refused = self.counts._refused, type(self.counts._refused)()
        return {what.reason: times for what, times in refused.items()}

    def _requests(self, code: Code, port: Port, batch: Sequence[tuple[Attributes, bytes | None]]) -> list[Request]:
        self.clients.refresh()
        requests = []
        for number, (attributes, authenticator) in enumerate(batch):
            signed = code == Code.ACCESS_REQUEST
            datagram = encode_request(
                code, number, attributes, SECRET.encode(), authenticator=authenticator, message_authenticator=signed
            )
            arrival = Arrival(datagram, HERE, (HERE, 40000, number, port), port, time.monotonic())
            request = examine(arrival, self.clients.find(HERE), self.counts)
            assert request is not None, "the packet was dropped before anybody looked at it"
            requests.append(request)
        return requests

    def _in_order(self, requests: list[Request], answers: Sequence) -> list[Packet | None]:
        replies = {id(answer.arrival): answer.reply for answer in answers}
        assert len(replies) == len(requests), "each packet has one answer, or silence"
        found = [replies[id(request.arrival)] for request in requests]
        packets = [decode(reply) if reply else None for reply in found]
        for request, packet in zip(requests, packets, strict=True):
            assert packet is None or verify_reply(packet, request.packet.authenticator, SECRET.encode())
        return packets


def report(status: AcctStatusType, session: bytes = b"81a00001", name: bytes = b"otieno", **more: int) -> Attributes:
    """An Accounting-Request whose text is given as the bytes that a router sends; `up` and `down` are octets."""
    counters = {"seconds": a.ACCT_SESSION_TIME, "up": a.ACCT_INPUT_OCTETS, "down": a.ACCT_OUTPUT_OCTETS}
    told = [a.integer(a.ACCT_STATUS_TYPE, status), (a.ACCT_SESSION_ID, session), (a.USER_NAME, name)]
    return told + [a.integer(counters[key], value) for key, value in more.items()]
