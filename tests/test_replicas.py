"""Many processes behind a load balancer, with one PostgreSQL and one Redis."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from conftest import Bake
from ports import free_port
from postgres import OwnServer
from shell import clean_environment, run
from template import PAIRS, name_of
from test_served import PASSWORD, wait_until_ready

REPLICAS, WORKERS = 2, 2
# What a worker writes that serves from now on.
STARTED = "Application startup complete"
# As many requests as pass by each worker.
ROUNDS = range(12)
WRITERS = 4
MANY = 50
WAITING = (
    "SELECT count(*) FROM pg_locks JOIN pg_database AS d ON d.oid = database"
    " WHERE d.datname = current_database() AND locktype = 'advisory' AND NOT granted"
)
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


class Replica:
    """A process of the service, with workers, which can be killed and started again."""

    def __init__(self, project: Path, environment: dict[str, str]) -> None:
        self.project = project
        self.environment = environment
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = project / f"{self.port}.log"
        self.workers = 0
        self.start()

    def start(self) -> None:
        self.workers += WORKERS
        with self.log.open("a", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "uvicorn", "app.main:app"),
                    *("--port", str(self.port), "--workers", str(WORKERS)),
                    # A worker that is slow on a busy machine would be killed, with
                    # all that it is at.
                    *("--timeout-worker-healthcheck", "60"),
                ],
                cwd=self.project,
                env=clean_environment() | self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Wait for all workers: where one cannot start, the server stops the others."""
        for _ in range(300):
            if self.log.read_text("utf-8").count(STARTED) == self.workers:
                wait_until_ready(self.address, self.process)
                return
            time.sleep(0.1)
        pytest.fail("not all workers have started")

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Balancer(httpx2.HTTPTransport):
    """What sends each request to the next replica, and on to another if nobody is there."""

    def __init__(self, ports: list[int]) -> None:
        # A connection for each request, so that it also finds each worker.
        super().__init__(limits=httpx2.Limits(max_keepalive_connections=0))
        self.ports = ports
        self.order = cycle(range(len(ports)))

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        first = next(self.order)
        for port in self.ports[first:] + self.ports[:first]:
            request.url = request.url.copy_with(port=port)
            try:
                return super().handle_request(request)
            except httpx2.ConnectError as error:
                refused = error
        raise refused


class Service:
    """The replicas, and what is behind them."""

    def __init__(self, replicas: list[Replica], database_url: str) -> None:
        self.replicas = replicas
        self.database_url = database_url

    @contextmanager
    def someone_new(self, address: str) -> Iterator[httpx2.Client]:
        """Give a client with an account of its own, signed in by one of the replicas."""
        balancer = Balancer([replica.port for replica in self.replicas])
        with httpx2.Client(
            base_url="http://127.0.0.1",
            transport=balancer,
            headers={"X-Forwarded-For": address},
            timeout=30,
        ) as client:
            credentials = {"email": f"{uuid4()}@example.com", "password": PASSWORD}
            client.post("/auth/register", json=credentials).raise_for_status()
            answer = client.post("/auth/login", json=credentials).raise_for_status()
            if token := answer.json().get("access_token"):
                client.headers["Authorization"] = f"Bearer {token}"
            yield client

    def ask(self, query: str) -> list[Any]:
        async def fetch() -> list[Any]:
            connection = await asyncpg.connect(self.database_url)
            try:
                return [row[0] for row in await connection.fetch(query)]
            finally:
                await connection.close()

        return asyncio.run(fetch())


@pytest.fixture(scope="module", params=PAIRS, ids=name_of)
def service(
    request: pytest.FixtureRequest, bake: Bake, own_postgres: OwnServer, redis: str
) -> Iterator[Service]:
    project = bake(request.param)
    run(project, sys.executable, "-m", "app", "make-env")
    with own_postgres.new_database() as url, ExitStack() as stack:
        environment = {
            "DATABASE_URL": url,
            "THROTTLE_STORAGE": redis,
            "TRUSTED_PROXIES": "127.0.0.1",
            "PASSWORD_HASH_ROUNDS": "4",
            "MAX_API_KEYS_PER_USER": "1000000",
        }
        replicas = [Replica(project, environment) for _ in range(REPLICAS)]
        for replica in replicas:
            stack.callback(replica.kill)
        for replica in replicas:
            replica.wait_until_ready()
        yield Service(replicas, url)


def test_of_processes_that_migrate_at_once_one_works_at_a_time(
    service: Service, own_postgres: OwnServer
) -> None:
    project = service.replicas[0].project

    with own_postgres.new_database() as url:
        tables, ended = asyncio.run(migrate_while_locked(project, url))

    assert tables == 0
    assert ended == [0, 0]


