"""Stands in for a provisioning service of contract certificates, and for a web server of revocation lists.

usage: certificate_stand_in.py PORT FOLDER
POST /ev takes a Get15118EVCertificate request in OCPP's JSON and answers as OCPP wants it, the EXI turned round;
an EXI of `broken` gets nonsense, one of `down` 503. GET /NAME gives the file of the folder.
POST /est/simpleenroll is an authority of RFC 7030 for who is `depot:secret`: signs with the folder's sub.pem for 9 days;
below /wrong it gives a certificate that was asked for by somebody else, below /slow it answers 202.
"""
import base64
import http.server
import json
import pathlib
import subprocess
import sys


def enroll(folder, request):
    """PKCS #10 in DER in, PKCS #7 in base64 out."""
    (folder / "asked.der").write_bytes(request)
    run = lambda *words: subprocess.run(["openssl", *words], check=True, cwd=folder, capture_output=True)
    run("req", "-inform", "DER", "-in", "asked.der", "-out", "asked.csr")
    run("x509", "-req", "-in", "asked.csr", "-CA", "sub.pem", "-CAkey", "sub.key", "-days", "9", "-out", "given.pem")
    run("crl2pkcs7", "-nocrl", "-certfile", "sub.pem", "-certfile", "given.pem", "-outform", "DER", "-out", "given.p7")
    return base64.encodebytes((folder / "given.p7").read_bytes())


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        if self.path.endswith("/simpleenroll"):
            return self.enroll()
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        exi = request["exiRequest"]
        if exi == "down":
            return self.answer(503, b"")
        if exi == "broken":
            return self.answer(200, b'{"status":"Perhaps"}')
        body = {"status": "Accepted", "exiResponse": exi[::-1], "remainingContracts": 0}
        self.answer(200, json.dumps(body).encode())

    def enroll(self):
        folder = pathlib.Path(sys.argv[2])
        body = base64.b64decode(self.rfile.read(int(self.headers["Content-Length"])))
        login = "Basic " + base64.b64encode(b"depot:secret").decode()
        if self.headers["Content-Type"] != "application/pkcs10" or self.headers["Authorization"] != login:
            return self.answer(401, b"")
        if self.path.startswith("/slow"):
            return self.answer(202, b"")
        if self.path.startswith("/wrong"):
            return self.answer(200, base64.encodebytes((folder / "given.p7").read_bytes()))
        self.answer(200, enroll(folder, body))

    def do_GET(self):
        file = pathlib.Path(sys.argv[2]) / pathlib.Path(self.path).name
        self.answer(200 if file.exists() else 404, file.read_bytes() if file.exists() else b"")

    def log_message(self, *_):
        pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
