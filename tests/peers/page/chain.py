"""Certificates, revocation lists and CAdES signatures, honest or wrong in one way, by code that shares nothing with ours."""
import datetime, hashlib
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier
from stamp import oid, sequence, set_of, tlv

DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
KEYS = {
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()), "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "RSA": lambda: rsa.generate_private_key(65537, 2048), "Ed25519": ed25519.Ed25519PrivateKey.generate,
}
hash_of = lambda key: None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA384() if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp384r1" else hashes.SHA256()
SIGNS = dict(digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False, key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False)
CERTIFIES = SIGNS | dict(digital_signature=False, content_commitment=False, key_cert_sign=True, crl_sign=True)


class Issued:
    """A certificate with its key, made by `by` (itself, where there is none)."""

    def __init__(self, name, by=None, kind="P-256", key=None, ca=False, length=None, use=(), critical_use=False, usage="default", begins=NOW - 300 * DAY, ends=NOW + 300 * DAY, more=(), signed_by=None):
        self.key = key or KEYS[kind]()
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder((by or self).name, self.name, self.key.public_key(), x509.random_serial_number(), begins, ends)
        builder = builder.add_extension(x509.BasicConstraints(ca, length), True)
        usage = (CERTIFIES if ca else SIGNS) if usage == "default" else usage
        if usage is not None:
            builder = builder.add_extension(x509.KeyUsage(**usage), True)
        if use:
            builder = builder.add_extension(x509.ExtendedKeyUsage(use), critical_use)
        for extension, critical in more:
            builder = builder.add_extension(extension, critical)
        signer = (signed_by or by or self).key
        self.certificate = builder.sign(signer, hash_of(signer))
        self.der = self.certificate.public_bytes(serialization.Encoding.DER)
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def crl(self, *revoked, begins=NOW - DAY, ends=NOW + 30 * DAY, reason=None, since=NOW - 10 * DAY, more=(), by=None, numbered=True):
        builder = x509.CertificateRevocationListBuilder(self.name, begins, ends)
        for other in revoked:
            entry = x509.RevokedCertificateBuilder(other.certificate.serial_number, since)
            builder = builder.add_revoked_certificate((entry.add_extension(x509.CRLReason(reason), False) if reason else entry).build())
        if numbered:
            builder = builder.add_extension(x509.CRLNumber(1), False)
        for extension, critical in more:
            builder = builder.add_extension(extension, critical)
        key = (by or self).key
        return builder.sign(key, hash_of(key)).public_bytes(serialization.Encoding.DER)


def leaf(key, by, **wrong):
    return Issued("Evidence of Example Ltd", by, key=key, **({"use": [DOCUMENT_SIGNING]} | wrong))


def cades(manifest, key, certificates):
    """A detached CAdES signature, as poolproof makes it; the signer's certificate is the first."""
    digest, certificate = hashlib.sha256, certificates[0]
    attribute = lambda name, value: sequence(oid(name), tlv(0x31, value))
    attributes = [
        attribute("1.2.840.113549.1.9.3", oid("1.2.840.113549.1.7.1")), attribute("1.2.840.113549.1.9.4", tlv(4, digest(manifest).digest())),
        attribute("1.2.840.113549.1.9.5", tlv(0x17, NOW.strftime("%y%m%d%H%M%SZ").encode())),
        attribute("1.2.840.113549.1.9.16.2.47", sequence(sequence(sequence(tlv(4, digest(certificate).digest()))))),
    ]
    made = key.sign(set_of(0x31, attributes), ec.ECDSA(hashes.SHA256()))
    its = x509.load_der_x509_certificate(certificate)
    serial = its.serial_number
    sid = sequence(its.issuer.public_bytes(), tlv(2, serial.to_bytes(serial.bit_length() // 8 + 1, "big")))
    sha256 = sequence(oid("2.16.840.1.101.3.4.2.1"))
    signer = sequence(tlv(2, b"\x01"), sid, sha256, set_of(0xA0, attributes), sequence(oid("1.2.840.10045.4.3.2")), tlv(4, made))
    body = sequence(tlv(2, b"\x01"), tlv(0x31, sha256), sequence(oid("1.2.840.113549.1.7.1")), set_of(0xA0, certificates), tlv(0x31, signer))
    return sequence(oid("1.2.840.113549.1.7.2"), tlv(0xA0, body))


def pem_of(certificates):
    return b"".join(x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM) for der in certificates)
