"""Is a document OpenAPI 3.1 as Webmon writes it: every name used is declared, every object closed, nothing unused?"""
import json
import re

import jsonschema

# OpenAPI 3.1.0 section 4.8: the fixed fields that Webmon uses; any other is a slip.
FIELDS = {
    "document": {"openapi", "info", "jsonSchemaDialect", "servers", "paths", "components", "security", "tags"},
    "info": {"title", "summary", "description", "license", "version"},
    "components": {"schemas", "parameters", "headers", "responses"},
    "operation": {"operationId", "tags", "summary", "description", "parameters", "requestBody", "responses"},
    "parameter": {"name", "in", "description", "required", "schema"},
    "requestBody": {"description", "content", "required"},
    "response": {"description", "headers", "content"},
    "header": {"description", "schema"},
    "media": {"schema"},
}
METHODS = {"get", "put", "post", "delete", "patch"}  # HEAD and OPTIONS follow from the others


class Lint:
    def __init__(self, document):
        self.document = document
        self.errors = []
        self.used = set()

    def expect(self, is_right, what):
        if not is_right:
            self.errors.append(what)

    def fields(self, kind, value, where, *needed):
        extra = set(value) - FIELDS[kind]
        self.expect(not extra, f"{where}: unknown fields {sorted(extra)}")
        for name in needed:
            self.expect(value.get(name) not in (None, "", {}, []), f"{where}: no {name}")

    def resolve(self, value, where):
        if "$ref" not in value:
            return value
        self.used.add(value["$ref"])
        place = self.document
        for part in value["$ref"].removeprefix("#/").split("/"):
            place = place.get(part) if isinstance(place, dict) else None
        self.expect(place is not None, f"{where}: {value['$ref']} leads nowhere")
        return place or {}

    def run(self):
        document = self.document
        self.fields("document", document, "document", "openapi", "info", "servers", "paths", "components")
        self.expect(re.fullmatch(r"3\.1\.\d+", document.get("openapi", "")), "openapi: not 3.1")
        self.fields("info", document.get("info", {}), "info", "title", "version")
        self.fields("components", document.get("components", {}), "components", "schemas")
        for path, item in document.get("paths", {}).items():
            self.path(path, item)
        for name, schema in document.get("components", {}).get("schemas", {}).items():
            self.schema(schema, f"schemas/{name}")
        for kind in ("parameters", "responses", "schemas", "headers"):
            for name, value in document.get("components", {}).get(kind, {}).items():
                if kind == "parameters":
                    self.parameter(value, name)
                if kind == "responses":
                    self.response(value, name)
        for kind, values in document.get("components", {}).items():
            for name in values:
                self.expect(f"#/components/{kind}/{name}" in self.used, f"{kind}/{name}: nothing refers to it")
        return self.errors

    def path(self, path, item):
        self.expect(path.startswith("/"), f"{path}: no path")
        ids = self.__dict__.setdefault("ids", set())
        for method, operation in item.items():
            where = f"{method.upper()} {path}"
            self.expect(method in METHODS, f"{where}: unknown method")
            self.fields("operation", operation, where, "operationId", "summary", "tags", "responses")
            name = operation.get("operationId")
            self.expect(name not in ids, f"{where}: operationId {name} occurs twice")
            self.expect(re.fullmatch(r"[a-z][a-zA-Z]+", name or ""), f"{where}: operationId {name!r}")
            ids.add(name)
            declared = {tag["name"] for tag in self.document.get("tags", [])}
            self.expect(set(operation.get("tags", [])) <= declared, f"{where}: a tag is not declared")
            self.parameters(path, operation, where)
            self.expect(method != "get" or "requestBody" not in operation, f"{where}: a body of GET")
            if "requestBody" in operation:
                self.fields("requestBody", operation["requestBody"], where, "content")
                self.content(operation["requestBody"].get("content", {}), where)
            self.responses(operation.get("responses", {}), where)

    def parameters(self, path, operation, where):
        found = [self.resolve(p, where) for p in operation.get("parameters", [])]
        for parameter in found:
            self.parameter(parameter, where)
        keys = [(p.get("in"), p.get("name")) for p in found]
        self.expect(len(set(keys)) == len(keys), f"{where}: a parameter occurs twice")
        in_path = {name for place, name in keys if place == "path"}
        self.expect(in_path == set(re.findall(r"\{([^}]*)\}", path)), f"{where}: path parameters {sorted(in_path)}")

    def parameter(self, value, where):
        self.fields("parameter", value, f"{where}: parameter", "name", "in", "schema")
        self.expect(value.get("in") in ("query", "header", "path"), f"{where}: in {value.get('in')}")
        self.expect(value.get("in") != "path" or value.get("required") is True, f"{where}: a path parameter is required")
        self.schema(value.get("schema", {}), f"{where}: parameter {value.get('name')}")

    def responses(self, responses, where):
        self.expect(any(s.startswith("2") for s in responses), f"{where}: no success")
        for status, response in responses.items():
            self.expect(re.fullmatch(r"[2-5]\d\d", status), f"{where}: status {status}")
            self.response(self.resolve(response, where), f"{where} {status}")

    def response(self, response, where):
        self.fields("response", response, where, "description")
        for name, header in response.get("headers", {}).items():
            self.fields("header", self.resolve(header, where), f"{where}: header {name}", "schema")
        self.content(response.get("content", {}), where)

    def content(self, content, where):
        for media, value in content.items():
            self.expect(re.fullmatch(r"[a-z]+/[a-z.+-]+", media), f"{where}: media type {media}")
            self.fields("media", value, f"{where} {media}", "schema")
            self.schema(value.get("schema", {}), f"{where} {media}")

    def schema(self, schema, where):
        """Valid by the meta-schema; an object with properties says whether others are allowed."""
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            self.errors.append(f"{where}: {error.message}")
        self.walk(schema, where)

    def walk(self, schema, where):
        if isinstance(schema, list):
            for item in schema:
                self.walk(item, where)
        if not isinstance(schema, dict):
            return
        if isinstance(schema.get("$ref"), str):
            self.resolve(schema, where)
        elif schema.get("type") == "object":
            self.expect("additionalProperties" in schema, f"{where}: an open object: {json.dumps(schema)[:100]}")
        for name, value in schema.items():
            if name in ("properties", "$defs") and isinstance(value, dict):
                for key, member in value.items():
                    self.walk(member, f"{where}/{key}")
            elif name not in ("enum", "const", "default", "examples"):
                self.walk(value, where)


def lint(document):
    """The mistakes, as texts; none if it is right."""
    return Lint(document).run()
