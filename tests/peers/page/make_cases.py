#!/usr/bin/env python3
"""Bundles for the browser page, made from one good bundle by code that shares nothing with ours.

  make_cases.py BUNDLE.zip FINGERPRINT OUT-FOLDER [FOLDER-OF-VECTORS]

Writes the bundles and cases.json: for each its name, what is given to the page, whom the reader trusts, and what the page
must say. Vectors are tampered bundles of the Rust tests, `<step>-<defect>.zip`, beside the `fingerprint` of their signer.
"""
import base64, datetime, hashlib, json, pathlib, random, subprocess, sys, tomllib, zipfile, zlib
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from chain import CERTIFIES, DAY, NOW, SIGNS, Issued, cades, leaf, pem_of
from stamp import Authority, tlv

bundle, fingerprint, out = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
out.mkdir(parents=True, exist_ok=True)
DSSE, TYPE = "signature/statement.dsse.json", "application/vnd.in-toto+json"
HEADER, BEGUN = "data/recording/header.json", "data/inputs/begun.tsr"
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


def resigned(files, key, change=lambda predicate: None, chain=None):
    """Seals the files with another key, in every wrapper; `chain` are its certificates, the signer's first."""
    files = refixed(files)
    chain = chain or own_certificate(key)
    files |= {"signature/manifest-sha256.txt.p7s": cades(files["manifest-sha256.txt"], key, chain), "signature/signer-chain.pem": pem_of(chain)}
    statement = json.loads(base64.b64decode(json.loads(files[DSSE])["payload"]))
    for subject in statement["subject"]:
        subject["digest"] = {"sha256": sha(files[subject["name"]])}
    change(statement["predicate"])
    keyid = print_of(key)
    envelope, pae, signature = dsse(statement, key)
    wrapped = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": {"publicKey": {"hint": keyid}, "tlogEntries": []}, "dsseEnvelope": envelope}
    files |= {DSSE: wire(envelope), "signature/statement.sigstore.json": wire(wrapped), "signature/statement.pae": pae, "signature/statement.sig": signature, "signature/signer.pub.pem": pem(key)}
    return refixed(files)


OWN = {}


def own_certificate(key):
    """The certificate that a key made for itself; the same each time."""
    return OWN.setdefault(print_of(key), [leaf(key, None).der])


def dsse(statement, key):
    """An envelope, what is signed in it, and the signature."""
    payload = json.dumps(statement, separators=(",", ":")).encode()
    pae = f"DSSEv1 {len(TYPE)} {TYPE} {len(payload)} ".encode() + payload
    signature = key.sign(pae, ec.ECDSA(hashes.SHA256()))
    return {"payload": base64.b64encode(payload).decode(), "payloadType": TYPE, "signatures": [{"keyid": print_of(key), "sig": base64.b64encode(signature).decode()}]}, pae, signature


def wire(value):
    """A file of a seal, in the one spelling that it may have."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def statement_of(kind, subjects, predicate):
    return {"_type": "https://in-toto.io/Statement/v1", "subject": [{"name": n, "digest": {"sha256": d}} for n, d in sorted(subjects)], "predicateType": f"https://poolproof.dev/predicate/{kind}/v1", "predicate": predicate}


def attested(files, key, change=lambda review: None, by=None):
    """Adds a reviewer's attestation of every MANUAL finding; `by` names another signer than the key that lies beside it."""
    n = next(n for n in range(1, 99) if f"attestations/{n}/review.json" not in files)
    evidence = json.loads(files["data/evidence.json"])
    label = lambda s: {"run": "this run", "pool": f"pool {s.get('pool')}", "client": f"client {s.get('client')} of pool {s.get('pool')}"}[s["kind"]]
    named = lambda path: {"path": path, "sha256": sha(files[path])}
    approval = f"attestations/{n}/files/approval.txt"
    files = files | {approval: b"ok\n"}
    review = {
        "format": "poolproof-attestation/1", "number": n, "bundle_id": evidence["bundle_id"], "statement_sha256": sha(base64.b64decode(json.loads(files[DSSE])["payload"])),
        "name": "Ann Auditor", "role": "external auditor", "statement": "I have looked.", "at": "2026-11-01T11:00:00Z", "reviewed": [named("data/evidence.json")],
        "items": [{"check": f["check"], "subject": label(f["subject"]), "decision": "accepted", "note": ""} for f in evidence["findings"] if f["verdict"] == "MANUAL"],
        "attachments": [{"path": approval, "sha256": sha(files[approval])}],
        "earlier": [named(p) for p in sorted(files) if p != approval and (p.startswith(("attestations/", "signature/rotation/")) or p.endswith(".tsr"))],
    }
    change(review)
    document = json.dumps(review, indent=2).encode()
    earlier = sorted({f"{f['sha256']}  {f['path']}" for f in review["earlier"]})
    predicate = {"format": 1} | {k: review[k] for k in ("number", "bundle_id", "name", "role", "at")} | {
        "decisions": {d: sum(i["decision"] == d for i in review["items"]) for d in ("accepted", "not_accepted", "not_reviewed")},
        "earlier": {"count": len(earlier), "sha256": sha("".join(f"{e}\n" for e in earlier).encode())},
    }
    subjects = {("statement", review["statement_sha256"]), ("manifest-sha256.txt", sha(files["manifest-sha256.txt"])), (f"attestations/{n}/review.json", sha(document))}
    subjects |= {(f["path"], f["sha256"]) for f in review["reviewed"] + review["attachments"]}
    envelope = dsse(statement_of("attestation", subjects, predicate), by or key)[0]
    return refixed(files | {f"attestations/{n}/review.json": document, f"attestations/{n}/attestation.dsse.json": wire(envelope), f"attestations/{n}/signer.pub.pem": pem(key)})


def rotated(files, old, new, at="2026-03-01T00:00:00Z", by=None):
    """Adds a rotation, as `old` signs `new` over; `by` names another signer."""
    statement = statement_of("key-rotation", [("new signing key", print_of(new))], {"format": 1, "old_key": pem(old).decode(), "at": at})
    n = sum(p.startswith("signature/rotation/") for p in files) + 1
    return refixed(files | {f"signature/rotation/{n}.dsse.json": wire(dsse(statement, by or old)[0])})


