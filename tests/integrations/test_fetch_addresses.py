"""No feed address, however written, leads the server to its own network."""

from pathlib import Path

import pytest

from domain.offers.lines import FileCode
from integrations.feeds.fetch import FetchFailed, Limits, Source, fetch
from integrations.http import outbound
from tests.integrations.names import Names
from tests.integrations.servers import names_in, raw

LIMITS = Limits(total_seconds=5)

INWARD = {
    "inside.test": [["10.0.0.7"]],
    "localhost": [["127.0.0.1", "::1"]],
    "mapped.test": [["::ffff:192.168.0.10"]],
    "rebinding.test": [["8.8.8.8"], ["127.0.0.1"]],
}
FORMS = [
    pytest.param("http://127.0.0.1/", id="loopback"),
    pytest.param("http://127.8.9.1/", id="loopback, another address"),
    pytest.param("http://127.1/", id="short form"),
    pytest.param("http://2130706433/", id="decimal"),
    pytest.param("http://0x7f000001/", id="hexadecimal"),
    pytest.param("http://0x7f.0.0.1/", id="hexadecimal part"),
    pytest.param("http://0177.0.0.1/", id="octal part"),
    pytest.param("http://017700000001/", id="octal"),
    pytest.param("http://0.0.0.0/", id="unspecified"),
    pytest.param("http://0/", id="zero"),
    pytest.param("http://10.0.0.1/", id="private A"),
    pytest.param("http://172.16.5.4/", id="private B"),
    pytest.param("http://192.168.1.1/", id="private C"),
    pytest.param("http://169.254.169.254/latest/meta-data/", id="link-local metadata"),
    pytest.param("http://100.64.0.1/", id="carrier-grade NAT"),
    pytest.param("http://224.0.0.1/", id="multicast"),
    pytest.param("http://255.255.255.255/", id="broadcast"),
    pytest.param("http://[::1]/", id="IPv6 loopback"),
    pytest.param("http://[::]/", id="IPv6 unspecified"),
    pytest.param("http://[::ffff:127.0.0.1]/", id="IPv4-mapped"),
    pytest.param("http://[::ffff:a9fe:a9fe]/", id="IPv4-mapped, hexadecimal"),
    pytest.param("http://[::127.0.0.1]/", id="IPv4-compatible"),
    pytest.param("http://[64:ff9b::7f00:1]/", id="NAT64"),
    pytest.param("http://[2002:7f00:1::]/", id="6to4"),
    pytest.param("http://[2001:0:5ef5:79fb:0:0:80ff:fffe]/", id="Teredo"),
    pytest.param("http://[fd00::1]/", id="unique local"),
    pytest.param("http://[fe80::1]/", id="IPv6 link-local"),
    pytest.param("http://shop.example@127.0.0.1/", id="user name like a host"),
    pytest.param("http://shop.example:443@10.0.0.1/", id="user name and password"),
    pytest.param("http://127.0.0.1\\@shop.example/", id="backslash"),
    pytest.param("http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/", id="full-width digits"),
    pytest.param("http://localhost/", id="name of the machine"),
    pytest.param("http://LOCALHOST./", id="name of the machine, with a dot"),
    pytest.param("http://inside.test/", id="name that points inwards"),
    pytest.param("https://mapped.test:8443/", id="name with a mapped address"),
    pytest.param("http://rebinding.test/", id="name that changes its answer"),
    pytest.param("http://8.8.8.8:6379/", id="port of a database"),
    pytest.param("http://8.8.8.8:22/", id="port of a shell"),
    pytest.param("ftp://8.8.8.8/feed.csv", id="ftp"),
    pytest.param("file:///etc/passwd", id="file"),
    pytest.param("gopher://8.8.8.8:443/_x", id="gopher"),
    pytest.param("http:///feed.csv", id="no host"),
]


async def refused(url: str, into: Path, allowed: list[str], names: Names) -> str:
    """The detail of the refusal of a URL."""
    async with outbound(allowed, resolver=names) as session:
        if "rebinding" in url:
            await names.resolve("rebinding.test")
        with pytest.raises(FetchFailed) as caught:
            await fetch(session, Source(url), into / "body", LIMITS)
    assert caught.value.code is FileCode.NOT_FOUND
    assert names_in(into) == []
    return caught.value.detail


@pytest.mark.parametrize("url", FORMS)
async def test_no_form_of_an_inward_address_is_called(tmp_path: Path, url: str) -> None:
    names = Names({name: list(answers) for name, answers in INWARD.items()})
    names.table["localhost."] = names.table["localhost"]

    assert (await refused(url, tmp_path, [], names)).startswith("address refused")


@pytest.mark.parametrize("target", FORMS[:-1])  # a Location without a host is relative
async def test_no_redirect_leads_to_an_inward_address(tmp_path: Path, target: str) -> None:
    names = Names({name: list(answers) for name, answers in INWARD.items()})
    names.table["localhost."] = names.table["localhost"]
    if "rebinding" in target:
        await names.resolve("rebinding.test")
    location = target.encode("utf-8").decode("latin-1")
    head = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"

    async with raw(head.encode("latin-1")) as url:
        place = url.split("/")[2]
        assert (await refused(url, tmp_path, [place], names)).startswith("address refused")
