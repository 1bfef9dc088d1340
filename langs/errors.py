"""The one error that means: the user can put this right."""


class InputError(ValueError):
    """Bad input by the user; the message is one line: what, where, how to fix it.

    The command line prints it as `error: ...` and ends with exit code 2.
    """
