"""sidecar/openapi.yaml as a judge: every answer of the API is held to it."""

import re
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "sidecar" / "openapi.yaml"
# The answers to paths and methods that the document does not have.
UNDESCRIBED = {404: "/problems/no-such-route", 405: "/problems/method-not-allowed"}


class Description:
    def __init__(self):
        self.document = yaml.safe_load(DOCUMENT.read_text())
        self.seen = set()
        resource = Resource(contents=self.document, specification=DRAFT202012)
        self.registry = Registry().with_resource("urn:description", resource)

    @cached_property
    def routes(self):
        return [
            (re.compile("^" + re.sub(r"\{\w+\}", "[^/]+", re.escape(path).replace(r"\{", "{")
                                     .replace(r"\}", "}")) + "$"), path)
            for path in self.document["paths"]
        ]

    def template(self, target):
        path = urlsplit(target).path
        return next((name for pattern, name in self.routes if pattern.match(path)), None)

    def declared(self):
        """Every (method, path, status) of the document."""
        return {
            (method.upper(), path, int(status))
            for path, operations in self.document["paths"].items()
            for method, operation in operations.items()
            if method != "parameters"
            for status in operation["responses"]
        }

    def judge(self, method, target, reply):
        """Raises AssertionError unless the answer is one that the document describes."""
        path = self.template(target)
        operation = "get" if method == "HEAD" else method.lower()
        if path is None or operation not in self.document["paths"][path]:
            wanted = 404 if path is None else 405
            assert reply.status in (wanted, 403, 401), f"{method} {target}: {reply.status}"
            if reply.status == wanted and method != "HEAD":
                assert reply.json["type"] == UNDESCRIBED[wanted]
            return
        pointer = f"/paths/{escape(path)}/{operation}/responses/{reply.status}"
        described = self.follow(pointer)
        assert described is not None, f"{method} {target} answered {reply.status}: not described"
        pointer, response = described
        self.judge_headers(response, reply)
        if method != "HEAD":
            self.judge_body(pointer, response, reply)
        self.seen.add((method, path, reply.status))

    def judge_headers(self, response, reply):
        for name, header in response.get("headers", {}).items():
            if "$ref" in header:
                header = self.at(header["$ref"].removeprefix("#"))
            values = reply.all(name)
            if header.get("required"):
                assert values, f"{reply.status} has no {name}"
            for value in values:
                self.validate_value(header["schema"], value)

    def judge_body(self, pointer, response, reply):
        if "content" not in response:
            assert reply.body == b"", f"{reply.status} must have no body"
            return
        media = (reply.header("Content-Type") or "").split(";")[0].strip()
        assert media in response["content"], f"{reply.status} is {media!r}"
        if not media.endswith("json"):
            return
        value = reply.json
        schema = f"urn:description#{pointer}/content/{escape(media)}/schema"
        self.validate_value({"$ref": schema}, value)
        if media == "application/problem+json":
            assert value["status"] == reply.status
            kinds = re.findall(r"/problems/[a-z-]+", response["description"])
            assert value["type"] in kinds, f"{value['type']} is not among {kinds}"

    def validate_value(self, schema, value):
        validator = Draft202012Validator(
            schema, registry=self.registry, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        errors = [f"{'/'.join(map(str, e.absolute_path))}: {e.message[:300]}"
                  for e in validator.iter_errors(value)]
        assert not errors, errors

    def at(self, pointer):
        value = self.document
        for part in pointer.split("/")[1:]:
            part = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(value, dict) or part not in value:
                return None
            value = value[part]
        return value

    def follow(self, pointer):
        value = self.at(pointer)
        if value is None:
            return None
        if "$ref" in value:
            pointer = value["$ref"].removeprefix("#")
            value = self.at(pointer)
        return pointer, value


def escape(part):
    return part.replace("~", "~0").replace("/", "~1")
