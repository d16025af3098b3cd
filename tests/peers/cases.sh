# The cases of tests/peers/run, which sets: here home work python verify moto proxy slow aged, and poolproof on the PATH.
# shellcheck shell=bash disable=SC2154

passed=0
failed=0
ok() { passed=$((passed + 1)); printf 'ok   %s\n' "$1"; }
fail() { failed=$((failed + 1)); printf 'FAIL %s\n' "$1"; }
# exits NAME EXPECTED COMMAND…: the command must end with that exit code
exits() {
  local name=$1 expected=$2 code=0; shift 2
  "$@" >"$work/out" 2>"$work/err" || code=$?
  if [ "$code" = "$expected" ]; then ok "$name"; else fail "$name: exit $code instead of $expected"; tail -n 20 "$work/out" "$work/err" | sed 's/^/     /'; fi
}
# finds NAME PATTERN FILE
finds() { if grep -qE -- "$2" "$3"; then ok "$1"; else fail "$1: no $2"; fi; }
lacks() { if grep -rqiE -- "$2" "$3"; then fail "$1: $(grep -rliE -- "$2" "$3" | head -n 3)"; else ok "$1"; fi; }

export AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing-secret-key AWS_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
export AWS_ENDPOINT_URL="http://127.0.0.1:$proxy" CI=true
pool() { "$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["pools"][sys.argv[2]])' "$work/seed.json" "$1"; }
cd "$work"

# --- set up as a new user would
exits "init writes a scope file and asks AWS" 0 poolproof init
finds "init found the pools" "$(pool prod-compliant)" poolproof.toml
exits "init overwrites nothing" 2 poolproof init
exits "keys new" 0 poolproof keys new
exits "keys csr" 0 poolproof keys csr --organization 'Example, Ltd'
cp "$work/out" evidence.csr
exits "openssl verifies the request" 0 openssl req -verify -noout -in evidence.csr
finds "openssl reads its extensions" '1.3.6.1.5.5.7.3.36' <(openssl req -noout -text -in evidence.csr)
POOLPROOF_KEY_PASSPHRASE='correct horse battery' exits "keys new --encrypt" 0 poolproof keys new --encrypt --out encrypted.p8
exits "openssl reads the encrypted key" 0 openssl pkey -noout -check -in encrypted.p8 -passin pass:'correct horse battery'
# on a terminal the passphrase is asked for, and not shown; in CI and without a terminal it is not
terminal() { env -u CI "$python" "$here/terminal.py" "$@"; }
secret='correct horse battery'
exits "a terminal is asked for a new passphrase, twice" 0 terminal "Passphrase for asked.p8: =$secret" "Again: =$secret" -- poolproof keys new --encrypt --out asked.p8
exits "openssl reads the key under that passphrase" 0 openssl pkey -noout -check -in asked.p8 -passin pass:"$secret"
exits "two passphrases that differ make no key" 2 terminal "Passphrase for differ.p8: =$secret" "Again: =$secret." -- poolproof keys new --encrypt --out differ.p8
if [ -e differ.p8 ] || [ -e differ.crt ]; then fail "they made one"; else ok "they made none"; fi
exits "a terminal is asked for the passphrase" 0 terminal "Passphrase of asked.p8: =$secret" -- poolproof keys show asked.p8
exits "another passphrase is refused" 2 terminal "Passphrase of asked.p8: =wrong horse battery" -- poolproof keys show asked.p8
exits "nothing entered is no passphrase" 2 terminal "Passphrase of asked.p8: =" -- poolproof keys show asked.p8
exits "nobody is asked in CI" 2 "$python" "$here/terminal.py" -- poolproof keys show asked.p8
exits "nobody is asked without a terminal" 2 poolproof keys show asked.p8
exits "keys show --trust" 0 poolproof keys show --trust
cp "$work/out" trust.toml
fingerprint=$(grep -oE '[0-9a-f]{64}' trust.toml | head -n 1)

# --- the whole run, every pool of the region
exits "run over every pool: FAILs, so exit 1" 1 poolproof run --out evidence
bundle=$(find evidence -maxdepth 1 -name '*.zip')
[ "$(wc -w <<<"$bundle")" = 1 ] && ok "one bundle" || fail "one bundle: $bundle"
exits "verify without trust is not a pass" 3 "$verify" "$bundle"
exits "verify with another fingerprint" 4 "$verify" "$bundle" --fingerprint "$(printf '0%.0s' $(seq 64))"
exits "verify with trust, re-performed (step 7 does not exist yet)" 3 "$verify" "$bundle" --trust trust.toml --reperform
if grep -q 'Failed' "$work/out"; then fail "no step failed"; else ok "no step failed"; fi
exits "verify the other way round: the big program says the same" 3 poolproof verify "$bundle" --fingerprint "$fingerprint" --reperform

# --- what other people's tools say
mkdir opened
code=0; "$python" "$here/check_bundle.py" "$bundle" opened "$fingerprint" >"$work/peers.txt" || code=$?
while read -r line; do case $line in ok*) passed=$((passed + 1)) ;; FAIL*) failed=$((failed + 1)) ;; esac; done <"$work/peers.txt"
cat "$work/peers.txt"
[ "$code" = 0 ] || [ "$failed" -gt 0 ] || fail "check_bundle.py ended with $code"
bag=$(echo opened/*/)
# --- what keeps and watches the logs, as moto tells it: a trail, two log groups, a recorder, three rules
exits "the trail, its retention and the recorder are read: COG-LOG-001, 003 and 004 pass for every pool" 0 "$python" -c '
import json, sys
found = [(f["check"], f["verdict"], f["reason_code"]) for f in json.load(open(sys.argv[1]))["findings"] if f["check"] in ("COG-LOG-001", "COG-LOG-003", "COG-LOG-004")]
sys.exit(0 if len(found) == 15 and all(f[1] == "PASS" for f in found) else str(found))' "$bag/data/evidence.json"
# --- the same trail, its log group too short: the rules of its bucket decide. kept NAME VERDICT WORDS LIFECYCLE…
kept() {
  local name=$1 verdict=$2 words=$3; shift 3
  "$python" "$here/aws/bucket.py" "http://127.0.0.1:$moto" 90 "$@"
  rm -rf kept; poolproof run --pool "$(pool prod-compliant)" --out kept >"$work/out" 2>"$work/err" || true # some other check fails
  exits "$name" 0 "$python" -c '
import json, sys, zipfile
bag = zipfile.ZipFile(sys.argv[1])
found = json.loads(bag.read(next(n for n in bag.namelist() if n.endswith("data/evidence.json"))))["findings"]
found = [f for f in found if f["check"] == "COG-LOG-003"]
held = b"peer-secret" not in b"".join(bag.read(n) for n in bag.namelist())
sys.exit(0 if held and len(found) == 1 and found[0]["verdict"] == sys.argv[2] and sys.argv[3] in found[0]["reason"] else str(found))' "$(echo kept/*.zip)" "$verdict" "$words"
}
kept "a bucket without a lifecycle keeps its logs" PASS "no rule deletes; without Object Lock" none
kept "a bucket that deletes after 400 days" PASS "no rule deletes before 400 days" 400
kept "a bucket that deletes after 30 days" FAIL "deletes after 30 days" 30
kept "a bucket that hides after 30 days, and keeps locked versions" MANUAL "hides after 30 days" 30 GOVERNANCE
kept "a bucket that is locked for a year" PASS "Object Lock lets nobody delete a new file for 365 days" 400 COMPLIANCE
"$python" "$here/aws/bucket.py" "http://127.0.0.1:$moto" 400 none
for flavour in 3a ua1; do
  exits "veraPDF $flavour" 0 env VERA_HOME="$home/vera" "$here/pdf/vera-check.sh" "$flavour" "$bag/data/report.pdf"
done
exits "a folder that was unzipped verifies the same" 3 "$verify" "${bag%/}" --trust trust.toml
(cd opened && zip -qr ../again.zip ./*/)
exits "a bag that was zipped again verifies the same" 3 "$verify" again.zip --trust trust.toml

