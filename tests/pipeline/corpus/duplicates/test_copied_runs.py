import numpy as np

from pipeline.corpus.candidates import Candidate, CandidateWriter
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.duplicates.copied_runs import line_runs, mostly_copied, run_rows
from pipeline.corpus.steps.scan import candidates_path
from pipeline.stages.frames import replacing


def test_runs_lie_on_one_line():
    hashes, lines = line_runs("a b c d\ne f\n\nA, b c!", 3)
    assert lines.tolist() == [0, 0, 3]
    assert hashes[0] == hashes[2] != hashes[1]
    assert [len(part) for part in line_runs("a b", 3)] == [0, 0]
    assert [len(part) for part in line_runs("", 3)] == [0, 0]


def test_more_than_a_share_of_the_runs_must_be_copied():
    every = [np.array([0, 0, 3], np.uint32), np.array([0, 0, 3, 5], np.uint32)]
    copied = [np.array([3, 5], np.uint32), np.array([0, 3, 0], np.uint32)]
    assert mostly_copied(every, copied, 0.4).tolist() == [0, 3, 5]
    assert mostly_copied(every, copied, 0.5).tolist() == [3, 5]
    assert mostly_copied(every, [], 0.5).tolist() == []


def test_rows_number_the_lines_of_the_file_through_dropped_pages_too(tmp_path):
    (tmp_path / "candidates").mkdir()
    with replacing(candidates_path(tmp_path, 4)) as stream:
        writer = CandidateWriter(stream)
        for page, text in ((0, "a b c\nx"), (2, "a b c d"), (3, "x\na b c")):
            writer.add(Candidate(page, f"http://{page}.org", "", text))
        writer.close()
    config = CorpusConfig(copied_run_words=3)
    rows = np.concatenate(list(run_rows(4, np.array([0]), tmp_path, config)))
    assert rows["line"].tolist() == [2, 2, 4]
    assert rows["page"].tolist() == [2, 2, 3]
    assert set(rows["file"].tolist()) == {4}
    assert rows["text"][0] == rows["text"][2] != rows["text"][1]
