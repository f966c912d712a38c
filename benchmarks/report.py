"""The numbers as tables and a plot, in `README.md` here and of the template: ratios, not speeds."""

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from services import ALONE, BARE, CLAIMS, OURS, PEER_DATABASE, PEER_JWT, TRICKS, without

HERE = Path(__file__).parent
START, END = "<!-- results -->", "<!-- end of results -->"
DATABASES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}
SHOWN = [BARE, *CLAIMS, *OURS, PEER_DATABASE, PEER_JWT]


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def ratio(a: float, b: float) -> str:
    return f"{a / b:.2f}"


def rate(found: dict[str, Any], database: str, name: str) -> float:
    return float(found[f"signed_in, {database}"]["many"][name]["rate"])


def times(found: dict[str, Any], database: str, name: str) -> str:
    """Return how many times a service is as fast as fastapi-users is in its way."""
    if name in (BARE, *CLAIMS):
        return ""
    peer = PEER_JWT if "jwt" in name.lower() else PEER_DATABASE
    return ratio(rate(found, database, name), rate(found, database, peer))


def signed_in(found: dict[str, Any]) -> str:
    rows = []
    for name in SHOWN:
        row = [name]
        for database in DATABASES:
            answers = found[f"signed_in, {database}"]
            row += [
                ratio(rate(found, database, name), rate(found, database, BARE)),
                times(found, database, name),
                f"{answers['many'][name]['p99']:.0f} ms",
            ]
        answers = found["signed_in, postgresql"]
        row += [f"{answers['memory'][name]} MiB", f"{answers['start'][name]:.1f} s"]
        rows.append(row)
    header = ["`GET /users/me`"]
    for title in DATABASES.values():
        header += [f"{title}: of bare FastAPI", "times fastapi-users", "p99"]
    return table([*header, "memory", "start"], rows)


def single(found: dict[str, Any]) -> str:
    rows = []
    for alone in ALONE:
        name = alone.rpartition(", ")[0]
        row = [name]
        for database in DATABASES:
            asked = found[f"signed_in, {database}"]["single"]
            row.append(ratio(asked[name]["rate"], asked[alone]["rate"]))
        rows.append(row)
    return table(["over one connection, of look-ups alone", *DATABASES.values()], rows)


def storm(found: dict[str, Any]) -> str:
    rows = []
    for database, title in DATABASES.items():
        asked = found[f"storm, {database}"]
        rows += [
            [
                f"{name}, {title}",
                f"{asked['calm'][name]['p99']:.0f} ms",
                f"{asked['storm'][name]['p99']:.0f} ms",
                ratio(asked["storm"][name]["p99"], asked["calm"][name]["p99"]),
                signs_per_hash(asked, name),
            ]
            for name in asked["calm"]
        ]
    header = ["while four sign in", "calm p99", "p99", "ratio", "sign-ins per hash"]
    return table(header, rows)


def signs_per_hash(asked: dict[str, Any], name: str) -> str:
    signs = asked["sign_ins"].get(name)
    return ratio(signs, asked["hashes"]) if signs else ""


def growth(found: dict[str, Any]) -> str:
    rows = []
    for database, title in DATABASES.items():
        few, many = found[f"growth, {database}"].values()
        rows += [
            [f"{name}, {title}", ratio(many[name]["rate"], few[name]["rate"])]
            for name in few
        ]
    return table(["a million logins, of a thousand", "answers per second"], rows)


def tricks(found: dict[str, Any]) -> str:
    rows = []
    for trick, names in TRICKS.items():
        for name in names:
            row = [f"{trick}: {name}"]
            for database in DATABASES:
                asked = found[f"tricks, {database}"][trick]
                slower = asked[without(trick, name)]
                row.append(ratio(asked[name]["rate"], slower["rate"]))
            rows.append(row)
    return table(["times as fast with", *DATABASES.values()], rows)


def bakes(found: dict[str, Any]) -> str:
    ours, one_file, with_hooks = found["bakes"].values()
    return (
        f"A bake takes {ratio(ours, one_file)} times as long as one of a single file,"
        f" and one of a single file with two hooks that do nothing"
        f" {ratio(with_hooks, one_file)} times.\n"
    )


def write(found: dict[str, Any]) -> None:
    versions = ", ".join(f"{name} {it}" for name, it in found["machine"].items())
    tables = [part(found) for part in (single, storm, growth, tricks, bakes)]
    fill(HERE.parent / "README.md", signed_in(found))
    fill(HERE / "README.md", "\n".join([f"With {versions}.\n", *tables]))
    plot(found)


def fill(page: Path, results: str) -> None:
    """Put the results where the page has a place for them."""
    before, _, rest = page.read_text(encoding="utf-8").partition(START)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{START}\n{results}{END}{after}", encoding="utf-8")


def plot(found: dict[str, Any]) -> None:
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    names = SHOWN[::-1]
    for shift, (database, title) in zip((0.2, -0.2), DATABASES.items(), strict=True):
        bare = rate(found, database, BARE)
        shares = [rate(found, database, name) / bare for name in names]
        places = [place + shift for place in range(len(names))]
        axes.barh(places, shares, height=0.38, label=title)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("answers per second to GET /users/me, of bare FastAPI")
    axes.legend()
    figure.savefig(HERE / "results.svg")


if __name__ == "__main__":
    write(json.loads((HERE / "results.json").read_text(encoding="utf-8")))