def print_of(key):
    return sha(key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))


def case(name, path, state, step=None, trust=None, file=None, holds=None, how="choose", rotation=False, authority=None, beside=()):
    """`file` is a trust file, `beside` what is chosen with it."""
    cases.append({"name": name, "path": str(path), "state": state, "step": step, "fingerprint": trust, "trust": file and [str(file), *map(str, beside)], "holds": holds, "how": how, "rotation": rotation, "authority": authority})


def write(name, data):
    (out / name).parent.mkdir(exist_ok=True)
    (out / name).write_bytes(data)
    return out / name


def entry(key, who, start, end=None, use=None):
    return f'[[key]]\nfingerprint = "{key}"\nwho = "{who}"\nvalid_from = "{start}"\n' + (f"valid_to = '{end}'\n" if end else "") + (f'for = "{use}"\n' if use else "")


def toml(name, *key, more=""):
    path = out / name
    path.write_text(f"# Keys that I trust\n{entry(*key) if key else ''}{more}")
    return path


def authority(issued, use="signing", who="Example CA", start="2020-01-01T00:00:00Z", end=None, crls=None, pem=None):
    certificate = f'"{pem}"' if pem else f'"""\n{issued.pem}"""'
    return f'[[ca]]\ncertificate = {certificate}\nwho = "{who}"\nfor = "{use}"\nvalid_from = "{start}"\n' + (f'valid_to = "{end}"\n' if end else "") + (f"crls = {json.dumps(crls)}\n" if crls else "")


def stated(files, **run):
    """Says it in the evidence, and in the recording's header what that states too."""
    evidence, header = json.loads(files["data/evidence.json"]), json.loads(files[HEADER])
    evidence["run"].update(run)
    header.update({name: value for name, value in run.items() if name in header})
    return files | {"data/evidence.json": json.dumps(evidence).encode(), HEADER: json.dumps(header).encode()}


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
case("good, its key is trusted for reviews only", bundle, "failed", 4, file=toml("reviewer.toml", fingerprint, "Ann", "2020-01-01T00:00:00Z", None, "review"), holds="not for sealing")
case("good, its key expired", bundle, "untrusted", file=toml("expired.toml", fingerprint, "Example Ltd", "2020-01-01T00:00:00Z", "2020-02-01T00:00:00+01:00"), holds="signer could not be checked")
case("good, its key not valid yet", bundle, "failed", 4, file=toml("early.toml", fingerprint, "Example Ltd", "2199-01-01T00:00:00Z"))
(out / "damaged.toml").write_text('[[ca]]\nwho = "CA"\nfor = "signing"\nvalid_from = "2020-01-01T00:00:00Z"\ncertificate = """\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"""\n')
case("good, and the authority's certificate is damaged", bundle, "untrusted", file=out / "damaged.toml", holds="could not be told by this page")
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
sealed = resigned(stated(GOOD, source="live", endpoint_kind="aws"), key, lambda p: p.update(source="live", endpoints="aws", demo_key=False))
case("as if live", packed("live", sealed), "good", trust=mine)
case("an overridden endpoint is told", packed("overridden", resigned(stated(GOOD, source="live", endpoint_kind="overridden"), key, lambda p: p.update(source="live", endpoints="overridden"))), "demonstration" if predicate["demo_key"] else "warned", trust=mine, holds="Overridden endpoint")
case("an extra file", packed("extra", GOOD | {"data/more.txt": b"x"}), "failed", 2, trust=fingerprint, holds="data/more.txt")
case("an extra file, listed", packed("extra-tag", refixed(GOOD | {"notes.txt": b"x"})), "failed", 2, trust=fingerprint, holds="notes.txt")
case("a missing file", packed("missing", {p: d for p, d in GOOD.items() if p != "data/inputs/scope.json"}), "failed", 2, trust=fingerprint, holds="scope.json")
case("a file that belongs to no attestation", packed("stray", refixed(GOOD | {"attestations/1/files/approval.txt": b"ok"})), "failed", 2, trust=fingerprint)

