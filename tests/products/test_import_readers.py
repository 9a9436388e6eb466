"""Reading files: encodings, separators, broken rows, and files that are made to hurt."""

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from kervan.errors import CommandError
from kervan.products.importing import readers
from kervan.products.importing.mapping import FileOptions
from kervan.products.importing.readers import open_source
from kervan.products.importing.source import Row


def _read(path: Path, **options: Any) -> tuple[tuple[str, ...], list[Row], list[str]]:
    source = open_source(path, FileOptions(**options))
    try:
        return source.header, list(source.rows), source.notices
    finally:
        source.close()


def _write(path: Path, content: bytes | str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def _xlsx(path: Path, rows: list[list[Any]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Products")
        for number, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write(number, column, cell)
    return path


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_separator_is_found_out(tmp_path: Path, sign: str) -> None:
    path = _write(
        tmp_path / "a.csv", sign.join(("sku", "name_tr", "price")) + "\n" + sign.join(("A", "Havlu", "1.50"))
    )
    header, rows, _ = _read(path)
    assert header == ("sku", "name_tr", "price")
    assert rows == [Row(2, {"sku": "A", "name_tr": "Havlu", "price": "1.50"})]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1254"])
def test_every_encoding_is_found_out(tmp_path: Path, encoding: str) -> None:
    path = _write(tmp_path / "a.csv", "sku,name_tr\r\nA,Işık şişesi\r\n", encoding)
    header, rows, notices = _read(path)
    assert header == ("sku", "name_tr")
    assert rows == [Row(2, {"sku": "A", "name_tr": "Işık şişesi"})]
    assert bool(notices) == (encoding == "windows-1254")


@pytest.mark.parametrize(
    ("written", "declared", "word"),
    [
        ("windows-1254", "utf-8", "UTF-8"),
        ("utf-8", "windows-1254", "windows-1254"),
        ("utf-16-le", None, "UTF-16"),
        ("windows-1254", "utf-16", "UTF-16"),
    ],
)
def test_a_wrong_encoding_is_one_sentence(
    tmp_path: Path, written: str, declared: str | None, word: str
) -> None:
    path = _write(tmp_path / "a.csv", "sku,name_tr\nA,Havlu\nB,Işık\n", written)
    with pytest.raises(CommandError) as refused:
        _read(path, encoding=declared)
    assert word in str(refused.value)
    if written != "utf-16-le" and declared != "utf-16":
        assert "ine 3" in str(refused.value)


def test_one_bad_byte_in_a_utf8_file_does_not_make_it_turkish_windows(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", "sku,name_tr\nA,Işık\n".encode() + b"B,\xfe\n" + "C,Şişe\n".encode())
    with pytest.raises(CommandError, match="Line 3 .* is not UTF-8"):
        _read(path)


def test_a_byte_that_windows_1254_does_not_have_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", b"sku,name_tr\nA,\xfe\nB,\x81\n")
    with pytest.raises(CommandError, match="Line 3 .* windows-1254"):
        _read(path)


def test_cut_off_utf16_is_refused(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", "sku,name_tr\nA,Havlu\n".encode("utf-16")[:-1])
    with pytest.raises(CommandError, match="UTF-16"):
        _read(path)


def test_cells_may_hold_separators_quotes_and_line_ends(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", 'sku,name_tr\nA,"Havlu, ""büyük""\nboy"\nB,Bornoz\n')
    _, rows, _ = _read(path)
    assert [row.cells["name_tr"] for row in rows] == ['Havlu, "büyük"\nboy', "Bornoz"]
    assert [row.number for row in rows] == [2, 3]


def test_a_stray_quote_spoils_its_own_row_only(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", 'sku,name_tr\nA,"5" tabak"\nB,Bornoz\n')
    _, rows, _ = _read(path)
    assert rows[0].fault is not None
    assert rows[1] == Row(3, {"sku": "B", "name_tr": "Bornoz"})


def test_a_quote_that_is_never_closed_is_a_fault_and_not_a_long_cell(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", 'sku,name_tr\nA,Havlu\nB,"Bornoz\nC,Kilim\nD,Halı\n')
    _, rows, _ = _read(path)
    assert rows[0].cells["sku"] == "A"
    assert all(row.fault for row in rows[1:])
    assert len(rows) > 1


def test_a_row_with_more_cells_than_the_header_is_a_fault(tmp_path: Path) -> None:
    _, rows, _ = _read(_write(tmp_path / "a.csv", "sku,name_tr\nA,Havlu, büyük\nB,Bornoz,\nC\n"))
    assert rows[0].fault is not None
    assert rows[1] == Row(3, {"sku": "B", "name_tr": "Bornoz"})
    assert rows[2] == Row(4, {"sku": "C"})


def test_blank_lines_are_passed_over_and_still_counted(tmp_path: Path) -> None:
    _, rows, _ = _read(_write(tmp_path / "a.csv", "sku,name_tr\n\n,\nA,Havlu\n\n"))
    assert [row.number for row in rows] == [4]


def test_the_header_may_stand_further_down(tmp_path: Path) -> None:
    header, rows, _ = _read(
        _write(tmp_path / "a.csv", "Fiyat listesi\n2026\nsku,name_tr\nA,H\n"), header_row=3
    )
    assert header == ("sku", "name_tr")
    assert rows[0].number == 4


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_a_file_without_a_header_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(CommandError, match="no header"):
        _read(_write(tmp_path / "a.csv", content))


def test_json_lines_keep_numbers_exact_and_lists_whole(tmp_path: Path) -> None:
    path = _write(
        tmp_path / "a.jsonl", '{"sku": "A", "price": 10.10, "ean": ["1", "2"]}\n\n{"sku": "B", "new": null}\n'
    )
    header, rows, _ = _read(path)
    assert header == ("sku", "price", "ean", "new")
    assert str(rows[0].cells["price"]) == "10.10"
    assert rows[0].cells["ean"] == ["1", "2"]
    assert rows[1].number == 3


@pytest.mark.parametrize(
    "line", ["[1]", "{", "nonsense", '{"a": 1} {"b": 2}', '{"a": "\\ud800"}', "[" * 100_000]
)
def test_a_line_that_is_no_object_is_a_fault_of_that_line(tmp_path: Path, line: str) -> None:
    _, rows, _ = _read(_write(tmp_path / "a.jsonl", f'{{"sku": "A"}}\n{line}\n{{"sku": "B"}}\n'))
    assert [row.fault is None for row in rows] == [True, False, True]


def test_a_packed_file_is_unpacked_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"sku": "A"}\n' * 1000))
    assert len(_read(path)[1]) == 1000


def test_a_packed_file_that_never_ends_a_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"sku,name_tr\n" + b"x" * 20_000_000))
    with pytest.raises(CommandError, match="longer than 1 MB"):
        _read(path)


def test_a_packed_file_that_unpacks_to_gigabytes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "MOST_UNPACKED", 1_000_000)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"sku,name_tr\n" * 100_000))
    with pytest.raises(CommandError, match="larger than 4 GB"):
        _read(path)


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv.gz"])
def test_a_damaged_packed_file_is_refused(tmp_path: Path, name: str) -> None:
    packed = gzip.compress(bytes(range(32, 120)) * 50 + b"\n")
    for content in (packed[:-20], b"no gzip at all", packed[:30] + b"\xff" * 20 + packed[50:]):
        with pytest.raises(CommandError):
            _read(_write(tmp_path / name, content))


def test_a_sheet_is_read_with_its_row_numbers_and_plain_numbers(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["sku", "name_tr", "price", "gtin"],
        ["A", "Işık", 12.5, 8690000000012],
        [None, None, None, None],
        ["B", "=1+1", 0.1 + 0.2, None],
    ]
    header, found, _ = _read(_xlsx(tmp_path / "a.xlsx", rows))
    assert header == ("sku", "name_tr", "price", "gtin")
    assert found[0] == Row(2, {"sku": "A", "name_tr": "Işık", "price": "12.5", "gtin": 8690000000012})
    assert (found[1].number, found[1].cells["name_tr"], found[1].cells["price"]) == (4, "=1+1", "0.3")


def test_a_sheet_can_be_named_and_a_missing_one_is_a_sentence(tmp_path: Path) -> None:
    path = _xlsx(tmp_path / "a.xlsx", [["sku"], ["A"]])
    assert len(_read(path, sheet="Products")[1]) == 1
    with pytest.raises(CommandError, match="no sheet Prices; its sheets are Products"):
        _read(path, sheet="Prices")


def test_reading_a_sheet_can_stop_half_way(tmp_path: Path) -> None:
    path = _xlsx(tmp_path / "a.xlsx", [["sku"], *([f"S{n}"] for n in range(5000))])
    source = open_source(path, FileOptions())
    next(source.rows)
    source.close()
    assert 0 <= source.progress() <= 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"sku;name_tr\nA;B\n"])