async def migrate_while_locked(project: Path, url: str) -> tuple[int, list[int]]:
    """Return how many tables two processes make that have to wait, and how they end."""
    schema = (project / "app/store/schema.py").read_text(encoding="utf-8")
    (lock,) = re.findall(r"^MIGRATING = (\d+)$", schema, re.MULTILINE)
    connection = await asyncpg.connect(url)
    await connection.execute(f"SELECT pg_advisory_lock({lock})")
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "migrate"),
            cwd=project,
            env=clean_environment() | {"DATABASE_URL": url},
        )
        for _ in range(2)
    ]
    async with asyncio.timeout(60):
        while await connection.fetchval(WAITING) < len(processes):  # noqa: ASYNC110  # another program's state
            await asyncio.sleep(0.05)
    tables = await connection.fetchval(TABLES)
    await connection.close()
    return tables, [await process.wait() for process in processes]


@pytest.fixture
def client(service: Service) -> Iterator[httpx2.Client]:
    a, b, c = os.urandom(3)
    with service.someone_new(f"10.{a}.{b}.{c}") as client:
        yield client


def test_a_login_counts_on_all_replicas_and_ends_on_all(client: httpx2.Client) -> None:
    before = [client.get("/users/me").status_code for _ in ROUNDS]
    carried = dict(client.cookies)
    signed_out = client.post("/auth/logout")
    client.cookies.update(carried)
    after = [client.get("/users/me").status_code for _ in ROUNDS]

    assert {*before} == {200}
    assert signed_out.status_code == 204
    assert {*after} == {401}


def test_wrong_passwords_count_over_all_replicas(client: httpx2.Client) -> None:
    sent = {"email": client.get("/users/me").json()["email"], "password": "x" * 20}

    def guess(_: int) -> int:
        return client.post("/auth/login", json=sent).status_code

    with ThreadPoolExecutor(len(ROUNDS)) as threads:
        statuses = list(threads.map(guess, ROUNDS))

    assert sorted(statuses) == [401] * 5 + [429] * (len(ROUNDS) - 5)


class Load:
    """Clients that create API keys without pause, and write down what they were told."""

    def __init__(self, client: httpx2.Client) -> None:
        self.client = client
        self.answers: list[httpx2.Response] = []
        self.unanswered: list[str] = []
        self.stopped = False

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Press on from before the first to after the last of what happens meanwhile."""
        with ThreadPoolExecutor(WRITERS) as threads:
            writers = threads.map(self.create_keys, range(WRITERS))
            try:
                self.wait_for(201)
                yield
                self.wait_for(201)
            finally:
                self.stopped = True
            list(writers)

    def create_keys(self, _: int) -> None:
        while not self.stopped:
            try:
                self.answers.append(
                    self.client.post("/auth/api-keys", json={"name": str(uuid4())})
                )
            except httpx2.TransportError as error:
                self.unanswered.append(repr(error))

    def wait_for(self, status: int) -> None:
        """Wait until nothing else comes for so long that each worker took part."""
        begun = len(self.answers)
        give_up_at = time.monotonic() + 20
        while {it.status_code for it in self.answers[begun:][-MANY:]} != {status} or (
            len(self.answers) < begun + MANY
        ):
            assert time.monotonic() < give_up_at, self.answers[-1].text
            time.sleep(0.05)

    @property
    def acknowledged(self) -> set[str]:
        return {it.json()["name"] for it in self.answers if it.status_code == 201}


def test_a_process_that_is_killed_loses_nothing_that_was_acknowledged(
    client: httpx2.Client, service: Service
) -> None:
    load = Load(client)
    replica = service.replicas[0]

    with load.going_on():
        replica.kill()
    replica.start()
    replica.wait_until_ready()

    kept = {*service.ask("SELECT name FROM api_keys")}
    assert {it.status_code for it in load.answers} == {201}
    assert load.acknowledged <= kept


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_while_the_database_is_away_nothing_is_half_done_and_then_it_goes_on(
    client: httpx2.Client, service: Service, own_postgres: OwnServer, mode: str
) -> None:
    load = Load(client)

    with load.going_on(), own_postgres.stopped(mode):
        load.wait_for(503)

    refused = [it for it in load.answers if it.status_code != 201]
    kept = {*service.ask("SELECT name FROM api_keys")}
    created = service.ask("SELECT 1 FROM events WHERE kind = 'api_key_created'")
    assert {it.status_code for it in refused} == {503}
    assert all(int(it.headers["Retry-After"]) > 0 for it in refused)
    assert load.unanswered == []
    assert load.acknowledged <= kept
    assert len(created) == len(kept)
