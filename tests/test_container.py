"""The container and what is composed with it: judged by linters, and followed by hand."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from compose_spec import PyCompose
from conftest import Bake
from ports import free_port
from shell import clean_environment, run
from template import COMBINATIONS, PROJECT, name_of
from test_served import new_client, register, sign_in

DOCKERFILE = PROJECT / "Dockerfile"
COMPOSE = PROJECT / "compose.yaml"
# What a container listens on, and what its folder is called.
PORT, FOLDER = "8000", "/service"


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return loaded


def is_ignored(project: Path, name: str) -> bool:
    """Whether what is in the project's folder under that name stays out of the image."""
    ignored = (project / ".dockerignore").read_text(encoding="utf-8").split()
    return any(fnmatch(name, pattern.removeprefix("**/")) for pattern in ignored)


def test_the_dockerfile_has_no_bad_habits() -> None:
    run(PROJECT, str(Path(sys.executable).parent / "hadolint"), str(DOCKERFILE))


def test_what_is_composed_is_there_and_found_by_its_name() -> None:
    services = compose()["services"]
    environment = services["service"]["environment"]
    urls = [value for value in environment.values() if "://" in value]
    images = {
        name: it.get("image", "").partition(":")[0] for name, it in services.items()
    }

    assert images["postgres"] == "postgres"
    assert images["redis"] == "redis"
    assert images["mail"] == "axllent/mailpit"
    assert {urlsplit(url).hostname for url in urls} == {"postgres", "redis", "mail"}


def test_what_is_composed_is_as_the_specification_has_it() -> None:
    PyCompose.from_json(json.dumps(compose())).validate()


def test_what_is_composed_waits_for_what_it_needs() -> None:
    services = compose()["services"]

    for service in services.values():
        for needed, how in service.get("depends_on", {}).items():
            is_a_step = how["condition"] == "service_completed_successfully"
            assert is_a_step or how["condition"] == "service_healthy"
            assert is_a_step or "healthcheck" in services[needed]
    # While it is being set up, PostgreSQL answers at its socket alone.
    assert "127.0.0.1" in services["postgres"]["healthcheck"]["test"]
    assert services["migrate"]["command"][-1] == "migrate"
    assert "migrate" in services["service"]["depends_on"]


@pytest.mark.parametrize("name", [".env", ".env.production", "key.pem", "app.db"])
def test_what_an_installation_keeps_to_itself_is_in_no_image(name: str) -> None:
    assert is_ignored(PROJECT, name)


def test_what_is_composed_is_for_trying_out_and_for_nobody_else_to_reach() -> None:
    for name, service in compose()["services"].items():
        assert ":" in service.get("image", "its:own"), name
        assert all(it.startswith("127.0.0.1:") for it in service.get("ports", []))
        if "build" in service:
            # The environment counts more than any file.
            assert service["environment"]["ENVIRONMENT"] == "development"


@dataclass(frozen=True)
class Instruction:
    name: str
    text: str


def stages() -> list[list[Instruction]]:
    """Return the instructions of a Dockerfile, stage by stage."""
    text = DOCKERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [it for it in text.splitlines() if it and not it.startswith("#")]
    found: list[list[Instruction]] = []
    for line in lines:
        if line.startswith("FROM "):
            found.append([])
        found[-1].append(Instruction(*line.split(" ", 1)))
    return found


def test_the_last_stage_has_no_tools_to_build_with_and_nobody_is_root() -> None:
    building, last = stages()
    name = building[0].text.rpartition(" AS ")[2]
    of = {it.name: it.text for it in last}

    assert of["FROM"].endswith("-slim")
    assert of["RUN"].startswith("useradd ")
    assert Instruction("COPY", f"--from={name} /service/.venv .venv") in last
    assert int(of["USER"]) > 0
    assert "--workers" not in of["CMD"]


class Container:
    """A folder in which the instructions are followed that do not change the machine."""

    def __init__(self, project: Path, folder: Path) -> None:
        self.project = project
        self.work = folder / "service"
        self.work.mkdir()
        self.environment = {"PATH": f"{folder}/python/bin:{os.defpath}"}
        self.port = str(free_port())
        run(folder, sys.executable, "-m", "venv", "python")

    def build(self) -> None:
        for stage in stages():
            for instruction in stage:
                self.follow(instruction)

    def follow(self, instruction: Instruction) -> None:
        match instruction:
            case Instruction("COPY", text) if not text.startswith("--from="):
                *sources, _ = text.split()
                for source in sources:
                    self.copy(source)
            case Instruction("RUN", text) if not text.startswith("useradd "):
                run(self.work, "sh", "-c", self.here(text), **self.environment)
            case Instruction("ENV", text):
                for pair in shlex.split(self.here(text)):
                    name, value = pair.split("=", 1)
                    value = value.replace("$PATH", self.environment["PATH"])
                    self.environment[name] = value

    def copy(self, pattern: str) -> None:
        for source in self.project.glob("*" if pattern == "." else pattern):
            if not is_ignored(self.project, source.name):
                into = self.work / source.name
                copy = shutil.copytree if source.is_dir() else shutil.copy
                copy(source, into)

    def here(self, text: str) -> str:
        return text.replace(FOLDER, str(self.work))

    def said(self, name: str) -> list[str]:
        """Return the command after the last instruction of this name."""
        last = [it.text for it in stages()[-1] if it.name == name][-1]
        command = re.sub(r"^.*?\[", "[", last)
        words: list[str] = json.loads(command)
        return [word.replace(PORT, self.port) for word in words]

    @contextmanager
    def running(self, environment: dict[str, str]) -> Iterator[str]:
        everything = clean_environment() | self.environment | environment
        command = [*self.said("CMD"), "--port", self.port]
        with subprocess.Popen(command, cwd=self.work, env=everything) as process:
            try:
                self.wait_until_healthy(everything)
                yield f"http://127.0.0.1:{self.port}"
            finally:
                process.terminate()
                # Then it would be killed.
                try:
                    process.wait(10)
                finally:
                    process.kill()

    def wait_until_healthy(self, environment: dict[str, str]) -> None:
        for _ in range(60):
            check = self.said("HEALTHCHECK")
            if not subprocess.call(check, cwd=self.work, env=environment):
                return
            time.sleep(0.5)
        pytest.fail("the container does not become healthy")


@pytest.mark.parametrize("answers", COMBINATIONS[:1], ids=name_of)
def test_its_instructions_make_a_service_that_runs(
    answers: dict[str, str], bake: Bake, tmp_path: Path
) -> None:
    project = bake(answers)
    run(project, sys.executable, "-m", "app", "make-env")
    container = Container(project, tmp_path)
    production = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/service.db",
        "PUBLIC_URL": "https://example.com",
    }
    migrate = compose()["services"]["migrate"]["command"]

    container.build()
    run(container.work, *migrate, **container.environment, **production)
    with (
        container.running(production) as address,
        new_client(address) as client,
    ):
        register(client)
        sign_in(client)
        # Who never comes to an end holds nobody up.
        slow = socket.create_connection(("127.0.0.1", int(container.port)))
        slow.sendall(
            b"POST /auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{"
        )

    slow.close()
    assert container.environment["ENVIRONMENT"] == "production"
    assert not (container.work / ".env").exists()
    assert not (container.work / "tests").exists()
