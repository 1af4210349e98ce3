"""The guarded client: what it calls, what it refuses, how it fails."""

import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from integrations.http import (
    AddressRefused,
    Guard,
    Rejected,
    Request,
    Unavailable,
    Why,
    call,
    get_json,
    outbound,
    parse_url,
    public,
)
from tests.integrations.names import Names


async def _hello(request: web.Request) -> web.Response:
    match request.match_info["what"]:
        case "object":
            return web.json_response({"encoding": request.headers["Accept-Encoding"]})
        case "list":
            return web.json_response([1])
        case "html":
            return web.Response(text="<p>no</p>")
        case "large":
            return web.Response(body=b"x" * 2000)
        case "moved":
            raise web.HTTPFound("/object")
        case status:
            return web.Response(status=int(status))


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    app = web.Application()
    app.router.add_get("/{what}", _hello)
    async with TestServer(app) as server:
        yield server


def test_addresses_of_the_public_internet_are_public() -> None:
    assert [public(host) for host in ("8.8.8.8", "2606:4700:4700::1111", "2002:808:808::")] == [
        True,
        True,
        True,
    ]


@pytest.mark.parametrize(
    "host",
    ["192.88.99.1", "2001:0:5ef5:79fb:0:0:80ff:fffe", "fec0::1", "64:ff9b:1::1", "240.0.0.1"],
)
def test_relays_and_wrapped_private_addresses_are_not_public(host: str) -> None:
    assert not public(host)


def test_the_socket_factory_refuses_what_a_resolver_let_through() -> None:
    with pytest.raises(AddressRefused):
        Guard().socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("10.0.0.1", 443)))


def test_our_own_public_networks_are_refused() -> None:
    guard = Guard(own=["8.8.8.0/24"])

    assert not guard.may_use("8.8.8.8", 443)
    assert guard.may_use("8.8.4.4", 443)


def test_a_named_address_is_called_on_its_port_only() -> None:
    guard = Guard(allowed=["127.0.0.1:9100", "[::1]:9100"])

    assert guard.may_use("127.0.0.1", 9100)
    assert guard.may_use("::1", 9100)
    assert not guard.may_use("127.0.0.1", 9101)
    with pytest.raises(AddressRefused):
        guard.check(parse_url("http://127.0.0.1:9101/"))


async def test_a_named_host_is_called_though_its_address_is_private(server: TestServer) -> None:
    names = Names({"simulator": [["127.0.0.1"]], "other": [["127.0.0.1"]]})
    async with outbound([f"simulator:{server.port}"], resolver=names) as session:
        answer = await call(session, Request("GET", f"http://simulator:{server.port}/object"))

    assert answer.status == 200


async def test_a_name_with_public_and_private_addresses_keeps_the_public_ones() -> None:
    names = Names({"mixed.test": [["10.0.0.1", "8.8.8.8"]]})
    async with outbound(resolver=names) as session:
        connector = session.client.connector
        found = await connector._resolver.resolve("mixed.test", 443)

    assert [each["host"] for each in found] == ["8.8.8.8"]


async def test_an_object_is_read_and_asked_for_uncompressed(server: TestServer) -> None:
    async with outbound([f"127.0.0.1:{server.port}"]) as session:
        body = await get_json(session, str(server.make_url("/object")))

    assert body == {"encoding": "identity"}


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/500", Unavailable),
        ("/429", Unavailable),
        ("/404", Rejected),
        ("/list", Rejected),
        ("/html", Rejected),
        ("/moved", Rejected),
    ],
)
async def test_a_json_call_fails_in_two_ways(
    server: TestServer, path: str, error: type[Exception]
) -> None:
    async with outbound([f"127.0.0.1:{server.port}"]) as session:
        with pytest.raises(error):
            await get_json(session, str(server.make_url(path)))


async def test_an_answer_is_bounded(server: TestServer) -> None:
    async with outbound([f"127.0.0.1:{server.port}"]) as session:
        url = str(server.make_url("/large"))
        whole = await call(session, Request("GET", url, most_bytes=2000))
        with pytest.raises(Rejected) as caught:
            await call(session, Request("GET", url, most_bytes=1999))

    assert len(whole.body) == 2000
    assert caught.value.why is Why.TOO_LARGE


async def test_a_redirect_is_an_answer_and_is_not_followed(server: TestServer) -> None:
    async with outbound([f"127.0.0.1:{server.port}"]) as session:
        answer = await call(session, Request("GET", str(server.make_url("/moved"))))

    assert (answer.status, answer.headers["Location"]) == (302, "/object")


async def test_a_refused_address_is_rejected_without_naming_it() -> None:
    async with outbound() as session:
        with pytest.raises(Rejected) as caught:
            await call(session, Request("POST", "https://127.0.0.1/hook", body=b"{}"))

    assert str(caught.value) == "not a public address"
    assert caught.value.why is Why.REFUSED


async def test_nobody_listening_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with outbound([f"127.0.0.1:{port}"]) as session:
        with pytest.raises(Unavailable) as caught:
            await call(session, Request("GET", f"http://127.0.0.1:{port}/"))

    assert caught.value.why is Why.UNREACHABLE


@pytest.mark.parametrize("url", ["http://shop@8.8.8.8/", "https://a:b@shop.example/", "https://@"])
def test_a_url_with_a_user_name_or_without_a_host_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        Guard().check(parse_url(url))


async def test_a_proxy_of_the_environment_is_not_used(
    server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    async with outbound([f"127.0.0.1:{server.port}"]) as session:
        answer = await call(session, Request("GET", str(server.make_url("/object"))))

    assert answer.status == 200
