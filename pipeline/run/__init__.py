"""A whole configuration: all stages from web text to the report, side by side where they can.

    configs/*.yaml -> config -> whole -> plan (translators): the steps, and what each needs
                                      -> schedule: their order, with shares of the machine
                                      -> stage: the process of a step, shown by display

Comes in: the order of stages and the settings that they share. Stays out: what a stage does; a
stage must run by its own command too.
"""
