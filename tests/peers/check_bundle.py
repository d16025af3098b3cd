#!/usr/bin/env python3
"""What tools that nobody here wrote say of a sealed bundle.

  check_bundle.py BUNDLE.zip WORK-FOLDER FINGERPRINT-OF-THE-SIGNER

Checks: sha256sum -c, bagit.py, the DSSE envelope with securesystemslib, statement.pae/.sig with openssl, and the PDF with
qpdf, pdffonts, pdftotext and pdfdetach. Prints one line a check; exits 1 when one fails.
"""
import base64, hashlib, json, pathlib, subprocess, sys, zipfile
import bagit
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

bundle, work, fingerprint = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
failed = []


def check(name, ok, why=""):
    print(f"{'ok  ' if ok else 'FAIL'} {name}{': ' + why if why and not ok else ''}")
    if not ok:
        failed.append(name)


def run(*command, cwd=None):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    return done.returncode == 0, (done.stdout + done.stderr).strip()


with zipfile.ZipFile(bundle) as archive:
    check("python zipfile reads every entry", archive.testzip() is None)
    tops = {name.split("/")[0] for name in archive.namelist()}
    check("one top folder", len(tops) == 1, str(tops))
    archive.extractall(work)
bag = work / tops.pop()

for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
    check(f"sha256sum -c {manifest}", *run("sha256sum", "--strict", "--quiet", "-c", manifest, cwd=bag))
try:
    bagit.Bag(str(bag)).validate()
    check("bagit.py", True)
except bagit.BagError as error:
    check("bagit.py", False, str(error))

signature = bag / "signature"
pem = (signature / "signer.pub.pem").read_text()
der = base64.b64decode("".join(line for line in pem.splitlines() if "-----" not in line))
check("the key is the one that was announced", hashlib.sha256(der).hexdigest() == fingerprint)
check("openssl dgst -verify over statement.pae", *run(
    "openssl", "dgst", "-sha256", "-verify", "signer.pub.pem", "-signature", "statement.sig", "statement.pae", cwd=signature))

p7s, signed_file, chain = "signature/manifest-sha256.txt.p7s", "manifest-sha256.txt", "signature/signer-chain.pem"
cms = ("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", p7s, "-purpose", "any", "-CAfile", chain, "-out", "/dev/null")
check("openssl cms -verify -cades over the manifest", *run(*cms, "-cades", "-content", signed_file, cwd=bag))
check("openssl cms refuses the signature over another file", not run(*cms, "-cades", "-content", "bagit.txt", cwd=bag)[0])
gnutls = ("certtool", "--p7-verify", "--inder", "--infile", p7s, "--load-certificate", chain)
check("certtool --p7-verify over the manifest", *run(*gnutls, "--load-data", signed_file, cwd=bag))
check("certtool refuses the signature over another file", not run(*gnutls, "--load-data", "bagit.txt", cwd=bag)[0])

raw = json.loads((signature / "statement.dsse.json").read_text())
key = SSlibKey(fingerprint, "ecdsa", "ecdsa-sha2-nistp256", {"public": pem})
try:
    Envelope.from_dict(json.loads(json.dumps(raw))).verify([key], 1)
    check("securesystemslib verifies the DSSE envelope", True)
except Exception as error:  # noqa: BLE001 - whatever it says is the finding
    check("securesystemslib verifies the DSSE envelope", False, repr(error))
forged = json.loads(json.dumps(raw))
forged["payload"] = base64.b64encode(base64.b64decode(raw["payload"]).replace(b"1", b"2", 1)).decode()
try:
    Envelope.from_dict(forged).verify([key], 1)
    check("securesystemslib refuses a changed payload", False)
except Exception:  # noqa: BLE001
    check("securesystemslib refuses a changed payload", True)

statement = json.loads(base64.b64decode(raw["payload"]))
check("in-toto Statement v1", statement.get("_type") == "https://in-toto.io/Statement/v1", str(statement.get("_type")))
for subject in statement["subject"]:
    digest = hashlib.sha256((bag / subject["name"]).read_bytes()).hexdigest()
    check(f"subject {subject['name']}", subject["digest"] == {"sha256": digest})

pdf = bag / "data" / "report.pdf"
check("qpdf --check", *run("qpdf", "--check", str(pdf)))
ok, fonts = run("pdffonts", str(pdf))
rows = [line.split() for line in fonts.splitlines()[2:]]
check("pdffonts: every font embedded, subset, with ToUnicode", ok and rows and all(row[-5:-2] == ["yes", "yes", "yes"] for row in rows), fonts)
ok, text = run("pdftotext", "-layout", str(pdf), "-")
evidence = json.loads((bag / "data" / "evidence.json").read_text())
for needed in (evidence["bundle_id"], evidence["run"]["head_digest"][:16], hashlib.sha256((bag / "data" / "evidence.json").read_bytes()).hexdigest()[:16]):
    check(f"pdftotext finds {needed}", ok and needed in text.replace("\n", "").replace(" ", "") or needed in text)
missing = sorted({f["check"] for f in evidence["findings"]} - {word for word in text.split()})
check("pdftotext finds every check", not missing, str(missing))
attached = work.parent / (work.name + "-attached")
attached.mkdir()
check("pdfdetach saves the attachment", *run("pdfdetach", "-saveall", "-o", str(attached), str(pdf)))
same = [f for f in attached.iterdir() if f.read_bytes() == (bag / "data" / "evidence.json").read_bytes()]
check("the attachment is evidence.json", len(same) == 1, str(list(attached.iterdir())))

sys.exit(1 if failed else 0)
