"""What plugins ask beside the page about the asset's name, through the whole pipeline, with a resolver and a zone of ours."""
import unittest

from support import Pipeline, Unbound

ZONE = """$TTL 300
@ IN SOA ns1 hostmaster {serial} 3600 600 86400 60
@ NS ns1
@ MX 10 mx
@ CAA 0 issue "ca.example"
ns1 A 127.0.0.1
@ A 127.0.0.1
www CNAME shop.example.
"""


class Domains(Pipeline):
    def report(self, asset, plugin):
        items = self.api.get(f"/api/v1/assets/{asset}/reports")["items"]
        return next(report for report in items if report["plugin"] == plugin)

    def observe(self):
        run = self.api.start_run(all=True)
        self.assertEqual(self.api.wait_run(run["id"])["jobs"]["done"], run["submitted"])

    def start(self):
        root = self.folder / "www"
        root.mkdir()
        (root / "index.html").write_text("<!doctype html><title>Boats</title><p>All about boats.")
        nginx = self.nginx(root)
        resolver = self.keep(Unbound(self.folder, "shop.example", ZONE.format(serial=7)))
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


if __name__ == "__main__":
    unittest.main()
