"""Lines that a user types, translated one by one."""

import readline  # noqa: F401  (lets `input` edit lines and remember them)
from collections.abc import Iterator

from pipeline.stages.progress import say


def typed(invitation: str) -> Iterator[str]:
    """What is typed line by line, until the user ends it (Ctrl-D)."""
    say("A line is translated when you press Enter; Ctrl-D ends.")
    while True:
        try:
            yield input(invitation)
        except UnicodeDecodeError:
            say("That is not UTF-8; set the terminal to UTF-8.")
        except EOFError:
            print()
            return
