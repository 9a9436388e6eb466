"""The customs nomenclature: HS 2022 and the Turkish tariff, loaded, looked up and browsed."""
