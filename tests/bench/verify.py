#!/usr/bin/env python3
"""Figures of verification, run by hand: python3 tests/bench/verify.py [--mb 200]. Needs unzip, sha256sum, openssl, and
cargo build --release --no-default-features --bin poolproof-verify.

`poolproof-verify` beside `unzip -t` + `sha256sum -c` on the same bytes in the same run: the sample bundle, and a large one that is
made here: its users' calls are repeated until the recording has so many megabytes, chained and sealed anew with a key of openssl's.
Each is run five times in turn; the fastest counts. Prints a table for tests/bench/RESULTS.md.
"""
import argparse, base64, hashlib, json, pathlib, resource, subprocess, sys, tempfile, time, zipfile

root = pathlib.Path(__file__).resolve().parents[2]
ap = argparse.ArgumentParser()
ap.add_argument("--mb", type=int, default=200)
ap.add_argument("--keep", help="leave the large bundle here")
a = ap.parse_args()
verify = root / "target/release/poolproof-verify"


def sha(data):
    return hashlib.sha256(data).hexdigest()


def grown(source, to, megabytes, work):
    """The bundle `source` with a longer recording, sealed anew."""
    with zipfile.ZipFile(source) as archive:
        top = archive.namelist()[0].split("/")[0]
        files = {n.split("/", 1)[1]: archive.read(n) for n in archive.namelist()}
    segments = sorted((p for p in files if p.endswith(".jsonl")), key=lambda p: len(files[p]))
    longest, rest = segments[-1], segments[:-1]
    name = longest.split("/")[-1][: -len(".jsonl")]
    header = sha(files["data/recording/header.json"])
    lines = files[longest].decode().splitlines()
    out, size, prev, n = [], 0, header, 0
    while size < megabytes << 20:
        for line in lines:
            n += 1
            old = json.loads(line)
            line = line.replace('"prev":"%s"' % old["prev"], '"prev":"%s"' % prev, 1).replace('"call":"%s"' % old["call"], '"call":"%s:%d"' % (name, n), 1)
            prev = sha(line.encode())
            out.append(line)
            size += len(line) + 1
    files[longest] = ("\n".join(out) + "\n").encode()
    ends = [f"{prev}  {name}.jsonl\n", f"{header}  header.json\n"]
    for path in rest:
        ends.append(f"{sha(files[path].splitlines()[-1])}  {path.split('/')[-1]}\n")
    head = sha("".join(sorted(ends)).encode())
    envelope = json.loads(files["signature/statement.dsse.json"])
    statement = json.loads(base64.b64decode(envelope["payload"]))
    old_head = statement["predicate"]["head_digest"]
    statement["predicate"]["head_digest"] = head
    files["data/evidence.json"] = files["data/evidence.json"].replace(old_head.encode(), head.encode())
    payload = {p: b for p, b in files.items() if p.startswith("data/")}
    oxum = f"Payload-Oxum: {sum(map(len, payload.values()))}.{len(payload)}"
    info = files["bag-info.txt"].decode().splitlines()
    files["bag-info.txt"] = "".join(f"{oxum if l.startswith('Payload-Oxum') else l}\n" for l in info).encode()
    manifest = lambda some: "".join(f"{sha(b)}  {p}\n" for p, b in sorted(some.items())).encode()
    files["manifest-sha256.txt"] = manifest(payload)
    for subject in statement["subject"]:
        subject["digest"] = {"sha256": sha(files[subject["name"]])}
    key, public = work / "key.pem", work / "key.der"
    subprocess.check_call(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key], stderr=subprocess.DEVNULL)
    subprocess.check_call(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER", "-out", public])
    fingerprint = sha(public.read_bytes())
    body = json.dumps(statement, separators=(",", ":")).encode()
    pae = b"DSSEv1 %d %s %d %s" % (len(envelope["payloadType"]), envelope["payloadType"].encode(), len(body), body)
    (work / "pae").write_bytes(pae)
    signature = subprocess.check_output(["openssl", "dgst", "-sha256", "-sign", key, work / "pae"])
    envelope = {"payload": base64.b64encode(body).decode(), "payloadType": envelope["payloadType"],
                "signatures": [{"keyid": fingerprint, "sig": base64.b64encode(signature).decode()}]}
    sigstore = json.loads(files["signature/statement.sigstore.json"])
    sigstore["verificationMaterial"]["publicKey"]["hint"] = fingerprint
    sigstore["dsseEnvelope"] = envelope
    # Later forms of the signature (CAdES, time stamps, certificates) would be of the first bundle: they are left out.
    files = {p: b for p, b in files.items() if not p.startswith(("signature/", "tagmanifest", "attestations/"))}
    files["signature/statement.dsse.json"] = json.dumps(envelope).encode()
    files["signature/statement.sigstore.json"] = json.dumps(sigstore).encode()
    files["signature/statement.pae"], files["signature/statement.sig"] = pae, signature
    files["signature/signer.pub.pem"] = subprocess.check_output(["openssl", "pkey", "-in", key, "-pubout"])
    files["tagmanifest-sha256.txt"] = manifest({p: b for p, b in files.items() if not p.startswith("data/")})
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{top}/{path}")
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
            archive.writestr(entry, data)
    return fingerprint


def measured(command, cwd, good=(0,)):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run([str(c) for c in command], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in good:
        sys.exit(f"{command}: exit {done.returncode}\n{done.stdout.decode()}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def peak(command):
    code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)")
    return float(subprocess.check_output([sys.executable, "-c", code, *map(str, command)]))


def compare(name, bundle, fingerprint, work):
    unpacked = work / f"{name}.unpacked"
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(unpacked)
        size = sum(i.file_size for i in archive.infolist())
    bag = next(unpacked.iterdir())
    ours, peers = [], []
    for _ in range(5):
        ours.append(measured([verify, bundle, "--fingerprint", fingerprint], work, good=(0, 3)))
        one = measured(["unzip", "-tq", bundle], work)
        two = measured(["sha256sum", "--quiet", "-c", "manifest-sha256.txt"], bag)
        three = measured(["sha256sum", "--quiet", "-c", "tagmanifest-sha256.txt"], bag)
        peers.append(tuple(map(sum, zip(one, two, three))))
    (cpu, wall), (peer_cpu, peer_wall) = (tuple(min(x[i] for x in runs) for i in (0, 1)) for runs in (ours, peers))
    memory = peak([verify, bundle, "--fingerprint", fingerprint])
    print(f"| {name}: {size / 1e6:.1f} MB unpacked, {bundle.stat().st_size / 1e6:.1f} MB as a ZIP | {cpu:.2f} / {wall:.2f} | {peer_cpu:.2f} / {peer_wall:.2f} "
          f"| {cpu / peer_cpu:.2f} / {wall / peer_wall:.2f} | {memory:.0f} |", flush=True)


with tempfile.TemporaryDirectory() as work:
    work = pathlib.Path(work)
    sample = root / "samples/bundle/demo.zip"
    trust = (root / "samples/bundle/trust.toml").read_text()
    fingerprint = next(l.split('"')[1] for l in trust.splitlines() if l.startswith("fingerprint"))
    large = pathlib.Path(a.keep) if a.keep else work / "large.zip"
    made = grown(sample, large, a.mb, work)
    print("| bundle | poolproof-verify, CPU s / wall s | unzip -t and sha256sum -c, CPU s / wall s | ratio | peak MiB |\n|---|---|---|---|---|")
    compare("sample", sample, fingerprint, work)
    compare("large", large, made, work)
    print(f"\nbinary: {verify.stat().st_size / 1e6:.1f} MB (stripped)")
