"""What a failure of ours writes into the log: where it happened, never whose data it was."""

import pytest

from kervan.db import execute
from kervan.settings import load
from kervan.web import logging


@pytest.mark.parametrize("json", [True, False])
async def test_a_refused_row_is_not_copied_into_the_log(
    db: None, json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    import msgspec
    import structlog

    logging.setup(msgspec.structs.replace(load(), log_json=json))
    log = structlog.get_logger("kervan.test")
    sql = """INSERT INTO person (public_id, name, email, email_key, language, state, password_hash)
        VALUES ('p', $1, 'ayse@gizli.example', 'ayse@gizli.example', 'en', 'ACTIVE', 'argon-hash')"""
    await execute(sql, "Ayşe\nGizli")
    for wrong in ("Ayşe\nGizli", "", 10000000146):
        try:
            await execute(sql, wrong)
        except Exception:
            log.exception("request failed")
    written = capsys.readouterr().err
    logging.setup(load())
    assert written.count("request failed") == 3
    assert "UniqueViolationError" in written
    assert "CheckViolationError" in written
    assert "DataError" in written
    assert "test_traces.py" in written, "the place is told"
    for datum in ("ayse@gizli.example", "argon-hash", "Gizli", "10000000146"):
        assert datum not in written
