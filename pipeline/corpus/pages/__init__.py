"""Formats of web text: WARC, WET, JSON, Parquet, plain text, archives of these. All give pages.

    file -> reader (formats: by name and first bytes) -> a module a format -> Page or Rejected
    warc -> responses: http_messages, media_types, charsets

Comes in: a module a format. Stays out: rules on pages; a record that cannot be read is set aside
with its place and reason, never dropped in silence.
"""
