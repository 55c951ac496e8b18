"""An S3 server on loopback whose calls fail: faulty_s3.py BUCKET PERCENT SEED

Prints its port, then serves until its standard input closes. Of all calls PERCENT fail, each in one of these ways:
refused with 429, 500 or 503 before anything happens; answered with 500 after it happened (a lost acknowledgement);
cut off in the middle of the answer; or late, after the caller's patience.
POST /_count answers "calls faults", POST /_dump/FOLDER stops the faults and writes all objects below that folder.
"""

import random
import sys
import threading
import time
from pathlib import Path

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

PATIENCE = 2.5  # seconds; callers are told to wait less


class Faulty:
    def __init__(self, app, percent, seed):
        self.app, self.percent = app, percent
        self.chance, self.lock = random.Random(seed), threading.Lock()
        self.calls = self.faults = 0

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if path.startswith("/_dump/"):
            self.percent = 0
            self.dump(Path(path.removeprefix("/_dump")))
            return plain(start_response, "200 OK", b"")
        if path == "/_count":
            return plain(start_response, "200 OK", f"{self.calls} {self.faults}".encode())
        with self.lock:
            self.calls += 1
            fails = self.chance.random() * 100 < self.percent
            way = self.chance.choice(["429", "500", "503", "lost", "cut", "late"])
            self.faults += fails
            if not fails:
                return self.answer(environ, start_response)
            if way in ("429", "500", "503"):
                return plain(start_response, f"{way} Made To Fail", b"")
            status, headers, body = self.whole(environ)
        if way == "lost":
            return plain(start_response, "500 Made To Fail", b"")
        if way == "late":
            time.sleep(PATIENCE)
        if way == "cut" and len(body) > 1:
            start_response(status, [(n, v) for n, v in headers if n.lower() != "content-length"] + [("Content-Length", str(len(body)))])
            return [body[: len(body) // 2]]
        start_response(status, headers)
        return [body]

    def answer(self, environ, start_response):
        status, headers, body = self.whole(environ)
        start_response(status, headers)
        return [body]

    def dump(self, folder):
        for found in self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket):
            for listed in found.get("Contents", []):
                target = folder / listed["Key"]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(self.s3.get_object(Bucket=self.bucket, Key=listed["Key"])["Body"].read())

    def whole(self, environ):
        kept = {}

        def keep(status, headers, exc_info=None):
            kept["status"], kept["headers"] = status, headers

        body = b"".join(self.app(environ, keep))
        return kept["status"], kept["headers"], body


def plain(start_response, status, body):
    start_response(status, [("Content-Length", str(len(body)))])
    return [body]


class Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass


def main():
    bucket, percent, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    import boto3

    app = Faulty(DomainDispatcherApplication(create_backend_app), 0, seed)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    s3 = boto3.client(
        "s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    s3.create_bucket(Bucket=bucket)
    app.s3, app.bucket = s3, bucket
    app.percent = percent
    print(port, flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
