#!/usr/bin/env python3
"""Bundles for the browser page, made from one good bundle by code that shares nothing with ours.

  make_cases.py BUNDLE.zip FINGERPRINT OUT-FOLDER [FOLDER-OF-VECTORS]

Writes the bundles and cases.json: for each its name, what is given to the page, whom the reader trusts, and what the page
must say. Vectors are tampered bundles of the Rust tests, `<step>-<defect>.zip`, beside the `fingerprint` of their signer.
"""
import base64, datetime, hashlib, json, pathlib, random, subprocess, sys, tomllib, zipfile, zlib
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from stamp import Authority, tlv

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
    keyid = print_of(key)
    envelope, pae, signature = dsse(statement, key)
    wrapped = {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": {"publicKey": {"hint": keyid}, "tlogEntries": []}, "dsseEnvelope": envelope}
    files |= {DSSE: json.dumps(envelope).encode(), "signature/statement.sigstore.json": json.dumps(wrapped).encode(), "signature/statement.pae": pae, "signature/statement.sig": signature, "signature/signer.pub.pem": pem(key)}
    return refixed(files)


def dsse(statement, key):
    """An envelope, what is signed in it, and the signature."""
    payload = json.dumps(statement, separators=(",", ":")).encode()
    pae = f"DSSEv1 {len(TYPE)} {TYPE} {len(payload)} ".encode() + payload
    signature = key.sign(pae, ec.ECDSA(hashes.SHA256()))
    return {"payload": base64.b64encode(payload).decode(), "payloadType": TYPE, "signatures": [{"keyid": print_of(key), "sig": base64.b64encode(signature).decode()}]}, pae, signature


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
    return refixed(files | {f"attestations/{n}/review.json": document, f"attestations/{n}/attestation.dsse.json": json.dumps(envelope).encode(), f"attestations/{n}/signer.pub.pem": pem(key)})


def rotated(files, old, new, at="2026-03-01T00:00:00Z", by=None):
    """Adds a rotation, as `old` signs `new` over; `by` names another signer."""
    statement = statement_of("key-rotation", [("new signing key", print_of(new))], {"format": 1, "old_key": pem(old).decode(), "at": at})
    n = sum(p.startswith("signature/rotation/") for p in files) + 1
    return refixed(files | {f"signature/rotation/{n}.dsse.json": json.dumps(dsse(statement, by or old)[0]).encode()})


def print_of(key):
    return sha(key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))


def case(name, path, state, step=None, trust=None, file=None, holds=None, how="choose", rotation=False, authority=None):
    cases.append({"name": name, "path": str(path), "state": state, "step": step, "fingerprint": trust, "trust": file and str(file), "holds": holds, "how": how, "rotation": rotation, "authority": authority})


def entry(key, who, start, end=None, use=None):
    return f'[[key]]\nfingerprint = "{key}"\nwho = "{who}"\nvalid_from = "{start}"\n' + (f"valid_to = '{end}'\n" if end else "") + (f'for = "{use}"\n' if use else "")


def toml(name, *key, more=""):
    path = out / name
    path.write_text(f"# Keys that I trust\n{entry(*key)}{more}")
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
case("good, its key is trusted for reviews only", bundle, "failed", 4, file=toml("reviewer.toml", fingerprint, "Ann", "2020-01-01T00:00:00Z", None, "review"), holds="not for sealing")
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
    evidence = json.loads(GOOD["data/evidence.json"])
    evidence["run"]["last_call"] = iso(end)
    return resigned(GOOD | {"data/evidence.json": json.dumps(evidence).encode()}, key, lambda p: p["collection"].update(end=iso(end)))


recent, old = collected_until(now - AN_HOUR), collected_until(utc("2026-01-01"))
SIG = "signature/statement.sig"
stamped = lambda files, answer, n="": refixed(files | {f"{SIG}{n}.tsr": answer})
tsa, other = Authority(), Authority()
answer = lambda files, when=now, by=tsa, **wrong: stamped(files, by.answer(files[SIG], when, **wrong))
case("a time stamp by the authority that the reader named", packed("stamped", answer(recent)), best, trust=mine, authority=tsa.fingerprint, holds="It existed, sealed as it is, by")
case("a time stamp, and no authority named", out / "stamped.zip", best, trust=mine, holds="named, not proved")
case("a time stamp, and its authority in the trust file", out / "stamped.zip", best, file=toml("time.toml", mine, "Example Ltd", since, more='[[ca]]\nwho = "Time Ltd"\nfor = "time"\ncertificate = "time.pem"\nvalid_from = "2020-01-01T00:00:00Z"\n'), holds="vouches for it is not checked here")
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
    defects = pathlib.Path(__file__).parents[2] / "vectors/bundle"
    here = {1, 2, 3, 4, 8}
    # Of time stamps the page reads what is signed; the form around that, and who was revoked, is for the programs.
    stamps = {"of_another_seal", "that_is_no_answer", "by_a_certificate_of_another_use", "by_an_authority_that_had_ended",
              "with_its_nonce_changed", "with_its_time_put_back", "without_its_certificate"}
    vectors = sorted(folder.glob("*.zip"))
    for path in vectors:
        step = int(path.name.split("-")[0])
        at = step if step in here or path.stem.removeprefix("7-time_stamp_") in stamps else None
        expect = tomllib.loads((defects / path.stem.split("-", 1)[1] / "defect.toml").read_text()).get("expect", {})
        follow = expect.get("allow_rotation")
        case(f"vector {path.stem}", path, "failed" if at else "demonstration or good or warned", at, rotation=bool(follow), **({"trust": signer} if follow is None else {"file": folder / "trust.toml"}))
    assert len(vectors) > 60, "the vectors were not written"

(out / "cases.json").write_text(json.dumps(cases))
print(f"{len(cases)} cases")
