"""Runs moto for one sandbox: serve.py --state FILE

Prints `{"port": N}` on standard output once it answers. Ends, writing its state, on SIGTERM and when its
standard input closes, so that it never outlives the gateway that started it.

Beside moto's own paths it answers the gateway's:
    POST /_sandbox/save           writes the state file
    GET  /_sandbox/health         memory in bytes
    GET  /_sandbox/iam/<account>  the account's users, roles and groups with all their policies
    GET  /_sandbox/resource/<service>/<account>/<region>/<name>  a resource's owner, policy, tags
    POST /_sandbox/rules/<account>/<region>  the rules of EventBridge that the event in the body matches
"""

import argparse
import json
import logging
import os
import resource
import signal
import sys
import threading
from typing import Any

# Before moto is imported, since it reads these once: no lookups of instance metadata, no credentials of the
# person who runs the sandbox, no calls to anywhere.
os.environ.update(
    AWS_EC2_METADATA_DISABLED="true",
    AWS_ACCESS_KEY_ID="sandbox",
    AWS_SECRET_ACCESS_KEY="sandbox",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_XRAY_SDK_ENABLED="false",
    MOTO_IAM_LOAD_MANAGED_POLICIES="false",
)
for inherited in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN", "MOTO_ACCOUNT_ID"):
    os.environ.pop(inherited, None)

import boundaries  # noqa: E402
import imports  # noqa: E402
import managed_policies  # noqa: E402
import objects  # noqa: E402
import pages  # noqa: E402
import state  # noqa: E402
import views  # noqa: E402
from moto.core.common_models import BaseModel  # noqa: E402
from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.iam.access_control import PermissionResult  # noqa: E402
from moto.s3.models import FakeBucket  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402

# moto reads a bucket policy without its conditions, so that "deny what comes by plain HTTP" would deny everything.
# Decisions are the gateway's; moto keeps the policy and takes no part in them.
FakeBucket.get_permission = lambda *_: PermissionResult.NEUTRAL

# moto keeps whatever it ever made of its models, for a reset of its own: each item that a Scan answers, each object of
# S3 that was replaced. Here what is not used any more goes.
BaseModel.__new__ = lambda cls, *_, **__: super(BaseModel, cls).__new__(cls)


class Handler(MotoRequestHandler):
    # Connections are kept open: opening one per request would cost more than most answers take.
    protocol_version = "HTTP/1.1"
    # werkzeug writes headers and body separately; with Nagle's algorithm the body would wait for an ACK.
    disable_nagle_algorithm = True

    def log_request(self, *_: Any) -> None:
        pass


class Turns:
    """Requests run side by side; writing the state runs alone, so that nothing changes under it."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._running = 0
        self._alone = False

    def enter(self) -> None:
        with self._condition:
            self._condition.wait_for(lambda: not self._alone)
            self._running += 1

    def leave(self) -> None:
        with self._condition:
            self._running -= 1
            self._condition.notify_all()

    def alone(self, action: Any) -> Any:
        with self._condition:
            self._condition.wait_for(lambda: not self._alone)
            self._alone = True
            self._condition.wait_for(lambda: self._running == 0)
        try:
            return action()
        finally:
            with self._condition:
                self._alone = False
                self._condition.notify_all()


class Application:
    def __init__(self, state_file: str) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._state_file = state_file
        self._turns = Turns()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path = environ.get("PATH_INFO", "")
        if path.startswith("/_sandbox/"):
            return self._own(path, environ, start_response)
        self._turns.enter()
        try:
            return self._moto(environ, start_response)
        finally:
            self._turns.leave()

    def save(self) -> dict[str, Any]:
        return self._turns.alone(lambda: state.save(self._state_file))

    def _own(self, path: str, environ: dict[str, Any], start_response: Any) -> Any:
        if path == "/_sandbox/save":
            answer: Any = self.save()
        elif path == "/_sandbox/health":
            answer = {"pid": os.getpid(), "memory": _memory()}
        elif path.startswith("/_sandbox/iam/"):
            self._turns.enter()
            try:
                answer = views.iam(path.rsplit("/", 1)[1])
            finally:
                self._turns.leave()
        elif path.startswith("/_sandbox/resource/"):
            service, account, region, name = path.removeprefix("/_sandbox/resource/").split("/", 3)
            self._turns.enter()
            try:
                answer = views.resource(service, account, region, name)
            finally:
                self._turns.leave()
        elif path.startswith("/_sandbox/rules/"):
            account, region = path.removeprefix("/_sandbox/rules/").split("/")
            event = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
            self._turns.enter()
            try:
                answer = views.matched_rules(account, region, event)
            finally:
                self._turns.leave()
        elif path.startswith("/_sandbox/code/"):
            self._turns.enter()
            try:
                zipped = views.code(*path.removeprefix("/_sandbox/code/").split("/"))
            finally:
                self._turns.leave()
            if zipped is None:
                start_response("404 Not Found", [("Content-Length", "0")])
                return [b""]
            start_response("200 OK", [("Content-Type", "application/zip"), ("Content-Length", str(len(zipped)))])
            return [zipped]
        else:
            start_response("404 Not Found", [("Content-Length", "0")])
            return [b""]
        body = json.dumps(answer).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]


def _memory() -> int:
    """Resident bytes now where /proc tells, else the peak."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--state", required=True)
    arguments = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    boundaries.install()
    imports.install()
    managed_policies.install()
    objects.install()
    pages.install()
    try:
        state.load(arguments.state)
    except state.DamagedState as reason:
        print(f"state file {arguments.state} cannot be used: {reason}", file=sys.stderr)
        sys.exit(3)

    application = Application(arguments.state)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Handler)
    server.daemon_threads = True
    # shutdown() must not be called from the thread that serves, and a signal arrives there.
    stop = lambda *_: threading.Thread(target=server.shutdown).start()  # noqa: E731
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def stop_with_parent() -> None:
        sys.stdin.buffer.read()
        server.shutdown()

    threading.Thread(target=stop_with_parent, daemon=True).start()
    print(json.dumps({"port": server.server_port}), flush=True)
    server.serve_forever()
    skipped = application.save()["skipped"]
    for service, reason in skipped.items():
        print(f"the state of {service} could not be kept: {reason}", file=sys.stderr)
    # Threads of kept-alive connections still block in recv; they hold nothing.
    os._exit(0)


if __name__ == "__main__":
    main()
