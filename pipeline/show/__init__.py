"""Numbers, tables and drawings as text: the same in every format and every report.

Comes in: formatting that knows nothing of reports: rounding, columns, CSV, LaTeX, SVG. Stays out:
what is shown. Imports nothing of ours.
"""
