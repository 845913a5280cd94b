"""The Python that the peers run in: a virtual environment made from requirements.txt, or one that is at hand."""
import hashlib
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def groups():
    """The groups of requirements.txt: lists of packages, in order."""
    paragraphs = REQUIREMENTS.read_text().split("\n\n")
    lists = [[line for line in text.splitlines() if line and not line.startswith("#")] for text in paragraphs]
    return [packages for packages in lists if packages]


def install(python, packages):
    """Installs packages; returns what went wrong, in a line."""
    done = subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    return "" if done.returncode == 0 else (errors or done.stderr.splitlines() or ["pip failed"])[-1]


def make(folder):
    """The Python of `folder`, with all packages that can be installed. None: there can be no environment."""
    python = folder / "bin" / "python"
    stamp = folder / "requirements"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return str(python)
    print(f"peers: installing packages from PyPI into {folder}, about 8 GB the first time", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True, text=True)
    if made.returncode != 0:
        print(f"peers: no virtual environment: {(made.stdout + made.stderr).strip().splitlines()[0]}")
        return None
    # All at once, so that pip finds versions that go together; if that fails, as much as possible.
    everything = [package for packages in groups() for package in packages]
    if not install(python, everything):
        stamp.write_text(wanted)
        return str(python)
    for packages in groups():
        reason = install(python, packages)
        if reason:
            print(f"peers: cannot install {' '.join(packages)}: {reason}")
    return str(python)  # the next run tries again
