import subprocess
import sys

import pytest
from processes import descendants, wait_for_end

JOB = """
import apache_beam as beam
from pipeline.stages.beam import pipeline_options, run

def work(element):
    import time
    print("at work", flush=True)
    time.sleep(60)

run(pipeline_options([], 2), lambda p: p | beam.Create([1]) | beam.Map(work))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_worker_processes_end_with_a_job_that_is_killed() -> None:
    job = subprocess.Popen([sys.executable, "-c", JOB], stdout=subprocess.PIPE, text=True)
    assert job.stdout is not None
    assert job.stdout.readline() == "at work\n"
    workers = descendants(job.pid)
    job.kill()
    job.communicate()
    assert len(workers) == 2
    wait_for_end(workers)
