import contextlib
import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from langs.errors import InputError
from pipeline.stages import folders


@dataclass
class Settings:
    alpha: float = 0.3
    codes: tuple[str, ...] = ("en", "fi")


def finish(folder: Path, made_from: dict, text: str = "done") -> None:
    with folders.partial_folder(folder) as partial:
        (partial / "result.txt").write_text(text)
        folders.mark_complete(partial, made_from, {"lines": 1})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "pages.wet"
    path.write_bytes(b"pages")
    return path


def test_fingerprint_holds_settings_and_content(source: Path) -> None:
    made_from = folders.fingerprint(Settings(), {"pages": source})
    assert made_from == {
        "configuration": {"alpha": 0.3, "codes": ["en", "fi"]},
        "inputs": {"pages": {"size": 5, "sha256": hashlib.sha256(b"pages").hexdigest()}},
    }


def test_fingerprint_of_a_finished_folder_is_its_marker(tmp_path: Path) -> None:
    finish(tmp_path / "corpus", {"configuration": {}})
    made_from = folders.fingerprint({}, {"corpus": tmp_path / "corpus"})
    marker = (tmp_path / "corpus" / "_SUCCESS.json").read_bytes()
    assert made_from["inputs"]["corpus"] == {"sha256": hashlib.sha256(marker).hexdigest()}


def test_fingerprint_of_a_large_file_sees_size_start_and_end(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "HASHED_WHOLE_BYTES", 1000)
    monkeypatch.setattr(folders, "_MIB", 10)
    seen = set()
    for content in (bytes(2000), bytes(2001), b"x" + bytes(1999), bytes(1999) + b"x"):
        source.write_bytes(content)
        seen.add(json.dumps(folders.fingerprint({}, {"pages": source})))
    assert len(seen) == 4


def test_fingerprint_refuses_missing_and_unfinished_inputs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere does not exist"):
        folders.fingerprint({}, {"corpus": tmp_path / "nowhere"})
    (tmp_path / "half").mkdir()
    with pytest.raises(InputError, match="half is not finished"):
        folders.fingerprint({}, {"corpus": tmp_path / "half"})


@given(st.recursive(st.integers() | st.text() | st.none(), lambda x: st.lists(x), max_leaves=5))
def test_fingerprint_survives_json(value: object) -> None:
    made_from = folders.fingerprint({"value": value}, {})
    assert json.loads(json.dumps(made_from)) == made_from


def test_a_stage_is_made_once(tmp_path: Path, source: Path) -> None:
    made_from = folders.fingerprint(Settings(), {"pages": source})
    output = tmp_path / "deep" / "output"
    assert not folders.is_complete(output, made_from)
    finish(output, made_from)
    assert folders.is_complete(output, made_from)
    assert folders.read_summary(output) == {"lines": 1}
    assert sorted(path.name for path in output.iterdir()) == ["_SUCCESS.json", "result.txt"]
    assert not output.with_name("output.partial").exists()


def test_refusal_names_settings_and_inputs(tmp_path: Path, source: Path) -> None:
    finish(tmp_path / "output", folders.fingerprint(Settings(), {"pages": source}))
    source.write_bytes(b"other pages")
    other = folders.fingerprint(Settings(alpha=0.5), {"pages": source})
    with pytest.raises(InputError) as caught:
        folders.is_complete(tmp_path / "output", other)
    assert str(caught.value) == (
        f"{tmp_path / 'output'} was made differently: alpha was 0.3 and is now 0.5, the input "
        "pages has changed; choose another --output or delete the folder"
    )


def test_refusal_stays_one_short_line(tmp_path: Path) -> None:
    before = {"configuration": {f"key{i}": "a" * 1000 for i in range(9)}}
    finish(tmp_path / "output", before)
    with pytest.raises(InputError) as caught:
        folders.is_complete(tmp_path / "output", {"configuration": {}})
    assert "and 6 more" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_file_is_no_output_folder(source: Path) -> None:
    for attempt in (lambda: folders.is_complete(source, {}), lambda: finish(source, {})):
        with pytest.raises(InputError, match="is a file, not a folder"):
            attempt()


def test_a_damaged_marker_is_bad_input(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"fingerprint": 3}', ""):
        (tmp_path / "_SUCCESS.json").write_text(text)
        with pytest.raises(InputError, match="damaged; delete its folder"):
            folders.is_complete(tmp_path, {})


def test_summary_of_an_unfinished_folder_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not finished; run the command that makes it"):
        folders.read_summary(tmp_path)


