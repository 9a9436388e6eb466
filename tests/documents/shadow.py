"""The same order once more as a customs e-Fatura (IHRACAT), so that GİB's stricter rules look at the delivery block.

Never issued: micro-export leaves with an e-Arşiv. It is made from the finished e-Arşiv, so what GİB reads on the goods
lines is byte for byte what the writer wrote.
"""

from decimal import Decimal
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from kervan.documents import ubl
from kervan.documents.structs import Paper

CUSTOMS = "1460415308"
"""VKN of the ministry's customs IT department, to which every export e-Fatura is addressed."""

_ROOT = "urn:oasis:names:specification:ubl:schema:xsd:"
INV, CAC, CBC, EXT = (
    f"{{{_ROOT}{name}-2}}"
    for name in ("Invoice", "CommonAggregateComponents", "CommonBasicComponents", "CommonExtensionComponents")
)
for _prefix, _name in (("", INV), ("cac", CAC), ("cbc", CBC), ("ext", EXT)):
    ElementTree.register_namespace(_prefix, _name.strip("{}"))


def shadow_export(paper: Paper) -> bytes:
    """The paper's e-Arşiv turned into an IHRACAT invoice to customs, the buyer as BuyerCustomerParty.

    The stricter rules want a GTIP on every line, so freight and the other charges, which have none, become charges of
    the whole document.
    """
    root = ElementTree.fromstring(ubl.earsiv(paper))
    find(root, "cbc:ProfileID").text = "IHRACAT"
    buyer = find(root, "cac:AccountingCustomerParty")
    place = list(root).index(buyer)
    root.insert(place, _customs())
    _export_buyer(buyer, paper)
    charges = [line for line in root.findall(f"{CAC}InvoiceLine") if line.find(f"{CAC}Delivery") is None]
    for line in charges:
        root.remove(line)
    find(root, "cbc:LineCountNumeric").text = str(len(paper.lines))
    _charges_of_the_document(root, charges, paper)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def find(node: Element, path: str) -> Element:
    """The element at the path cac:.../cbc:..., which must be there."""
    found = node.find(path.replace("cac:", CAC).replace("cbc:", CBC))
    assert found is not None, path
    return found


def _leaf(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, CBC + name, attributes).text = text


def _customs() -> Element:
    customer = Element(f"{CAC}AccountingCustomerParty")
    party = SubElement(customer, f"{CAC}Party")
    _leaf(SubElement(party, f"{CAC}PartyIdentification"), "ID", CUSTOMS, schemeID="VKN")
    _leaf(SubElement(party, f"{CAC}PartyName"), "Name", "Gümrük idaresi")
    address = SubElement(party, f"{CAC}PostalAddress")
    _leaf(address, "CitySubdivisionName", "Çankaya")
    _leaf(address, "CityName", "Ankara")
    country = SubElement(address, f"{CAC}Country")
    _leaf(country, "IdentificationCode", "TR")
    _leaf(country, "Name", "Türkiye")
    return customer


def _export_buyer(buyer: Element, paper: Paper) -> None:
    buyer.tag = f"{CAC}BuyerCustomerParty"
    party = find(buyer, "cac:Party")
    identification = find(party, "cac:PartyIdentification/cbc:ID")
    identification.text = "EXPORT"
    identification.set("schemeID", "PARTYTYPE")
    if party.find(f"{CAC}PartyLegalEntity") is None:
        entity = Element(f"{CAC}PartyLegalEntity")
        _leaf(entity, "RegistrationName", find(party, "cac:PartyName/cbc:Name").text or "")
        party.insert(list(party).index(find(party, "cac:PostalAddress")) + 1, entity)


def _charges_of_the_document(root: Element, charges: list[Element], paper: Paper) -> None:
    if not charges:
        return
    before = root.find(f"{CAC}PricingExchangeRate")
    place = list(root).index(before if before is not None else find(root, "cac:TaxTotal"))
    for line in charges:
        amount = find(line, "cbc:LineExtensionAmount")
        charge = Element(f"{CAC}AllowanceCharge")
        _leaf(charge, "ChargeIndicator", "true")
        _leaf(charge, "AllowanceChargeReason", find(line, "cac:Item/cbc:Name").text or "")
        _leaf(charge, "Amount", amount.text or "", **amount.attrib)
        root.insert(place, charge)
        place += 1
    totals = find(root, "cac:LegalMonetaryTotal")
    find(totals, "cbc:LineExtensionAmount").text = f"{paper.goods_total.quantize(Decimal('0.01')):f}"
    total = Element(f"{CBC}ChargeTotalAmount", {"currencyID": paper.currency})
    total.text = f"{paper.charges_total.quantize(Decimal('0.01')):f}"
    totals.insert(list(totals).index(find(totals, "cbc:PayableAmount")), total)
