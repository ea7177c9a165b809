from pathlib import Path

from guides.management.commands.load_guides import LoadCommand
from orders.radio_files import CONTENT, load_radios, read_radios


class Command(LoadCommand):
    help = "Load what is sold, and what is no serial, from files; what staff edited is left alone."
    load = load_radios

    def check_files(self, paths: list[Path]) -> str:
        contents = [file.content for file in read_radios(paths or [CONTENT])]
        radios = sum(len(content.radios) for content in contents)
        not_serials = sum(len(content.not_serials) for content in contents)
        return f"radios: {radios}, numbers that are no serial: {not_serials}, all well made"
