"""The vocabulary of trade and the dated law: codes, places, units, money, identifiers, limits. Pure."""
