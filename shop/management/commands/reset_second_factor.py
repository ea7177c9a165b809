from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop.sign_in import second_factor


class Command(BaseCommand):
    help = "For somebody who lost phone and recovery codes: the next sign-in sets up another phone"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name that they sign in with")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["name"]).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {options['name']!r}.")
        second_factor.reset(user)
        self.stdout.write(
            f"{user} has no second factor any more, and is signed out everywhere. Whoever knows "
            "the password can now set one up: tell them to do so at once."
        )
