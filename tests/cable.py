"""A way to a server that can be cut and mended."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from ports import free_port


class Cable:
    def __init__(self, url: str) -> None:
        self.there = urlsplit(url)
        self.port = free_port()
        self.ends: set[asyncio.StreamWriter] = set()
        self.connections: set[asyncio.Future[Any]] = set()
        self.loop = asyncio.new_event_loop()
        self.thread = Thread(target=self.loop.run_forever)

    @property
    def url(self) -> str:
        """Return the address of the server, by way of the cable."""
        who, at, _ = self.there.netloc.rpartition("@")
        return self.there._replace(netloc=f"{who}{at}127.0.0.1:{self.port}").geturl()

    def mend(self) -> None:
        self._run(self._mend())

    def cut(self) -> None:
        self._run(self._cut())

    def _run(self, act: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(act, self.loop).result(timeout=10)

    async def _mend(self) -> None:
        self.server = await asyncio.start_server(self._join, "127.0.0.1", self.port)

    async def _cut(self) -> None:
        self.server.close()
        for end in self.ends:
            end.transport.abort()
        await asyncio.gather(*self.connections)

    async def _join(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there = await asyncio.open_connection(
            self.there.hostname, self.there.port or 5432
        )
        ends = {writer, there[1]}
        connection = asyncio.gather(
            carry(reader, there[1]), carry(there[0], writer), return_exceptions=True
        )
        self.ends |= ends
        self.connections.add(connection)
        await connection
        self.connections.discard(connection)
        self.ends -= ends


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while sent := await reader.read(65536):
            writer.write(sent)
    except ConnectionError:
        pass
    finally:
        writer.close()


@contextmanager
def cable_to(url: str) -> Iterator[Cable]:
    """Give a cable that is whole."""
    cable = Cable(url)
    cable.thread.start()
    try:
        cable.mend()
        yield cable
        cable.cut()
    finally:
        cable.loop.call_soon_threadsafe(cable.loop.stop)
        cable.thread.join()
        cable.loop.close()
