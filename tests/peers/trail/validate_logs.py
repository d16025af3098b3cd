"""What the AWS CLI's own `cloudtrail validate-logs` says of the buckets of our tests, against what step 12 of verify said.

Each folder below FOLDER is a bucket as a Rust test exported it: `objects/` as in S3, `signatures.json` (the metadata that S3 keeps
beside a digest file), `keys.json` (ListPublicKeys) and `expected`, the outcome of step 12. S3 and CloudTrail are answered from it;
everything else is the CLI's code. `passed` must be valid to the CLI without a gap, anything else must not be.
"""

import base64
import contextlib
import io
import json
import pathlib
import sys
from datetime import datetime

from awscli.customizations.cloudtrail import validation
from botocore.exceptions import ClientError


class Bucket:
    def __init__(self, folder):
        self.objects = {str(p.relative_to(folder / "objects")): p for p in (folder / "objects").rglob("*.gz")}
        self.signatures = json.loads((folder / "signatures.json").read_text())

    def get_client(self, _bucket):
        return self

    def get_object(self, Bucket, Key):  # noqa: N803 (the API's own names)
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": Key}}, "GetObject")
        metadata = {}
        if Key in self.signatures:
            metadata = {"signature": self.signatures[Key], "signature-algorithm": "SHA256withRSA"}
        return {"Body": io.BytesIO(self.objects[Key].read_bytes()), "Metadata": metadata}

    def get_paginator(self, _operation):
        return self

    def paginate(self, Bucket, Marker, Prefix):  # noqa: N803
        self.page = [key for key in sorted(self.objects) if key > Marker and key.startswith(Prefix)]
        return self

    def search(self, _what):
        return iter(self.page)


class Keys:
    def __init__(self, folder):
        self.keys = json.loads((folder / "keys.json").read_text())["PublicKeyList"]

    def get_public_keys(self, start, end):
        when = lambda text: datetime.fromisoformat(text.replace("Z", "+00:00"))
        used = [k for k in self.keys if when(k["ValidityStartTime"]) <= end and when(k["ValidityEndTime"]) >= start]
        return {k["Fingerprint"]: k for k in used}


def validated(folder):
    bucket = Bucket(folder)
    command = validation.CloudTrailValidateLogs(None)
    command.organization_client = None
    command.s3_client_provider = bucket
    command.is_verbose = True
    command.trail_arn = "arn:aws:cloudtrail:us-east-1:123456789012:trail/my_trail"
    command.start_time = validation.normalize_date(datetime(2026, 7, 28, 1))
    command.end_time = validation.normalize_date(datetime(2026, 9, 4))
    gaps = []

    def traverser(**_):
        provider = validation.DigestProvider(bucket, "123456789012", "my_trail", "us-east-1", "eu-west-1")
        return validation.DigestTraverser(
            provider, "example-trail", None, Keys(folder),
            on_invalid=command._on_invalid_digest, on_missing=command._on_missing_digest,
            on_gap=lambda **what: gaps.append(what),
        )
    validation.create_digest_traverser = traverser
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            command._call()
        except RuntimeError as error:  # no public key of the time
            return False, str(error)
    bad = command._invalid_digests + command._invalid_logs + command._invalid_backfill_digests + len(gaps)
    return bad == 0 and command._valid_logs > 0, out.getvalue()


failed = 0
cases = sorted(p for p in pathlib.Path(sys.argv[1]).iterdir() if p.is_dir())
for case in cases:
    ours = (case / "expected").read_text()
    theirs, said = validated(case)
    # Log files that no digest file names are none of its business: the CLI looks from digest files to log files only.
    blind = case.name in {"log-file-slipped-in"}
    if theirs == (ours == "passed" or blind):
        print(f"ok   trail: {case.name} is {'valid' if theirs else 'not valid'} to the AWS CLI, {ours} to us")
    else:
        failed += 1
        print(f"FAIL trail: {case.name} is {'valid' if theirs else 'not valid'} to the AWS CLI, {ours} to us: {said[-800:]}")
assert len(cases) >= 8, "the buckets were not written"
sys.exit(1 if failed else 0)
