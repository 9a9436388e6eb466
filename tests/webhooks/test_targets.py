"""Webhooks go to the open internet only: whatever an address is called, however it is written."""

import socket
from collections.abc import Sequence

import pytest

from kervan.errors import SettingsError
from kervan.settings import load
from kervan.trade.errors import TradeError
from kervan.webhooks import targets
from kervan.webhooks.targets import Unreachable, addresses, is_public, parse


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://hooks.example.com", "https://hooks.example.com/"),
        ("  https://Hooks.Example.com:443/Kervan?k=1#part ", "https://hooks.example.com/Kervan?k=1"),
        ("https://hooks.example.com./a", "https://hooks.example.com/a"),
        ("https://tüccar.example/ürün?q=ş", "https://xn--tccar-kva.example/%C3%BCr%C3%BCn?q=%C5%9F"),
        ("https://hooks.example.com/a%20b/../c", "https://hooks.example.com/a%20b/../c"),
    ],
)
def test_an_address_is_kept_with_its_name_in_ascii(typed: str, kept: str) -> None:
    assert parse(typed).url == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "hooks.example.com",
        "//hooks.example.com",
        "http://hooks.example.com",
        "ftp://hooks.example.com",
        "file:///etc/passwd",
        "gopher://hooks.example.com/1",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://user@hooks.example.com",
        "https://user:word@hooks.example.com",
        "https://hooks.example.com:8080",
        "https://hooks.example.com:22",
        "https://hooks.example.com:99999",
        "https://hooks.example.com:x",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://hooks.example.com\r\nHost: inside",
        "https://hooks.example.com/a b",
        "https://hooks.exa\tmple.com/",
        "https://localhost",
        "https://127.0.0.1",
        "https://127.1",
        "https://0x7f.1",
        "https://0x7f000001",
        "https://2130706433",
        "https://0177.0.0.1",
        "https://hooks.example.0x10",
        "https://８.８.８.８",
        "https://①②⑦.⓪.⓪.①",
        "https://[::1]",
        "https://[::ffff:127.0.0.1]",
        "https://[fe80::1%25eth0]",
        "https://[v1.x]",
        "https://8.8.8.8",
        "https://intranet",
        "https://-bad-.example.com",
        "https://" + "a" * 64 + ".example.com",
        "https://hooks.example.com/" + "a" * 2000,
    ],
)
def test_what_is_no_public_https_address_is_refused_in_a_sentence(typed: str) -> None:
    with pytest.raises(TradeError) as refused:
        parse(typed)
    assert str(refused.value).endswith(".")


PRIVATE = (
    "0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 169.254.0.1 169.254.169.254 "
    "172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.51.100.1 "
    "203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16 "
    ":: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::808:808 "
    "64:ff9b:1::1 100::1 2001::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3fff::1 "
    "4000::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 2606:4700::1%eth0 fec0::1 ff02::1 ff0e::1 1.2.3 words"
)


@pytest.mark.parametrize("address", [*PRIVATE.split(), ""])
async def test_no_address_but_public_ones_is_spoken_to(address: str) -> None:
    assert not is_public(address)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["93.184.216.34", address]

    with pytest.raises(Unreachable):
        await addresses(parse("https://hooks.example.com"), resolve)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450::1"])
async def test_public_addresses_are_spoken_to(address: str) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        assert (host, port) == ("hooks.example.com", 443)
        return [address, address]

    assert await addresses(parse("https://hooks.example.com"), resolve) == (address,)


async def test_a_name_that_nobody_knows_is_refused_in_the_same_words_as_a_private_one() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def private(host: str, port: int) -> Sequence[str]:
        return ["10.0.0.7"]

    said = []
    for resolve in (unknown, private):
        with pytest.raises(Unreachable) as refused:
            await addresses(parse("https://db.inside.example"), resolve)
        said.append(str(refused.value))
    assert said[0] == said[1]


async def test_the_systems_resolver_is_asked_and_its_answer_checked() -> None:
    assert "127.0.0.1" in await targets.look_up("localhost", 443)
    with pytest.raises(Unreachable):
        await addresses(targets.Target(url="", scheme="https", host="localhost.", port=443), targets.look_up)


async def test_this_machine_may_be_reached_only_where_a_setting_says_so() -> None:
    assert parse("http://localhost:9000/x", local=True).url == "http://localhost:9000/x"
    assert parse("http://[::1]:9000/x", local=True).url == "http://[::1]:9000/x"
    assert await addresses(parse("http://127.0.0.1:9000", local=True), targets.look_up) == ("127.0.0.1",)
    for other in ("http://192.168.0.1", "http://hooks.example.com", "https://0.0.0.0", "http://127.0.0.2"):
        with pytest.raises(TradeError):
            parse(other, local=True)


async def test_localhost_that_leads_elsewhere_is_refused_even_then() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["192.168.0.1"]

    with pytest.raises(Unreachable):
        await addresses(parse("http://localhost:9000", local=True), resolve)


def test_production_never_reaches_itself() -> None:
    environ = {
        "KERVAN_ENV": "production", "DATABASE_URL": "postgresql://x", "KERVAN_SEARCH": "embedded",
        "KERVAN_SECRET": "s" * 32, "KERVAN_URL": "https://kervan.example", "SMTP_URL": "smtps://mail.example",
    }  # fmt: skip
    assert load(environ).webhooks_local is False
    with pytest.raises(SettingsError, match="KERVAN_WEBHOOKS_LOCAL"):
        load({**environ, "KERVAN_WEBHOOKS_LOCAL": "1"})
    assert load({"KERVAN_WEBHOOKS_LOCAL": "1"}).webhooks_local is True
