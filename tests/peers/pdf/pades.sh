# Sourced by cases.sh: a key with a certificate of an authority made here by openssl, and that authority's revocation list; the
# report sealed with it, looked at by pdfsig, qpdf, veraPDF and, strictly and offline, pyHanko.
# shellcheck shell=bash disable=SC2154

mkdir -p pades && (
  cd pades
  cat >ca.cnf <<'CNF'
[ca]
default_ca = own
[own]
database = index.txt
serial = serial
crlnumber = crlnumber
new_certs_dir = .
default_md = sha256
default_days = 365
default_crl_days = 30
policy = any
[any]
organizationName = optional
commonName = supplied
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
extendedKeyUsage = 1.3.6.1.5.5.7.3.36
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[req]
distinguished_name = name
[name]
CNF
  : >index.txt; echo 1000 >serial; echo 01 >crlnumber
  new() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; chmod 600 "$1"; }
  new root.p8; new other.p8; new evidence.p8
  openssl req -x509 -new -key root.p8 -subj "/O=Example Ltd/CN=Example Root" -days 3650 -config ca.cnf -extensions root -out root.pem
  openssl req -x509 -new -key other.p8 -subj "/O=Example Ltd/CN=Other Root" -days 3650 -config ca.cnf -extensions root -out other.pem
  openssl req -new -key evidence.p8 -subj "/O=Example Ltd/CN=Example Evidence" -config ca.cnf -out leaf.csr
  openssl ca -batch -config ca.cnf -cert root.pem -keyfile root.p8 -extensions leaf -in leaf.csr -out leaf.pem -notext
  openssl ca -config ca.cnf -cert root.pem -keyfile root.p8 -gencrl -out crl.pem
  openssl crl -in crl.pem -outform DER -out evidence.crl
  cat leaf.pem root.pem >evidence.crt
) >pades.log 2>&1 || { fail "an authority by openssl"; cat pades.log; }

pyhanko=$home/venv/bin/pyhanko
strict() { "$pyhanko" sign adesverify --trust-replace --trust "$1" --executive-summary "$2"; }

# sealed NAME: the first run's folder, sealed again with that key; its report lies in NAME.pdf. Its FAILs make it exit 1.
sealed() {
  mkdir "$1" && cp -r evidence/r_* "$1/"
  exits "$1: sealed with a certificate" 1 poolproof bundle "$1"/r_* --key pades/evidence.p8
  unzip -p "$1"/*.zip '*/data/report.pdf' >"$1.pdf"
}
sealed listed
pdfsig -nocert listed.pdf >pdfsig.txt
finds "pdfsig: the signature is valid" 'Signature is Valid' pdfsig.txt
finds "pdfsig: the total document is signed" 'Total document signed' pdfsig.txt
finds "pdfsig: by the certificate" 'Distinguished Name:.*CN=Example Evidence' pdfsig.txt
[ "$(grep -c 'Signature #' pdfsig.txt)" = 1 ] && ok "pdfsig: one signature" || fail "pdfsig: one signature"
exits "qpdf --check of the signed report" 0 qpdf --check listed.pdf
for flavour in 3a ua1; do
  exits "veraPDF $flavour of the signed report" 0 env VERA_HOME="$home/vera" "$here/pdf/vera-check.sh" "$flavour" listed.pdf
done
exits "pyHanko, strict and offline: VALID" 0 strict pades/root.pem listed.pdf
finds "pyHanko says VALID" ':VALID' out
exits "pyHanko: not valid under another root" 1 strict pades/other.pem listed.pdf
exits "verify: the same bundle" 3 "$verify" listed/*.zip --fingerprint \
  "$(openssl pkey -in pades/evidence.p8 -pubout -outform DER | sha256sum | cut -c 1-64)" --reperform
finds "verify: step 6 passes" '^ 6  ok' out
finds "the cover names the authority" 'certified by' <(pdftotext -l 1 listed.pdf - | tr '\n' ' ')

rm pades/evidence.crl
sealed unlisted
exits "pyHanko: without the revocation list it cannot be valid offline" 1 strict pades/root.pem unlisted.pdf

(cd pades && openssl ca -config ca.cnf -cert root.pem -keyfile root.p8 -revoke leaf.pem && openssl ca -config ca.cnf -cert root.pem -keyfile root.p8 -gencrl -out crl.pem &&
  openssl crl -in crl.pem -outform DER -out evidence.crl) >>pades.log 2>&1
sealed revoked
exits "pyHanko: a revoked certificate is not valid" 1 strict pades/root.pem revoked.pdf
