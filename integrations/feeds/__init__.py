"""Readers of merchants' feeds: whatever the format, the same canonical columns come out.

`reading.open_feed` settles format, encoding and header at once; the records follow in chunks, so
memory stays flat however large the file is. Nothing is imported here: a process that only receives
files does without the readers and what they load.
"""
