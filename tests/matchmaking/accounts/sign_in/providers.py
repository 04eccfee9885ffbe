"""Identity providers made in the tests: OpenID Connect on loopback with signed tokens, SAML with signed answers."""

import base64
import hashlib
import json
import threading
import time
import uuid
import zlib
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import jwt
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

ISSUER = "https://idp.nju.example/idp/shibboleth"
SERVICE = "https://idp.nju.example/sso"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.nju.example")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, datetime(2020, 1, 1), datetime(2060, 1, 1))  # noqa: DTZ001
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


class OpenIdProvider:
    """Answers on loopback. `claims` is whom it takes the visitor for; `key` signs, `published` is what it tells."""

    def __init__(self) -> None:
        self.key = self.published = new_key()
        self.claims: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def authorise(self, location: str) -> dict[str, str]:
        """The visitor signs in there: from where the portal sent him to what he comes back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        code = uuid.uuid4().hex
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def token(self, posted: dict[str, list[str]]) -> dict[str, Any] | None:
        asked = self.codes.pop(posted.get("code", [""])[0], None)
        if asked is None or not _proves(posted.get("code_verifier", [""])[0], asked):
            return None
        body = {"iss": self.url, "aud": asked["client_id"], "exp": int(time.time()) + 300, "iat": int(time.time()),
                **self.claims}  # fmt: skip
        signed = jwt.encode(body, pem(self.key), algorithm="RS256", headers={"kid": "one"})
        return {"access_token": uuid.uuid4().hex, "token_type": "Bearer", "id_token": signed, "expires_in": 300}

    def answer(self, path: str) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.url, "authorization_endpoint": f"{self.url}/authorise",
                "token_endpoint": f"{self.url}/token", "userinfo_endpoint": f"{self.url}/me",
                "jwks_uri": f"{self.url}/keys", "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }  # fmt: skip
        if path == "/me":
            return self.claims
        if path == "/keys":
            known = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.published.public_key()))
            return {"keys": [known | {"kid": "one", "alg": "RS256", "use": "sig"}]}
        return None


def _proves(verifier: str, asked: dict[str, str]) -> bool:
    """PKCE: whoever fetches the token is whoever asked."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return asked.get("code_challenge") == digest


def _handler(provider: OpenIdProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _send(self, body: dict[str, Any] | None) -> None:
            self.send_response(200 if body is not None else 400)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body or {"error": "invalid_grant"}).encode())

        def do_GET(self) -> None:
            self._send(provider.answer(urlsplit(self.path).path))

        def do_POST(self) -> None:
            posted = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._send(provider.token(parse_qs(posted)))

        def log_message(self, *args: Any) -> None:
            """Nothing: the tests read answers, not logs."""

    return Handler


class SamlProvider:
    """Signs assertions as a university's Shibboleth does."""

    def __init__(self) -> None:
        self.key = new_key()
        self.certificate = certificate(self.key)

    def asked(self, location: str) -> str:
        """The id of the request that the portal sent the visitor away with."""
        packed = parse_qs(urlsplit(location).query)["SAMLRequest"][0]
        return etree.fromstring(zlib.decompress(base64.b64decode(packed), -15)).get("ID")

    def answer(self, *, to: str, audience: str, request: str, attributes: dict[str, str], key: Any = None) -> str:
        """A response about the visitor, its assertion signed, as the portal's form field holds it."""
        now = datetime.now(UTC)
        times = {name: (now + timedelta(seconds=by)).strftime("%Y-%m-%dT%H:%M:%SZ")
                 for name, by in (("now", 0), ("before", -60), ("after", 300))}  # fmt: skip
        values = "".join(
            f'<saml:Attribute Name="{name}"><saml:AttributeValue>{escape(value)}</saml:AttributeValue></saml:Attribute>'
            for name, value in attributes.items()
        )
        tree = etree.fromstring(
            _RESPONSE.format(**times, to=to, audience=audience, request=request, issuer=ISSUER, values=values,
                             one=f"_{uuid.uuid4().hex}", two=f"_{uuid.uuid4().hex}").encode()
        )  # fmt: skip
        _sign(tree, pem(key or self.key))
        return base64.b64encode(etree.tostring(tree)).decode()


def _sign(tree: Any, key: bytes) -> None:
    assertion = tree.find("{urn:oasis:names:tc:SAML:2.0:assertion}Assertion")
    template = xmlsec.template.create(
        assertion, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256
    )
    assertion.insert(1, template)
    reference = xmlsec.template.add_reference(template, xmlsec.constants.TransformSha256, uri=f"#{assertion.get('ID')}")
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    xmlsec.tree.add_ids(assertion, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key, xmlsec.constants.KeyDataFormatPem)
    context.sign(template)


_RESPONSE = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
 xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{one}" Version="2.0" IssueInstant="{now}" Destination="{to}"
 InResponseTo="{request}"><saml:Issuer>{issuer}</saml:Issuer>
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
<saml:Assertion ID="{two}" Version="2.0" IssueInstant="{now}"><saml:Issuer>{issuer}</saml:Issuer>
<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient">{two}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData
 NotOnOrAfter="{after}" Recipient="{to}" InResponseTo="{request}"/></saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{before}" NotOnOrAfter="{after}"><saml:AudienceRestriction>
<saml:Audience>{audience}</saml:Audience>
</saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{now}" SessionIndex="{two}"><saml:AuthnContext>
<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>
</saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>{values}</saml:AttributeStatement></saml:Assertion>
</samlp:Response>"""
