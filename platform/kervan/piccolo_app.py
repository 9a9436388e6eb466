"""The Piccolo app: every domain's tables, one linear migration history."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="kervan",
    migrations_folder_path=str(Path(__file__).resolve().parent / "migrations"),
    table_classes=table_finder(
        modules=[
            "kervan.tables",
            "kervan.nomenclature.tables",
            "kervan.mail.tables",
            "kervan.accounts.tables",
            "kervan.organisations.tables",
            "kervan.exporters.tables",
            "kervan.exporters.review_tables",
            "kervan.products.tables",
            "kervan.products.importing.tables",
            "kervan.importers.tables",
            "kervan.privacy.tables",
            "kervan.policies.tables",
            "kervan.orders.tables",
            "kervan.conversations.tables",
            "kervan.requests.tables",
            "kervan.inquiries.tables",
            "kervan.matching.tables",
            "kervan.alerts.tables",
            "kervan.documents.tables",
            "kervan.declarations.tables",
            "kervan.webhooks.tables",
            "kervan.notifications.tables",
            "kervan.events.tables",
            "kervan.registrations.tables",
            "kervan.announcements.tables",
            "kervan.meetings.tables",
        ],
        exclude_imported=True,
    ),
    migration_dependencies=[],
    commands=[],
)
