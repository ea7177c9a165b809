from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from guides.loading import ContentError
from guides.management.commands.load_guides import add_load_arguments, refuse_missing
from orders.radio_files import CONTENT, load_radios, read_radios


class Command(BaseCommand):
    help = "Load what is sold, and what is no serial, from files; what staff edited is left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_load_arguments(parser)

    def handle(self, *, paths: list[Path], check: bool, **options: Any) -> None:
        refuse_missing(paths)
        try:
            if check:
                self.check_files(paths or [CONTENT])
            else:
                report = load_radios(paths, options["overwrite"], options["keep"])
                for line in report.lines():
                    self.stdout.write(line)
                self.stdout.write(self.style.SUCCESS(report.summary()))
        except ContentError as error:
            raise CommandError(f"nothing was loaded:\n{error}") from error

    def check_files(self, paths: list[Path]) -> None:
        contents = [file.content for file in read_radios(paths)]
        radios = sum(len(content.radios) for content in contents)
        not_serials = sum(len(content.not_serials) for content in contents)
        self.stdout.write(
            f"radios: {radios}, numbers that are no serial: {not_serials}, all well made"
        )
