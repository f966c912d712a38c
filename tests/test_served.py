"""Projects installed from their own `pyproject.toml` alone, served, and used by a client."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
from conftest import Bake
from ports import free_port
from shell import clean_environment, run
from template import COMBINATIONS, QUESTIONS, name_of

EMAIL, PASSWORD = "ada@example.com", "a long and quiet evening"


def one_of_each() -> list[dict[str, str]]:
    """Return half of the combinations: every token style and library with every ORM."""
    half = [
        it for it in COMBINATIONS if rank("orm", it) == rank("password_hashing", it)
    ]
    return half or COMBINATIONS


def rank(question: str, answers: dict[str, str]) -> int:
    return QUESTIONS[question].index(answers[question])


@pytest.mark.parametrize("answers", one_of_each(), ids=name_of)
def test_a_project_is_installed_served_and_used(
    answers: dict[str, str], bake: Bake, tmp_path: Path
) -> None:
    project = bake(answers)
    python = install(project, tmp_path / "environment")
    run(project, python, "-m", "app", "make-env")
    run(project, python, "-m", "app", "migrate")

    with served(project, python) as address, new_client(address) as ada:
        user = register(ada)
        sign_in(ada)
        assert ada.get("/users/me").json() == user
        replayed = {"Cookie": "; ".join(f"{k}={v}" for k, v in ada.cookies.items())}

        assert ada.post("/auth/logout").status_code == 204

        assert ada.get("/users/me", headers=replayed).status_code == 401


@pytest.mark.parametrize("answers", one_of_each()[:1], ids=name_of)
def test_a_projects_own_commands_install_what_they_need(
    answers: dict[str, str], bake: Bake
) -> None:
    project = bake(answers)

    run(project, "make", "check")
    run(project, "make", "migrate")


def install(project: Path, folder: Path) -> str:
    """Install a project's dependencies into an empty environment; return its Python."""
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    python = str(folder / "bin" / "python")
    run(project, uv, "venv", "-q", "--python", sys.executable, str(folder))
    run(project, uv, "pip", "install", "-q", "--python", python, "-r", "pyproject.toml")
    return python


@contextmanager
def served(
    project: Path,
    python: str,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Serve a project, on a free port if not on a given one, and give its address."""
    port = port or free_port()
    address = f"http://127.0.0.1:{port}"
    log = project / "served.log"
    with (
        log.open("w", encoding="utf-8") as output,
        subprocess.Popen(
            [python, "-m", "uvicorn", "app.main:app", "--port", str(port)],
            cwd=project,
            env=clean_environment() | {"PUBLIC_URL": address} | dict(environment or {}),
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            wait_until_ready(address, process)
            yield address
        except BaseException:
            print(log.read_text(encoding="utf-8"))
            raise
        finally:
            process.terminate()


def wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the service has stopped"
        with suppress(httpx2.TransportError):
            assert httpx2.get(f"{address}/health/ready").status_code == 200
            return
        time.sleep(0.1)
    pytest.fail("the service does not answer")


def new_client(address: str) -> httpx2.Client:
    """Return a client that knows how long a hash may take on a busy machine."""
    return httpx2.Client(base_url=address, timeout=60)


def register(client: httpx2.Client) -> dict[str, object]:
    sent = {"email": EMAIL, "password": PASSWORD}
    answer = client.post("/auth/register", json=sent)
    assert answer.status_code == 201, answer.text
    user: dict[str, object] = answer.json()
    return user


def sign_in(client: httpx2.Client) -> None:
    """Sign in as a client of any style: keep the token, or the cookie that was set."""
    answer = client.post("/auth/login", json={"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    if token := answer.json().get("access_token"):
        client.headers["Authorization"] = f"Bearer {token}"
