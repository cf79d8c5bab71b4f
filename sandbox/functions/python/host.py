"""Runs a handler of a python function, one invocation after the other, for the process that started it.

    python host.py HANDLER       in the folder of the function's code

Invocations come and outcomes go by file 3, in the frames of sandbox/functions/frames.ts. Its end ends the process. What is
loaded and how, and what faults are called, is as in AWS's runtime (aws/aws-lambda-python-runtime-interface-client).
"""

import importlib
import json
import logging
import os
import queue
import socket
import struct
import sys
import threading
import time
import traceback

ANSWER, ERROR, READY, FAILED = range(4)

channel = socket.socket(fileno=3)
channel.setblocking(True)
os.set_inheritable(3, False)

request_id = ""


class Fault(Exception):
    """A fault that has a name of the runtime's own."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.document = {"errorMessage": message, "errorType": f"Runtime.{kind}", "stackTrace": list(trace)}


class Context:
    """What a handler is told of its invocation."""

    def __init__(self, invocation, deadline, memory):
        self.aws_request_id, self.invoked_function_arn, self.log_group_name, self.log_stream_name = invocation
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = str(memory)
        self.client_context = None
        self.identity = None
        self._deadline = deadline

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


class WithRequestId(logging.Filter):
    def filter(self, record):
        record.aws_request_id = request_id
        return True


def write(kind, payload):
    channel.sendall(struct.pack(">BI", kind, len(payload)) + payload)


def exactly(count):
    """That many bytes; the end of the channel ends the process, whatever the handler is doing."""
    parts = []
    while count > 0:
        part = channel.recv(min(count, 1 << 20))
        if not part:
            os._exit(0)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def text():
    return exactly(struct.unpack(">H", exactly(2))[0]).decode()


def receive(invocations):
    while True:
        identity = [text(), text()]
        deadline, memory = struct.unpack(">qi", exactly(12))
        identity += [text(), text()]
        payload = exactly(struct.unpack(">i", exactly(4))[0])
        invocations.put((Context(identity, deadline, memory), payload))


def handler_named(name):
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("MalformedHandlerName", f"Bad handler '{name}': {error}") from None
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("ImportModuleError", f"Unable to import module '{module_name}': {error}") from None
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise Fault("UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", trace) from None
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault("HandlerNotFound", f"Handler '{function_name}' missing on module '{module_name}'") from None


def error_document(error):
    """In Lambda's words, without this file's own frames, and printed as Lambda prints it."""
    if isinstance(error, Fault):
        document = {**error.document, "requestId": request_id}
    else:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
        while frames and frames[0].filename.startswith("<frozen importlib"):
            frames = frames[1:]
        document = {
            "errorMessage": str(error),
            "errorType": type(error).__name__,
            "requestId": request_id,
            "stackTrace": traceback.format_list(frames),
        }
    trace = "".join(document["stackTrace"])
    sys.stdout.write(f"[ERROR] {document['errorType']}: {document['errorMessage']}\nTraceback (most recent call last):\n{trace}\n")
    return json.dumps(document).encode()


def answer(handler, context, payload):
    try:
        event = json.loads(payload) if payload else {}
    except ValueError as error:
        raise Fault("UnmarshalError", f"Unable to unmarshal input: {error}") from None
    result = handler(event, context)
    try:
        return json.dumps(result).encode()
    except (TypeError, ValueError) as error:
        raise Fault("MarshalError", f"Unable to marshal response: {error}") from None


def main():
    global request_id
    logging.Formatter.converter = time.gmtime
    handler_of_logs = logging.StreamHandler(sys.stdout)
    handler_of_logs.setFormatter(
        logging.Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S")
    )
    handler_of_logs.addFilter(WithRequestId())
    logging.getLogger().addHandler(handler_of_logs)
    # Python puts the folder of this file here.
    sys.path[0] = os.getcwd()
    invocations = queue.SimpleQueue()
    threading.Thread(target=receive, args=[invocations], daemon=True).start()
    try:
        handler = handler_named(sys.argv[1])
    except Exception as error:
        write(FAILED, error_document(error))
        return 1
    write(READY, b"")
    while True:
        context, payload = invocations.get()
        request_id = context.aws_request_id
        try:
            body = answer(handler, context, payload)
        except Exception as error:
            write(ERROR, error_document(error))
        else:
            write(ANSWER, body)


if __name__ == "__main__":
    sys.exit(main())