def test_an_error_leaves_no_output_and_the_next_run_cleans_up(tmp_path: Path) -> None:
    output = tmp_path / "output"
    with contextlib.suppress(RuntimeError), folders.partial_folder(output) as partial:
        (partial / "half.txt").write_text("half")
        (partial / "deep").mkdir()
        raise RuntimeError
    assert not output.exists()
    finish(output, {"configuration": 1})
    assert not (output / "half.txt").exists()
    assert not (output / "deep").exists()


@pytest.mark.parametrize("moment", ["before the mark", "after the mark", "after the renaming"])
def test_a_run_killed_at_its_end_is_made_again(tmp_path: Path, moment: str) -> None:
    output, partial = tmp_path / "output", tmp_path / "output.partial"
    partial.mkdir()
    (partial / "_STARTED.json").touch()
    (partial / "old.txt").touch()
    if moment == "after the mark":
        folders.mark_complete(partial, {"configuration": 1}, {})
    if moment == "after the renaming":
        partial.rename(output)
    finish(output, {"configuration": 1})
    assert folders.is_complete(output, {"configuration": 1})
    assert not (output / "old.txt").exists()


@pytest.mark.parametrize("name", ["output", "output.partial"])
def test_foreign_files_are_never_deleted(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "thesis.tex").touch()
    with pytest.raises(InputError, match="did not make"):
        finish(tmp_path / "output", {})
    assert (tmp_path / name / "thesis.tex").exists()


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    finish(tmp_path / "output", {"configuration": 1})
    assert folders.is_complete(tmp_path / "output", {"configuration": 1})


def test_a_finished_folder_is_kept_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    output = tmp_path / "output"
    finish(output, {"configuration": 1}, "first")
    with pytest.raises(InputError, match="is finished"):
        finish(output, {"configuration": 2})
    with folders.partial_folder(output, replace=True) as partial:
        assert (output / "result.txt").read_text() == "first"
        folders.mark_complete(partial, {"configuration": 2}, {})
    assert folders.is_complete(output, {"configuration": 2})
    assert not (output / "result.txt").exists()


def test_a_replaced_folder_is_never_gone_and_keeps_what_it_is_told_to(tmp_path: Path) -> None:
    output = tmp_path / "output"
    finish(output, {"configuration": 1}, "first")
    for name in ("kept", "old"):
        (output / name).mkdir()
        (output / name / "file").write_text("there")
    identity = output.stat().st_ino
    with folders.partial_folder(output, replace=True, keep=["kept"]) as partial:
        (partial / "result.txt").write_text("second")
        folders.mark_complete(partial, {"configuration": 2}, {})
    assert output.stat().st_ino == identity
    assert {path.name for path in output.iterdir()} == {"_SUCCESS.json", "kept", "result.txt"}
    assert (output / "result.txt").read_text() == "second"
    assert (output / "kept" / "file").read_text() == "there"
    assert not output.with_name("output.partial").exists()


def test_an_output_behind_a_link_goes_where_the_link_points(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "output").symlink_to(tmp_path / "disk")
    finish(tmp_path / "output", {"configuration": 1})
    assert (tmp_path / "disk" / "result.txt").exists()
    assert (tmp_path / "output").is_symlink()


@pytest.fixture
def being_written(tmp_path: Path) -> Iterator[Path]:
    """An output folder that another process works on, in both ways that there are."""
    for name in ("output", "output.partial"):
        (tmp_path / name).mkdir()
    with (
        (tmp_path / "output" / "_STARTED.json").open("w") as whole,
        (tmp_path / "output.partial" / "_STARTED.json").open("w") as partial,
    ):
        fcntl.flock(whole, fcntl.LOCK_EX)
        fcntl.flock(partial, fcntl.LOCK_EX)
        yield tmp_path / "output"


def test_two_runs_never_share_a_folder(being_written: Path) -> None:
    (being_written.with_name("output.partial") / "theirs.txt").touch()
    with pytest.raises(InputError, match="another run is writing"):
        finish(being_written, {})
    with (
        pytest.raises(InputError, match="another run is writing"),
        folders.continued_folder(being_written, {}),
    ):
        pass
    assert (being_written.with_name("output.partial") / "theirs.txt").exists()


def test_a_continued_folder_keeps_its_files(tmp_path: Path) -> None:
    made_from = folders.fingerprint(Settings(), {})
    run = tmp_path / "run"
    with contextlib.suppress(RuntimeError), folders.continued_folder(run, made_from) as folder:
        (folder / "checkpoint").touch()
        raise RuntimeError
    assert not folders.is_complete(tmp_path / "run", made_from)
    with folders.continued_folder(tmp_path / "run", made_from) as folder:
        assert (folder / "checkpoint").exists()
        folders.mark_complete(folder, made_from, {})
    assert folders.is_complete(tmp_path / "run", made_from)