# --- data/VERIFY.md, followed to the letter: every block of commands, as it stands
hand() { PATH="$home/venv/bin:$PATH" "$python" "$here/by_hand.py" "$@"; }
exits "VERIFY.md: every block of commands holds" 0 hand "$bag" "$fingerprint" --says "OK 1" --says "OK 2" --says "OK 3"
# --- the auditor's sample, drawn again by two others: Python from the method's words, and the block of VERIFY.md
for wish in "" "--confidence 90 --tolerable 10 --expected-deviations 1" "--size 7 --signing-in" "--size 23"; do
  # shellcheck disable=SC2086
  exits "sample $wish" 0 poolproof sample "$bundle" --trust trust.toml --sample-seed 'dice 4 1 6' --json $wish
  cp "$work/out" sample.json
  exits "Python draws the same" 0 "$python" "$here/redraw.py" "$bag" sample.json
done
large=$("$python" -c 'import json; print(max(json.load(open("sample.json"))["pools"], key=lambda p: p["users"])["pool"])')
"$python" -c 'import json, sys; [print(u["user"]) for p in json.load(open("sample.json"))["pools"] if p["pool"] == sys.argv[1] for u in p["sample"]]' "$large" >sample.txt
SAMPLE_SEED='dice 4 1 6' POOL=$large SIZE=23 exits "VERIFY.md draws a sample" 0 hand "$bag" "$fingerprint" --says "OK 8"
grep '^u_' "$work/out" >drawn.txt # before the next case writes over what this one said
exits "VERIFY.md draws the same" 0 cmp sample.txt drawn.txt
exits "VERIFY.md: another fingerprint fails block 2" 0 hand "$bag" "$(printf 'a%.0s' $(seq 64))" --fails 2
# spoilt NAME BLOCK COMMAND: after the command, run in a copy of the bag whose tag manifest is written anew, that block must fail
spoilt() {
  rm -rf spoilt; cp -r "$bag" spoilt
  (cd spoilt && eval "$3" && find . -type f ! -path './data/*' ! -name tagmanifest-sha256.txt | cut -c 3- | LC_ALL=C sort | xargs sha256sum >tagmanifest-sha256.txt)
  exits "VERIFY.md: $1 fails block $2" 0 hand spoilt "$fingerprint" --fails "$2"
}
spoilt "a changed file" 1 'printf x >>data/report.html'
spoilt "an added file" 1 'printf x >data/more.txt'
spoilt "a link" 1 'ln -s /etc/passwd data/link'
spoilt "a changed file with its manifest written anew" 3 'printf x >>data/report.html; find data -type f | LC_ALL=C sort | xargs sha256sum >manifest-sha256.txt'
spoilt "a changed statement" 3 'sed -i s/2026/2027/ signature/statement.pae'
spoilt "another key" 2 'openssl ecparam -genkey -name prime256v1 -noout | openssl ec -pubout >signature/signer.pub.pem'
if [ -f "$bag/signature/manifest-sha256.txt.p7s" ]; then
  exits "VERIFY.md: the CAdES signature holds" 0 hand "$bag" "$fingerprint" --says "OK 5"
  spoilt "a CAdES signature by another key" 7 'openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ../k.pem -out ../c.pem -subj /CN=x -days 9
    openssl cms -sign -cades -binary -in manifest-sha256.txt -signer ../c.pem -inkey ../k.pem -outform DER -out signature/manifest-sha256.txt.p7s'
