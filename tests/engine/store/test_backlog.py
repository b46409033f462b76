from contextlib import closing
from pathlib import Path

from plans import moment

from secours.engine.store import backlog
from secours.engine.store.backlog import Backlog
from secours.engine.store.database.write_queue import Place
from secours.engine.store.reader import HistoryReader
from secours.engine.store.store import Store
from secours.model.observed import Reason
from secours.model.snapshot import Change

CHANGE = Change(
    at=moment(1),
    subject="mark",
    name="mail",
    before="",
    after="down",
    reason=Reason.DECLARED,
    facts={"by": "Ana", "n": 1},
)
LEFT = Backlog(
    notes=((1000, "Ana", "note", "später"),),
    changes=((CHANGE, Place(1, 2, moment(1))), (CHANGE, None)),
)
GENEROUSLY_S = 60.0


def test_what_is_kept_is_found(tmp_path: Path) -> None:
    assert backlog.keep(LEFT, tmp_path)

    assert backlog.found(tmp_path, tmp_path / "none") == [LEFT]
    assert (tmp_path / backlog.NAME).stat().st_mode & 0o777 == 0o600


def test_where_nothing_is_left_there_is_no_file(tmp_path: Path) -> None:
    backlog.keep(LEFT, tmp_path)

    assert backlog.keep(Backlog(), tmp_path)
    assert backlog.keep(Backlog(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_refuses_is_said(tmp_path: Path) -> None:
    assert not backlog.keep(LEFT, tmp_path / "none")


def test_a_file_that_cannot_be_read_is_left_for_people(tmp_path: Path) -> None:
    (tmp_path / backlog.NAME).write_bytes(b"spoilt")

    assert backlog.found(tmp_path) == []
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"spoilt"]
    assert not (tmp_path / backlog.NAME).exists()


def test_it_is_taken_in_once_however_often_it_is_found(tmp_path: Path) -> None:
    for _ in range(3):
        with closing(Store(tmp_path)) as store:
            store.take_in(LEFT)
            store.take_in(LEFT)
            assert store.unwritten() or store.wait_written(GENEROUSLY_S)
            assert store.wait_written(GENEROUSLY_S)
            assert store.unwritten() == Backlog()

    with HistoryReader(tmp_path) as history:
        entries = history.journal()
    assert [(e.kind, e.by, e.text) for e in entries if not e.change] == [
        ("note", "Ana", "später")
    ]
    assert [e.change for e in entries if e.change] == [CHANGE, CHANGE]
