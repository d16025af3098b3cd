#!/usr/bin/env python3
"""Bundles for the browser page, made from one good bundle by code that shares nothing with ours.

  make_cases.py BUNDLE.zip FINGERPRINT OUT-FOLDER [FOLDER-OF-VECTORS]

Writes the bundles and cases.json: for each its name, what is given to the page, whom the reader trusts, and what the page
must say. Vectors are tampered bundles of the Rust tests, `<step>-<defect>.zip`, beside the `fingerprint` of their signer.
"""
import base64, hashlib, json, pathlib, random, sys, zipfile, zlib
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

bundle, fingerprint, out = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
out.mkdir(parents=True, exist_ok=True)
DSSE, TYPE = "signature/statement.dsse.json", "application/vnd.in-toto+json"
cases = []
sha = lambda data: hashlib.sha256(data).hexdigest()

with zipfile.ZipFile(bundle) as archive:
    top = archive.namelist()[0].split("/")[0]
    GOOD = {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def packed(name, files, extra=()):
    path = out / f"{name}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for inside, data in [*sorted(files.items()), *extra]:
            archive.writestr(zipfile.ZipInfo(f"{top}/{inside}"), data, zipfile.ZIP_DEFLATED)
    return path


def unpacked(name, files):
    for inside, data in files.items():
        path = out / name / inside
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return out / name


def listed(files, payload):
    return "".join(f"{sha(d)}  {p}\n" for p, d in sorted(files.items()) if p.startswith("data/") == payload and p != "tagmanifest-sha256.txt").encode()


def refixed(files):
    """Writes count and manifests anew: what a forger can always do."""
    files = dict(files)
    payload = [d for p, d in files.items() if p.startswith("data/")]
    info = files["bag-info.txt"].decode().splitlines()
    info = [f"Payload-Oxum: {sum(map(len, payload))}.{len(payload)}" if line.startswith("Payload-Oxum") else line for line in info]
    files["bag-info.txt"] = ("\n".join(info) + "\n").encode()
    files["manifest-sha256.txt"] = listed(files, True)
    files["tagmanifest-sha256.txt"] = listed(files, False)
    return files


def resigned(files, key, change=lambda predicate: None):
    """Seals the files with another key, in every wrapper."""
    files = refixed(files)
    statement = json.loads(base64.b64decode(json.loads(files[DSSE])["payload"]))
    for subject in statement["subject"]:
        subject["digest"] = {"sha256": sha(files[subject["name"]])}
    change(statement["predicate"])
    payload = json.dumps(statement, separators=(",", ":")).encode()
    pae = f"DSSEv1 {len(TYPE)} {TYPE} {len(payload)} ".encode() + payload
    signature = key.sign(pae, ec.ECDSA(hashes.SHA256()))
    keyid = print_of(key)
    envelope = {"payload": base64.b64encode(payload).decode(), "payloadType": TYPE, "signatures": [{"keyid": keyid, "sig": base64.b64encode(signature).decode()}]}
    wrapped = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": {"publicKey": {"hint": keyid}, "tlogEntries": []}, "dsseEnvelope": envelope}
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    files |= {DSSE: json.dumps(envelope).encode(), "signature/statement.sigstore.json": json.dumps(wrapped).encode(), "signature/statement.pae": pae, "signature/statement.sig": signature, "signature/signer.pub.pem": pem}
    return refixed(files)


def print_of(key):
    return sha(key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))


def case(name, path, state, step=None, trust=None, file=None, holds=None, how="choose"):
    cases.append({"name": name, "path": str(path), "state": state, "step": step, "fingerprint": trust, "trust": file and str(file), "holds": holds, "how": how})


def toml(name, key, who, start, end=None):
    path = out / name
    path.write_text(f'# Keys that I trust\n[[key]]\nfingerprint = "{key}"\nwho = "{who}"\nvalid_from = "{start}"\n' + (f"valid_to = '{end}'\n" if end else ""))
    return path


predicate = json.loads(base64.b64decode(json.loads(GOOD[DSSE])["payload"]))["predicate"]
best = "demonstration" if predicate["demo_key"] or predicate["source"] == "demo" else "good" if predicate["endpoints"] == "aws" else "warned"
key = ec.generate_private_key(ec.SECP256R1())
mine = print_of(key)
changed = lambda path, old, new: GOOD | {path: GOOD[path].replace(old, new, 1)}

