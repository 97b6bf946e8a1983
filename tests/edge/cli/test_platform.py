"""`touchline platform …`: what a person does beside a running platform."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from cloud_sync.contract.codec import encode
from cloud_sync.contract.messages import Batch, Status
from cloud_sync.platform.database import Database
from cloud_sync.platform.intake import Intake
from cloud_sync.platform.parcels import Parcel
from cloud_sync.signing import public_key_of
from cloud_sync.stick import StickHeader, read_answer, write_stick
from edge.cli import app
from support.outbox import event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GATEWAY = "school.field"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Open as by a platform that runs."""
    one = Database(tmp_path / "platform.db")
    yield one
    one.close()


def run(folder: Path, *words: str, given: str | None = None) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["platform", *words, "--data", str(folder)], input=given)
    return done.exit_code, done.output


def take(database: Database, wire: bytes) -> None:
    Intake(database).take([Parcel(GATEWAY, "events", wire)], 100)


def batch(*seqs: int) -> Batch:
    return Batch(1, GATEWAY, "epoch1", tuple(map(event, seqs)))


def test_a_directive_from_a_file_or_the_terminal_waits_for_its_gateway(database: Database, tmp_path: Path) -> None:
    one = {"key": "report.now", "version": 3, "body": {"kind": "report"}}
    (tmp_path / "one.json").write_text(json.dumps(one))
    assert run(tmp_path, "send", GATEWAY, str(tmp_path / "one.json")) == (0, f"report.now version 3: waits for {GATEWAY}\n")
    assert run(tmp_path, "send", GATEWAY, "-", given=json.dumps([one | {"version": 4}, one | {"key": "report.too"}]))[0] == 0
    rows = database.connection.execute("SELECT key, version, state FROM directive ORDER BY key, version").fetchall()
    assert rows == [("report.now", 3, "replaced"), ("report.now", 4, "waiting"), ("report.too", 3, "waiting")]


@pytest.mark.parametrize(
    ("gateway", "text", "why"),
    [
        (GATEWAY, "{", "directive: "),
        (GATEWAY, '{"key": "report.now", "version": 4, "body": {"kind": "report"}}', "not newer than 4"),
        ("nobody", '{"key": "report.now", "body": {"kind": "report"}}', "write tenant.gateway"),
        ("school.", '{"key": "report.now", "body": {"kind": "report"}}', "write tenant.gateway"),
    ],
)
def test_what_is_no_directive_is_one_line_and_changes_nothing(
    database: Database, tmp_path: Path, gateway: str, text: str, why: str
) -> None:
    run(tmp_path, "send", GATEWAY, "-", given='{"key": "report.now", "version": 4, "body": {"kind": "report"}}')
    code, told = run(tmp_path, "send", gateway, "-", given=f'[{{"key": "report.a", "body": {{"kind": "report"}}}}, {text}]')
    assert (code, told.count("\n")) == (1, 1)
    assert why in told
    assert database.connection.execute("SELECT count(*) FROM directive").fetchone() == (1,), "all of a list, or nothing of it"


def test_the_folder_may_be_named_before_the_command(database: Database, tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["platform", "--data", str(tmp_path), "revoke", GATEWAY]).exit_code == 0
    assert database.connection.execute("SELECT id, revoked FROM gateway").fetchall() == [(GATEWAY, 1)]


def test_a_gateway_is_refused_and_taken_again(database: Database, tmp_path: Path) -> None:
    assert run(tmp_path, "revoke", GATEWAY)[0] == 0, "also one that has not been heard of yet"
    take(database, encode(batch(1)))
    assert database.connection.execute("SELECT count(*) FROM event").fetchone() == (0,)
    assert run(tmp_path, "restore", GATEWAY)[0] == 0
    take(database, encode(batch(1)))
    assert database.connection.execute("SELECT count(*) FROM event").fetchone() == (1,)


@pytest.mark.usefixtures("database")
def test_a_stick_there_and_its_answer_back(tmp_path: Path) -> None:
    status = Status(1, "offline", "epoch1", 0, "test")
    write_stick(tmp_path / "stick", StickHeader(1, GATEWAY, status, 1, public_key_of(KEY)), [batch(1, 2, 3)], KEY)
    code, told = run(tmp_path, "import", str(tmp_path / "stick"))
    assert code == 1
    assert f"touchline platform trust {GATEWAY}" in told
    assert run(tmp_path, "trust", GATEWAY, "short")[0] == 1
    assert run(tmp_path, "trust", GATEWAY, public_key_of(KEY).upper())[0] == 0
    code, told = run(tmp_path, "import", str(tmp_path / "stick"), "--answer", str(tmp_path / "answer"))
    assert code == 0
    assert "3 events new, 0 known, 0 set aside" in told
    answer = read_answer(tmp_path / "answer", None)
    assert answer.receipt.stored_up_to == 3
    assert answer.public_key in told, "a technician can compare it"
    assert "0 events new, 3 known" in run(tmp_path, "import", str(tmp_path / "stick"))[1]
    assert run(tmp_path, "import", str(tmp_path / "none"))[0] == 1


def test_what_was_set_aside_is_told_with_its_reason(database: Database, tmp_path: Path) -> None:
    wire = zlib.decompress(encode(batch(1, 2))).replace(b'"seq":2', '"seq":2,"\N{RIGHT-TO-LEFT OVERRIDE}der":1'.encode())
    take(database, zlib.compress(wire))
    code, told = run(tmp_path, "quarantine")
    assert (code, told.splitlines()[-1]) == (0, "1 set aside")
    assert f"{GATEWAY} epoch1 2: " in told
    assert told.replace("\n", "").isprintable(), "nothing that a peer has sent moves the cursor"


def test_without_a_platform_it_says_so(tmp_path: Path) -> None:
    code, told = run(tmp_path / "none", "quarantine")
    assert code == 1
    assert "no platform here" in told
    assert not (tmp_path / "none").exists()
