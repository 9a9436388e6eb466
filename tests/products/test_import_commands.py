"""`kervan import`: exit codes, what is printed, and the template."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from factories import make_exporter

from kervan.db import engine, fetchval
from kervan.errors import CommandError
from kervan.products.importing import template
from kervan.products.importing.commands import import_group
from kervan.products.importing.mapping import FileOptions, Mapping, fields, plan
from kervan.products.importing.readers import open_source


def _kervan(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "kervan.cli", "import", *map(str, words)]
    environ = os.environ | {"DATABASE_URL": str(engine().config["dsn"]), "COLUMNS": "200"}
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)


def _file(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(("sku;name_tr;price;currency;colour", *rows)), encoding="utf-8")
    return path


async def test_a_good_file_is_checked_then_saved(db: None, tmp_path: Path) -> None:
    await make_exporter()
    path = _file(tmp_path / "a.csv", "A;Havlu;12,50;EUR;", "B;Bornoz;20;EUR;")
    dry = _kervan("products", path, "--exporter", "ayse-havlu")
    assert (dry.returncode, dry.stderr.strip()) == (0, "")
    assert "2 rows: 2 good, 0 refused" in dry.stdout
    assert "nothing was written" in dry.stdout
    assert "not used: colour" in dry.stdout
    assert await fetchval("SELECT count(*) FROM product") == 0
    done = _kervan("products", path, "--exporter", "ayse-havlu", "--commit")
    assert done.returncode == 0
    assert "Saved: 2 new, 0 changed, 0 as they were." in done.stdout
    assert await fetchval("SELECT count(*) FROM product") == 2


async def test_refused_rows_are_exit_code_3_and_a_file_beside_the_input(db: None, tmp_path: Path) -> None:
    await make_exporter()
    path = _file(tmp_path / "a.csv", "A;Havlu;12,50;EUR;", "B;Bornoz;;EUR;", "C;;1;EUR;")
    done = _kervan("products", path, "--exporter", "ayse-havlu", "--commit")
    assert done.returncode == 3
    assert "row 4: name_tr: Give the Turkish name" in done.stdout
    assert "Issues by field: name_tr 1" in done.stdout
    [row] = csv.DictReader((tmp_path / "a.csv.errors.csv").read_text(encoding="utf-8-sig").splitlines())
    assert (row["error_row"], row["sku"]) == ("4", "C")
    assert await fetchval("SELECT count(*) FROM product") == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("a.csv", "--exporter", "nobody"), "no exporter"),
        (("none.csv", "--exporter", "ayse-havlu"), "cannot be read"),
        (("a.csv", "--exporter", "ayse-havlu", "--mapping", "none.toml"), "cannot be read"),
        (("a.csv", "--exporter", "ayse-havlu", "--mapping", "bad.toml"), "there is no field 'skuu'"),
        (("names.csv", "--exporter", "ayse-havlu"), "no column sku"),
    ],
)
async def test_what_is_refused_is_exit_code_1_and_one_sentence(
    db: None, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    await make_exporter()
    _file(tmp_path / "a.csv", "A;Havlu;1;EUR;")
    (tmp_path / "names.csv").write_text("name_tr\nHavlu\n", encoding="utf-8")
    (tmp_path / "bad.toml").write_text('[columns]\nskuu = "a"\n', encoding="utf-8")
    done = _kervan("products", *(tmp_path / word if "." in word else word for word in words))
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx"])
def test_the_template_is_a_file_that_the_import_understands(tmp_path: Path, name: str) -> None:
    done = CliRunner().invoke(import_group, ["template", str(tmp_path / name)])
    assert done.exit_code == 0
    source = open_source(tmp_path / name, FileOptions())
    try:
        assert source.header == fields()
        assert list(source.rows) == []
        assert plan(Mapping(), source.header).unused == ()
    finally:
        source.close()


def test_the_examples_of_the_template_are_a_good_product(tmp_path: Path) -> None:
    from datetime import date

    from kervan.products.importing.rows import reader
    from kervan.products.importing.source import Row

    cells = {name: example for name, (_, _, example) in template.HELP.items()}
    parsed = reader(plan(Mapping(), fields()), {}, date(2026, 11, 22))(Row(2, cells))
    assert parsed.issues == []
    assert parsed.product is not None
    assert len(parsed.product.tiers) == 3
    assert parsed.product.micro_export_ok


@pytest.mark.parametrize("name", ["t.pdf", "t"])
def test_a_template_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError):
        template.write(tmp_path / name)


def test_a_template_never_writes_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(CommandError):
        template.write(path)
    assert path.read_text(encoding="utf-8") == "mine"