def test_a_file_that_only_calls_itself_xlsx_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(CommandError, match="not an XLSX file"):
        _read(_write(tmp_path / "a.xlsx", content))


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(CommandError, match="not an XLSX file"):
        _read(tmp_path / "a.xlsx")


def test_a_zip_bomb_is_refused_by_its_directory(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    assert path.stat().st_size < 100_000
    with pytest.raises(CommandError, match="unpacks to far more"):
        _read(path)


def test_an_archive_of_countless_parts_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        for number in range(2001):
            archive.writestr(f"xl/{number}", "")
    with pytest.raises(CommandError, match="unpacks to far more"):
        _read(tmp_path / "a.xlsx")


def test_an_xlsx_over_50_mb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with path.open("wb") as file:
        file.truncate(50 * 1024**2 + 1)
    with pytest.raises(CommandError, match="larger than 50 MB"):
        _read(path)


def _with_sheet(path: Path, xml: str) -> Path:
    """A sound workbook whose only sheet is replaced."""
    whole = io.BytesIO()
    with xlsxwriter.Workbook(whole) as book:
        book.add_worksheet("Products").write_string(0, 0, "sku")
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            new.writestr(part, xml.encode() if part.filename == "xl/worksheets/sheet1.xml" else content)
    return path


def test_two_cells_at_the_far_corners_of_a_sheet_do_not_fill_the_memory(tmp_path: Path) -> None:
    cell = '<c r="{0}" t="inlineStr"><is><t>sku</t></is></c>'
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f'<row r="1">{cell.format("A1")}</row><row r="1048576">{cell.format("XFD1048576")}</row>'
        "</sheetData></worksheet>"
    )
    with pytest.raises(CommandError, match="unpacks to far more"):
        _read(_with_sheet(tmp_path / "a.xlsx", xml))


@pytest.mark.parametrize("name", ["a.pdf", "a", "a.xls", "a.gz", "a.xlsx.gz"])
def test_other_kinds_of_files_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError):
        _read(_write(tmp_path / name, b"sku\nA\n"))


def test_a_missing_file_and_a_folder_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "b.csv").mkdir()
    for name in ("a.csv", "a.xlsx", "a.jsonl", "b.csv"):
        with pytest.raises(CommandError, match="cannot be read"):
            _read(tmp_path / name)


@settings(max_examples=150, deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=400), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    )
)
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.csv.gz", "a.xlsx"])
def test_any_bytes_are_rows_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content if name != "a.csv.gz" else gzip.compress(content))
    try:
        _, rows, _ = _read(path)
    except CommandError:
        return
    assert all(row.number >= 1 for row in rows)
