"""A worker process of Beam that does not write on the terminal, and does not outlive its job.

Beam starts it (`beam.run`) as `python -m pipeline.stages.worker PARENT`, the number of the job's
process. An error of a step goes back to the job, which tells it once; Beam's worker would print and
log its whole traceback as well, and go on for minutes after a job that was killed. Ctrl-C ends it
at once and without a word: it is started deaf to it, as Python would print a traceback until the
first line here.
"""

import io
import logging
import os
import signal
import sys

from pipeline.stages.signals import die_with_parent

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    die_with_parent()
    if os.getppid() != int(sys.argv[1]):
        sys.exit()  # the job has gone already
    logging.disable(logging.CRITICAL)
    from apache_beam.runners.worker import sdk_worker_main

    sys.stderr = io.StringIO()
    sdk_worker_main.main(sys.argv)