fi
if grep -aq /ByteRange "$bag/data/report.pdf"; then
  exits "VERIFY.md: pdfsig accepts the report's signature" 0 hand "$bag" "$fingerprint" --says "OK 6"
  if [ -f "$bag/signature/signer-chain.pem" ]; then
    exits "VERIFY.md: pyHanko accepts the report's signature" 0 hand "$bag" "$fingerprint" --says "OK 7"
  fi
fi
printf ' ' >>"$bag/data/report.html"
exits "a changed file is found" 4 "$verify" "${bag%/}" --trust trust.toml

# --- the report's signature with a certificate of an authority and its revocation list, as other people's tools see it
# shellcheck source=tests/peers/pdf/pades.sh
. "$here/pdf/pades.sh"

# --- the web page for auditors, in a browser, from the disk
exits "verifier prints the page" 0 poolproof verifier --out verify.html
exits "its SHA-256 is the one of the README" 0 sh -c "grep -hE '^ *[0-9a-f]{64}  verify.html' '$here/../../README.md' | sed 's/^ *//' | sha256sum -c"
EXPORT_VECTORS="$work/vectors" cargo test --locked -q --manifest-path "$here/../../Cargo.toml" --test it verify::vectors >/dev/null
exits "cases for the page" 0 "$python" "$here/page/make_cases.py" "$bundle" "$fingerprint" page-cases vectors
code=0; PLAYWRIGHT="$home/page" node "$here/page/page.mjs" verify.html page-cases/cases.json >"$work/page.txt" || code=$?
while read -r line; do case $line in ok*) passed=$((passed + 1)) ;; FAIL*) failed=$((failed + 1)) ;; esac; done <"$work/page.txt"
grep -v '^ok   page: \(vector\|a bit flipped\|certified\|a time stamp\)' "$work/page.txt"
grep -q 'page: huge' "$work/page.txt" || fail "page.mjs ended early with $code"
code=0; PEERS="$home/page" node "$here/page/firefox.mjs" verify.html page-cases/cases.json >"$work/page.txt" || code=$?
while read -r line; do case $line in ok*) passed=$((passed + 1)) ;; FAIL*) failed=$((failed + 1)) ;; esac; done <"$work/page.txt"
grep -v '^ok   firefox: \(certified\|a time stamp\)' "$work/page.txt"
grep -q 'firefox: a bomb' "$work/page.txt" || fail "firefox.mjs ended early with $code"
exits "the page says no more than the program" 0 "$python" "$here/page/as_verify.py" "$verify" page-cases/cases.json
rm -rf page-cases vectors

