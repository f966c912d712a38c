"""What passes for PostgreSQL until it is asked for something."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.store.connecting import connected_to

URL = "postgresql://ada:secret@127.0.0.1:{}/accounts?sslmode=disable"

# https://www.postgresql.org/docs/current/protocol-message-formats.html
SSL_REQUEST = (80877103).to_bytes(4)
CLEARTEXT_PASSWORD = 3
SIGNED_IN = 0
READY = b"I"
# https://www.postgresql.org/docs/current/errcodes-appendix.html
SHUTTING_DOWN = b"SFATAL\0VFATAL\0C57P01\0Mshutting down\0\0"


class SmallServer:
    """What hears who comes, lets in whoever has a password, and answers nothing."""

    def __init__(self, *, hangs_up: bool, last_words: bytes) -> None:
        self.hangs_up = hangs_up
        self.last_words = last_words
        self.port = 0
        self.heard: list[bytes] = []
        self.asked = asyncio.Event()
        self.ends: list[asyncio.StreamWriter] = []

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.ends.append(writer)
        # Whoever comes may leave in between.
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await self.talk(reader, writer)
        writer.close()

    async def talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.heard.append(await read_message(reader))
        if self.heard[-1] == SSL_REQUEST:
            writer.write(b"N")
            return
        writer.write(message(b"R", CLEARTEXT_PASSWORD.to_bytes(4)))
        await reader.readexactly(1)
        self.heard.append(await read_message(reader))
        writer.write(message(b"R", SIGNED_IN.to_bytes(4)))
        writer.write(message(b"S", b"server_version\0" + b"17.0\0"))
        writer.write(message(b"Z", READY) + self.last_words)
        await reader.readexactly(1)
        self.asked.set()
        if not self.hangs_up:
            await reader.read()

    def hang_up(self) -> None:
        for end in self.ends:
            end.close()


def message(kind: bytes, content: bytes) -> bytes:
    return kind + (len(content) + 4).to_bytes(4) + content


async def read_message(reader: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await reader.readexactly(4))
    return await reader.readexactly(length - 4)


@asynccontextmanager
async def small_server(
    *, hangs_up: bool = True, last_words: bytes = b""
) -> AsyncIterator[SmallServer]:
    """Run it; asked for something, it hangs up, or keeps whoever asks waiting."""
    small = SmallServer(hangs_up=hangs_up, last_words=last_words)
    async with await asyncio.start_server(small.serve, "127.0.0.1") as server:
        small.port = server.sockets[0].getsockname()[1]
        yield small
        small.hang_up()


@asynccontextmanager
async def it_hangs_up() -> AsyncIterator[None]:
    """Let the store look for its database where nothing is ever answered."""
    async with small_server() as server, connected_to(URL.format(server.port)):
        yield


@asynccontextmanager
async def it_shuts_down() -> AsyncIterator[None]:
    """Let the store look for its database where one is let in and told to leave."""
    goodbye = message(b"E", SHUTTING_DOWN)
    async with (
        small_server(last_words=goodbye) as server,
        connected_to(URL.format(server.port)),
    ):
        yield
