"""moto's server on a free port of 127.0.0.1, until standard input ends: with whoever started it."""

import logging
import sys

from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(f"moto is ready: http://{host}:{port}", flush=True)
sys.stdin.read()
server.stop()
