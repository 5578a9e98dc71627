"""What a server needs for TLS on loopback: a certificate for its address, signed by an authority made for it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path


class Certificates:
    """PEM files in a private folder: `ca_file` for clients to trust, `chain_file` and `key_file` for servers.

    `close` removes them.
    """

    def __init__(self, host: str) -> None:
        import trustme  # its key generation takes a moment, so only TLS pays for it

        self._folder = Path(tempfile.mkdtemp(prefix="datacloud-emulator-tls-"))
        self.ca_file = self._folder / "ca.pem"
        self.chain_file = self._folder / "chain.pem"
        self.key_file = self._folder / "key.pem"
        try:
            authority = trustme.CA()
            issued = authority.issue_cert(host)
            authority.cert_pem.write_to_path(str(self.ca_file))
            for blob in issued.cert_chain_pems:
                blob.write_to_path(str(self.chain_file), append=True)
            issued.private_key_pem.write_to_path(str(self.key_file))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
