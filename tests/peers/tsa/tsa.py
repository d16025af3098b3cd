#!/usr/bin/env python3
"""A time-stamp authority: `openssl ts -reply` behind a few lines of HTTP.

  tsa.py make FOLDER            makes ca.pem, ca.crl, tsa.pem, tsa.key and openssl.cnf there: RSA, or P-256 with `make FOLDER ec`
  tsa.py serve FOLDER PORT [wrong-nonce]

`certs=` is left out of the configuration: rfc3161-client refuses a token that carries more than it needs.
"""
import http.server, pathlib, subprocess, sys

folder = pathlib.Path(sys.argv[2]).resolve()
CONF = """
[tsa]
default_tsa = here
[here]
serial = {0}/serial
signer_cert = {0}/tsa.pem
signer_key = {0}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
other_policies = 1.2.3.4.5
digests = sha256
accuracy = secs:1
clock_precision_digits = 3
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = {1}
[ca]
default_ca = lists
[lists]
database = {0}/index.txt
crlnumber = {0}/crlnumber
default_md = sha256
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
"""


def openssl(*words, **more):
    return subprocess.run(("openssl",) + words, check=True, capture_output=True, cwd=folder, **more)


def make(kind):
    folder.mkdir(parents=True, exist_ok=True)
    # Both forms of the certificate identifier: SHA-256 (ESSCertIDv2), and the older one with SHA-1 (ESSCertID).
    (folder / "openssl.cnf").write_text(CONF.format(folder, "sha256" if kind == "ec" else "sha1"))
    (folder / "serial").write_text("01\n")
    key = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256") if kind == "ec" else ("rsa:2048",)
    openssl("req", "-x509", "-newkey", *key, "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Peer time CA", "-days", "30")
    openssl("req", "-new", "-newkey", *key, "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Peer TSA")
    openssl("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "20",
            "-extfile", "openssl.cnf", "-extensions", "leaf", "-out", "tsa.pem")
    (folder / "index.txt").write_text("")
    (folder / "crlnumber").write_text("01\n")
    openssl("ca", "-gencrl", "-config", "openssl.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-crldays", "9", "-out", "ca.crl.pem")
    openssl("crl", "-in", "ca.crl.pem", "-outform", "DER", "-out", "ca.crl")


class Authority(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        query = self.rfile.read(int(self.headers["content-length"]))
        if "wrong-nonce" in sys.argv:
            # The nonce is followed by certReq (01 01 ff) alone.
            query = query[:-4] + bytes([query[-4] ^ 1]) + query[-3:]
        (folder / "query.tsq").write_bytes(query)
        reply = openssl("ts", "-reply", "-config", "openssl.cnf", "-section", "here", "-queryfile", "query.tsq").stdout
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)


if sys.argv[1] == "make":
    make(sys.argv[3] if len(sys.argv) > 3 else "rsa")
else:
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[3])), Authority).serve_forever()
