from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from orders.models import LastRun
from shop.backup.create import delete_old_backups, make_backup


class Command(BaseCommand):
    help = "Write the database into one encrypted file in BACKUP_DIR, and delete files too old"
    requires_system_checks = ()  # a wrong setting elsewhere is no reason to have no backup

    def handle(self, *args: Any, **options: Any) -> None:
        path = make_backup()
        LastRun.note(LastRun.BACKUP)
        self.stdout.write(f"{path}: {path.stat().st_size / 1e6:,.1f} MB")
        for name in delete_old_backups():
            self.stdout.write(f"Deleted: {name}, older than {settings.BACKUPS_KEPT_DAYS} days")
