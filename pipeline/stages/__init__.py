"""The ground of every stage: a folder is whole or not there, and its work can be watched.

    folders.made(output, made_from, work): skip if complete, refuse if other, work, mark
    records, frames: state of a step between two starts    beam, dask, worker: where a job runs
    settings, options: a setting said once, and its option    typed_json: reports as JSON
    error_lines, progress, quiet: the user's view

Comes in: what at least two stages need. Stays out: all knowledge of what a stage makes. Imports
`langs` alone.
"""
