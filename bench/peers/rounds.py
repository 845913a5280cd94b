"""Measures rows of many workers in rounds, a few runs of each in turn, so that all see the same machine."""
import dataclasses
import random
import statistics
import sys

from workers import Failed


@dataclasses.dataclass
class Entry:
    """A row of a worker, and what was measured."""
    worker: object
    index: int
    about: dict
    times: list = dataclasses.field(default_factory=list)
    failed: str = ""

    def seconds(self):
        return sum(self.times) * 1e-3


def measure(entries, runs, seconds):
    """Fills in the times of all entries: `runs` of each, or as many as `seconds` allow and at least three."""
    order = random.Random(1)

    def open_entries():
        return [e for e in entries
                if not e.failed and (len(e.times) < 3 or (len(e.times) < runs and e.seconds() < seconds))]

    while left := open_entries():
        order.shuffle(left)  # nobody always comes after the same neighbour
        for entry in left:
            # About 0.2 s at a time. The first calls, not counted, fetch back what the others threw out of the caches.
            once = statistics.median(entry.times) if entry.times else 1000
            count = max(1, min(10, int(200 / once)))
            try:
                entry.times += entry.worker.run(entry.index, settle=2 if count > 1 else 1, count=count, seconds=300)
            except Failed as reason:
                entry.failed = str(reason)
        if sys.stderr.isatty():
            done = sum(min(len(e.times), runs) for e in entries)
            print(f"\rpeers: {done} of {runs * len(entries)} runs", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)


def summary(entry):
    """What the table needs: milliseconds of one image, and images per second."""
    about = {k: v for k, v in entry.about.items() if k != "logits"}
    batch = about.get("batch", 1)
    first, median, third = statistics.quantiles(entry.times, n=4, method="inclusive")
    return about | {"median_ms": median / batch, "min_ms": min(entry.times) / batch, "runs": len(entry.times),
                    "quartiles_ms": [first / batch, third / batch], "images_per_second": 1000 * batch / median}
