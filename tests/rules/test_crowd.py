"""How many connections one address may have open."""

import socket

import pytest

from headend.cli.crowd import Crowd, neighbourhood


@pytest.mark.parametrize(
    ("address", "counts_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("not an address", "not an address"),
    ],
)
def test_what_counts_as_one_address(address: str, counts_as: str) -> None:
    assert neighbourhood(address) == counts_as


def test_who_opens_too_many_loses_the_oldest_and_nobody_else_any() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_server(("127.0.0.1", 0)) as other:
        crowd = Crowd(listener.getsockname()[1])
        ours, neighbour, elsewhere = _open(listener, 2), _open(listener, 2, "127.0.0.2"), _open(other, 4)
        assert crowd.cut(3) == 0
        late = _open(listener, 3)

        assert crowd.cut(3) == 2

        assert [_is_open(pair) for pair in ours] == [False, False]
        assert all(map(_is_open, [*late, *neighbour, *elsewhere]))
        # What it ended is not there any more, and what is left may stay.
        for pair in ours:
            for end in pair:
                end.close()
        assert crowd.cut(3) == 0
        for pair in (*late, *neighbour, *elsewhere):
            for end in pair:
                end.close()


def _open(listener: socket.socket, count: int, source: str = "127.0.0.1") -> list[tuple[socket.socket, socket.socket]]:
    """Connections, each with both of its ends: the client's and ours."""
    pairs = []
    for _ in range(count):
        client = socket.create_connection(listener.getsockname(), source_address=(source, 0))
        pairs.append((client, listener.accept()[0]))
    return pairs


def _is_open(pair: tuple[socket.socket, socket.socket]) -> bool:
    client, _ = pair
    client.setblocking(False)
    try:
        return client.recv(1) != b""
    except BlockingIOError:
        return True