# --- later seals: reviewers' attestations
ann, bob = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
since = "2020-01-01T00:00:00Z"
both = toml("both.toml", fingerprint, "Example Ltd", since, more=entry(print_of(ann), "Ann of Audit LLP", since, None, "review"))
once = attested(GOOD, ann)
twice = attested(once, bob)
case("an attestation by a reviewer whom the reader knows", packed("attested", once), best, file=both, holds="Attestation 1 was signed by Ann of Audit LLP")
case("an attestation, and nobody is trusted for reviews", out / "attested.zip", best, trust=fingerprint, holds="Who made attestation 1: it was signed by a key that your trust file does not name")
case("an attestation by a key that is trusted for sealing only", out / "attested.zip", best, file=toml("seals.toml", fingerprint, "Example Ltd", since, more=entry(print_of(ann), "Ann", since)), holds="it stands for no reviewer")
case("an attestation by a key that has expired", out / "attested.zip", best, file=toml("was.toml", fingerprint, "Example Ltd", since, more=entry(print_of(ann), "Ann", since, "2026-11-02T00:00:00Z", "review")), holds="not proven to be his")
case("two attestations, the second by a stranger", packed("attested-twice", twice), best, file=both, holds="Who made attestation 2")
case("an attestation by the sealer himself", packed("attested-self", attested(resigned(GOOD, key), key)), best, trust=mine, holds="no second person")
case("an attestation whose review was altered", packed("attested-altered", refixed(once | {"attestations/1/review.json": once["attestations/1/review.json"].replace(b"accepted", b"not_reviewed", 1)})), "failed", 3, file=both, holds="is not the review that was signed")
case("an attestation signed again by another key", packed("attested-resigned", attested(GOOD, ann, by=bob)), "failed", 3, file=both, holds="attestation 1: its signature is not valid")
case("an attestation whose key was exchanged", packed("attested-key", refixed(once | {"attestations/1/signer.pub.pem": pem(bob)})), "failed", 3, file=both)
case("an attestation of another bundle", packed("attested-other", refixed(resigned(GOOD, key, lambda p: p.update(template="0" * 64)) | {p: d for p, d in once.items() if p.startswith("attestations/")})), "failed", 3, trust=mine, holds="about another bundle")
case("an attestation whose attachment was altered", packed("attested-file", refixed(once | {"attestations/1/files/approval.txt": b"no\n"})), "failed", 3, file=both, holds="not the file that was attached")
case("an attestation with a file slipped in beside it", packed("attested-more", refixed(once | {"attestations/1/files/more.txt": b"x"})), "failed", 2, file=both, holds="does not name it")
case("an attestation that skips a MANUAL finding", packed("attested-skips", attested(GOOD, ann, lambda r: r["items"].pop())), "failed", 3, file=both, holds="not the MANUAL findings")
case("an attestation with a member more", packed("attested-member", attested(GOOD, ann, lambda r: r.update(more=1))), "failed", 3, file=both)
case("an attestation that leaves out an earlier seal", packed("attested-without", attested(once, bob, lambda r: r["earlier"].clear())), "failed", 3, file=both, holds="leaves out the earlier seal")
case("an attestation below which an earlier one was removed", packed("attested-removed", refixed({p: d for p, d in twice.items() if not p.startswith("attestations/1/")})), "failed", 2, file=both, holds="attestation 1 is missing")
case("an attestation below which an earlier one was made anew", packed("attested-anew", refixed(twice | {p: d for p, d in attested(GOOD, bob).items() if p.startswith("attestations/1/")})), "failed", 3, file=both, holds="was exchanged")
without = attested(rotated(GOOD, key, ann), bob)
del without["signature/rotation/1.dsse.json"]
case("an attestation whose earlier rotation was stripped", packed("attested-stripped", refixed(without)), "failed", 3, file=both, holds="was removed")

# --- later seals: key rotations
third = ec.generate_private_key(ec.SECP256R1())
begun = toml("begun.toml", mine, "Example Ltd", since)
fresh = resigned(GOOD, ann)
handed = rotated(fresh, key, ann)
case("a rotation that the reader follows", packed("rotated", handed), best, file=begun, rotation=True, holds="by 1 key rotation (signature/rotation/1.dsse.json)")
case("a rotation that nobody asked to follow", out / "rotated.zip", "failed", 4, file=begun, holds="tick \"Follow key rotations\"")
case("a rotation, and only a fingerprint", out / "rotated.zip", "failed", 4, trust=mine, rotation=True)
case("a rotation, and the new key trusted", out / "rotated.zip", best, file=toml("after.toml", print_of(ann), "Example Ltd", since))
case("two rotations in a row", packed("rotated-twice", rotated(rotated(fresh, key, bob), bob, ann, "2026-04-01T00:00:00Z")), best, file=begun, rotation=True, holds="by 2 key rotations")
case("two rotations in the wrong order", packed("rotated-order", rotated(rotated(fresh, key, bob), bob, ann, "2026-02-01T00:00:00Z")), "failed", 4, file=begun, rotation=True, holds="before the rotation that leads to it")
case("a rotation against its direction", packed("rotated-back", rotated(fresh, ann, key)), "failed", 4, file=begun, rotation=True)
case("a rotation to a third key", packed("rotated-third", rotated(fresh, key, third)), "failed", 4, file=begun, rotation=True)
case("a rotation that another key signed", packed("rotated-forged", rotated(fresh, key, ann, by=ann)), "failed", 3, file=begun, rotation=True, holds="did not sign it")
case("a rotation after the old key's end", packed("rotated-late", handed), "failed", 4, file=toml("ended.toml", mine, "Example Ltd", since, "2026-02-01T00:00:00Z"), rotation=True, holds="not within the validity")
case("a rotation within the old key's validity, which has ended since", out / "rotated.zip", "untrusted", file=toml("ends.toml", mine, "Example Ltd", since, "2026-03-02T00:00:00Z"), rotation=True)
case("a rotation dated in the future", packed("rotated-future", rotated(fresh, key, ann, "2199-01-01T00:00:00Z")), "failed", 4, file=begun, rotation=True, holds="is dated")
case("rotations in a loop", packed("rotated-loop", rotated(rotated(fresh, bob, ann), ann, bob)), "failed", 4, file=begun, rotation=True)

# --- later seals: time stamps. The bundle says that it was collected until an hour ago.
utc = lambda text: datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)
now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
iso = lambda t: t.strftime("%Y-%m-%dT%H:%M:%SZ")
AN_HOUR = datetime.timedelta(hours=1)


def collected_until(end):
    return resigned(stated(GOOD, last_call=iso(end)), key, lambda p: p["collection"].update(end=iso(end)))


