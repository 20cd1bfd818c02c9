"""A real browser for pages: Debian's Chromium, started once, with nothing to reach but files of this machine."""

import shutil
from contextlib import contextmanager

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 375, "height": 740}, "is_mobile": True, "has_touch": True}


@contextmanager
def browsing():
    """Yield a running browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """One page opened from a file, and whatever it asked for or complained of on the way."""

    def __init__(self, browser, path, **how):
        self.requests, self.complaints = [], []
        self.context = browser.new_context(**(how or DESKTOP))
        self.page = self.context.new_page()
        self.page.on("request", lambda asked: self.requests.append(asked.url))
        self.page.on("console", lambda said: self.complaints.append(f"{said.type}: {said.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append("a dialog"), dialog.dismiss()))
        self.page.goto(path.as_uri())

    def close(self):
        self.context.close()
