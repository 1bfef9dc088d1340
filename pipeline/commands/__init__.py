"""The commands of `mswitch`: options in, one stage called, a few lines out.

    cli -> commands.<family> -> a stage in its room

Comes in: options, help texts, examples, and the printing of a result. Stays out: work that a
configuration or a test may want without a command line. No package imports a command. Import
torch, Beam and matplotlib inside functions: `--help` takes under half a second.
"""
