"""The small corpus that ships (wet/, parallel/), and the program that made it.

    python -m pipeline.sample.build DATA -> wet/*.wet.gz, parallel/*.tsv.gz

Comes in: making sample data, licences included. Stays out: anything that a user's run needs but
the data. May import `pipeline.corpus`.
"""
