"""What plugins ask beside the page about the asset's name, through the whole pipeline, with a resolver and a zone of ours."""
import datetime
import json
import unittest

from support import Pipeline, Unbound

ZONE = """$TTL 300
@ IN SOA ns1 hostmaster {serial} 3600 600 86400 60
@ NS ns1
@ MX 10 mx
@ CAA 0 issue "ca.example"
ns1 A 127.0.0.1
@ A 127.0.0.1
www CNAME @
"""
# RFC 9083 §5.3, shortened.
DOMAIN = {
    "objectClassName": "domain", "handle": "XXXX", "ldhName": "example.com", "status": ["active"],
    "nameservers": [{"objectClassName": "nameserver", "ldhName": "ns1.example.com"}],
    "events": [{"eventAction": "registration", "eventDate": "1990-12-31T23:59:59Z"}],
    "entities": [{"objectClassName": "entity", "handle": "XXXX", "roles": ["registrar"],
                  "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Joe User"]]]}]}


class Domains(Pipeline):
    def start(self, zone="shop.example"):
        self.root = root = self.folder / "www"
        root.mkdir()
        (root / "index.html").write_text("<!doctype html><title>Boats</title><p>All about boats.")
        nginx = self.nginx(root)
        resolver = self.keep(Unbound(self.folder, zone, ZONE.format(serial=7)))
        self.pipeline(0)
        self.executor("executor-0", "--dns", resolver.address)
        return nginx

    def test_the_records_of_an_assets_name_are_told(self):
        nginx = self.start()
        asset = self.api.add(f"http://www.shop.example:{nginx.http}/")
        address = self.api.add(f"http://127.0.0.1:{nginx.http}/")
        self.observe()
        report = self.report(asset, "dns")
        self.assertEqual(report["state"], "ok")
        facts = report["facts"]
        self.assertEqual(facts["cname_chain"], ["shop.example"])
        self.assertEqual(facts["a"], ["127.0.0.1"])
        self.assertEqual(facts["ns"], ["ns1.shop.example"])
        self.assertEqual(facts["mx"], ["10 mx.shop.example"])
        self.assertEqual(facts["caa"], ['0 issue "ca.example"'])
        self.assertEqual(facts["soa_serial"], 7)
        self.assertEqual(facts["rcode"], "NOERROR")
        self.assertEqual(list(report["metrics"]), ["lookup_ms"])
        self.assertEqual(self.report(address, "dns")["reason"], "no_name")
        self.observe()
        self.assertEqual(self.report(asset, "dns")["metrics"], {}, "kept: nobody was asked for this check")
        self.assertFalse(self.report(asset, "dns")["facts"]["set_changed"])

    def test_a_registration_that_ends_soon_is_a_warning_and_the_registry_is_asked_once(self):
        nginx = self.start("example.com")
        site, address = f"http://www.example.com:{nginx.http}", f"http://127.0.0.1:{nginx.http}"
        (self.root / "list.json").write_text(json.dumps(
            {"version": "1.0", "services": [[["net", "com"], [f"{address}/rdap/"]]]}))
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=20.5)
        events = DOMAIN["events"] + [{"eventAction": "expiration", "eventDate": end.isoformat(timespec="seconds")}]
        (self.root / "rdap/domain").mkdir(parents=True)
        (self.root / "rdap/domain/example.com").write_text(json.dumps({**DOMAIN, "events": events}))
        option = {"domain-expiry": {"bootstrap": f"{address}/list.json"}}
        assets = [self.api.add(site + path, plugins=option) for path in ("/", "/?2")]
        self.observe()
        for asset in assets:
            report = self.report(asset, "domain-expiry")
            self.assertEqual((report["state"], report["reason"]), ("warn", "domain_expires_soon"))
            self.assertAlmostEqual(report["metrics"]["days_left"], 20.5, delta=0.1)
            self.assertEqual(report["facts"]["registrar"], "Joe User")
            self.assertEqual(report["facts"]["rdap_source"], f"{address}/rdap/domain/example.com")
        (self.root / "rdap/domain/example.com").unlink()
        self.observe()
        self.assertEqual(self.report(assets[0], "domain-expiry")["reason"], "domain_expires_soon", "kept for a day")
        local = self.api.add(f"{address}/")
        self.observe()
        self.assertEqual(self.report(local, "domain-expiry")["reason"], "no_domain")


if __name__ == "__main__":
    unittest.main()
