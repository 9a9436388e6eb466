"""Search as a port: documents in; ids, facet counts, spelling and highlights out."""
