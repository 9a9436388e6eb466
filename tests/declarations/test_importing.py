"""A carrier's list of parcels: checked first, taken row by row, only one's own."""

import contextlib
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from papering import CARRIER, Case, a_hand_over, etgb, handed_over, invoiced

from kervan.declarations import importing, queries, service
from kervan.declarations.commands import describe
from kervan.errors import Invalid
from kervan.orders.deadlines import today
from kervan.orders.tables import Side

HEADER = "waybill;etgb number;registered;closed;delivered\n"


def a_list(*rows: str, header: str = HEADER) -> bytes:
    return (header + "\n".join(rows)).encode()


async def two_firms() -> tuple[Case, Case]:
    mine = await handed_over()
    other = await invoiced("baska-havlu")
    await service.hand_over(
        other.seller, other.selling, await other.version(), a_hand_over(waybill="HK0000000001")
    )
    return mine, other


def whole(waybill: str = "HK1234567890", number: str = "") -> str:
    day = f"{today():%d.%m.%Y}"
    return f"{waybill};{number or etgb()};{day};{day};{day}"


@pytest.mark.usefixtures("db")
async def test_a_dry_run_writes_nothing_and_tells_every_step() -> None:
    case = await handed_over()
    report = await importing.check(a_list(whole()), CARRIER, case.trade.exporter)
    assert (report.moved, report.unchanged, report.refused, report.committed) == (1, 0, 0, False)
    assert [step.action for step in report.rows[0].steps] == ["register", "close", "deliver"]
    assert await case.state() == "HANDED_TO_CARRIER"


@pytest.mark.usefixtures("db")
async def test_a_list_that_is_taken_moves_the_orders_and_again_changes_nothing() -> None:
    case = await handed_over()
    for moved, unchanged in ((1, 0), (0, 1)):
        report = await importing.take(
            a_list(whole()), CARRIER, case.trade.exporter, case.seller, Side.EXPORTER
        )
        assert (report.moved, report.unchanged, report.refused) == (moved, unchanged, 0)
    assert await case.state() == "DELIVERED"
    found = await queries.of_order(case.id)
    assert found is not None
    assert (found.etgb_number, found.source) == (etgb(), "CSV")


@pytest.mark.usefixtures("db")
async def test_an_exporter_takes_only_its_own_parcels_and_staff_all() -> None:
    mine, other = await two_firms()
    data = a_list(whole(number=etgb(1)), whole("HK0000000001", etgb(2)))
    report = await importing.take(data, CARRIER, mine.trade.exporter, mine.seller, Side.EXPORTER)
    assert (report.moved, report.refused) == (1, 1)
    assert await other.state() == "HANDED_TO_CARRIER"
    foreign = report.rows[1].problems
    unknown = (await importing.check(a_list(whole("HK9999999999")), CARRIER, mine.trade.exporter)).rows[0]
    assert [problem.message for problem in foreign] == [problem.message for problem in unknown.problems]
    assert report.rows[1].order_number is None
    report = await importing.take(data, CARRIER, None, None, Side.CARRIER)
    assert (report.moved, report.unchanged) == (1, 1)
    assert await other.state() == "DELIVERED"


@pytest.mark.usefixtures("db")
async def test_another_carriers_list_finds_nothing() -> None:
    case = await handed_over()
    report = await importing.check(a_list(whole()), "BASKA", case.trade.exporter)
    assert report.refused == 1


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    "row",
    [
        "=HYPERLINK(1);;;;",
        "HK1234567890;=1+1;22.11.2026;;",
        "HK1234567890;@SUM(A1);22.11.2026;;",
        "HK1234567890;26341300ET00012345;;;",
        "HK1234567890;;22.11.2026;;",
        "HK1234567890;26341300ET00012345;31.02.2026;;",
        "HK1234567890;26341300ET00012345;01.01.2099;;",
        "HK1234567890;;;22.11.2026;",
        "HK1234567890;;;;22.11.2026",
        "HK1234567890;12;22.11.2026;;",
        ";26341300ET00012345;22.11.2026;;",
    ],
)
async def test_a_bad_row_is_refused_by_its_line_and_the_others_are_taken(row: str) -> None:
    case = await handed_over()
    data = a_list("HK0000000099;;;;", row, "")
    report = await importing.take(data, CARRIER, case.trade.exporter, case.seller, Side.EXPORTER)
    assert [found.line for found in report.rows] == [2, 3]
    assert report.rows[1].problems
    assert await case.state() == "HANDED_TO_CARRIER"
    good = await importing.take(
        a_list(whole(), row if "HK1234567890" not in row else ""),
        CARRIER,
        case.trade.exporter,
        case.seller,
        Side.EXPORTER,
    )
    assert good.moved == 1


