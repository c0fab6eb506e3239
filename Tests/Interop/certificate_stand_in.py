"""Stands in for a provisioning service of contract certificates, and for a web server of revocation lists.

usage: certificate_stand_in.py PORT FOLDER
POST /ev takes a Get15118EVCertificate request in OCPP's JSON and answers as OCPP wants it, the EXI turned round;
an EXI of `broken` gets nonsense, one of `down` 503. GET /NAME gives the file of the folder.
"""
import http.server
import json
import pathlib
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        exi = request["exiRequest"]
        if exi == "down":
            return self.answer(503, b"")
        if exi == "broken":
            return self.answer(200, b'{"status":"Perhaps"}')
        body = {"status": "Accepted", "exiResponse": exi[::-1], "remainingContracts": 0}
        self.answer(200, json.dumps(body).encode())

    def do_GET(self):
        file = pathlib.Path(sys.argv[2]) / pathlib.Path(self.path).name
        self.answer(200 if file.exists() else 404, file.read_bytes() if file.exists() else b"")

    def log_message(self, *_):
        pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
