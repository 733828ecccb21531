import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { missing } from "../tools";
import { issued, ISSUED } from "./issuedCertificates";
import { pkilintFindings } from "./lint/judges";

/** pkilint knows nine schemes of URIs, and RFC 3986 allows any. */
const DISPUTED: Readonly<Record<string, readonly string[]>> = {
  "A leaf without a subject": ["pkix.invalid_uri_syntax"],
};

void describe("pkilint", { skip: missing("pkilint") }, () => {
  void it("finds no error about an RFC in a certificate of any kind", async () => {
    const pems = await Promise.all(ISSUED.map((each) => issued(each)));
    const findings = pkilintFindings(pems.map((pem) => ({ der: new X509Certificate(pem).raw })));
    for (const [index, { what }] of ISSUED.entries()) {
      assert.deepEqual(findings[index], DISPUTED[what] ?? [], what);
    }
  });
});
