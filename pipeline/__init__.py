"""Everything that is run: the stages from web text to the report, and the `mswitch` command.

    commands > run > training, translation > prepare > corpus, report > evaluate
    for all of them: files (reading any file), stages (folders, progress), show (tables, numbers)

Comes in: stages, their settings and their commands, each in its room. Stays out: models and layers
(`models`) and knowledge of languages (`langs`). Imports go from left to right and downwards alone;
tests/test_imports.py holds it, docs/architecture.md explains it.
"""
