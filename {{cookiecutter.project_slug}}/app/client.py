"""Who is at the other end of the connection, as far as it can be told."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from starlette.datastructures import Headers
from starlette.types import Receive, Scope

from app.settings import UNIX_SOCKET, settings

WITH_PORT = re.compile(r"\[(.+)\](?::\d+)?|([\d.]+):\d+")

LONGEST_USER_AGENT = 255


def peer_of(scope: Scope, receive: Receive) -> tuple[str, int] | None:
    """Return the other end of the connection, as its transport knows it.

    By default uvicorn lets whoever calls from this machine choose an address, and so
    guess without end. Which proxies are trusted is ours to say: `TRUSTED_PROXIES`.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is not None:
        peer = transport.get_extra_info("peername")
        # No tuple, but a path or nothing, for a Unix socket.
        return (str(peer[0]), int(peer[1])) if isinstance(peer, tuple) else None
    peer = scope.get("client")
    forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
    # A server of another make, or none at all. Rather nobody than somebody made up.
    return None if peer and peer[0] in forwarded else peer


@dataclass(frozen=True, slots=True)
class Client:
    ip_address: str | None = None
    user_agent: str | None = None


def client_of(scope: Scope) -> Client:
    """Return the address and the browser or program that the request came from."""
    agent = Headers(scope=scope).get("user-agent", "")
    # Shown to people and written to the log, so nothing but printable characters.
    printable = "".join(filter(str.isprintable, agent))[:LONGEST_USER_AGENT]
    return Client(ip_address=address_of(scope), user_agent=printable or None)


def address_of(scope: Scope) -> str | None:
    """Return the nearest address on the way here that is none of `TRUSTED_PROXIES`.

    Each proxy adds to `X-Forwarded-For` whom it was called by. What stands left of
    somebody whom nobody trusts may be made up.
    """
    found = scope["client"][0] if scope.get("client") else None
    for hop in reversed(hops_of(scope)):
        ip = as_ip(hop)
        if ip is None or not is_proxy(found):
            break
        found = str(ip)
    return found


def hops_of(scope: Scope) -> list[str]:
    return ",".join(Headers(scope=scope).getlist("x-forwarded-for")).split(",")


def networks_of(proxies: Iterable[str]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(each) for each in proxies if each != UNIX_SOCKET]


PROXIES = networks_of(settings.trusted_proxies)


def is_proxy(address: str | None) -> bool:
    if address is None:
        return UNIX_SOCKET in settings.trusted_proxies
    ip = as_ip(address)
    return ip is not None and any(ip in network for network in PROXIES)


def as_ip(text: str) -> IPv4Address | IPv6Address | None:
    """Read an address, without the port that some proxies add, or the zone."""
    with_port = WITH_PORT.fullmatch(text.strip())
    host = (with_port[1] or with_port[2]) if with_port else text.strip()
    try:
        ip = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip
