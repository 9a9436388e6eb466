"""The eleven Incoterms 2020, and what each means for the two sides, one plain sentence each: no text of the ICC."""

from collections.abc import Mapping

from kervan.trade.errors import N_

INCOTERMS: Mapping[str, str] = {
    "EXW": N_("Ex Works"),
    "FCA": N_("Free Carrier"),
    "CPT": N_("Carriage Paid To"),
    "CIP": N_("Carriage and Insurance Paid To"),
    "DAP": N_("Delivered at Place"),
    "DPU": N_("Delivered at Place Unloaded"),
    "DDP": N_("Delivered Duty Paid"),
    "FAS": N_("Free Alongside Ship"),
    "FOB": N_("Free On Board"),
    "CFR": N_("Cost and Freight"),
    "CIF": N_("Cost, Insurance and Freight"),
}
"""Names by code as they are offered (ICC publication 723): those of any mode of transport, then those of the sea."""

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
"""Who pays what, and whose the risk is."""

AT_SELLER = ("EXW", "FCA", "FAS", "FOB")
"""The named place is the exporter's side; of the others it is where the goods arrive."""
NO_PLACE = N_("An Incoterm holds at a place: name the town, port or airport, as in “FCA Denizli”.")

BY_SEA = ("FAS", "FOB", "CFR", "CIF")
"""Only for goods that go by ship."""
