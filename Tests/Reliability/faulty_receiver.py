"""A receiver of alerts that fails in every way it may, and refuses what its owners' documents say they refuse."""

import json
import random
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# Share of requests, answer, Retry-After. None: the connection is cut without an answer.
FAULTS = [(0.03, 500, None), (0.02, 503, None), (0.01, 429, 1), (0.01, 502, None), (0.01, None, None)]
SLACK_SECONDS = 1.0


class FaultyReceiver:
    """Three addresses: `/hook` for Standard Webhooks, `/pagerduty` and `/slack` with the limits of these."""

    def __init__(self, seed):
        self.random, self.lock = random.Random(seed), threading.Lock()
        # What was taken: ids and rows of the hook, events of PagerDuty, messages of Slack.
        self.hook, self.pagerduty, self.slack = [], [], []
        self.counts = {
            "requests": 0, "faults": 0, "bad_signatures": 0, "limit_violations": 0, "rate_violations": 0,
            "early_retries": 0, "refused": 0, "private": 0}
        self.refuses = lambda row: False
        self.not_before, self.last_slack = {}, float("-inf")
        self.complaints = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                arrived = time.monotonic()
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, retry_after, answer = receiver.answer(self.path, self.headers, body, arrived)
                if status is None:
                    self.close_connection = True
                    return
                head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(answer)}\r\n"
                if retry_after:
                    head += f"Retry-After: {retry_after}\r\n"
                try:
                    self.wfile.write(head.encode() + b"\r\n" + answer)
                except OSError:
                    pass  # The sender has been killed.

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # A connection of a sender that has been killed.

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def forget_waits(self):
        """The sender has been killed: the next one does not know what it was asked."""
        with self.lock:
            self.not_before = {}

    def answer(self, path, headers, body, arrived):
        """The status (None: no answer at all), Retry-After, and the body."""
        with self.lock:
            if path.startswith("/private"):
                self.counts["private"] += 1
                return 200, None, b"reached"
            self.counts["requests"] += 1
            if arrived < self.not_before.get(path, 0):
                self.counts["early_retries"] += 1
            draw = self.random.random()
            for share, status, retry_after in FAULTS:
                draw -= share
                if draw < 0:
                    self.counts["faults"] += 1
                    self.not_before[path] = arrived + (retry_after or 0)
                    return status, retry_after, b"fault"
            return {"/hook": self.take_hook, "/pagerduty": self.take_pagerduty, "/slack": self.take_slack}[path](
                headers, body, arrived)

    def take_hook(self, headers, body, _):
        try:
            event = Webhook(SECRET).verify(body, {name.lower(): value for name, value in headers.items()})
        except WebhookVerificationError as error:
            self.counts["bad_signatures"] += 1
            return 401, None, str(error).encode()
        if self.refuses(event["data"]):
            self.counts["refused"] += 1
            return 422, None, b"not now"
        self.hook.append((headers["webhook-id"], event["data"]))
        return 200, None, b"ok"

    def take_pagerduty(self, _, body, __):
        event = json.loads(body)
        payload = event.get("payload", {})
        wrong = [name for name, is_good in {
            "size": len(body) <= 512 << 10,
            "routing_key": len(event.get("routing_key", "")) == 32,
            "event_action": event.get("event_action") in ("trigger", "acknowledge", "resolve"),
            "dedup_key": 0 < len(event.get("dedup_key", "")) <= 255,
            "summary": 0 < len(payload.get("summary", "")) <= 1024,
            "source": bool(payload.get("source")),
            "severity": payload.get("severity") in ("critical", "error", "warning", "info"),
        }.items() if not is_good]
        if wrong:
            return self.violated("pagerduty", wrong)
        self.pagerduty.append(event)
        return 202, None, b'{"status":"success","message":"Event processed"}'

    def take_slack(self, _, body, arrived):
        if arrived - self.last_slack < SLACK_SECONDS:
            self.counts["rate_violations"] += 1
            self.complain(f"slack: a message {arrived - self.last_slack:.3f} s after the one before")
            return 429, 1, b"rate_limited"
        message = json.loads(body)
        blocks = message.get("blocks", [])
        wrong = [] if 0 < len(message.get("text", "")) <= 40_000 and len(blocks) <= 50 else ["text"]
        for block in blocks:
            wrong += slack_faults(block)
        if wrong:
            return self.violated("slack", wrong)
        self.last_slack = arrived
        self.slack.append(message)
        return 200, None, b"ok"

    def violated(self, who, wrong):
        self.counts["limit_violations"] += 1
        self.complain(f"{who}: {', '.join(wrong)}")
        return 400, None, b"invalid_payload"

    def complain(self, what):
        self.complaints.append(what)


def slack_faults(block):
    """What Slack would refuse of a block."""
    texts = {"header": 150, "section": 3_000}
    faults = []
    if block["type"] in texts and "text" in block and not 0 < len(block["text"]["text"]) <= texts[block["type"]]:
        faults.append(f"{block['type']} text")
    fields = block.get("fields", [])
    if len(fields) > 10 or any(not 0 < len(field["text"]) <= 2_000 for field in fields):
        faults.append("fields")
    for element in block.get("elements", []):
        if not 0 < len(element["text"]) <= 3_000:
            faults.append("context")
        # Outside of links nothing may stand between angle brackets.
        if re.search(r"<(?!https?://)", element["text"]):
            faults.append("markup")
    return faults


def slack_rows(message):
    """For how many alerts a message stands."""
    digest = re.match(r"(\d+) alerts", message["text"])
    return int(digest[1]) if digest else 1
