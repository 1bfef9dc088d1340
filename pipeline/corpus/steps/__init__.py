"""The steps of the corpus job that read or write text, a file at a time; each can be resumed.

    scan -> (duplicates, in the graph) -> finish -> write_documents

Comes in: the work on one input file or one output shard. Stays out: the rules themselves, and the
way between steps (`graph`).
"""
