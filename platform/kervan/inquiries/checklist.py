"""The steps of a classic export (full customs declaration), ticked off by the exporter after an offline deal.

What a shipment above the micro-export limits needs in Türkiye: Customs Law 4458 and its regulation (declaration by a
customs broker), the Export Regulation of 2006 (registration with an exporters' association), e-Fatura rules of the
Revenue Administration (profile IHRACAT), VAT Law 3065, articles 11 and 32 (exemption and refund).
"""

import msgspec

from kervan.trade.errors import N_


class Step(msgspec.Struct, frozen=True):
    """One step; `name` and `hint` are msgids."""

    code: str
    name: str
    hint: str


STEPS: tuple[Step, ...] = (
    Step(
        "contract",
        N_("Sales contract signed"),
        N_("Goods, price, Incoterm with its place, payment, delivery, and which law holds."),
    ),
    Step("proforma", N_("Proforma invoice sent"), N_("The buyer's bank and customs ask for it.")),
    Step(
        "payment",
        N_("Payment agreed and secured"),
        N_("Advance, letter of credit or open account; export proceeds are to come to a bank in Türkiye."),
    ),
    Step(
        "efatura",
        N_("e-Fatura with the profile IHRACAT issued"),
        N_("Goes to the customs of the Ministry; not the e-Arşiv invoice of micro-export."),
    ),
    Step(
        "association",
        N_("Declaration approved by the exporters' association"),
        N_("The association of the sector registers the draft of the declaration."),
    ),
    Step(
        "origin",
        N_("Certificate of origin or movement"),
        N_(
            "A.TR for industrial goods to the EU, EUR.1 or a declaration of origin under free trade agreements,"
            " else a certificate of origin."
        ),
    ),
    Step(
        "insurance", N_("Transport insured"), N_("By whom the Incoterm says: CIF and CIP bind the exporter.")
    ),
    Step(
        "transport", N_("Transport booked"), N_("Bill of lading, CMR or air waybill, and the packing list.")
    ),
    Step(
        "declaration",
        N_("Full customs declaration (GÇB) made by the broker"),
        N_("By an authorised customs broker, with the papers above."),
    ),
    Step(
        "closed",
        N_("Goods left, declaration closed"),
        N_("The customs office notes the day on which the goods left Türkiye (intaç)."),
    ),
    Step(
        "vat",
        N_("VAT exemption or refund claimed"),
        N_("With the closed declaration, from the exporter's tax office."),
    ),
)
CODES = frozenset(step.code for step in STEPS)
