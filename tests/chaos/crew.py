"""The shop's processes and the supervisor that starts again whichever of them has ended."""

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

from tests.chaos.browser import together
from tests.steps.processes import Process, Shop, wait_until

LOOKS_EVERY = 0.2  # seconds
PROCESSES_OF_A_WORKER = 2


class Crew:
    """Web, beat and workers. Who is killed by us was not to blame; who ends alone is counted."""

    def __init__(self, shop: Shop, workers: int) -> None:
        self.shop = shop
        self.workers = [f"worker-{number}" for number in range(workers)]
        self._launch: dict[str, Callable[[], Process]] = {
            "web": lambda: shop.launch_web(workers),
            "beat": shop.launch_beat,
        } | {name: self._worker(name) for name in self.workers}
        self._running: dict[str, Process] = {}
        self._away: set[str] = set()
        self._killed: set[Process] = set()
        self.ended_alone: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _worker(self, name: str) -> Callable[[], Process]:
        return lambda: self.shop.launch_worker(name, concurrency=PROCESSES_OF_A_WORKER)

    def __enter__(self) -> "Crew":
        together(*[lambda name=name: self._start(name) for name in self._launch])
        for name in ("beat", *self.workers):
            self._running[name].wait_for_log(" ready")
        wait_until(self.shop.is_alive, seconds=60, what="web answers")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _start(self, name: str) -> None:
        self._running[name] = self._launch[name]()

    def _watch(self) -> None:
        while not self._over.wait(LOOKS_EVERY):
            with self._lock:
                for name in self._launch:
                    if name not in self._away and self._running[name].has_ended:
                        self._start_again(name)

    def _start_again(self, name: str) -> None:
        ended = self._running[name]
        ended.kill()  # what it left behind in its group
        self.shop.processes.remove(ended)
        if ended not in self._killed:
            self.ended_alone[f"{name} with {ended.exit_code}"] += 1
        self._start(name)

    # ------------------------------------------------------------------ what is done to them
    def __getitem__(self, name: str) -> Process:
        return self._running[name]

    def kill(self, *names: str) -> None:
        """SIGKILL; others take their places."""
        with self._lock:
            for name in names:
                self._killed.add(self._running[name])
                self._running[name].kill()

    def stop(self, name: str) -> None:
        """SIGTERM, as a deployment does; another takes its place."""
        with self._lock:
            self._killed.add(self._running[name])
            self._running[name].send_signal(signal.SIGTERM)

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Killed, and not replaced as long as this lasts."""
        self._away.add(name)
        self.kill(name)
        try:
            yield
        finally:
            self._away.discard(name)