@pytest.mark.usefixtures("db")
async def test_a_waybill_that_comes_twice_is_refused_the_second_time() -> None:
    case = await handed_over()
    report = await importing.check(a_list(whole(), whole()), CARRIER, case.trade.exporter)
    assert (report.moved, report.refused) == (1, 1)


@pytest.mark.usefixtures("db")
async def test_what_was_typed_is_not_overwritten_by_a_list() -> None:
    case = await handed_over()
    await service.register(case.seller, case.selling, await case.version(), etgb(1), today())
    report = await importing.take(
        a_list(whole(number=etgb(2))), CARRIER, case.trade.exporter, case.seller, Side.EXPORTER
    )
    assert report.refused == 1
    assert await case.state() == "ETGB_REGISTERED"


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("header", "separator", "encoding"),
    [
        ("Gönderi No,ETGB No,Tescil Tarihi,İntaç Tarihi,Teslim Tarihi\n", ",", "utf-8-sig"),
        ("Konşimento;Beyanname No;Tescil Tarihi;Kapanma Tarihi;Teslim Tarihi\n", ";", "windows-1254"),
        ("WAYBILL\tETGB_NUMBER\tREGISTERED_ON\tCLOSED_ON\tDELIVERED_ON\n", "\t", "utf-8"),
    ],
)
async def test_lists_come_in_turkish_with_other_separators_and_encodings(
    header: str, separator: str, encoding: str
) -> None:
    case = await handed_over()
    data = (header + whole().replace(";", separator)).encode(encoding)
    report = await importing.check(data, CARRIER, case.trade.exporter)
    assert report.moved == 1, report.rows


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01",
        b"name;price\n1;2",
        b"waybill\nHK1",
        b"waybill;registered;registered\n",
        b"PK\x03\x04\x00",
        b'waybill;closed\n"HK1;',
        b"waybill;closed\n" + b"HK123456;\n" * (importing.MOST_ROWS + 1),
        b"x" * (importing.LARGEST + 1),
    ],
)
@pytest.mark.usefixtures("db")
async def test_a_file_that_is_no_list_is_refused_as_a_whole(data: bytes) -> None:
    with pytest.raises(Invalid):
        await importing.check(data, CARRIER, 1)


@given(st.binary(max_size=400))
def test_no_file_breaks_the_reader(data: bytes) -> None:
    with contextlib.suppress(Invalid):
        list(importing._lines(b"waybill;closed\n" + data))


@pytest.mark.usefixtures("db")
async def test_the_report_of_the_command_names_lines_and_reasons() -> None:
    case = await handed_over()
    report = await importing.check(a_list(whole(), "HK999999;;;;"), CARRIER, case.trade.exporter)
    told = describe(report)
    assert "line 3: No parcel of yours has this waybill number with this carrier. [HK999999]" in told
    assert "2 rows: 1 move their order, 0 say nothing new, 1 refused." in told
    assert "Dry run" in told


def test_the_command_is_there(tmp_path: Path) -> None:
    from kervan.cli import cli

    assert "carriers" in cli.list_commands(None)  # type: ignore[arg-type]  # it asks nothing of the context
    found = CliRunner().invoke(cli, ["carriers", "import", str(tmp_path / "no.csv"), "--carrier", "X"])
    assert found.exit_code == 2