recent, old = collected_until(now - AN_HOUR), collected_until(utc("2026-01-01"))
SIG = "signature/statement.sig"
stamped = lambda files, answer, n="": refixed(files | {f"{SIG}{n}.tsr": answer})
tsa, other = Authority(), Authority()
answer = lambda files, when=now, by=tsa, **wrong: stamped(files, by.answer(files[SIG], when, **wrong))
case("a time stamp by the authority that the reader named", packed("stamped", answer(recent)), best, trust=mine, authority=tsa.fingerprint, holds="It existed, sealed as it is, by")
case("a time stamp, and no authority named", out / "stamped.zip", best, trust=mine, holds="named, not proved")
case("a time stamp, and its authority in the trust file by a file that was not chosen", out / "stamped.zip", best, file=toml("time.toml", mine, "Example Ltd", since, more=authority(tsa, "time", "Time Ltd", pem="time.pem")), holds="was not chosen with the trust file")
case("a time stamp by another authority", out / "stamped.zip", "failed", 7, trust=mine, authority=other.fingerprint, holds="by another certificate")
case("a time stamp, and an authority that is no fingerprint", out / "stamped.zip", best, trust=mine, authority="Time Ltd", holds="named, not proved")
case("no time stamp, and an authority named", packed("unstamped", recent), best, trust=mine, authority=tsa.fingerprint, holds="no time stamp over the seal")
case("two time stamps, one of them by the authority", packed("stamped-twice", stamped(answer(recent), other.answer(recent[SIG], now), ".2")), best, trust=mine, authority=other.fingerprint, holds="It existed, sealed as it is, by")
case("a time stamp days after the collection", packed("stamped-late", answer(old)), best, trust=mine, authority=tsa.fingerprint, holds="How long before that it was sealed")
case("a time stamp before the end of the collection", packed("stamped-early", answer(recent, now - 2 * AN_HOUR)), "failed", 7, trust=mine, authority=tsa.fingerprint, holds="one of the two is not true")
case("a time stamp before the end of the collection, by nobody", out / "stamped-early.zip", best, trust=mine, holds="named, not proved")
case("a time stamp in the future", packed("stamped-future", answer(recent, utc("2043-01-01"))), best, trust=mine, authority=tsa.fingerprint, holds="one of the two is wrong")
early = answer(old, utc("2026-01-01T02:00:00"))
case("a key that has expired since, at its time stamp", packed("stamped-valid", early), best, file=toml("until.toml", mine, "Example Ltd", since, "2026-01-02T00:00:00Z"), authority=tsa.fingerprint, holds="trusted time")
case("a key that has expired since, and the time stamp is nobody's", out / "stamped-valid.zip", "untrusted", file=out / "until.toml")
case("a key that had expired at its time stamp", packed("stamped-expired", answer(old)), "failed", 4, file=out / "until.toml", authority=tsa.fingerprint, holds="trusted time")
for kind, digest in [("RSA", "sha256"), ("RSA", "sha512"), ("P-384", "sha512"), ("P-384", "sha256")]:
    by = Authority(kind)
    case(f"a time stamp with {kind} and {digest}", packed(f"stamped-{kind}-{digest}", answer(recent, by=by, digest=digest)), best, trust=mine, authority=by.fingerprint, holds="It existed, sealed as it is, by")
serving = [ExtendedKeyUsageOID.SERVER_AUTH]


def reordered(der):
    """The attributes of a set that is longer than 127 bytes and shorter than 256, the first of them last."""
    first = 5 + der[4]
    return der[:3] + der[first:] + der[3:first]


for name, files, holds in [
    ("over another seal", stamped(recent, tsa.answer(old[SIG], now)), "another imprint"),
    ("that is no answer", stamped(recent, b"Approved by the auditor.\n"), "RFC 3161"),
    ("that was refused", stamped(recent, bytes.fromhex("30053003020102")), "refused"),
    ("with its time changed", refixed(answer(recent) | {f"{SIG}.tsr": answer(recent)[f"{SIG}.tsr"].replace(now.strftime("%Y%m%d%H").encode(), (now - AN_HOUR).strftime("%Y%m%d%H").encode())}), "over other bytes"),
    ("with a byte appended", stamped(recent, tsa.answer(recent[SIG], now) + b"\0"), "no RFC 3161 answer"),
    ("signed by another key under the authority's certificate", stamped(recent, tsa.answer(recent[SIG], now, by=other)), "not by the key of the certificate"),
    ("that does not name its certificate", answer(recent, named=False), "does not name the signer"),
    ("with its signed attributes in another order", answer(recent, swap=reordered), "order"),
    ("with SHA-1", answer(recent, digest="sha1"), "SHA-2"),
    ("with an extension", answer(recent, more=tlv(0xA1, b"")), "extensions"),
    ("by a certificate that is for servers", answer(recent, by=Authority(usages=serving)), "time stamping alone"),
    ("by a certificate that is for more", answer(recent, by=Authority(usages=[ExtendedKeyUsageOID.TIME_STAMPING, *serving])), "time stamping alone"),
    ("by a certificate that is for anything", answer(recent, by=Authority(usages=())), "extended key usage"),
    ("by a certificate whose use is not critical", answer(recent, by=Authority(critical=False)), "not critical"),
    ("from before its certificate", answer(recent, utc("2019-12-31"), by=Authority(begins="2026-01-01")), "not within the validity"),
]:
    case(f"a time stamp {name}", packed(f"stamp-{len(cases)}", files), "failed", 7, trust=mine, holds=holds)
# ... and by one that nobody here wrote: openssl, RSA with the older certificate identifier (SHA-1), P-256 with the newer.
for kind in ("rsa", "ec"):
    home = out / f"openssl-{kind}"
    run = lambda *words: subprocess.run(words, check=True, capture_output=True, cwd=home)
    home.mkdir(exist_ok=True)
    run(sys.executable, pathlib.Path(__file__).parents[1] / "tsa/tsa.py", "make", home, kind)
    run("openssl", "ts", "-query", "-digest", sha(recent[SIG]), "-sha256", "-cert", "-out", "q")
    run("openssl", "ts", "-reply", "-config", "openssl.cnf", "-section", "here", "-queryfile", "q", "-out", "r")
    run("openssl", "x509", "-in", "tsa.pem", "-outform", "DER", "-out", "der")
    case(f"a time stamp by openssl, {kind}", packed(f"stamped-openssl-{kind}", stamped(recent, (home / "r").read_bytes())), best, trust=mine, authority=sha((home / "der").read_bytes()), holds="It existed, sealed as it is, by")

# --- signers that an authority of the trust file certifies
REVOKED, SUPERSEDED = x509.ReasonFlags.key_compromise, x509.ReasonFlags.superseded
root, other_root = Issued("Example Root", kind="RSA", ca=True), Issued("Example Root", ca=True)
rooted = toml("rooted.toml", more=authority(root))


def certified(name, state, step=None, holds=None, chain=None, crls=None, file=rooted, files=GOOD, **more):
    """A bundle sealed by a certified key; `chain` is its certificate and those above it, below the root."""
    chain = chain or [leaf(key, root)]
    crls = [root.crl()] if crls is None else crls
    end = NOW - AN_HOUR
    sealed = resigned(stated(files, last_call=iso(end)), key, lambda p: p["collection"].update(end=iso(end)), [c.der for c in chain])
    sealed = refixed(sealed | {f"signature/{n}.crl": der for n, der in enumerate(crls)})
    case(f"certified: {name}", packed(f"certified-{len(cases)}", more.pop("later", lambda f: f)(sealed)), state, step, file=file, holds=holds, **more)


