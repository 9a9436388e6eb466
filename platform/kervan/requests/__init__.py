"""Requests: what importers and trade posts look for, announced on the board and answered by exporters."""
