"""What is measured: each service by itself, started, with somebody signed in."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx2
from bake import bake
from ports import free_port
from postgres import Server
from shell import clean_environment, run

HERE = Path(__file__).parent
APPS = HERE / "apps"
# fastapi-users asks for exact versions of much that we use too.
PEER_PYTHON = str(HERE.parent / ".venv" / "peer" / "bin" / "python")
EMAIL, PASSWORD = "ada@example.com", "a long and quiet evening"
# Each of as many connections has its own.
LOGINS = 16

BARE, PEER_DATABASE, PEER_JWT = (
    "bare FastAPI",
    "fastapi-users, database",
    "fastapi-users, JWT",
)
ORMS = ("sqlalchemy", "tortoise")
STYLES = ("opaque", "jwt", "session")
OURS = [f"{orm}, {style}" for orm in ORMS for style in STYLES]
CLAIMS = [f"{orm}, claims only" for orm in ORMS]
# What makes them fast, in the words of `apps/without.py`, and who has it.
TRICKS = {
    "gathered lookups": ["sqlalchemy, opaque", "tortoise, opaque"],
    "kept statements": ["sqlalchemy, opaque", "tortoise, opaque"],
    "trusted connections": ["sqlalchemy, opaque"],
    "kept tokens": ["sqlalchemy, jwt", "tortoise, jwt"],
    "frozen objects": ["sqlalchemy, opaque", "tortoise, opaque"],
    "order of routes": ["sqlalchemy, opaque", "tortoise, opaque"],
}


def without(trick: str, name: str) -> str:
    return f"{name}, {trick}"


ALONE = [without("gathered lookups", name) for name in TRICKS["gathered lookups"]]


@dataclass
class Service:
    """A running service and the headers that sign in to it."""

    name: str
    address: str
    path: str
    database: str
    pid: int
    seconds_to_start: float
    logins: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.address + self.path


@contextmanager
def started(
    names: list[str], database: str, server: Server | None
) -> Iterator[list[Service]]:
    """Run services at the same time, each with a database of its own, of either kind."""
    with ExitStack() as stack:
        yield [stack.enter_context(serve(name, database, server)) for name in names]


@contextmanager
def serve(name: str, database: str, server: Server | None) -> Iterator[Service]:
    with ExitStack() as stack:
        folder, python, module, environment = command(name)
        if database == "postgresql":
            assert server, "no PostgreSQL: set TEST_POSTGRES_URL or install the server"
            url = stack.enter_context(server.new_database())
        else:
            file = folder / f"{name.replace(', ', '-').replace(' ', '-')}.db"
            for old in folder.glob(f"{file.name}*"):
                old.unlink()
            url = f"sqlite:///{file}"
        address = f"http://127.0.0.1:{free_port()}"
        environment |= {"DATABASE_URL": url, "PUBLIC_URL": address}
        arguments = [python, "-m", "uvicorn", module, "--no-access-log"]
        arguments += ["--log-level", "warning", "--port", address.rpartition(":")[2]]
        began = time.perf_counter()
        process = stack.enter_context(
            subprocess.Popen(
                arguments,
                cwd=folder,
                env=clean_environment() | environment,
                stdout=subprocess.DEVNULL,
            )
        )
        stack.callback(process.terminate)
        path = "/claims" if name in CLAIMS else "/users/me"
        wait_for(address, process)
        seconds = time.perf_counter() - began
        service = Service(name, address, path, url, process.pid, seconds)
        service.logins = sign_in(name, address)
        for header in service.logins:
            answer = httpx2.get(service.url, headers=header)
            assert answer.status_code == 200, f"{name}: {answer.text}"
        yield service


def command(name: str) -> tuple[Path, str, str, dict[str, str]]:
    """Return where a service runs, by which Python, which application, and its settings."""
    apps = {"PYTHONPATH": str(APPS)}
    if name == BARE:
        return APPS, sys.executable, "bare:app", {}
    if name in (PEER_DATABASE, PEER_JWT):
        strategy = name.rpartition(" ")[2].lower()
        return (
            new_folder(f"peer-{strategy}"),
            PEER_PYTHON,
            "peer:app",
            {"STRATEGY": strategy, **apps},
        )
    orm, style, *tricks = name.split(", ")
    project = project_of(orm, "jwt" if style == "claims only" else style)
    environment = {"PYTHONPATH": f"{project}:{APPS}"}
    if tricks:
        return (
            project,
            sys.executable,
            "without:app",
            environment | {"WITHOUT": tricks[0]},
        )
    module = "claims:app" if name in CLAIMS else "app.main:app"
    return project, sys.executable, module, environment


def new_folder(name: str) -> Path:
    folder = HERE.parent / "build" / "benchmarks" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def project_of(orm: str, style: str) -> Path:
    project = bake(f"benchmarks-{orm}-{style}", {"orm": orm, "token_style": style})
    (project / ".env").unlink(missing_ok=True)
    run(project, sys.executable, "-m", "app", "make-env")
    return project


def hashes_per_second(seconds: float) -> float:
    with hashing(seconds) as process:
        said, _ = process.communicate()
    return float(said)


@contextmanager
def hashing(seconds: float) -> Iterator[subprocess.Popen[str]]:
    """Check passwords on all cores for so long or until this ends, by a project's threads."""
    project = project_of(ORMS[0], STYLES[0])
    environment = {"PYTHONPATH": f"{project}:{APPS}"}
    with subprocess.Popen(
        [sys.executable, str(APPS / "hashes.py"), str(seconds)],
        cwd=project,
        env=clean_environment() | environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "begun\n"
            yield process
        finally:
            process.kill()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(3000):
        assert process.poll() is None, f"the service at {address} has stopped"
        with suppress(httpx2.TransportError):
            httpx2.get(f"{address}/nothing")
            return
        time.sleep(0.01)
    raise AssertionError(f"the service at {address} does not answer")


def sign_in(name: str, address: str) -> list[dict[str, str]]:
    """Register somebody and return the header of each of their logins."""
    if name == BARE:
        return [{}]
    account = {"email": EMAIL, "password": PASSWORD}
    httpx2.post(f"{address}/auth/register", json=account, timeout=60).raise_for_status()
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(partial(new_login, name), [address] * LOGINS))


def new_login(name: str, address: str) -> dict[str, str]:
    # Nobody else's cookies: a session would take the place of the former one.
    with httpx2.Client(base_url=address, timeout=60) as client:
        answer = send_sign_in(client, name)
    if answer.cookies:
        pairs = (f"{key}={value}" for key, value in answer.cookies.items())
        return {"Cookie": "; ".join(pairs)}
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def send_sign_in(client: httpx2.Client, name: str) -> httpx2.Response:
    if name in (PEER_DATABASE, PEER_JWT):
        form = {"username": EMAIL, "password": PASSWORD}
        answer = client.post("/auth/login", data=form)
    else:
        content = {"email": EMAIL, "password": PASSWORD}
        answer = client.post("/auth/login", json=content)
    return answer.raise_for_status()