# --- CloudTrail's log files and digest files, by the AWS CLI's own validation
EXPORT_TRAILS="$work/trails" cargo test --locked -q --manifest-path "$here/../../Cargo.toml" --test it buckets_and_what_step_12_says >/dev/null
code=0; "$python" "$here/trail/validate_logs.py" "$work/trails" >"$work/trails.txt" || code=$?
while read -r line; do case $line in ok*) passed=$((passed + 1)) ;; FAIL*) failed=$((failed + 1)) ;; esac; done <"$work/trails.txt"
cat "$work/trails.txt"
[ "$code" -le 1 ] && [ -s "$work/trails.txt" ] || fail "validate_logs.py ended early with $code"

# --- trusted time, from an authority that is openssl: RSA with the older certificate identifier, P-256 with the newer
openssl req -x509 -newkey rsa:2048 -nodes -keyout other-ca.key -out other-ca.pem -subj /CN=Other -days 9 2>/dev/null
for kind in rsa ec; do
  "$python" "$here/tsa/tsa.py" make "tsa/$kind" "$kind"
  tsa=$(port); "$python" "$here/tsa/tsa.py" serve "tsa/$kind" "$tsa" 2>/dev/null & pids+=($!)
  wait_for "$tsa"
  cp trust.toml "trust-$kind.toml"
  printf '\n[[ca]]\nfor = "time"\nwho = "Peer %s"\nvalid_from = "2020-01-01T00:00:00Z"\ncertificate = "tsa/%s/ca.pem"\ncrls = ["tsa/%s/ca.crl"]\n' "$kind" "$kind" "$kind" >>"trust-$kind.toml"
  exits "$kind authority: a run with --tsa" 1 poolproof run --pool "$(pool staging-optional)" --out "stamped-$kind" --tsa "http://127.0.0.1:$tsa/"
  stamped=$(echo "stamped-$kind"/*.zip)
  "$verify" "$stamped" --trust "trust-$kind.toml" >"$work/out" 2>&1 || true
  finds "$kind authority: step 7 passes" '^ 7  ok' "$work/out"
  grep -v '^crls' "trust-$kind.toml" >unlisted.toml
  "$verify" "$stamped" --trust unlisted.toml >"$work/no-list.txt" 2>&1 || true
  finds "$kind authority: without a revocation list step 7 does not pass" 'revoked is not shown' <(tr -s ' \n' ' ' <"$work/no-list.txt")
  finds "$kind authority: the time before the first call is told" 'recorded after' <(tr -s ' \n' ' ' <"$work/out")
  finds "$kind authority: the report is stamped too" 'report.pdf existed' <(tr -s ' \n' ' ' <"$work/out")
  exits "$kind authority: a second time stamp, later" 0 poolproof timestamp "$stamped" --tsa "http://127.0.0.1:$tsa/"
  unzip -q "$stamped" -d "stamped-$kind/opened"
  sig=$(echo "stamped-$kind"/opened/*/signature)
  for tsr in "$sig/statement.sig.tsr" "$sig/statement.sig.2.tsr"; do
    exits "$kind authority: openssl ts -verify accepts ${tsr##*/}" 0 openssl ts -verify -data "$sig/statement.sig" -in "$tsr" -CAfile "tsa/$kind/ca.pem"
  done
  exits "$kind authority: rfc3161-client accepts it" 0 "$python" "$here/tsa/check_tsr.py" "${sig%/signature}" "tsa/$kind/ca.pem" "tsa/$kind/tsa.pem"
  TSA_CA="$PWD/tsa/$kind/ca.pem" exits "$kind authority: VERIFY.md, both bounds of the time" 0 hand "${sig%/signature}" "$fingerprint" --says "OK 4:" --says "OK 4b"
  TSA_CA="$PWD/other-ca.pem" exits "$kind authority: VERIFY.md, another's root fails block 5" 0 hand "${sig%/signature}" "$fingerprint" --fails 5
  sed "s|tsa/$kind/ca.pem|other-ca.pem|" "trust-$kind.toml" >other.toml
  exits "$kind authority: another's root is not trusted" 4 "$verify" "$stamped" --trust other.toml
