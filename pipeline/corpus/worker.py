"""A worker process of Beam that does not log: `python -m pipeline.corpus.worker`.

Beam starts it (`runner.run`); errors go back to the job in Beam's own way.
"""

import logging
import sys

if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    from apache_beam.runners.worker import sdk_worker_main

    sdk_worker_main.main(sys.argv)
