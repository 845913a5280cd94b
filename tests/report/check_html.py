#!/usr/bin/env python3
"""Opens a report.html in headless Chromium: no script error, and every plot drawn.

    check_html.py REPORT.html [--min-plots N] [--browser PATH]
    check_html.py --sample PROGRAM     checks what sample_report writes, and that spoilt pages are caught

The page itself counts the plots that cover some area, and notes errors, in attributes of <html> (see
html_script.hpp); the browser's console is read too. Exit code 77 means skipped: there is no browser.
"""
import argparse
import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]


class Page(html.parser.HTMLParser):
    """What the check needs of the page after its scripts have run."""

    def __init__(self, text):
        super().__init__()
        self.root = None
        self.external = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "html" and self.root is None:
            self.root = attributes
        for name in ("src", "href", "xlink:href"):
            value = attributes.get(name)
            if value is not None and not value.startswith(("data:", "#")):
                self.external.append(f'<{tag} {name}="{value}">')


def dump_dom(browser, path):
    with tempfile.TemporaryDirectory() as profile:
        return subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             f"--user-data-dir={profile}", "--window-size=1280,900", "--virtual-time-budget=5000",
             "--enable-logging=stderr", "--dump-dom", path.resolve().as_uri()],
            capture_output=True, text=True, errors="replace", timeout=120, env={**os.environ, "HOME": profile})


def problems_of(browser, path, min_plots):
    run = dump_dom(browser, path)
    if run.returncode != 0:
        yield f"the browser ended with {run.returncode}:\n{run.stderr[-2000:]}"
        return
    page = Page(run.stdout)
    root = page.root or {}
    # whatever a page may write to the console, this one writes nothing
    for line in re.findall(r".*\bCONSOLE\b.*", run.stderr):
        yield f"console: {line}"
    if "data-errors" in root:
        yield f"script error: {root['data-errors']}"
    for element in page.external:
        yield f"not self-contained: {element}"
    if "data-plots" not in root:
        yield "the script did not reach its end: <html> has no data-plots"
    elif int(root["data-plots"]) < min_plots:
        yield f"{root['data-plots']} plots drawn, expected at least {min_plots}"


def check_samples(browser, program):
    """Sound pages must pass, spoilt ones must not."""
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        for mode, sound in [("", True), ("--hostile", True), ("--empty", True), ("--broken-script", False), ("--no-plots", False)]:
            page = pathlib.Path(folder, f"report{mode}.html")
            run = subprocess.run([program, page, *filter(None, [mode])], check=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True)
            problems = list(problems_of(browser, page, int(run.stdout)))
            right = sound == (not problems)
            print(f"{'ok  ' if right else 'FAIL'} {page.name}: {run.stdout.strip()} plots,",
                  "; ".join(problems) if problems else "no problem")
            if not right:
                failed.append(page.name)
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("report", type=pathlib.Path, nargs="?")
    parser.add_argument("--sample", metavar="PROGRAM", help="the program sample_report")
    parser.add_argument("--min-plots", type=int, default=1)
    parser.add_argument("--browser", help="default: the first of " + ", ".join(BROWSERS) + " there is")
    options = parser.parse_args()

    browser = options.browser or next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("skipped: none of", ", ".join(BROWSERS), "is installed")
        return 77
    if options.sample:
        return check_samples(browser, options.sample)
    if options.report is None:
        parser.error("which report?")
    if not options.report.is_file():
        print(f"{options.report}: there is no such file")
        return 1
    problems = list(problems_of(browser, options.report, options.min_plots))
    for problem in problems:
        print(f"{options.report}: {problem}")
    if not problems:
        print(f"{options.report}: no script error, {options.min_plots} plots or more drawn")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
