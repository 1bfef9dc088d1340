"""Formats of parallel text: columns, JSON lines, TMX, aligned files. All give rows of texts.

Comes in: a module a format, each a function from a file to rows. Stays out: judging pairs, which
is the next step's.
"""
