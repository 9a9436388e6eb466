"""The law as dated rows: who proposed and approved each, what holds on a day, and the exchange rates beside it."""
