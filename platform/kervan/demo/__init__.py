"""The demo inventory: loaded from fixtures, invented by the project."""
