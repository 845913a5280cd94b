"""The driver's side of the benchmark: programs that compute when they are told to, one at a time.

A worker that has nothing to do is stopped (SIGSTOP), so that threads of its own that spin while they wait, as those of
most peers do for speed, take nothing from the others.
"""
import json
import os
import signal
import subprocess
import threading

# Good for everyone: threads that stay awake between layers, and memory that is kept instead of given back.
SETTINGS = {"OMP_WAIT_POLICY": "ACTIVE", "OMP_DYNAMIC": "FALSE", "MALLOC_TRIM_THRESHOLD_": "1000000000",
            "MALLOC_MMAP_THRESHOLD_": "33554432"}


class Failed(Exception):
    """A worker did not do what it was asked, and why."""


class Worker:
    """A program with rows. Pinned to as many cores as it has threads."""

    def __init__(self, command, threads, log):
        self.log = log
        cores = sorted(os.sched_getaffinity(0))[:threads]
        settings = SETTINGS | {"OMP_NUM_THREADS": str(threads)}
        with open(log, "w") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
                                            env=os.environ | settings,
                                            preexec_fn=lambda: os.sched_setaffinity(0, cores))

    def announcement(self, seconds):
        """Waits until the worker is ready, then stops it."""
        announcement = self.hear(seconds)
        self.process.send_signal(signal.SIGSTOP)
        return announcement

    def run(self, row, settle, count, seconds):
        """Milliseconds of `count` calls of a row."""
        self.process.send_signal(signal.SIGCONT)
        try:
            self.process.stdin.write(json.dumps({"row": row, "settle": settle, "run": count}) + "\n")
            self.process.stdin.flush()
            return self.hear(seconds)["ms"]
        except BrokenPipeError:
            raise Failed(self.last_words()) from None
        finally:
            self.process.send_signal(signal.SIGSTOP)

    def hear(self, seconds):
        """The next line, if it comes in time; else the worker is ended."""
        timer = threading.Timer(seconds, self.process.kill)
        timer.start()
        line = self.process.stdout.readline()
        late = not timer.is_alive()
        timer.cancel()
        if not line:
            raise Failed(f"nothing heard for {seconds} s" if late else self.last_words())
        return json.loads(line)

    def last_words(self):
        self.process.wait()
        return last_line(self.log) or f"ended with code {self.process.returncode}"

    def end(self):
        self.process.kill()  # stopped processes take this too
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def last_line(log):
    """The last line of a log that says something."""
    with open(log, errors="replace") as file:
        lines = [line.strip() for line in file if line.strip()]
    return lines[-1] if lines else ""


def prepare(command, log):
    """Runs a command to its end; raises Failed with the last line it wrote."""
    with open(log, "w") as errors:
        if subprocess.run(command, stdout=errors, stderr=errors, stdin=subprocess.DEVNULL).returncode != 0:
            raise Failed(last_line(log))
