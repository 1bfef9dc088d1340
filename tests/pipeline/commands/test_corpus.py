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
