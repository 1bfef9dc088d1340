"""Formats of web text: WARC, WET, JSON lines, Parquet, plain text. All give pages.

    file -> reader (by the file's name and first bytes) -> a module a format -> Page or Rejected

Comes in: a module a format. Stays out: rules on pages; a record that cannot be read is set aside
with its place and reason, never dropped in silence.
"""
