"""What each of the Incoterms 2020 means for the two sides, one plain sentence each: no text of the ICC."""

from collections.abc import Mapping

from kervan.trade.errors import N_

MEANINGS: Mapping[str, str] = {
    "EXW": N_("You fetch the goods at the exporter's door and pay everything from there on."),
    "FCA": N_("The exporter clears the export and hands the goods to your carrier; you pay the transport."),
    "CPT": N_("The exporter pays the transport to the place; on the way the risk is yours."),
    "CIP": N_("The exporter pays transport and insurance to the place; on the way the risk is yours."),
    "DAP": N_("The exporter brings the goods to the place; you unload them and pay duties and taxes."),
    "DPU": N_("The exporter brings the goods to the place and unloads them; you pay duties and taxes."),
    "DDP": N_("The exporter brings the goods to the place and pays everything, duties and taxes too."),
    "FAS": N_("The exporter brings the goods alongside your ship; you pay loading and sea freight."),
    "FOB": N_("The exporter loads the goods onto your ship; you pay the sea freight."),
    "CFR": N_("The exporter pays the sea freight to the port; from the loading on the risk is yours."),
    "CIF": N_(
        "The exporter pays sea freight and insurance to the port; from the loading on the risk is yours."
    ),
}
"""Who pays what, and whose the risk is; beside rules.INCOTERMS, which has the names."""

BY_SEA = ("FAS", "FOB", "CFR", "CIF")
"""Only for goods that go by ship."""
