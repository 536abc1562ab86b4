"""What /openapi.json promises, held against responses: undocumented status, media type or member is an error.
Debian's python3 and python3-jsonschema (draft 2020-12)."""
import json
import re

import jsonschema

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Broken(AssertionError):
    """A response that the document does not allow."""


class Contract:
    def __init__(self, document):
        self.document = document
        self.resolver = jsonschema.RefResolver.from_schema(document)
        self.validators = {}
        # A literal segment wins over a parameter: more literal characters first.
        self.paths = [(re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)) + "$"), item)
                      for path, item in sorted(document["paths"].items(), key=lambda p: p[0].count("{"))]

    def resolve(self, value):
        while "$ref" in value and value["$ref"].startswith("#/"):
            value = self.resolver.resolve(value["$ref"])[1]
        return value

    def check(self, method, target, status, media, body):
        """Raises Broken unless the answer is one that the document allows. `media` is the Content-Type, `body` text."""
        where = f"{method} {target} -> {status} {media}: "
        item = self._path(target.split("?")[0])
        if item is None:
            self._problem(where, "no_route", status, media, body, method)
        elif method == "OPTIONS":
            if status != 204 or body:
                self._problem(where, None, status, media, body, method)
        elif self._method(method) not in item:
            self._problem(where, "method_not_allowed", status, media, body, method)
        else:
            self._answer(where, item[self._method(method)], status, media, body, method)

    def operation(self, method, target):
        item = self._path(target.split("?")[0]) or {}
        return item.get(self._method(method), {}).get("operationId")

    @staticmethod
    def _method(method):
        return "get" if method == "HEAD" else method.lower()

    def _path(self, path):
        return next((item for pattern, item in self.paths if pattern.match(path)), None)

    def _problem(self, where, code, status, media, body, method):
        """Where no operation answers: a problem; `code`, or one that comes before a route is looked for."""
        if method == "HEAD":
            return
        self._validate(where, {"$ref": "#/components/schemas/Problem"}, self._json(where, body))
        problem = json.loads(body)
        if media != "application/problem+json" or problem["status"] != status:
            raise Broken(where + "not a problem of that status")
        if code and status in (404, 405) and problem["code"] != code:
            raise Broken(where + f"code {problem['code']}, not {code}")

    def _answer(self, where, operation, status, media, body, method):
        response = operation["responses"].get(str(status))
        if response is None:
            raise Broken(where + f"{operation['operationId']} has no such status")
        content = self.resolve(response).get("content", {})
        if not content:
            if body:
                raise Broken(where + "a body where none is documented")
            return
        kind = media.split(";")[0].strip()
        if kind not in content:
            raise Broken(where + f"documented are {', '.join(content)}")
        if method == "HEAD":
            if body:
                raise Broken(where + "HEAD with a body")
            return
        for value in self._values(where, kind, body):
            self._validate(where, content[kind]["schema"], value)
            if kind == "application/problem+json" and value["status"] != status:
                raise Broken(where + f"the problem says {value['status']}")

    def _values(self, where, kind, body):
        if kind == "application/x-ndjson":
            return [self._json(where, line) for line in body.splitlines() if line]
        if kind == "text/event-stream":
            return [self._json(where, line[5:]) for line in body.splitlines() if line.startswith("data:")]
        return [self._json(where, body)] if kind.endswith("json") else [body]

    @staticmethod
    def _json(where, text):
        try:
            return json.loads(text)
        except ValueError as error:
            raise Broken(where + f"not JSON: {error}: {text[:200]!r}") from None

    def _validate(self, where, schema, value):
        key = json.dumps(schema)
        if key not in self.validators:
            self.validators[key] = jsonschema.Draft202012Validator(schema, resolver=self.resolver)
        error = jsonschema.exceptions.best_match(self.validators[key].iter_errors(value))
        if error is not None:
            place = "/".join(map(str, error.absolute_path))
            raise Broken(f"{where}at /{place}: {error.message[:500]}")
