from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orders.lib.redis import RedisUnavailableError
from shop.sign_in import throttle


class Command(BaseCommand):
    help = "Forget the wrong tries to sign in with a name, from every place"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name that they sign in with")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            throttle.unlock(options["name"])
        except RedisUnavailableError as error:
            raise CommandError(
                "Redis does not answer, so each web process counts for itself. Restart them: that "
                "forgets all tries."
            ) from error
        self.stdout.write(f"{options['name']} may try again at once.")