done
wrong=$(port); "$python" "$here/tsa/tsa.py" serve tsa/ec "$wrong" wrong-nonce 2>/dev/null & pids+=($!)
wait_for "$wrong"
printf '[signing.tsa]\nurl = "http://127.0.0.1:%s/"\nretries = 1\n' "$wrong" >lying.toml
recorded=$(find evidence -maxdepth 1 -type d -name 'r_*' | head -n 1)
exits "an authority with a wrong nonce: sealed without time" 1 poolproof run --config lying.toml --from "$recorded" --out lied
finds "an authority with a wrong nonce: it is said" 'SEALED WITHOUT TRUSTED TIME' "$work/out"
printf '[signing.tsa]\nurl = "http://127.0.0.1:1/"\nretries = 0\n' >down.toml
exits "an authority that is down: sealed without time" 1 poolproof run --config down.toml --from "$recorded" --out down
finds "an authority that is down: it is said" 'SEALED WITHOUT TRUSTED TIME' "$work/out"

# --- what must not be there
secrets='testing-secret-key|peer-secret|4f1d7f1c-ext|Your code is|@example\.com|\+1202[0-9]{7}'
lacks "no secret and no identity in the evidence folder" "$secrets" evidence
lacks "no secret and no identity in the bundle" "$secrets" opened
finds "the overridden endpoint is stated" 'OVERRIDDEN ENDPOINT' "$bag/data/evidence.json"

