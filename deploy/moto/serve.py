"""moto's server on a free port of 127.0.0.1, until standard input ends: with whoever started it."""

import logging
import sys

from moto.core.exceptions import JsonRESTError
from moto.kms.models import KmsBackend
from moto.server import ThreadedMotoServer


class DisabledException(JsonRESTError):
    code = 400

    def __init__(self):
        super().__init__("DisabledException", "The key is disabled.")


def opens_by_enabled_keys_alone(method):
    """AWS refuses to use a key that is disabled or about to be deleted; moto would."""

    def checked(self, *args, **kwargs):
        plaintext, arn = method(self, *args, **kwargs)
        if not self.keys[arn.split("/")[-1]].enabled:
            raise DisabledException()
        return plaintext, arn

    return checked


KmsBackend.encrypt = opens_by_enabled_keys_alone(KmsBackend.encrypt)
KmsBackend.decrypt = opens_by_enabled_keys_alone(KmsBackend.decrypt)

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(f"moto is ready: http://{host}:{port}", flush=True)
sys.stdin.read()
server.stop()
