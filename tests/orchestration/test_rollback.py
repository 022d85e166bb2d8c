import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.publish import point_at, prune
from orchestration.rollback import RollbackRefusedError, main, rollback
from orchestration.settings import Settings
from tests.publish.shop import Warehouse


def warehouse(folder: Path, versions: int) -> Settings:
    (folder / "versions").mkdir()
    settings = Settings(folder, folder, "", "", False)
    for number in range(1, versions + 1):
        path = folder / "versions" / f"marts-2026010{number}T000000000000Z.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"create table version as select {number} as number")
        point_at(settings.published_file, path)
    return settings


def published(settings: Settings) -> int:
    with duckdb.connect(str(settings.published_file.resolve()), read_only=True) as connection:
        return int(connection.execute("select number from version").fetchall()[0][0])


def test_a_rollback_goes_one_version_back_each_time_and_then_refuses(tmp_path: Path) -> None:
    settings = warehouse(tmp_path, 3)
    rollback(settings)
    assert published(settings) == 2
    rollback(settings)
    assert published(settings) == 1
    with pytest.raises(RollbackRefusedError, match="no older version is kept"):
        rollback(settings)
    assert published(settings) == 1


def test_nothing_published_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path))
    assert main() == 1
    assert "nothing is published yet" in capsys.readouterr().err


def test_the_overview_shows_the_version_that_a_rollback_went_back_to(
    shop: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Prevents: the page of the wrong numbers, still lying there after they were taken back.
    settings = Settings(tmp_path, tmp_path, "", "", False)
    (tmp_path / "versions").mkdir()
    good = next((shop.folder / "versions").glob("marts-*.duckdb"))
    shutil.copy(good, tmp_path / "versions" / good.name)
    wrong = tmp_path / "versions/marts-21000101T000000000000Z.duckdb"
    shutil.copy(good, wrong)
    point_at(settings.published_file, wrong)
    settings.overview_file.write_text("the wrong numbers", encoding="utf-8")
    monkeypatch.setenv("WAREHOUSE_DIR", str(tmp_path))
    assert main() == 0
    page = settings.overview_file.read_text("utf-8")
    assert good.stem.removeprefix("marts-") in page
    assert "the wrong numbers" not in page


def test_an_open_reader_keeps_the_version_it_opened(tmp_path: Path) -> None:
    settings = warehouse(tmp_path, 2)
    with duckdb.connect(str(settings.published_file.resolve()), read_only=True) as reader:
        rollback(settings)
        assert reader.execute("select number from version").fetchall() == [(2,)]


def test_pruning_after_a_rollback_keeps_the_published_version(tmp_path: Path) -> None:
    settings = warehouse(tmp_path, 3)
    rollback(settings)
    rollback(settings)
    prune(settings.published_file, keep=1)
    assert published(settings) == 1
    assert len(list((tmp_path / "versions").iterdir())) == 2


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_keep_published_that_is_no_count_is_refused_with_its_name(
    value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KEEP_PUBLISHED", value)
    assert main() == 1
    assert f"KEEP_PUBLISHED {value}" in capsys.readouterr().err