certified("by the authority itself", best, holds="Example CA")
between = Issued("Between", root, "P-384", ca=True, length=0)
over = [leaf(key, between), between]
lists = [root.crl(), between.crl()]
certified("over another authority", best, chain=over, crls=lists, holds="and not revoked then")
certified("with a certificate that leads nowhere beside it", best, chain=[*over, Issued("Stranger")], crls=lists)
certified("under a root of P-384", best, chain=[leaf(key, strong := Issued("Strong", kind="P-384", ca=True))], crls=[strong.crl()], file=toml("strong.toml", more=authority(strong)))
certified("and one more key is pinned", best, file=toml("pinned.toml", fingerprint, "Example Ltd", since, more=authority(root)), holds="Example CA")
certified("for time only", "failed", 4, file=toml("for-time.toml", more=authority(root, "time")), holds="not in your trust file")
certified("by another authority of the same name", "failed", 4, file=toml("other-root.toml", more=authority(other_root)), holds="leads to no authority")
certified("by its own root, which the bundle brings", "failed", 4, chain=[leaf(key, root), root], file=toml("foreign.toml", more=authority(Issued("Foreign", ca=True))), holds="leads to no authority")
certified("by a key that made its own certificate", "failed", 4, chain=[leaf(key, None)], holds="leads to no authority")
certified("by an authority that is no longer trusted", "failed", 4, file=toml("was-root.toml", more=authority(root, end=iso(NOW - DAY))), holds="leads to no authority")
certified("by an authority that has ended", "failed", 4, chain=[leaf(key, ended := Issued("Ended", ca=True, ends=NOW - DAY))], crls=[ended.crl()], file=toml("ended-root.toml", more=authority(ended)), holds="leads to no authority")
certified("by an authority of a kind that is not read", "untrusted", chain=[leaf(key, odd := Issued("Odd", kind="Ed25519", ca=True))], crls=[odd.crl()], file=toml("odd-root.toml", more=authority(odd)), holds="could not be told by this page")
certified("and it has ended", "untrusted", chain=[leaf(key, root, ends=NOW - DAY)], holds="that the seal is older is not proven")
certified("and the authority between has ended", "untrusted", chain=[leaf(key, b := Issued("Between", root, ca=True, ends=NOW - DAY)), b], crls=[root.crl(), b.crl()], holds="expired")
certified("and it has not begun", "failed", 4, chain=[leaf(key, root, begins=NOW + DAY)], holds="not yet valid")
certified("for another use", "failed", 4, chain=[leaf(key, root, use=[ExtendedKeyUsageOID.SERVER_AUTH])], holds="wrong use")
certified("for no use", "failed", 4, chain=[leaf(key, root, use=())], holds="wrong use")
certified("for any use", "failed", 4, chain=[leaf(key, root, use=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])], holds="wrong use")
certified("with a key usage that signs nothing", "failed", 4, chain=[leaf(key, root, usage=SIGNS | {"digital_signature": False, "content_commitment": False, "key_agreement": True})], holds="not for signatures")
certified("and it is an authority itself", "failed", 4, chain=[leaf(key, root, ca=True)], holds="certificate of an authority")
unknown = (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), True)
certified("with a critical extension that nobody knows", "failed", 4, chain=[leaf(key, root, more=[unknown])], holds="critical extension")
certified("with one that is not critical", best, chain=[leaf(key, root, more=[(unknown[0], False)])])
for name, state, wrong, holds in [
    ("is none", "failed", dict(ca=False, usage=CERTIFIES), "is no authority"),
    ("is for servers", "failed", dict(use=[ExtendedKeyUsageOID.SERVER_AUTH]), "wrong use"),
    ("has a critical extension that nobody knows", "failed", dict(more=[unknown]), "critical extension"),
    ("was made by another key", "failed", dict(signed_by=other_root), "leads to no authority"),
    ("may not sign certificates", "untrusted", dict(usage=SIGNS), "key usage"),
    ("may certify certain names only", "untrusted", dict(more=[(x509.NameConstraints([x509.DNSName("example.com")], None), True)]), "names"),
]:
    b = Issued("Between", root, **({"ca": True} | wrong))
    certified(f"over one that {name}", state, 4 if state == "failed" else None, holds, chain=[leaf(key, b), b], crls=[root.crl(), b.crl()])
