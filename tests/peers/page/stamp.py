"""RFC 3161 answers, honest or wrong in one way, by code that shares nothing with ours. It signs any time with any certificate."""
import datetime, hashlib
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


def tlv(tag, *parts):
    body = b"".join(parts)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag]) + (bytes([len(body)]) if len(body) < 128 else bytes([0x80 | len(size)]) + size) + body


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = bytes([40 * first + second])
    for number in rest:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(0x80 | number & 0x7F)
        out += bytes(reversed(digits))
    return tlv(6, out)


def sequence(*parts):
    return tlv(0x30, *parts)


def set_of(tag, parts):
    return tlv(tag, *sorted(parts))


class Authority:
    """A time-stamp authority with a certificate that it made for itself, or with one that was issued to it."""

    def __init__(self, kind="P-256", usages=(ExtendedKeyUsageOID.TIME_STAMPING,), critical=True, begins="2020-01-01", issued=None):
        if issued:
            self.key, self.certificate = issued.key, issued.certificate
            self.named()
            return
        self.key = rsa.generate_private_key(65537, 2048) if kind == "RSA" else ec.generate_private_key({"P-256": ec.SECP256R1, "P-384": ec.SECP384R1}[kind]())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Page TSA")])
        begins = datetime.datetime.fromisoformat(begins)
        builder = x509.CertificateBuilder(name, name, self.key.public_key(), x509.random_serial_number(), begins, begins + datetime.timedelta(9000))
        if usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical)
        self.certificate = builder.sign(self.key, hashes.SHA256())
        self.named()

    def named(self):
        self.der = self.certificate.public_bytes(serialization.Encoding.DER)
        self.fingerprint = hashlib.sha256(self.der).hexdigest()
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def answer(self, signature, when, digest="sha256", more=b"", by=None, named=True, swap=lambda der: der, beside=()):
        """`more`: further parts of what is signed; `by`: whose key signs; `named`: whether the certificate is; `swap`: changes the signed attributes after signing; `beside`: further certificates."""
        known = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1", "sha512": "2.16.840.1.101.3.4.2.3"}
        algorithm = sequence(oid(known[digest]))
        imprint = sequence(sequence(oid(known["sha256"]), tlv(5)), tlv(4, hashlib.sha256(signature).digest()))
        time = tlv(0x18, when.astimezone(datetime.timezone.utc).strftime("%Y%m%d%H%M%SZ").encode())
        content = sequence(tlv(2, b"\x01"), oid("1.2.3.4.1"), imprint, tlv(2, b"\x2a"), time, sequence(tlv(2, b"\x01"), tlv(0x80, b"\x01\xf4")), more)
        of_cert = sequence(sequence(sequence(tlv(4, hashlib.sha256(self.der).digest()))))
        attribute = lambda name, value: sequence(oid(name), tlv(0x31, value))
        attributes = [attribute("1.2.840.113549.1.9.3", oid("1.2.840.113549.1.9.16.1.4")), attribute("1.2.840.113549.1.9.4", tlv(4, hashlib.new(digest, content).digest()))]
        attributes += [attribute("1.2.840.113549.1.9.16.2.47", of_cert)] if named else []
        key, hashed = (by or self).key, {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha512": hashes.SHA512}[digest]()
        message = set_of(0x31, attributes)
        if isinstance(key, rsa.RSAPrivateKey):
            made, scheme = key.sign(message, padding.PKCS1v15(), hashed), sequence(oid("1.2.840.113549.1.1.1"), tlv(5))
        else:
            made, scheme = key.sign(message, ec.ECDSA(hashed)), sequence(oid({"sha1": "1.2.840.10045.4.1", "sha256": "1.2.840.10045.4.3.2", "sha512": "1.2.840.10045.4.3.4"}[digest]))
        issuer = self.certificate.issuer.public_bytes()
        serial = self.certificate.serial_number
        sid = sequence(issuer, tlv(2, serial.to_bytes(serial.bit_length() // 8 + 1, "big")))
        signer = sequence(tlv(2, b"\x01"), sid, algorithm, swap(set_of(0xA0, attributes)), scheme, tlv(4, made))
        body = sequence(tlv(2, b"\x03"), tlv(0x31, algorithm), sequence(oid("1.2.840.113549.1.9.16.1.4"), tlv(0xA0, tlv(4, content))), set_of(0xA0, [self.der, *beside]), tlv(0x31, signer))
        return sequence(sequence(tlv(2, b"\x00")), sequence(oid("1.2.840.113549.1.7.2"), tlv(0xA0, body)))
