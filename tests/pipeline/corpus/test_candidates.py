from pipeline.corpus.candidates import Candidate, CandidateWriter, read_candidates
from pipeline.stages.frames import replacing


def test_candidates_come_back_as_they_were(tmp_path):
    candidates = [Candidate(n, f"http://x/{n}", "2024", f"líne\n{n}\u2028") for n in range(1000)]
    path = tmp_path / "candidates.zst"
    with replacing(path) as stream:
        writer = CandidateWriter(stream)
        for candidate in candidates:
            writer.add(candidate)
        writer.close()
    assert list(read_candidates(path)) == candidates