first, second = Issued("First", root, ca=True, length=0), None
second = Issued("Second", first, ca=True)
certified("over more authorities than one of them allows", "failed", 4, chain=[leaf(key, second), second, first], crls=[root.crl(), first.crl(), second.crl()], holds="more issuers follow")
certified("and made by another key", "failed", 4, chain=[leaf(key, root, signed_by=other_root)], holds="leads to no authority")
its = leaf(key, root)
certified("and revoked", "failed", 4, chain=[its], crls=[root.crl(its)], holds="revoked")
certified("and revoked, by an old list", "failed", 4, chain=[its], crls=[root.crl(), root.crl(its, begins=NOW - 90 * DAY, ends=NOW - 60 * DAY)], holds="revoked")
certified("and another one is revoked", best, chain=[its], crls=[root.crl(tsa, Issued("Else", root))])
certified("over one that is revoked", "failed", 4, chain=over, crls=[root.crl(between), between.crl()], holds="revoked")
certified("without a list", "untrusted", crls=[], holds="there is no revocation list")
certified("without a list of the authority between", "untrusted", chain=over, crls=lists[:1], holds="covers every certificate")
certified("with an old list", "untrusted", crls=[root.crl(begins=NOW - 90 * DAY, ends=NOW - 60 * DAY)], holds="was current from")
certified("with a list of the future", "untrusted", crls=[root.crl(begins=NOW + DAY)], holds="was current from")
certified("with a list that another key signed", "untrusted", crls=[other_root.crl()], holds="did not sign it")
certified("with a list that another key signed and that names it", "untrusted", chain=[its], crls=[other_root.crl(its)], holds="did not sign it")
certified("with more lists than are looked at", "failed", 4, crls=[root.crl()] * 33, holds="more than 32")
certified("with a list that is none", "failed", 2, crls=[b"no list"], holds="does not belong into a bundle")
certified("with a list for a part", "untrusted", crls=[root.crl(more=[(x509.IssuingDistributionPoint([x509.UniformResourceIdentifier("http://a")], None, True, False, None, False, False), True)])], holds="does not read")
certified("with a list that has an unknown mark", "untrusted", crls=[root.crl(more=[unknown])], holds="does not read")
certified("with a list that the reader has", best, crls=[], file=toml("listed.toml", more=authority(root, crls=["root.crl"])), beside=[write("root.crl", root.crl())])
certified("and revoked by a list that the reader has", "failed", 4, chain=[its], file=toml("listed-2.toml", more=authority(root, crls=["lists/revoked.crl"])), beside=[write("lists/revoked.crl", root.crl(its))], holds="revoked")
certified("and the reader's list was not chosen", "untrusted", file=toml("listed-3.toml", more=authority(root, crls=["gone.crl"])), holds="was not chosen with the trust file")
certified("and the authority's certificate was chosen with the trust file", best, file=toml("filed.toml", more=authority(root, pem="certs/root.pem")), beside=[write("certs/root.pem", root.pem.encode())])
certified("and the authority's certificate was not chosen", "untrusted", file=out / "filed.toml", holds="was not chosen with the trust file")
swapped = resigned(GOOD, key, chain=[its.der])
case("certified: by a certificate of another key", packed("certified-key", refixed(swapped | {"signature/manifest-sha256.txt.p7s": cades(swapped["manifest-sha256.txt"], ann, [leaf(ann, root).der])})), "failed", 4, file=rooted, holds="another key than the one that signed the statement")
case("certified: by a chain that says otherwise", packed("certified-chain", refixed(swapped | {"signature/signer-chain.pem": pem_of([leaf(key, root).der])})), "failed", 4, file=rooted, holds="does not hold the certificates")
case("a signature over another manifest", packed("certified-other", refixed(swapped | {"signature/manifest-sha256.txt.p7s": cades(b"else", key, [its.der])})), "failed", 4, file=rooted, holds="other bytes")

# --- time stamps by authorities of the trust file, over the seal and from before the collection
STAMPS = dict(use=[ExtendedKeyUsageOID.TIME_STAMPING], critical_use=True)
watch = Issued("Watch", root, "P-384", **STAMPS)
clock = Authority(issued=watch)
for_both = toml("for-both.toml", mine, "Example Ltd", since, more=authority(root, "time", "Time Ltd"))
for name, crls, state, step, holds in [
    ("with a list", [root.crl()], best, None, "only that all was sealed by then is proved"),
    ("with a list from after it", [root.crl(begins=NOW + AN_HOUR)], best, None, "only that all was sealed by then is proved"),
    ("without a list", [], best, None, "or that this authority was not revoked then"),
    ("revoked because its key was stolen", [root.crl(watch, reason=REVOKED, since=NOW + AN_HOUR)], "failed", 7, "keyCompromise"),
    ("revoked without a reason", [root.crl(watch, since=NOW + AN_HOUR)], "failed", 7, "no reason given"),
    ("superseded before it", [root.crl(watch, reason=SUPERSEDED)], "failed", 7, "superseded"),
    ("superseded after it", [root.crl(watch, reason=SUPERSEDED, since=NOW + AN_HOUR)], best, None, "leaves it valid"),
]:
    case(f"a time stamp by an authority of the trust file, {name}", packed(f"clocked-{len(cases)}", refixed(answer(recent, by=clock) | {f"signature/{n}.crl": c for n, c in enumerate(crls)})), state, step, file=for_both, holds=holds)
case("a time stamp by an authority of the trust file, in its name", packed("clocked", refixed(answer(recent, by=clock) | {"signature/1.crl": root.crl()})), best, file=for_both, holds='"Time Ltd" of your trust file says so')
far = Authority(issued=Issued("Far Watch", between, **STAMPS))
case("a time stamp over another authority of the trust file", packed("far", refixed(answer(recent, by=far, beside=[between.der]) | {f"signature/{n}.crl": c for n, c in enumerate(lists)})), best, file=for_both, holds="only that all was sealed by then is proved")
case("a time stamp whose authority between is missing", packed("far-cut", refixed(answer(recent, by=far) | {f"signature/{n}.crl": c for n, c in enumerate(lists)})), "failed", 7, file=for_both, holds="no path leads from it")
case("a time stamp with its root beside it", packed("far-root", answer(recent, by=far, beside=[between.der, root.der])), "failed", 7, file=for_both, holds="not in the form in which one is kept")
case("a time stamp by nobody of the trust file", out / "stamped.zip", "failed", 7, file=for_both, holds="named, not proved")
case("a time stamp by an authority that is trusted for signing only", out / "clocked.zip", best, file=toml("signs.toml", mine, "Example Ltd", since, more=authority(root)), holds="named, not proved")
case("a time stamp by an authority that was not trusted then", out / "clocked.zip", "failed", 7, file=toml("later.toml", mine, "Example Ltd", since, more=authority(root, "time", "Time Ltd", start=iso(NOW + DAY))), holds="is not trusted by your trust file at")
case("a time stamp by a revoked authority whose fingerprint was given too", packed("clocked-revoked", refixed(answer(recent, by=clock) | {"signature/1.crl": root.crl(watch, reason=REVOKED)})), "failed", 7, file=for_both, authority=clock.fingerprint, holds="keyCompromise")


