import json
from pathlib import Path

import apache_beam as beam
from apache_beam.testing.util import assert_that, equal_to

from pipeline.corpus import graph
from pipeline.corpus.config import preset
from pipeline.corpus.duplicates.hashes import url_digest
from pipeline.corpus.split import LanguageSize, bucket
from pipeline.corpus.statistics.removed import Sample
from pipeline.stages.frames import Entry, FrameWriter

PAGES, BUCKETS = 400, 8


def test_a_small_language_hands_on_few_examples_however_many_buckets_it_has(
    tmp_path: Path,
) -> None:
    expected = Sample()
    with (tmp_path / "frames").open("wb") as stream:
        writer = FrameWriter(stream, tmp_path / "frames")
        for number in range(PAGES):
            page = {"url": f"http://{number}.org", "text": f"page {number}"}
            expected.add("pages_per_language", "few_pages", page["url"], page["text"], "en")
            entry = Entry(url_digest(page["url"]), json.dumps(page).encode(), 1, 1, 1)
            writer.add("en", bucket(entry.digest, BUCKETS), entry)
        writer.flush()
    frames = [((code, part), frame) for code, part, frame in writer.frames]
    assert len(frames) == BUCKETS
    job = graph.Job(preset("mc4"), tmp_path, tmp_path, BUCKETS)
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        sizes = pipeline | "Sizes" >> beam.Create([("en", LanguageSize(PAGES))])
        few, _ = graph._write(pipeline | "Frames" >> beam.Create(frames), sizes, job)
        assert_that(few, equal_to(expected.examples()))
