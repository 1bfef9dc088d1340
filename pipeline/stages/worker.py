"""A worker process of Beam that does not write on the terminal: `python -m pipeline.stages.worker`.

Beam starts it (`beam.run`). An error of a step goes back to the job, which tells it once; Beam's
worker would print and log its whole traceback as well.
"""

import io
import logging
import sys

if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    from apache_beam.runners.worker import sdk_worker_main

    sys.stderr = io.StringIO()
    sdk_worker_main.main(sys.argv)
