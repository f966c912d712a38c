"""Ports of this machine that nothing listens on."""

import os
import socket
from contextlib import suppress
from itertools import count

# Those that the system gives out to whoever asks for any are above. Each worker has
# ports of its own, so that they stay free until they are used, and used again.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
untried = count(20_000 + 500 * WORKER)


def free_port() -> int:
    while True:
        port = next(untried)
        with suppress(OSError), socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            return port
