"""Lists of other people: read by a mapping file, whatever becomes of their rows (tender notices, events)."""
