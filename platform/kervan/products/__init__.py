"""The product inventory: listings, versions, prices, and the import of many."""
