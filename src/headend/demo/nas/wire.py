"""The sockets of a simulated NAS: one asks the server and waits, the other hears the server's own requests."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from headend.demo.nas.config import Config
from headend.lib.radius.packet import (
    Code,
    Packet,
    PacketError,
    decode,
    encode_request,
    verify_message_authenticator,
    verify_reply,
)

IDENTIFIERS = 256

_REPLY_CODES = {
    Code.ACCESS_REQUEST: (Code.ACCESS_ACCEPT, Code.ACCESS_REJECT, Code.ACCESS_CHALLENGE),
    Code.ACCOUNTING_REQUEST: (Code.ACCOUNTING_RESPONSE,),
}


class Client(asyncio.DatagramProtocol):
    """Asks one port of the server; whatever does not verify as the answer to an open question is ignored."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._transport: asyncio.DatagramTransport | None = None
        self._questions: dict[int, tuple[Code, bytes, asyncio.Future[Packet]]] = {}
        self._room = asyncio.Semaphore(IDENTIFIERS)
        self._identifier = random.randrange(IDENTIFIERS)

    async def ask(
        self, code: Code, attributes: list[tuple[int, bytes]], *, authenticator: bytes | None = None
    ) -> Packet | None:
        """Send a request, the same bytes again after each timeout, and return the reply, or None after the last."""
        assert self._transport is not None, "start() comes first"
        async with self._room:
            identifier = self._free_identifier()
            datagram = encode_request(
                code,
                identifier,
                attributes,
                self._config.secret,
                authenticator=authenticator,
                # RouterOS signs its Access-Requests only.
                message_authenticator=code == Code.ACCESS_REQUEST,
            )
            answer: asyncio.Future[Packet] = asyncio.get_running_loop().create_future()
            self._questions[identifier] = code, datagram[4:20], answer
            try:
                for _ in range(self._config.tries):
                    self._transport.sendto(datagram)
                    await asyncio.wait((answer,), timeout=self._config.retransmit_seconds)
                    if answer.done():
                        return answer.result()
                return None
            finally:
                del self._questions[identifier]

    def server_address(self) -> str | None:
        """Return the address that is asked, or None before the start."""
        return None if self._transport is None else cast(str, self._transport.get_extra_info("peername")[0])

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket; asyncio calls this."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Match a reply with its question; asyncio calls this."""
        with suppress(PacketError):
            reply = decode(data)
            question = self._questions.get(reply.identifier)
            if question is not None and self._is_answer(reply, *question[:2]) and not question[2].done():
                question[2].set_result(reply)

    def _free_identifier(self) -> int:
        # Counting on, instead of taking the lowest, keeps a late reply from meeting a new question under its number.
        self._identifier = (self._identifier + 1) % IDENTIFIERS
        while self._identifier in self._questions:
            self._identifier = (self._identifier + 1) % IDENTIFIERS
        return self._identifier

    def _is_answer(self, reply: Packet, code: Code, authenticator: bytes) -> bool:
        if reply.code not in _REPLY_CODES[code] or not verify_reply(reply, authenticator, self._config.secret):
            return False
        # As RouterOS since the forgeries of CVE-2024-3596: without Message-Authenticator it is no answer.
        signed = verify_message_authenticator(reply, self._config.secret, authenticator)
        return signed is True or code != Code.ACCESS_REQUEST


class Listener(asyncio.DatagramProtocol):
    """Hears the server's requests and sends back what `answer(datagram, peer)` returns; garbage is dropped."""

    def __init__(self, answer: Callable[[bytes, tuple[str, int]], bytes | None]) -> None:
        self._answer = answer
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket; asyncio calls this."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Answer a request; asyncio calls this."""
        assert self._transport is not None
        with suppress(PacketError):
            reply = self._answer(data, addr)
            if reply is not None:
                self._transport.sendto(reply, addr)