def begun_at(when, by=clock, over=None, change=lambda files: files, challenge="nonce", first=now - 2 * AN_HOUR, seal=None):
    """A bundle whose recording began with a time stamp over challenge and scope; `change` is done before it is sealed."""
    files = stated(GOOD, first_call=iso(first), last_call=iso(now - AN_HOUR), challenge=challenge)
    header = json.loads(files[HEADER])
    imprint = f"{challenge}\n{header['scope_digest']}\n".encode() if over is None else over
    stamp = by.answer(imprint, when)
    header["begun"] = sha(stamp)
    files = change(files | {HEADER: json.dumps(header).encode(), BEGUN: stamp})
    sealed = resigned(files, key, lambda p: p.update(challenge=challenge) or p["collection"].update(start=iso(first), end=iso(now - AN_HOUR)))
    sealed = refixed(sealed | {"signature/1.crl": root.crl()})
    return sealed if seal is None else answer(sealed, seal, by=clock)


before = now - 3 * AN_HOUR
begins = lambda name, files, state, step, holds, **who: case(f"a time stamp from before the collection {name}", packed(f"begun-{len(cases)}", files), state, step, holds=holds, **({"file": for_both} | who))
begins("by an authority of the trust file", begun_at(before), best, None, "and its scope and challenge stood by then")
begins("and one over the seal", begun_at(before, seal=now), best, None, "and its scope and challenge stood by then")
begins("by a certificate that the reader named", begun_at(before), best, None, "and its scope and challenge stood by then", file=None, trust=mine, authority=clock.fingerprint)
begins("by nobody", begun_at(before), best, None, "named, not proved", file=None, trust=mine)
begins("by another", begun_at(before, by=other), best, None, "named, not proved")
begins("that is missing", begun_at(before, change=lambda f: {p: d for p, d in f.items() if p != BEGUN}), "failed", 7, "is missing")
begins("that was exchanged", begun_at(before, change=lambda f: f | {BEGUN: clock.answer(b"else", before)}), "failed", 7, "is not the time stamp")
begins("that no header names", begun_at(before, change=lambda f: f | {HEADER: stated(GOOD, challenge="nonce")[HEADER]}), "failed", 7, "does not name it")
begins("over another challenge", begun_at(before, over=b"another\n"), "failed", 7, "another imprint")
begins("that is no answer", begun_at(before, change=lambda f: f | {BEGUN: b"x", HEADER: json.dumps(json.loads(f[HEADER]) | {"begun": sha(b"x")}).encode()}), "failed", 7, "RFC 3161")
begins("after the first call", begun_at(now - AN_HOUR), "failed", 7, "one of the two is not true")
begins("after the seal", begun_at(now - AN_HOUR, first=now, seal=now - AN_HOUR * 1.01), "failed", 7, "one of the two is not true")

# --- what evidence and header name by digest
differs = lambda name, files, step, holds: case(name, packed(f"input-{len(cases)}", resigned(files, key)), "failed", step, trust=mine, holds=holds)
header = json.loads(GOOD[HEADER])
heads = lambda **more: GOOD | {HEADER: json.dumps(header | more).encode()}
differs("a scope that the evidence does not name", GOOD | {"data/inputs/scope.json": GOOD["data/inputs/scope.json"] + b" "}, 9, "not the scope that the evidence names")
differs("a roster that the scope does not name", GOOD | {"data/inputs/roster.json": b"{}"}, 9, "not the file that the scope names")
differs("reviews that the scope does not name", GOOD | {"data/inputs/reviews.json": b"{}"}, 9, "not the file that the scope names")
differs("a journal of changes that no header names", GOOD | {"data/inputs/changes.jsonl": b"{}\n"}, 9, "not the journal")
differs("a journal of changes that is missing", heads(changes="0" * 64), 9, "is missing")
differs("a journal of changes that was exchanged", heads(changes="0" * 64) | {"data/inputs/changes.jsonl": b"{}\n"}, 9, "not the journal")
differs("a header with another challenge", heads(challenge="another"), 9, "states another challenge")
differs("a header with another number of attempts", heads(attempts=header["attempts"] | {"missing": [7]}), 9, "states another attempts")
differs("a header with a key twice", GOOD | {HEADER: GOOD[HEADER].replace(b'"source"', b'"run_id": "x", "source"', 1)}, 9, "twice")
differs("a catalogue with a comment more", GOOD | {"data/catalog/gdpr.toml": GOOD["data/catalog/gdpr.toml"] + b"# more\n"}, 3, "names another catalogue")
differs("a catalogue with a file more", GOOD | {"data/catalog/more.toml": b""}, 3, "names another catalogue")


# --- approvals of exceptions, each of its words and by the key that it carries
def excepted(by=ann, signed=None, change=lambda exception, predicate: None, after=lambda exception: None):
    terms = {
        "on": "COG-MFA-001", "pool": "eu-west-1_Workforce1", "client": None, "user": None, "reason": "A migration: \u201cwave 2\u201d", "compensating_control": "Bastion host",
        "requester": "Rita", "approver": "Ann", "ticket": "SEC-1", "start": "2026-07-01", "expiry": "2027-07-01",
    }
    exception = {"line": 3} | {k: v for k, v in terms.items() if v is not None}
    approval = {"format": 1, "terms": terms, "at": "2026-07-01T09:00:00Z", "key": pem(by).decode()}
    change(exception, approval)
    digest = sha(json.dumps(approval["terms"], separators=(",", ":"), ensure_ascii=False).encode())
    envelope = dsse(statement_of("exception-approval", [("exception", digest)], approval), signed or by)[0]
    exception["approval"] = {"fingerprint": print_of(by), "at": "2026-07-01T09:00:00Z", "envelope": json.dumps(envelope)}
    after(exception)
    evidence = json.loads(GOOD["data/evidence.json"])
    evidence["scope"]["exceptions"] = [exception]
    return packed(f"excepted-{len(cases)}", resigned(GOOD | {"data/evidence.json": json.dumps(evidence).encode()}, key))