def test_a_continued_folder_refuses_other_settings(tmp_path: Path) -> None:
    with folders.continued_folder(tmp_path / "run", folders.fingerprint(Settings(), {})) as folder:
        (folder / "checkpoint").touch()
    with (
        pytest.raises(InputError, match=r"alpha was 0.3 and is now 0.5"),
        folders.continued_folder(tmp_path / "run", folders.fingerprint(Settings(alpha=0.5), {})),
    ):
        pass


def test_a_continued_folder_with_nothing_in_it_takes_other_settings(tmp_path: Path) -> None:
    with folders.continued_folder(tmp_path / "run", folders.fingerprint(Settings(), {})):
        pass  # a training that ended at a mistaken option
    made_from = folders.fingerprint(Settings(alpha=0.5), {})
    with folders.continued_folder(tmp_path / "run", made_from) as folder:
        (folder / "checkpoint").touch()
    with folders.continued_folder(tmp_path / "run", made_from) as folder:
        assert (folder / "checkpoint").exists()


def test_a_continued_folder_refuses_foreign_files(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(InputError, match="did not make"), folders.continued_folder(tmp_path, {}):
        pass


def test_files_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    folders.write_json(path, {"name": "русский"})
    assert json.loads(path.read_text(encoding="utf-8")) == {"name": "русский"}
    with pytest.raises(UnicodeEncodeError):
        folders.write_text(path, "lone \ud800 surrogate")
    assert json.loads(path.read_text(encoding="utf-8")) == {"name": "русский"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize("continued", [False, True])
def test_the_work_of_a_stage_is_done_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], continued: bool
) -> None:
    calls = []

    def work(folder: Path) -> dict:
        calls.append(folder)
        (folder / "result.txt").write_text("done")
        return {"lines": 1}

    made_from = folders.fingerprint(Settings(), {})
    first, second = (
        folders.made(tmp_path / "out", made_from, work, title="count", continued=continued)
        for _ in range(2)
    )
    assert first == second == {"lines": 1} == folders.read_summary(tmp_path / "out")
    assert len(calls) == 1
    assert (tmp_path / "out" / "result.txt").read_text() == "done"
    assert capsys.readouterr().err == f"count: {tmp_path / 'out'} is complete, nothing to do\n"


def test_a_stage_that_fails_before_it_wrote_anything_leaves_no_folder(tmp_path: Path) -> None:
    def work(folder: Path) -> dict:
        raise InputError("unknown model")

    with pytest.raises(InputError, match="unknown model"):
        folders.made(tmp_path / "out", folders.fingerprint({}, {}), work, continued=True)
    assert not (tmp_path / "out").exists()


def longer(earlier: dict, now: dict) -> bool:
    """A stage that goes on to more lines."""
    return earlier["configuration"]["lines"] < now["configuration"]["lines"]


def test_a_stage_that_goes_on(tmp_path: Path) -> None:
    def write(lines: int, fails: bool = False) -> dict:
        def work(folder: Path) -> dict:
            with (folder / "lines.txt").open("a") as file:
                file.write(f"to {lines}\n")
            if fails:
                raise RuntimeError
            return {"lines": lines}

        made_from = folders.fingerprint({"lines": lines}, {})
        return folders.made(tmp_path / "out", made_from, work, continued=True, goes_on=longer)

    assert write(2) == write(2) == {"lines": 2}
    with pytest.raises(RuntimeError):
        write(4, fails=True)
    assert not (tmp_path / "out" / "_SUCCESS.json").exists()
    with pytest.raises(InputError, match="lines was 4 and is now 3"):
        write(3)
    assert write(5) == {"lines": 5}
    with pytest.raises(InputError, match="lines was 5 and is now 4"):
        write(4)
    assert (tmp_path / "out" / "lines.txt").read_text() == "to 2\nto 4\nto 5\n"


@pytest.mark.parametrize("came", ["foreign", "finished", "in use"])
def test_what_came_into_the_folder_meanwhile_is_not_deleted(tmp_path: Path, came: str) -> None:
    folder, made_from = tmp_path / "out", folders.fingerprint({}, {})

    def work(partial: Path, stack: contextlib.ExitStack) -> None:
        (partial / "result.txt").write_text("hours of work")
        folders.mark_complete(partial, made_from, {})
        if came == "finished":
            shutil.copytree(partial, folder)
            return
        folder.mkdir()
        if came == "in use":
            stack.enter_context(folders.continued_folder(folder, made_from))
        (folder / "notes.txt").write_text("mine")

    def stage() -> None:
        with contextlib.ExitStack() as stack, folders.partial_folder(folder) as partial:
            work(partial, stack)

    with pytest.raises(InputError, match="out"):
        stage()
    assert (tmp_path / "out.partial" / "result.txt").read_text() == "hours of work"
    assert {path.name for path in folder.iterdir()} & {"notes.txt", "result.txt"}
