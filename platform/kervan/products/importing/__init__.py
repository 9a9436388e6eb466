"""Import of products from files: read, map, check, save, report."""
