"""run_pipeline.sh with a stand-in for Python that writes down what pip is asked for."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON = f"""#!/bin/bash
# Makes environments at once; pip, pytest and mswitch only tell what they were called with.
calls=@CALLS@
case "$*" in
-V) echo "Python ${{VERSION:-3.12.1}}" ;;
"-m venv --clear "*)
    rm -rf "$4"; mkdir -p "$4/bin"; echo "venv" >>"$calls"
    cp "$0" "$4/bin/python"
    printf '#!/bin/bash\\necho "mswitch $*, in $PWD"\\n' >"$4/bin/mswitch"
    chmod +x "$4/bin/mswitch" ;;
"-m pip install"*)
    echo "a line of pip"; sleep "${{PIP_SECONDS:-0}}"
    if [[ -n ${{PIP_FAILS:-}} ]]; then echo "no network"; exit 1; fi
    echo "pip ${{READTHEDOCS:+(no extensions) }}${{@: -1}}" >>"$calls" ;;
"-m pytest"*) echo "pytest ${{*:3}}, in $PWD" ;;
*) exec {sys.executable} "$@" ;;
esac
"""


@dataclass
class Checkout:
    """A folder with run_pipeline.sh, and how it is run."""

    root: Path
    elsewhere: Path
    variables: dict[str, str] = field(default_factory=dict)

    def start(
        self, *arguments: str, script: Path | None = None, **variables: str
    ) -> "subprocess.Popen[str]":
        environment = {**os.environ, **self.variables, **variables}
        return subprocess.Popen(
            [script or self.root / "run_pipeline.sh", *arguments],
            cwd=self.elsewhere,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self, *arguments: str, script: Path | None = None, **variables: str
    ) -> tuple[int, str, str]:
        process = self.start(*arguments, script=script, **variables)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def calls(self) -> list[str]:
        """What Python was asked for since the last time, in order."""
        path = self.elsewhere / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines


SET_UP = ["venv", "pip .", "pip (no extensions) fairseq==0.12.2"]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root, elsewhere = tmp_path / "the check out", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    for name in ("run_pipeline.sh", "constraints.txt", "setup.py"):
        shutil.copy(ROOT / name, root)
    python = tmp_path / "a python"
    python.write_text(PYTHON.replace("@CALLS@", f"'{elsewhere}/calls'"))
    python.chmod(0o755)
    return Checkout(root, elsewhere, {"PYTHON": str(python)})


def test_sets_up_once_and_runs_the_sample(checkout: Checkout) -> None:
    code, out, err = checkout.run()
    assert (code, err) == (0, "")
    *said, last = out.splitlines()
    assert [line.split(":")[0] for line in said[:3]] == ["set-up 1/3", "set-up 2/3", "set-up 3/3"]
    assert last == f"mswitch run pipeline/configs/sample.yaml, in {checkout.root}"
    assert checkout.calls() == SET_UP
    started = time.monotonic()
    code, out, err = checkout.run()
    assert time.monotonic() - started < 2
    assert (code, out, err) == (0, last + "\n", "")
    assert checkout.calls() == []


def test_commands_run_in_the_folder_of_the_user(checkout: Checkout) -> None:
    _, out, _ = checkout.run("corpus", "--input", "my pages/*.wet")
    assert out.endswith(f"mswitch corpus --input my pages/*.wet, in {checkout.elsewhere}\n")


def test_can_be_called_through_links(checkout: Checkout) -> None:
    (checkout.elsewhere / "far").symlink_to(checkout.root / "run_pipeline.sh")
    (checkout.elsewhere / "near").symlink_to("far")
    code, _, _ = checkout.run("languages", script=checkout.elsewhere / "near")
    assert code == 0
    assert (checkout.root / ".venv" / ".set-up").exists()


def test_tests_need_more_and_run_in_the_checkout(checkout: Checkout) -> None:
    checkout.run("languages")
    checkout.calls()
    code, out, _ = checkout.run("test", "tests/langs", "-x")
    assert code == 0
    assert out.splitlines()[-1].startswith("pytest ")
    assert out.splitlines()[-1].endswith(f" tests/langs -x, in {checkout.root}")
    assert checkout.calls() == ["pip .[test]", SET_UP[2]]
    checkout.run("languages")
    checkout.run("setup")
    assert checkout.calls() == []


def test_a_failed_set_up_shows_the_log_and_begins_again(checkout: Checkout) -> None:
    code, out, err = checkout.run("languages", PIP_FAILS="1")
    assert code == 2
    assert "mswitch" not in out
    assert err.startswith("a line of pip\nno network\nerror: pip could not install; ")
    assert str(checkout.root / ".venv" / "set-up.log") in err
    checkout.calls()
    assert checkout.run("languages")[0] == 0
    assert checkout.calls() == SET_UP


def test_a_killed_set_up_begins_again(checkout: Checkout) -> None:
    process = checkout.start("languages", PIP_SECONDS="20")
    assert process.stdout is not None
    while "2/3" not in process.stdout.readline():
        pass
    process.kill()
    process.communicate()
    checkout.calls()
    assert checkout.run("languages", PIP_SECONDS="0")[0] == 0
    assert checkout.calls() == SET_UP


def test_of_two_at_once_one_sets_up(checkout: Checkout) -> None:
    both = [checkout.start("languages", PIP_SECONDS="1") for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("another one is at work" in out for out in said) == 1
    assert checkout.calls() == SET_UP


def test_new_releases_are_installed_into_the_same_environment(checkout: Checkout) -> None:
    checkout.run("languages")
    checkout.calls()
    with (checkout.root / "constraints.txt").open("a") as file:
        file.write("another==1.0\n")
    checkout.run("languages")
    assert checkout.calls() == SET_UP[1:]


def test_another_python_or_another_place_makes_a_new_environment(checkout: Checkout) -> None:
    checkout.run("languages")
    checkout.calls()
    python = Path(checkout.variables["PYTHON"])
    newer = python.with_name("newer")
    newer.write_text(python.read_text().replace("3.12.1", "3.13.0"))
    newer.chmod(0o755)
    assert checkout.run("languages", PYTHON=str(newer))[0] == 0
    assert checkout.calls() == SET_UP
    assert checkout.run("languages", PYTHON="")[0] == 0
    assert checkout.calls() == []
    checkout.root = checkout.root.rename(checkout.root.with_name("moved"))
    assert checkout.run("languages")[0] == 0
    assert checkout.calls() == SET_UP


@pytest.mark.parametrize("kind", ["missing", "too old", "without venv"])
def test_a_python_that_will_not_do_is_one_line(checkout: Checkout, kind: str) -> None:
    python = checkout.elsewhere / "python"
    if kind != "missing":
        answer = "1" if kind == "too old" else "0"
        check = 'echo "No module named venv" >&2; exit 1' if kind == "without venv" else "exit 1"
        python.write_text(
            f"#!/bin/bash\n[[ $1 == -V ]] && echo Python 3.{answer} || {{ {check}; }}\n"
        )
        python.chmod(0o755)
    code, out, err = checkout.run("languages", PYTHON=str(python))
    assert (code, out) == (2, "")
    assert err.startswith("error: Python 3.11 or newer with the module venv is needed (found: ")
    assert err.count("\n") == 1
    assert not (checkout.root / ".venv").exists()


def test_help_needs_no_set_up(checkout: Checkout) -> None:
    code, out, err = checkout.run("--help", PYTHON="/nowhere/python")
    assert (code, err) == (0, "")
    assert "./run_pipeline.sh test" in out
    assert not (checkout.root / ".venv").exists()


def test_one_file_pins_every_release() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(line.count("==") == 1 for line in pins)
    assert "torch==2.13.0" in pins
    assert pins == sorted(pins, key=str.lower)
