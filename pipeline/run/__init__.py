"""A whole configuration: all stages from web text to the report, in order.

    configs/*.yaml -> config -> whole -> step: corpus, prepare, dense, switch, report, translators

Comes in: the order of stages and the settings that they share. Stays out: what a stage does; a
stage must run by its own command too.
"""
