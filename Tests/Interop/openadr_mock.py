"""Runs the official OpenADR 3.1 YAML as a validating mock server with PyPI connexion.

usage: openadr_mock.py OPENADR3_YAML PORT BASE_PATH
The YAML is patched on load: one default in it is not YAML that was meant, discriminators have no mapping,
and one scope is never declared. The mock checks requests and answers with the success that the YAML names
for the operation and an empty body: bodies made up at random would need one more package and prove nothing.
"""
import sys
import tempfile

import yaml

source, port, base = sys.argv[1], int(sys.argv[2]), sys.argv[3]
document = yaml.safe_load(open(source))
document["components"].pop("securitySchemes", None)
for path in document["paths"].values():
    for operation in path.values():
        if isinstance(operation, dict):
            operation.pop("security", None)


def walk(node):
    if isinstance(node, dict):
        node.pop("discriminator", None)
        if node.get("type") == "array" and isinstance(node.get("default"), str):
            node["default"] = None
        for value in list(node.values()):
            walk(value)
    elif isinstance(node, list):
        for value in node:
            walk(value)


walk(document)
with tempfile.NamedTemporaryFile("w", suffix=".yaml", delete=False) as target:
    yaml.safe_dump(document, target, sort_keys=False)

import connexion  # noqa: E402
import uvicorn  # noqa: E402
from connexion.resolver import Resolution, Resolver  # noqa: E402


class Agreeing(Resolver):
    """Every operation answers with the first success that its description names."""

    def resolve(self, operation):
        def answer(*_arguments, **_named):
            return {}, next(int(code) for code in operation.responses if code.startswith("2"))

        return Resolution(answer, f"{operation.method}-{operation.path}")


app = connexion.FlaskApp("mock", specification_dir="/")
app.add_api(target.name, resolver=Agreeing(), base_path=base)
uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
