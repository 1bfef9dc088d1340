"""`python -m models.train DATA --task multilingual_span_corruption --arch switch_tiny ...`

The same as `fairseq-train` with the plugin loaded and fairseq made to run on today's Python.
"""

import sys

import models.fairseq_compat  # noqa: F401  (before fairseq)
from langs.errors import InputError


def main() -> None:
    """Train by fairseq's own flags (sys.argv); exit code 2 and one line for bad input."""
    import models.tasks  # noqa: F401
    from fairseq_cli.train import cli_main

    try:
        cli_main()
    except (InputError, OSError) as error:
        sys.exit(report(error))


def report(error: Exception) -> int:
    """Print one `error:` line; the exit code."""
    print(f"error: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
