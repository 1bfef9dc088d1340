"""95 % intervals: over seeds by the jackknife, over validation text by the paired bootstrap.

Comes in: functions from repeated measurements to an interval. Stays out: the measures themselves.
"""
