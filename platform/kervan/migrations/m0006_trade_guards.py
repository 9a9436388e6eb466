"""What Piccolo's tables cannot say about trade: partial indexes, rows that never change."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from kervan.db import execute

ID = "2026-11-22T20:23:54:999990"
VERSION = "1.38.0"
DESCRIPTION = "guards of trade"

_FORWARDS = """
CREATE INDEX trade_order_of_exporter ON trade_order (exporter, updated_at DESC);
CREATE INDEX trade_order_of_importer ON trade_order (importer, updated_at DESC);
CREATE INDEX trade_order_pair ON trade_order (importer, exporter, destination, submitted_at);
CREATE INDEX trade_order_due ON trade_order (answer_by) WHERE answer_by IS NOT NULL;
CREATE INDEX trade_order_delivered ON trade_order (updated_at) WHERE state = 'DELIVERED';
CREATE INDEX message_subject ON message (about, subject, id);
CREATE INDEX message_unread ON message (about, subject) WHERE read_at IS NULL;
CREATE INDEX split_flag_open ON split_flag (created_at) WHERE seen_at IS NULL;

CREATE INDEX webhook_delivery_of_webhook ON webhook_delivery (webhook, id DESC);
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (next_try_at) WHERE state = 'QUEUED';
CREATE INDEX webhook_hearing ON webhook (organisation) WHERE active AND removed_at IS NULL;

CREATE TRIGGER order_event_append_only BEFORE UPDATE OF "order", at, side, action, before, after, reason, data OR DELETE
    ON order_event FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER order_terms_append_only BEFORE UPDATE OF "order", revision, side, incoterm, place, lead_days,
    payment_terms, note, currency, goods_total, charges_total, discount_total, invoice_total, net_weight_g,
    gross_weight_g, goods_eur, total_eur, eur_rate, rate_date, rate_source, law_on, verdict, created_at OR DELETE
    ON order_terms FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER order_line_append_only BEFORE UPDATE OR DELETE ON order_line
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER order_charge_append_only BEFORE UPDATE OR DELETE ON order_charge
    FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
-- What was agreed on an order's identity never changes; its state and figures do, along the arrows.
CREATE TRIGGER trade_order_identity BEFORE UPDATE OF number, exporter, importer, route, sale_type, purpose, destination,
    submitted_at, idempotency_key, body_hash OR DELETE
    ON trade_order FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
CREATE TRIGGER message_append_only BEFORE UPDATE OF about, subject, side, organisation, text, created_at OR DELETE
    ON message FOR EACH ROW EXECUTE FUNCTION kervan_refuse_change();
"""

_BACKWARDS = """
DROP TRIGGER message_append_only ON message;
DROP TRIGGER trade_order_identity ON trade_order;
DROP TRIGGER order_charge_append_only ON order_charge;
DROP TRIGGER order_line_append_only ON order_line;
DROP TRIGGER order_terms_append_only ON order_terms;
DROP TRIGGER order_event_append_only ON order_event;
DROP INDEX webhook_hearing, webhook_delivery_waiting, webhook_delivery_of_webhook, split_flag_open,
    message_unread, message_subject, trade_order_delivered, trade_order_due, trade_order_pair,
    trade_order_of_importer, trade_order_of_exporter;
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="kervan", description=DESCRIPTION)

    async def run() -> None:
        await execute(_FORWARDS)

    async def undo() -> None:
        await execute(_BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(undo)
    return manager
