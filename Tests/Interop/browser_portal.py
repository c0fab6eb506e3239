#!/usr/bin/env python3
"""Logs in to the portal with Chromium as each role and looks for the settled block's figures.

usage: browser_portal.py PORTAL_URL SCREENSHOT_FOLDER ROLES.json
ROLES.json: [{"user": …, "password": …, "path": "/owner", "expect": ["text", …]}, …]
Speaks the W3C WebDriver protocol to chromedriver itself, so that it needs nothing but the standard library.
Prints one line a role and `N passed, N failed`; exits 1 when one failed.
"""
import base64, json, pathlib, shutil, socket, subprocess, sys, time, urllib.error, urllib.request


class Browser:
    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.driver = subprocess.Popen(
            [shutil.which("chromedriver"), f"--port={port}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                self.call("GET", "/status")
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        options = {"binary": shutil.which("chromium"), "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--window-size=1280,1100"]}
        answer = self.call("POST", "/session", {
            "capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}})
        self.session = f"/session/{answer['sessionId']}"

    def call(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, url):
        self.call("POST", self.session + "/url", {"url": url})

    def find(self, css, within=20):
        """The first such element; a page that is still on its way is waited for."""
        deadline = time.time() + within
        while True:
            try:
                found = self.call("POST", self.session + "/element", {"using": "css selector", "value": css})
                return next(iter(found.values()))
            except urllib.error.HTTPError as refusal:
                if refusal.code != 404 or time.time() > deadline:
                    raise RuntimeError(f"no {css} on the page: {self.text()[:500]!r}") from refusal
                time.sleep(0.2)

    def type(self, css, text):
        self.call("POST", f"{self.session}/element/{self.find(css)}/value", {"text": text})

    def click(self, css):
        self.call("POST", f"{self.session}/element/{self.find(css)}/click", {})

    def text(self):
        return self.call("GET", f"{self.session}/element/{self.find('body')}/text")

    def screenshot(self, path):
        path.write_bytes(base64.b64decode(self.call("GET", self.session + "/screenshot")))

    def close(self):
        try:
            self.call("DELETE", self.session)
        finally:
            self.driver.terminate()


def visit(browser, portal, folder, role):
    """Logs in, opens the page, returns what is missing on it."""
    browser.open(portal + "/login")
    browser.type("input[name=name]", role["user"])
    browser.type("input[name=password]", role["password"])
    browser.click("form.login button")
    # A page that is opened before the answer to the form came would be asked for without its cookie.
    browser.find("form.who button")
    browser.open(portal + role["path"])
    deadline = time.time() + 30
    while True:
        text = browser.text()
        missing = [word for word in role["expect"] if word not in text]
        if not missing or time.time() > deadline:
            break
        # Tables do not change by themselves: a server that has just begun may have more at the next look.
        time.sleep(1)
        browser.open(portal + role["path"])
    browser.screenshot(folder / f"portal-{role['user']}.png")
    browser.click("form.who button")
    browser.find("form.login button")
    return missing


def main():
    portal, folder = sys.argv[1].rstrip("/"), pathlib.Path(sys.argv[2])
    roles = json.loads(pathlib.Path(sys.argv[3]).read_text())
    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    browser = Browser()
    try:
        for role in roles:
            missing = visit(browser, portal, folder, role)
            failed += bool(missing)
            print(f"{role['user']} {role['path']}: " + (f"missing {missing}" if missing else "seen"))
    finally:
        browser.close()
    print(f"{len(roles) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
