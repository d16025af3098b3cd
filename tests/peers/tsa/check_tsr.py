#!/usr/bin/env python3
"""Whether rfc3161-client accepts a bundle's time stamp.

  check_tsr.py FOLDER-OF-THE-BAG ROOT.pem TSA.pem
"""
import pathlib, sys
from cryptography import x509
from rfc3161_client import VerifierBuilder, decode_timestamp_response

signature = pathlib.Path(sys.argv[1]) / "signature"
root, tsa = (x509.load_pem_x509_certificate(pathlib.Path(name).read_bytes()) for name in sys.argv[2:4])
answer = decode_timestamp_response((signature / "statement.sig.tsr").read_bytes())
verifier = VerifierBuilder().add_root_certificate(root).tsa_certificate(tsa).build()
if not verifier.verify_message(answer, (signature / "statement.sig").read_bytes()):
    sys.exit("rfc3161-client does not accept it")
print(answer.tst_info.gen_time.isoformat())
