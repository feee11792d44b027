"""An SMTP server with TLS and sign-in, and certificates that only a test trusts."""

import email
import email.policy
import ssl
import subprocess

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from parts import free_port

USER, PASSWORD = b"martlet", b"r\xc3\xa4tsel two"


def make_certificates(folder):
    """An authority and a certificate of it for 127.0.0.1; returns their paths, and that of the certificate's key."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=authority", "-addext", "basicConstraints=critical,CA:TRUE")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server")
    (folder / "names.cnf").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names.cnf", "-out", "server.pem")
    return folder / "ca.pem", folder / "server.pem", folder / "server.key"


class MailServer:
    """Takes messages from whoever signs in; keeps what it was told."""

    def __init__(self, certificate=None, key=None, implicit=False, offers_tls=True):
        self.messages, self.sign_ins, self.envelopes = [], [], []
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
        starttls = context if not implicit and offers_tls else None
        self.controller = Controller(
            self, hostname="127.0.0.1", port=free_port(), ssl_context=context if implicit else None,
            tls_context=starttls, require_starttls=starttls is not None, auth_required=True,
            auth_require_tls=starttls is not None, authenticator=self.sign_in)
        self.controller.start()
        self.url = f"smtp{'s' if implicit else ''}://127.0.0.1:{self.controller.port}"

    def sign_in(self, server, session, envelope, mechanism, data):
        self.sign_ins.append((data.login, data.password))
        return AuthResult(success=(data.login, data.password) == (USER, PASSWORD), handled=False)

    async def handle_DATA(self, server, session, envelope):
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        self.messages.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"

    def stop(self):
        self.controller.stop()
