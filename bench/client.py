"""A keep-alive HTTP client that costs little, run as a process of its own: `python bench/client.py JOB.json`.

The job names host, port, ready-made requests, how many connections, and after how many seconds to stop asking.
It prints one JSON line: the time of every answer in ms, the wall and processor seconds, what failed, some bodies.
Blocking sockets for one connection, epoll for more: no event loop whose own time would be measured.
"""

import json
import re
import select
import socket
import sys
import time

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_READ = 1 << 18


def _connect(job: dict) -> socket.socket:
    sock = socket.create_connection((job["host"], job["port"]), timeout=60)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _complete(data: bytes) -> bool:
    """Whether these bytes are a whole answer, by its length or its last chunk."""
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return False
    length = _LENGTH.search(data, 0, head + 2)
    if length is not None:
        return len(data) >= head + 4 + int(length.group(1))
    return data.endswith(b"\r\n0\r\n\r\n")


class Tally:
    """What came back."""

    def __init__(self, keep: int) -> None:
        self.ms: list[float] = []
        self.failed = 0
        self.first_failure = ""
        self.bytes = 0
        self.keep = keep
        self.bodies: list[str] = []

    def add(self, seconds: float, data: bytes) -> None:
        self.ms.append(seconds * 1000)
        self.bytes += len(data)
        if data[9:11] != b"20":
            self.failed += 1
            self.first_failure = self.first_failure or data[:600].decode("latin-1")
        elif len(self.bodies) < self.keep:
            self.bodies.append(data.decode("latin-1"))


def alone(job: dict, tally: Tally) -> None:
    """One request after the other."""
    sock = _connect(job)
    end = time.perf_counter() + job["seconds"]
    for request in job["requests"]:
        begin = time.perf_counter()
        if begin > end:
            break
        sock.sendall(request)
        data = sock.recv(_READ)
        while not _complete(data):
            more = sock.recv(_READ)
            if not more:
                raise ConnectionError("the server hung up")
            data += more
        tally.add(time.perf_counter() - begin, data)
        if b"\r\nconnection: close" in data[:2000].lower():
            sock.close()
            sock = _connect(job)
    sock.close()


def together(job: dict, tally: Tally) -> None:
    """Several connections, each asking its next request as soon as it has its answer."""
    requests = iter(job["requests"])
    poll = select.epoll()
    sockets = {}
    begun: dict[int, float] = {}
    parts: dict[int, bytes] = {}
    for _ in range(job["connections"]):
        sock = _connect(job)
        sockets[sock.fileno()] = sock
        poll.register(sock.fileno(), select.EPOLLIN)
    end = time.perf_counter() + job["seconds"]
    for number, sock in sockets.items():
        if (request := next(requests, None)) is not None:
            begun[number], parts[number] = time.perf_counter(), b""
            sock.sendall(request)
    while begun:
        for number, _ in poll.poll(60):
            data = sockets[number].recv(_READ)
            if not data:
                raise ConnectionError("the server hung up")
            data = parts[number] + data if parts[number] else data
            if not _complete(data):
                parts[number] = data
                continue
            now = time.perf_counter()
            tally.add(now - begun.pop(number), data)
            request = next(requests, None) if now < end else None
            if request is not None:
                begun[number], parts[number] = time.perf_counter(), b""
                sockets[number].sendall(request)
    for sock in sockets.values():
        sock.close()


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    job["requests"] = [request.encode("latin-1") for request in job["requests"]]
    tally = Tally(job.get("keep", 0))
    begin, busy = time.perf_counter(), time.process_time()
    (alone if job["connections"] == 1 else together)(job, tally)
    wall, busy = time.perf_counter() - begin, time.process_time() - busy
    json.dump(
        {
            "ms": [round(ms, 4) for ms in tally.ms],
            "wall": wall,
            "busy": busy,
            "failed": tally.failed,
            "first_failure": tally.first_failure,
            "bytes": tally.bytes,
            "bodies": tally.bodies,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
