"""Where a hotspot takes logins: what is typed, and which login addresses are believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.network import rules
from headend.network.rules import LoginHostError, login_url_is_of, parse_login_hosts

ADDRESS = "10.5.50.1"
HOSTS = "login.cafe.example, 192.168.88.1:8080, [fd00::1], [fd00::2]:8080"


@pytest.mark.parametrize(
    ("typed", "hosts"),
    [
        ("", ()),
        (" , ,\n", ()),
        ("10.5.50.1", ("10.5.50.1",)),
        ("Login.Cafe.Example.", ("login.cafe.example",)),
        ("10.5.50.1:80 10.5.50.1:443", ("10.5.50.1",)),
        ("10.5.50.1:8080,login.lan:08080", ("10.5.50.1:8080", "login.lan:8080")),
        ("[FD00::1]:80, fd00:0:0::2 [fd00::3]:8080", ("[fd00::1]", "[fd00::2]", "[fd00::3]:8080")),
        ("::ffff:10.5.50.1", ("10.5.50.1",)),
        ("b.lan a.lan b.lan", ("b.lan", "a.lan")),
        ("hotspot xn--caf-dma.example a-1.b", ("hotspot", "xn--caf-dma.example", "a-1.b")),
    ],
)
def test_hosts_are_read_as_they_are_compared(typed: str, hosts: tuple[str, ...]) -> None:
    assert parse_login_hosts(typed) == hosts
    assert parse_login_hosts(", ".join(hosts)) == hosts


@pytest.mark.parametrize(
    "typed",
    [
        "http://10.5.50.1",
        "10.5.50.1/login",
        "user@login.lan",
        "login.lan:0",
        "login.lan:65536",
        "login.lan:http",
        "login.lan:-1",
        "[login.lan]",
        "[10.5.50.1]",
        "[fd00::1",
        "fe80::1%eth0",
        "10.5.50.256",
        "10.5.50",
        "010.5.50.1",
        "0x0a053201",
        "login.0x1",
        "0.0.0.0",
        "224.0.0.1",
        "login..lan",
        "-login.lan",
        "login-.lan",
        "log_in.lan",
        "café.lan",
        "*.lan",
        "a" * 64 + ".lan",
        "\x00",
        ".",
    ],
)
def test_what_is_no_host_is_refused(typed: str) -> None:
    with pytest.raises(LoginHostError) as caught:
        parse_login_hosts(f"good.lan {typed}")

    assert caught.value.args[0].strip("[]") in typed


@pytest.mark.parametrize(
    "url",
    [
        "http://10.5.50.1/login",
        "HTTP://10.5.50.1/login",
        "https://10.5.50.1/login",
        "http://10.5.50.1",
        "http://10.5.50.1:80/login",
        "http://10.5.50.1:/login",
        "https://10.5.50.1:443/login",
        "http://10.5.50.1./login",
        "http://LOGIN.Cafe.example./login",
        "https://login.cafe.example/login?dst=http://evil.example/",
        "http://login.cafe.example/@evil.example/",
        "http://192.168.88.1:8080/login",
        "http://192.168.88.1:08080/login",
        "http://[fd00::1]/login",
        "http://[FD00:0:0::1]:80/login",
        "http://[fd00::2]:8080/login",
        "http://[::ffff:10.5.50.1]/login",
    ],
)
def test_a_login_of_the_nas_is_one(url: str) -> None:
    assert login_url_is_of(url, HOSTS, ADDRESS)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://",
        "http:///login",
        "/login",
        "//10.5.50.1/login",
        "//evil.example/",
        "http:10.5.50.1/login",
        "http:/10.5.50.1/login",
        "10.5.50.1/login",
        "ftp://10.5.50.1/",
        "javascript:alert(1)",
        "javascript://10.5.50.1/%0aalert(1)",
        "data:text/html,10.5.50.1",
        "http://evil.example/",
        "http://10.5.50.2/login",
        "http://10.5.50.1@evil.example/",
        "http://10.5.50.1:80@evil.example/",
        "http://login.cafe.example%40evil.example/",
        "http://user:password@10.5.50.1/login",
        "http://@10.5.50.1/login",
        "http://10.5.50.1.evil.example/",
        "http://10.5.50.1evil/",
        "http://evil.login.cafe.example/",
        "http://login.cafe.example.evil.example/",
        "http://login.cafe.example../",
        "http://evil.example\\@10.5.50.1/",
        "http://10.5.50.1\\@evil.example/",
        "http:\\\\10.5.50.1\\login",
        "http://10.5.50.1\\.evil.example/",
        "http://evil.example#@10.5.50.1/",
        "http://evil.example?@10.5.50.1/",
        "http://evil.example/10.5.50.1",
        "http://evil.example;10.5.50.1/",
        "http://10.5.50.1%2eevil.example/",
        "http://10.5.50.1%00.evil.example/",
        "http://10.5.50.1\x00.evil.example/",
        "http://10.5.50.1\t.evil.example/",
        "ht\ntp://10.5.50.1/login",
        " http://10.5.50.1/login",
        "http://10.5.50.1/login\n",
        "http://10.5.50.1 /login",
        "http://１０.5.50.1/login",
        "http://10。5.50.1/login",
        "http://10.5.50.1:8080/login",
        "http://10.5.50.1:443/login",
        "https://10.5.50.1:80/login",
        "http://192.168.88.1/login",
        "http://192.168.88.1:8081/login",
        "http://login.cafe.example:8080/login",
        "http://10.5.50.1:99999/login",
        "http://10.5.50.1:0/login",
        "http://10.5.50.1:+80/login",
        "http://10.5.50.1:80:80/login",
        "http://010.5.50.1/login",
        "http://0x0a.5.50.1/login",
        "http://168112641/login",
        "http://[fd00::1/login",
        "http://[fd00::1]evil.example/login",
        "http://evil.example[fd00::1]/login",
        "http://[fd00::1%25evil]/login",
        "http://[10.5.50.1]/login",
        "http://[fd00::2]/login",
        "http://fd00::1/login",
        "http://10.5.50.1/" + "a" * rules.URL_LONGEST,
    ],
)
def test_anything_else_is_none(url: str) -> None:
    assert not login_url_is_of(url, HOSTS, ADDRESS)


def test_without_hosts_only_the_address_of_the_nas_is_believed() -> None:
    assert login_url_is_of("http://10.5.50.1/login", "", ADDRESS)
    assert login_url_is_of("http://[fd00::9]/login", "", "fd00::9")
    assert not login_url_is_of("http://login.cafe.example/login", "", ADDRESS)


@given(st.text(alphabet="htp:/@\\.#?%[]10. 5evil\t", max_size=40))
def test_no_jumble_is_believed_unless_it_is_the_address_itself(rest: str) -> None:
    """Whatever stands between the scheme and the path, our reading of the host decides, and it is the whole of it."""
    url = f"http://{rest}"
    if login_url_is_of(url, "", ADDRESS):
        authority = rest.replace("?", "/").replace("#", "/").partition("/")[0]
        assert authority in {"10.5.50.1", "10.5.50.1.", "10.5.50.1:", "10.5.50.1.:"}