# --- trust
case("good, with its fingerprint", bundle, best, trust=fingerprint, holds="as sealed;")
case("good, with its fingerprint as people paste it", bundle, best, trust=":".join(fingerprint[i:i + 2] for i in range(0, 64, 2)).upper())
case("good, but nobody is trusted", bundle, "untrusted", holds="you did not say whom you trust")
case("good, with half a fingerprint", bundle, "untrusted", trust=fingerprint[:32])
case("good, with another fingerprint", bundle, "failed", 4, trust="0" * 64)
case("good, with a trust file", bundle, best, file=toml("trust.toml", fingerprint, "Example \\\"Ltd\\\"", "2020-01-01T00:00:00Z"), holds='Example "Ltd"')
case("good, with a trust file of another key", bundle, "failed", 4, file=toml("other.toml", mine, "Other Ltd", "2020-01-01T00:00:00Z"))
path = toml("reviewer.toml", fingerprint, "Ann", "2020-01-01T00:00:00Z")
path.write_text(path.read_text() + 'for = "review"\n')
case("good, its key is trusted for reviews only", bundle, "failed", 4, file=path, holds="not for sealing")
case("good, its key expired", bundle, "untrusted", file=toml("expired.toml", fingerprint, "Example Ltd", "2020-01-01T00:00:00Z", "2020-02-01T00:00:00+01:00"), holds="signer could not be checked")
case("good, its key not valid yet", bundle, "failed", 4, file=toml("early.toml", fingerprint, "Example Ltd", "2199-01-01T00:00:00Z"))
(out / "authority.toml").write_text('[[ca]]\nwho = "CA"\nfor = "signing"\ncertificate = """\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"""\n')
case("good, only an authority is trusted: not decided here", bundle, "untrusted", file=out / "authority.toml", holds="certificate authority")
(out / "odd.toml").write_text('key = [{ fingerprint = "x" }]\n')
case("good, with a trust file that is not understood", bundle, "untrusted", file=out / "odd.toml")
case("good, dropped", bundle, best, trust=fingerprint, how="drop")

# --- other containers of the same bag
case("packed again", packed("again", GOOD), best, trust=fingerprint, holds="packed again")
case("a folder", unpacked("folder", GOOD), best, trust=fingerprint, holds="a folder")
case("a folder, dropped", out / "folder", best, trust=fingerprint, holds="a folder", how="drop")

# --- tampered
changes = changed("data/evidence.json", b'"PASS"', b'"FAIL"')
case("an altered file", packed("altered-file", changes), "failed", 2, trust=fingerprint, holds="data/evidence.json was changed")
case("an altered file in a folder", unpacked("altered-folder", changes), "failed", 2, trust=fingerprint)
case("an altered file, manifests written anew", packed("altered-manifest", refixed(changes)), "failed", 3, trust=fingerprint)
case("an altered manifest", packed("manifest", changed("manifest-sha256.txt", b"a", b"b")), "failed", 2, trust=fingerprint)
case("signed again by another key", packed("resigned", resigned(GOOD, key)), "failed", 4, trust=fingerprint)
case("signed again by another key, whom nobody trusts", out / "resigned.zip", "untrusted")
case("signed again, and that key trusted", out / "resigned.zip", best, trust=mine)
case("the statement says other counts than the evidence", packed("counts", resigned(GOOD, key, lambda p: p["verdicts"].update(FAIL=0))), "failed", 3, trust=mine, holds="verdicts")
case("the statement names other pools", packed("pools", resigned(GOOD, key, lambda p: p["pools"].update(sha256="0" * 64))), "failed", 3, trust=mine, holds="pools")
live = json.loads(GOOD["data/evidence.json"])
live["run"].update(source="live", endpoint_kind="aws")
sealed = resigned(GOOD | {"data/evidence.json": json.dumps(live).encode()}, key, lambda p: p.update(source="live", endpoints="aws", demo_key=False))
case("as if live", packed("live", sealed), "good", trust=mine)
case("an overridden endpoint is told", packed("overridden", resigned(GOOD | {"data/evidence.json": json.dumps(live | {"run": live["run"] | {"endpoint_kind": "overridden"}}).encode()}, key, lambda p: p.update(source="live", endpoints="overridden"))), "demonstration" if predicate["demo_key"] else "warned", trust=mine, holds="Overridden endpoint")
case("an extra file", packed("extra", GOOD | {"data/more.txt": b"x"}), "failed", 2, trust=fingerprint, holds="data/more.txt")
case("an extra file, listed", packed("extra-tag", refixed(GOOD | {"notes.txt": b"x"})), "failed", 2, trust=fingerprint, holds="notes.txt")
case("a missing file", packed("missing", {p: d for p, d in GOOD.items() if p != "data/inputs/scope.json"}), "failed", 2, trust=fingerprint, holds="scope.json")
attested = {f"attestations/1/{name}": b"ok" for name in ("attestation.dsse.json", "review.json", "signer.pub.pem", "files/approval.txt")}
case("a later seal is named, not called signed", packed("later", refixed(GOOD | attested)), best, trust=fingerprint, holds="Who added the other 4 files")
case("a file that belongs to no attestation", packed("stray", refixed(GOOD | {"attestations/1/files/approval.txt": b"ok"})), "failed", 2, trust=fingerprint)
import warnings
warnings.simplefilter("ignore")
case("a duplicate entry", packed("duplicate", GOOD, [("data/evidence.json", GOOD["data/evidence.json"])]), "failed", 1, trust=fingerprint, holds="occurs twice")
raw = bundle.read_bytes()
(out / "trailing.zip").write_bytes(raw + b"x")
case("trailing data", out / "trailing.zip", "failed", 1, trust=fingerprint)
(out / "leading.zip").write_bytes(b"#!" + raw)
case("leading data", out / "leading.zip", "failed", 1, trust=fingerprint)
(out / "no.zip").write_bytes(b"%PDF-1.7 something else altogether, and long enough")
case("no ZIP file at all", out / "no.zip", "failed", 1, trust=fingerprint)
hostile = "\u202e<img src=x onerror=alert(1)>\x1b[2J"
nasty = json.loads(GOOD["data/evidence.json"])
nasty["run"]["challenge"] = hostile
case("text that would steer a page", packed("nasty", resigned(GOOD | {"data/evidence.json": json.dumps(nasty).encode()}, key, lambda p: p.update(challenge=hostile))), best, trust=mine, holds="\ufffd<img src=x onerror=alert(1)>\ufffd[2J")