known_ann = toml("approver.toml", mine, "Example Ltd", since, more=entry(print_of(ann), "Ann of Audit LLP", since, None, "review"))
case("an approval by a reviewer whom the reader knows", excepted(), best, file=known_ann, holds="Exception 1 (COG-MFA-001 for pool eu-west-1_Workforce1) was approved by Ann of Audit LLP")
case("an approval by nobody known", excepted(), best, trust=mine, holds="Who approved exception 1")
case("an approval by the sealer himself", excepted(by=key), best, trust=mine, holds="no second person")
case("an approval of one user's exception", excepted(change=lambda e, a: (e.update(user="u_" + "a" * 20), a["terms"].update(user="u_" + "a" * 20))), best, file=known_ann, holds="for user u_aaaa")
for name, holds, wrong in [
    ("that another key signed", "its signature is not valid", dict(signed=bob)),
    ("of other words", "reason differs", dict(change=lambda e, a: e.update(reason="Forever"))),
    ("that lasts longer", "more than 12 months", dict(change=lambda e, a: (e.update(expiry="2027-07-02"), a["terms"].update(expiry="2027-07-02")))),
    ("by the requester", "the same person", dict(change=lambda e, a: (e.update(approver="rita!"), a["terms"].update(approver="rita!")))),
    ("with a member more", "a form that this page does not read", dict(change=lambda e, a: a.update(more=1))),
    ("whose key the scope does not name", "another key or date", dict(after=lambda e: e["approval"].update(fingerprint=print_of(bob)))),
    ("whose date the scope does not name", "another key or date", dict(after=lambda e: e["approval"].update(at="2026-07-02T09:00:00Z"))),
    ("that was altered", "approval of exception 1", dict(after=lambda e: e["approval"].update(envelope=e["approval"]["envelope"].replace('"sig": "M', '"sig": "N')))),
    ("that is none", "approval of exception 1", dict(after=lambda e: e["approval"].update(envelope="{}"))),
]:
    case(f"an approval {name}", excepted(**wrong), "failed", 3, file=known_ann, holds=holds)


# --- reviews of access, each signed over its decisions
def access_reviewed(by=ann, signed=None, change=lambda review: None, said=lambda listed: None):
    review = {"reviewer": "Ann", "role": "head of IT", "on": "2026-06-30", "period": "2026-H1", "population": "0a" * 32, "sha256": "0b" * 32, "pools": [{"id": "eu-west-1_A", "keep": ["u_" + "a" * 20], "remove": []}]}
    at = "2026-07-01T09:00:00Z"
    digest = sha(json.dumps(review, separators=(",", ":"), ensure_ascii=False).encode())
    its = {name: review[name] for name in ("reviewer", "role", "on", "period", "population")}
    pools = [{"pool": "eu-west-1_A", "keep": 1, "remove": 0, "complete": False, "open": None, "uncovered": None, "strangers": None}]
    listed = {"number": 1} | its | {"of_previous": False, "signed_with": by and print_of(by), "signed_at": by and at, "pools": pools}
    if by:
        envelope = dsse(statement_of("access-review", [("access-review", digest)], {"format": 1, "at": at, "key": pem(by).decode()}), signed or by)[0]
        review["signature"] = {"fingerprint": print_of(by), "at": at, "envelope": json.dumps(envelope)}
    change(review)
    said(listed)
    file = json.dumps({"format": "poolproof-reviews/1", "reviews": [review]}).encode()
    evidence = json.loads(GOOD["data/evidence.json"])
    evidence["scope"]["inputs"] = {"reviews": sha(file)}
    evidence["reviews"] = [listed]
    return packed(f"reviewed-{len(cases)}", resigned(GOOD | {"data/inputs/reviews.json": file, "data/evidence.json": json.dumps(evidence).encode()}, key))


case("a review of access by a reviewer whom the reader knows", access_reviewed(), best, file=known_ann, holds="Review 1 of access (1 users to keep, 0 to remove) was signed by Ann of Audit LLP")
case("a review of access by nobody known", access_reviewed(), best, trust=mine, holds="Who made review 1 of access: it was signed by a key")
case("a review of access that nobody signed", access_reviewed(by=None), best, trust=mine, holds="nobody signed it")
for name, holds, wrong in [
    ("that another key signed", "its signature is not valid", dict(signed=bob)),
    ("with another decision", "what was signed is another review", dict(change=lambda r: r["pools"][0].update(remove=["u_" + "b" * 20]))),
    ("with a member more", "does not read", dict(change=lambda r: r.update(more=1))),
    ("whose signature was taken away", "says otherwise than", dict(change=lambda r: r.pop("signature"))),
    ("whose key the evidence does not name", "says otherwise than", dict(said=lambda e: e.update(signed_with=print_of(bob)))),
]:
    case(f"a review of access {name}", access_reviewed(**wrong), "failed", 3, file=known_ann, holds=holds)

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
case("text that would steer a page", packed("nasty", resigned(stated(GOOD, challenge=hostile), key, lambda p: p.update(challenge=hostile))), best, trust=mine, holds="\ufffd<img src=x onerror=alert(1)>\ufffd[2J")

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
    defects = pathlib.Path(__file__).parents[2] / "vectors/bundle"
    # Of the recording the page reads what needs no line of it; the rest is for the programs.
    here = {1, 2, 3, 4, 5, 7, 8}
    also = lambda name: name == "scope_exchanged_and_sealed" or (name.startswith(("journal_of_changes_", "roster_", "access_review_")) and "not_told" not in name)
    vectors = sorted(folder.glob("*.zip"))
    for path in vectors:
        step, name = path.stem.split("-", 1)
        step = int(step)
        # What was added there, only the signature in report.pdf tells: the page leaves step 5 open.
        at = step if (step in here or also(name)) and name != "certificate_added_to_the_signature_and_the_chain" else None
        expect = tomllib.loads((defects / name / "defect.toml").read_text()).get("expect", {})
        follow, time = expect.get("allow_rotation"), expect.get("authority")
        whom = {"file": folder / "trust-time.toml", "beside": [folder / "house.crl"]} if time else {"trust": signer} if follow is None else {"file": folder / "trust.toml"}
        case(f"vector {path.stem}", path, "failed" if at else "demonstration or good or warned", at, rotation=bool(follow), **whom)
    assert len(vectors) > 60, "the vectors were not written"

(out / "cases.json").write_text(json.dumps(cases))
print(f"{len(cases)} cases")
