import argparse
import json
from pathlib import Path

import pytest

from pipeline import cli
from pipeline.commands import corpus
from pipeline.corpus.config import CorpusConfig

SAMPLE = Path(__file__).parents[3] / "pipeline" / "sample" / "wet"


def test_every_setting_has_its_option():
    parser = argparse.ArgumentParser()
    corpus.COMMANDS["corpus"].add_arguments(parser)
    options = {action.dest for action in parser._actions}
    assert options >= set(CorpusConfig.__dataclass_fields__)


def test_bad_input_is_one_line_and_exit_code_2(tmp_path, capsys):
    code = cli.main(["corpus", "--input", f"{tmp_path}/*.gz", "--output", f"{tmp_path}/out"])
    assert code == 2
    assert (
        capsys.readouterr().err
        == f"error: no file matches --input '{tmp_path}/*.gz'; check the path\n"
    )


def test_files_without_a_page_are_named_and_give_exit_code_2(tmp_path, capsys):
    """The corpus is made of the others, and another run of the command says the same."""
    text = " ".join(f"The ferry number {n} crosses the bay every morning." for n in range(30))
    (tmp_path / "good.jsonl").write_text(json.dumps({"text": text}) + "\n")
    (tmp_path / "bad.7z").write_bytes(b"7z\xbc\xaf\x27\x1c")
    (tmp_path / "page.html").write_text("<html>no")
    command = ["corpus", "--input", str(tmp_path), "--output", str(tmp_path / "out")]
    command += ["--min-pages-per-language", "1", "--min-long-lines", "1"]
    for _ in range(2):
        assert cli.main(command) == 2
        told = capsys.readouterr().err.splitlines()[-3:]
        assert told[0].startswith(f"no page in {tmp_path}/bad.7z: a 7z archive; unpack it")
        assert told[1].startswith(f"no page in {tmp_path}/page.html: an HTML page")
        assert told[2].startswith("error: 2 of the input files gave no page")
        command[2] = f"{tmp_path}/*.*"
    statistics = json.loads((tmp_path / "out" / "statistics.json").read_text())
    assert statistics["funnel"][0]["pages_out"] == 1
    assert [file["reason"] for file in statistics["files_without_pages"]] == [
        "7z_archive",
        "html_file",
    ]
    assert cli.main([*command[:2], f"{tmp_path}/bad.7z", "--output", f"{tmp_path}/none"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert told[-2].startswith(f"no page in {tmp_path}/bad.7z")
    assert told[-1].startswith("error: no page is left of 1: read 1 (7z_archive)")


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample is not there")
def test_one_file_of_the_sample(tmp_path, capsys):
    command = ["corpus", "--input", str(SAMPLE / "sample-00007.warc.wet.gz"), "--preset", "sample"]
    command += ["--output", str(tmp_path / "out"), "--json", str(tmp_path / "statistics.json")]
    assert cli.main([*command, "--min-pages-per-language", "1", "--languages", "sw", "yo"]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("filter")
    statistics = json.loads((tmp_path / "statistics.json").read_text())
    assert statistics == json.loads((tmp_path / "out" / "statistics.json").read_text())
    assert statistics["rejected"]["reasons"]["broken_gzip_member"] == 1
    assert set(statistics["languages"]) <= {"sw", "yo"}
    assert "not_wanted" in statistics["funnel"][6]["reasons"]
