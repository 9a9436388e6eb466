"""Trade documents: proforma, commercial invoice, packing list, export information form, e-Arşiv draft."""
