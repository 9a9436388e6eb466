"""Finding: the search index as a derived copy of the inventory, result pages, suggestions."""
