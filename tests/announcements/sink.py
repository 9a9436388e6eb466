"""A mail server in a process of its own: `python sink.py FILE` prints its port and writes a line for each letter.

The line is in the file before the sender hears "250": what a killed sender never heard of is there all the same.
"""

import asyncio
import os
import sys
import warnings
from email.parser import BytesHeaderParser
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from aiosmtpd.smtp import SMTP


class Sink:
    """Takes every letter and notes receiver and name."""

    def __init__(self, path: str) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        head = BytesHeaderParser().parsebytes(envelope.content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        for receiver in envelope.rcpt_tos:
            os.write(self.file, f"{receiver} {head['X-Kervan-Delivery']}\n".encode())
        return "250 OK"


async def main() -> None:
    sink, loop = Sink(sys.argv[1]), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, loop=loop), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    # It ends with the process that started it: that holds the other end of stdin.
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