# --- huge: 300 MB in one file and 64 MB in another, and many small ones
lines = b"".join(b'{"call":%d,"answer":"%s"}\n' % (n, hashlib.sha256(b"%d" % n).hexdigest().encode()) for n in range(40_000))
huge = GOOD | {"data/recording/huge.jsonl": (lines * (300_000_000 // len(lines) + 1))[:300_000_000], "data/recording/large.jsonl": lines * 16}
huge |= {f"data/recording/small.{n}.jsonl": b"%d\n" % n for n in range(2000)}
huge = resigned(huge, key)
case("huge", packed("huge", huge), best, trust=mine, holds="2,0")
spoilt = bytearray(huge["data/recording/huge.jsonl"])
spoilt[200_000_000] ^= 1
case("huge, with one bit changed", packed("huge-changed", huge | {"data/recording/huge.jsonl": bytes(spoilt)}), "failed", 2, trust=mine, holds="huge.jsonl was changed")
bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
case("a bomb", packed("bomb", GOOD | {"data/zeroes": bytes(64 << 20)}), "failed", 1, trust=fingerprint, holds="500 times")

# --- one byte flipped, anywhere: refused, or every file the same (then the bundle still holds)
chance = random.Random(7)
places = [*range(0, 30, 7), *range(len(raw) - 22, len(raw), 3), *(chance.randrange(len(raw)) for _ in range(30))]
for place in sorted(set(places)):
    flipped = bytearray(raw)
    flipped[place] ^= 1 << chance.randrange(8)
    path = out / f"flip-{place}.zip"
    path.write_bytes(flipped)
    try:
        with zipfile.ZipFile(path) as archive:
            same = {n.split("/", 1)[1]: archive.read(n) for n in archive.namelist()} == GOOD
    except Exception:  # noqa: BLE001 - whatever it says, it is not the same
        same = False
    case(f"a bit flipped at {place}", path, f"{best} or failed" if same else "failed", trust=fingerprint)

# --- the tampered bundles of the Rust tests
if len(sys.argv) > 4:
    folder = pathlib.Path(sys.argv[4])
    signer = (folder / "fingerprint").read_text().strip()
    here = {1, 2, 3, 4, 8}
    vectors = sorted(folder.glob("*.zip"))
    for path in vectors:
        step = int(path.name.split("-")[0])
        # The page says that it checks the signatures of no attestation and no rotation.
        added = path.stem.split("-", 1)[1].startswith(("attestation", "rotation"))
        at = step if step in here and not added else None
        state = "failed" if at else "failed or demonstration or good or warned" if added else "demonstration or good or warned"
        case(f"vector {path.stem}", path, state, at, trust=signer)
    assert len(vectors) > 60, "the vectors were not written"

(out / "cases.json").write_text(json.dumps(cases))
print(f"{len(cases)} cases")
