"""What is shipped: the wheel holds all it needs, compose and Dockerfile hold together."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked into an empty folder."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    [path] = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_runs_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    code = """
import kervan, kervan_search, kervan.app
from kervan.demo.load import rows
from kervan.resources import fixtures_dir, templates_dir
from kervan.trade import nomenclature
assert "site" in kervan.__file__, kervan.__file__
assert templates_dir().is_relative_to(kervan.__path__[0])
assert (templates_dir() / "_static").is_dir()
print(len(nomenclature.sections()), len(list(rows())) > 500)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(wheel), "KERVAN_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "21 True", done.stderr


def test_the_wheel_migrates_an_empty_database(wheel: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kervan.cli", "migrate"],
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(wheel), "KERVAN_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "ok" in done.stdout


def test_compose_follows_the_schema_and_has_no_default_secret() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    text = (ROOT / "compose.yaml").read_text()
    for secret in ("KERVAN_SECRET", "POSTGRES_PASSWORD", "MEILI_MASTER_KEY", "KERVAN_METRICS_TOKEN"):
        assert f"${{{secret}:?" in text, f"{secret} must be asked for, never defaulted"
    assert 'MEILI_NO_ANALYTICS: "true"' in text
    assert not re.search(r"image: \S+:latest", text)


def test_every_variable_of_compose_is_in_the_example() -> None:
    wanted = set(re.findall(r"\$\{(\w+)[:}]", (ROOT / "compose.yaml").read_text()))
    given = set(re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.M))
    assert wanted == given


def test_compose_catches_mails_until_a_server_is_named() -> None:
    text = (ROOT / "compose.yaml").read_text()
    assert "SMTP_URL: ${SMTP_URL:-smtp://mailpit:1025}" in text
    assert re.search(r"^  mailpit:$", text, re.M)


def test_the_image_copies_what_the_wheel_is_made_of() -> None:
    copied = set(re.findall(r"^COPY (?!--)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.M))
    names = {name for line in copied for name in line.split()}
    assert {"platform", "search", "templates", "fixtures", "pyproject.toml", "README.md", "LICENSE"} <= names
    assert all((ROOT / name).exists() for name in names)
