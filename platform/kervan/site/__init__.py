"""Pages of the site itself: help and about."""
