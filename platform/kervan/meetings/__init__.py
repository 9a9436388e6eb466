"""Meetings: exporters and importers sit down together, by an agenda or by asking each other."""
