"""Flink's configuration keys: reading files, the table of keys, the forms of values, restart strategies.

`cluster.config` is the entry: it makes a typed `ClusterConfig`, or collects every complaint.
"""
