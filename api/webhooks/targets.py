"""Where a webhook may go: which addresses are read, and which machines are reachable behind them.

A URL is read strictly (one spelling of a host, no user, no fragment), its name is resolved here, every address that it
resolves to must be public, and the sender connects to exactly those. Source: OWASP, Server-Side Request Forgery
Prevention; the address blocks are those of the IANA special-purpose registries.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeAlias
from urllib.parse import SplitResult, urlsplit

from api.core.errors import Invalid

MAX_URL = 2_000
RESOLVE_SECONDS = 5.0
MAX_ADDRESSES = 16

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve: TypeAlias = Callable[[str], Sequence[str]]
"""Return the addresses of a name, blocking; raises OSError."""

_PORTS = {"https": 443, "http": 80}
# Ports of services that a message could be smuggled to. Source: WHATWG Fetch, "port blocking".
BLOCKED_PORTS = frozenset(
    [
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
        109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526,
        530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045,
        4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    ]
)  # fmt: skip
# Printable ASCII without what a browser and a server read differently: spaces, quotes, brackets, backslashes.
_PLAIN = re.compile(r"[!$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]+")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# A host whose last part is a number is an IPv4 address to a browser, in a dozen spellings.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
MAX_HOST = 253

_LOCAL = [
    ipaddress.ip_network(one)
    for one in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
]
# Blocks that Python calls global and that nobody's webhook is in: relays of 6to4, the wire server of a cloud's hosts,
# protocol assignments, documentation; and everything of IPv6 that is not handed out as global unicast.
_NOWHERE = [
    ipaddress.ip_network(one)
    for one in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "2001::/23", "3fff::/20")
]
_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that was read: where to connect, and what to ask for."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def read(url: str, *, local: bool) -> Target:
    """Read a URL; `local` allows http and names without a dot, for development. Raises Invalid (INVALID_TARGET)."""
    if len(url) > MAX_URL:
        raise _refused(f"The address of a webhook has at most {MAX_URL} characters.")
    if not _PLAIN.fullmatch(url):
        raise _refused("Write the address in plain ASCII: no spaces, no fragment, a name with accents as xn--.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("This is not the address of a web server.") from None
    if parts.scheme not in _PORTS or (parts.scheme == "http" and not local):
        raise _refused("A webhook goes to an address that begins with https://.")
    if "@" in parts.netloc or parts.netloc.endswith(":"):
        raise _refused("The address of a webhook has a host and perhaps a port, but no user and no password.")
    port = _PORTS[parts.scheme] if port is None else port
    if port in BLOCKED_PORTS:
        raise _refused(f"Port {port} belongs to another service; a webhook goes to a web server.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, _host(parts, local=local), port, path)


def _host(parts: SplitResult, *, local: bool) -> str:
    host = (parts.hostname or "").lower()
    if parts.netloc.startswith("["):
        try:
            literal = ipaddress.IPv6Address(host)
        except ValueError:
            _no_host()
        # An IPv4 address has one spelling, and a zone means something on this machine only.
        return str(literal) if literal.ipv4_mapped is None and literal.scope_id is None else _no_host()
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError:
            _no_host()
    if len(host) > MAX_HOST or not all(_LABEL.fullmatch(one) for one in labels) or (len(labels) == 1 and not local):
        _no_host()
    return host


def _no_host() -> NoReturn:
    raise _refused("Write the host as a full name, or as an address in its usual form such as 203.0.113.7.")


def _refused(message: str) -> Invalid:
    return Invalid(message, code="INVALID_TARGET", path=("url",))


# --- addresses ---


def public(address: Address) -> bool:
    """Tell whether an address is a machine on the public internet; an IPv4 address inside an IPv6 one counts itself."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return public(inner)
        if address not in _UNICAST:
            return False
    known = address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
    return known and not _within(address, _NOWHERE)


def is_local(address: Address) -> bool:
    """Tell whether an address is this machine or a private network, which development may use; never link-local."""
    return _within(address, _LOCAL)


def _within(address: Address, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return any(address.version == one.version and address in one for one in networks)


def system_resolve(host: str) -> Sequence[str]:
    """Ask the system's resolver."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


async def addresses(target: Target, resolve: Resolve, *, local: bool) -> list[str]:
    """Return where to connect to: every address of the host, each of them allowed. Raises Invalid (INVALID_TARGET).

    One sentence for all that can be wrong, so that nobody learns which names exist inside.
    """
    try:
        # A thread that waits for a slow resolver goes on by itself; who asked does not wait for it.
        async with asyncio.timeout(RESOLVE_SECONDS):
            names = await asyncio.to_thread(resolve, target.host)
        found = [ipaddress.ip_address(one) for one in names[:MAX_ADDRESSES]]
    except (OSError, UnicodeError, ValueError):
        found = []
    if not found or not all(_allowed(one, target, local=local) for one in found):
        raise _refused("This host cannot be found, or it is not on the public internet.")
    return [str(one) for one in found]


def _allowed(address: Address, target: Target, *, local: bool) -> bool:
    return (local and is_local(address)) or (target.scheme == "https" and public(address))