# --- throttled, and denied in part
AWS_ENDPOINT_URL="http://127.0.0.1:$slow" exits "a throttled run gets there" 1 poolproof run --pool "$(pool staging-optional)" --out throttled
finds "throttles are counted" '"throttled": [1-9]' <(unzip -p throttled/*.zip '*/data/evidence.json')
AWS_ENDPOINT_URL_SNS="http://127.0.0.1:1" exits "SNS out of reach: the run goes on" 1 poolproof run --pool "$(pool mobile-sms)" --out nosns
finds "what was not read is INCOMPLETE" 'INCOMPLETE' <(unzip -p nosns/*.zip '*/data/evidence.json')

# --- when users last signed in
# acc002 FOLDER: verdict, reason and counts of COG-ACC-002
acc002() { unzip -p "$1"/*.zip '*/data/evidence.json' | "$python" -c 'import json, sys; f = next(f for f in json.load(sys.stdin)["findings"] if f["check"] == "COG-ACC-002"); print(f["verdict"], f["reason_code"], json.dumps(f.get("counts", {}), sort_keys=True))'; }
printf '[[pool]]\nid = "%s"\naudience = "workforce"\n[collect]\nsign_ins = "all"\n' "$(pool staging-optional)" >signins.toml
exits "sign-ins of a pool that keeps none: the run goes on" 1 poolproof run --config signins.toml --out nosignins
finds "it is asked once" '^1$' <(cat nosignins/r_*/recording/*.jsonl | grep -c '"AdminListUserAuthEvents"')
AWS_ENDPOINT_URL="http://127.0.0.1:$aged" exits "sign-ins are read" 1 poolproof run --config signins.toml --out signins
finds "who has not signed in for 200 days is found" '^FAIL inactive .*"inactive": [1-9]' <(acc002 signins)
finds "the others are active" '"active": [1-9]' <(acc002 signins)
exits "the bundle with sign-ins verifies, re-performed" 3 "$verify" signins/*.zip --trust trust.toml --reperform
lacks "no place and no device of a sign-in is kept" '203\.0\.113\.77|Atlantis|Firefox|"Oz"' signins

# --- a signing key in KMS, as moto keeps it
kms_key() { "$python" -c 'import boto3, os, sys; print(boto3.client("kms", endpoint_url=os.environ["AWS_ENDPOINT_URL"]).create_key(KeySpec=sys.argv[1], KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"])' "$1"; }
arn=$(AWS_DEFAULT_REGION=us-east-1 kms_key ECC_NIST_P256)
mkdir kms
printf '[signing]\nkey = "kms:%s"\n' "$arn" >kms/poolproof.toml
exits "an RSA key in KMS is refused" 2 poolproof keys show "kms:$(AWS_DEFAULT_REGION=us-east-1 kms_key RSA_2048)"
exits "keys show --trust for a key in KMS" 0 poolproof keys show "kms:$arn" --trust
cp "$work/out" kms/trust.toml
exits "keys new --kms: a certificate that the key signs for itself" 0 poolproof keys new --kms "$arn" --out kms.crt
exits "openssl verifies that certificate" 0 openssl verify -CAfile kms.crt -check_ss_sig -purpose any kms.crt
exits "a recording sealed by a key in KMS" 1 poolproof run --config kms/poolproof.toml --from "$(find evidence -maxdepth 1 -type d -name 'r_*' | head -n 1)" --out kms/evidence
exits "its bundle verifies with its trust file" 3 "$verify" kms/evidence/*.zip --trust kms/trust.toml --reperform
unzip -q kms/evidence/*.zip -d kms/opened
exits "openssl verifies what KMS signed" 0 openssl dgst -sha256 -verify kms/opened/*/signature/signer.pub.pem -signature kms/opened/*/signature/statement.sig kms/opened/*/signature/statement.pae

# --- the same pool, read by the AWS CLI's own shapes
exits "a pool that does not exist is INCOMPLETE, never a silent success" 3 poolproof run --pool us-east-1_DoesNotExist --fail-on critical --out nopool

# --- enforce and onboard: the only commands that write, and only with --apply
change() { "$python" "$here/aws/change.py" "http://127.0.0.1:$moto" "$@"; }
mode() { if [ "$(change mode "$changed")" = "$2" ]; then ok "$1"; else fail "$1: MFA is $(change mode "$changed")"; fi; }
# window NAME SIGNAL EXIT: opens a window for the user late, and sends the signal while it is open
window() {
  local code=0 try
  poolproof onboard late --config change.toml --window --apply >window.out 2>window.err & local pid=$!
  for try in $(seq 100); do grep -q 'is open until' window.err && break; sleep 0.2; done
  if [ "$try" -lt 100 ]; then ok "$1: it opened"; else fail "$1: it never opened"; fi
  kill "-$2" "$pid"; wait "$pid" || code=$?
  if [ "$code" = "$3" ]; then ok "$1: exit $3"; else fail "$1: exit $code instead of $3"; cat window.out window.err; fi
}
changed=$(change pool)
settings=$(change settings "$changed")
printf '[[pool]]\nid = "%s"\nnamed_admins = ["ann@example.com"]\n' "$changed" >change.toml
exits "enforce --apply without the admin's TOTP is refused" 1 poolproof enforce --config change.toml --apply
mode "a refused enforce wrote nothing" OPTIONAL
change totp "$changed" ann
exits "enforce is a dry run" 0 poolproof enforce --config change.toml
mode "a dry run wrote nothing" OPTIONAL
lacks "no secret in what enforce shows" 'hidden' "$work/out"
exits "enforce --apply" 0 poolproof enforce --config change.toml --apply
mode "MFA is required" ON
exits "enforce --apply again" 0 poolproof enforce --config change.toml --apply
exits "onboard says that no window is needed" 3 poolproof onboard late --config change.toml
window "a window, SIGTERM" TERM 3
mode "SIGTERM closed the window" ON
window "a window, SIGKILL" KILL 137
mode "a window that was killed is open" OPTIONAL
poolproof init --config elsewhere.toml >/dev/null 2>"$work/err" || true
finds "the next command warns" "a window is open" "$work/err"
poolproof enforce --config change.toml --quiet >/dev/null 2>"$work/err" || true
finds "it warns with --quiet too" "a window is open" "$work/err"
exits "onboard --close without --apply writes nothing" 1 poolproof onboard --close --config change.toml
mode "it is still open" OPTIONAL
exits "onboard --close --apply" 0 poolproof onboard --close --apply --config change.toml
mode "it is closed" ON
exits "nothing is left to close" 0 poolproof onboard --close --apply --config change.toml
if [ "$(change settings "$changed")" = "$settings" ]; then ok "every other setting is as it was"; else fail "settings: $(change settings "$changed")"; fi
lacks "no secret and no identity in the journal of changes" 'hidden|@example\.com|123456789012' evidence/changes.jsonl

# --- the sample pipelines
# shellcheck source=tests/peers/ci/ci.sh
. "$here/ci/ci.sh"

printf '\n%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
