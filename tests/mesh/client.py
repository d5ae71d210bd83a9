"""Runs inside a pod's namespace: one JSON request a line in, one JSON answer a line out.

Request: {"address", "port", "host", "path", "headers": [[name, value], …]}, or {"address", "port", "tcp": true}.
Answer: {"status", "body"}; {"error"} if the connection did not come about or was cut.
"""

from __future__ import annotations

import http.client
import json
import socket
import sys

SECONDS = 5


def ask(request: dict, connections: dict) -> dict:
    target = (request["address"], request["port"])
    if request.get("tcp"):
        with socket.create_connection(target, SECONDS) as connection:
            connection.sendall(b"hello\n")  # policies on TCP are asked at the client's first byte
            said = connection.makefile().readline().strip()
        return {"status": 200, "body": said} if said else {"error": "closed"}
    connection = connections.setdefault(target, http.client.HTTPConnection(*target, timeout=SECONDS))
    try:
        connection.putrequest("GET", request.get("path", "/"), skip_host=True, skip_accept_encoding=True)
        connection.putheader("host", request["host"])
        for name, value in request.get("headers", ()):
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        return {"status": response.status, "body": response.read().decode("utf-8", "replace")}
    except BaseException:
        connections.pop(target, None)
        connection.close()
        raise


def main() -> None:
    connections: dict = {}
    for line in sys.stdin:
        try:
            answer = ask(json.loads(line), connections)
        except (OSError, http.client.HTTPException) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
