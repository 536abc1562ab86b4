"""The checks of the API document and of responses bite: one planted mistake each."""
import copy
import json
import unittest

from contract import Broken, Contract
from lint import lint

PROBLEM = {"type": "object", "additionalProperties": False, "required": ["status", "code"],
           "properties": {"status": {"type": "integer"}, "code": {"type": "string"}}}
THING = {"type": "object", "additionalProperties": False, "required": ["id"],
         "properties": {"id": {"type": "string"}, "n": {"type": "integer"}}}


def media(kind, name):
    return {kind: {"schema": {"$ref": f"#/components/schemas/{name}"}}}


DOCUMENT = {
    "openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "/"}], "tags": [{"name": "things"}],
    "paths": {
        "/things": {"post": {
            "operationId": "addThing", "summary": "s", "tags": ["things"],
            "requestBody": {"content": media("application/json", "Thing")},
            "responses": {"201": {"description": "d", "content": media("application/x-ndjson", "Thing")},
                          "204": {"description": "d"}}}},
        "/things/{id}": {"get": {
            "operationId": "getThing", "summary": "s", "tags": ["things"],
            "parameters": [{"$ref": "#/components/parameters/id"}],
            "responses": {"200": {"description": "d", "content": media("application/json", "Thing")},
                          "404": {"$ref": "#/components/responses/Problem404"}}}}},
    "components": {
        "schemas": {"Problem": PROBLEM, "Thing": THING},
        "parameters": {"id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}},
        "responses": {"Problem404": {"description": "d", "content": media("application/problem+json", "Problem")}}}}


def changed(pointer, value):
    document = copy.deepcopy(DOCUMENT)
    place = document
    *parents, last = pointer
    for part in parents:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return document


class LintTest(unittest.TestCase):
    def test_a_right_document_has_no_mistakes(self):
        self.assertEqual(lint(DOCUMENT), [])

    def test_each_planted_mistake_is_told(self):
        get = ("paths", "/things/{id}", "get")
        for pointer, value, told in (
                (("openapi",), "3.0.3", "not 3.1"),
                (("servers",), [], "no servers"),
                (("info", "sumary"), "x", "unknown fields ['sumary']"),
                ((*get, "operationId"), "addThing", "occurs twice"),
                ((*get, "tags"), ["other"], "not declared"),
                ((*get, "parameters"), None, "path parameters"),
                ((*get, "responses", "200"), None, "no success"),
                ((*get, "requestBody"), {"content": media("application/json", "Thing")}, "a body of GET"),
                ((*get, "responses", "404"), {"$ref": "#/components/responses/No"}, "leads nowhere"),
                (("components", "schemas", "Other"), {"type": "string"}, "nothing refers to it"),
                (("components", "schemas", "Thing", "additionalProperties"), None, "an open object"),
                (("components", "schemas", "Thing", "type"), "thing", "thing"),
                (("components", "parameters", "id", "required"), None, "a path parameter is required")):
            with self.subTest(told=told):
                self.assertIn(told, "\n".join(lint(changed(pointer, value))))


class ContractTest(unittest.TestCase):
    def setUp(self):
        self.contract = Contract(DOCUMENT)

    def check(self, method, target, status, kind, body):
        self.contract.check(method, target, status, kind, body if isinstance(body, str) else json.dumps(body))

    def refuses(self, told, *answer):
        with self.assertRaisesRegex(Broken, told):
            self.check(*answer)

    def test_what_the_document_says_is_accepted(self):
        self.check("GET", "/things/1?x=y", 200, "application/json; charset=utf-8", {"id": "1"})
        self.check("HEAD", "/things/1", 200, "application/json", "")
        self.check("POST", "/things", 201, "application/x-ndjson", '{"id":"1"}\n{"id":"2","n":3}\n')
        self.check("POST", "/things", 204, "", "")
        self.check("OPTIONS", "/things", 204, "", "")
        self.check("GET", "/things/1", 404, "application/problem+json", {"status": 404, "code": "not_found"})
        self.check("GET", "/other", 404, "application/problem+json", {"status": 404, "code": "no_route"})
        self.check("PUT", "/things", 405, "application/problem+json", {"status": 405, "code": "method_not_allowed"})

    def test_whatever_else_is_refused(self):
        kind, problem = "application/json", "application/problem+json"
        self.refuses("no such status", "GET", "/things/1", 202, kind, {"id": "1"})
        self.refuses("documented are", "GET", "/things/1", 200, "text/html", {"id": "1"})
        self.refuses("'id' is a required property", "GET", "/things/1", 200, kind, {})
        self.refuses("'more' was unexpected", "GET", "/things/1", 200, kind, {"id": "1", "more": 1})
        self.refuses("not of type 'integer'", "GET", "/things/1", 200, kind, {"id": "1", "n": "3"})
        self.refuses("not JSON", "GET", "/things/1", 200, kind, "{")
        self.refuses("'id' is a required property", "POST", "/things", 201, "application/x-ndjson", '{"id":"1"}\n{}\n')
        self.refuses("HEAD with a body", "HEAD", "/things/1", 200, kind, {"id": "1"})
        self.refuses("a body where none", "POST", "/things", 204, "", "x")
        self.refuses("says 400", "GET", "/things/1", 404, problem, {"status": 400, "code": "not_found"})
        self.refuses("not method_not_allowed", "PUT", "/things", 405, problem, {"status": 405, "code": "no_route"})
        self.refuses("not a problem", "GET", "/other", 404, kind, {"status": 404, "code": "no_route"})


if __name__ == "__main__":
    unittest.main()
