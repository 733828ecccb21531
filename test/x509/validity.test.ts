import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../provider/errors";
import type { CertificateTimes } from "../../provider/x509/template";
import { openssl } from "../fixtures/openssl";
import { withCode } from "../fixtures/withCode";
import { missing } from "../tools";
import { issue, issueRoot, type Wish } from "./issuing";
import { KeySigner } from "./keySigner";

const LEAF: Wish = { profile: "leaf", subject: { commonName: "a leaf" } };

/** A day of 2026; the issuer is valid from 10 to 20, the day of issue is 15. */
function day(number: number): Date {
  return new Date(Date.UTC(2026, 0, number));
}

const TODAY = day(15);

function dates(pem: string): string[] {
  const text = openssl(["x509", "-noout", "-dates", "-dateopt", "iso_8601"], pem);
  return [...text.matchAll(/=(\d{4}-\d{2}-\d{2}) 00:00:00Z$/gm)].map(([, date = ""]) => date);
}

void describe("Explicit times", { skip: missing("openssl") }, () => {
  const issuer = (): Promise<string> => issueRoot({ now: TODAY, times: { notBefore: day(10), notAfter: day(20) } });

  void it("are used in the certificate, whatever the day of issue", async () => {
    assert.deepEqual(dates(await issuer()), ["2026-01-10", "2026-01-20"]);
    const times = { notBefore: day(12), notAfter: day(18) };
    assert.deepEqual(dates(await issue({ ...LEAF, times, now: TODAY, issuerPem: await issuer() })), [
      "2026-01-12",
      "2026-01-18",
    ]);
  });

  const cases: readonly { what: string; times: CertificateTimes; expected: readonly [string, string] }[] = [
    {
      what: "count a duration from the beginning",
      times: { notBefore: day(11), validitySeconds: 86_400 * 5 },
      expected: ["2026-01-11", "2026-01-16"],
    },
    {
      what: "may lie in the future",
      times: { notBefore: day(17), notAfter: day(18) },
      expected: ["2026-01-17", "2026-01-18"],
    },
    { what: "may end with the issuer", times: { notAfter: day(20) }, expected: ["2026-01-15", "2026-01-20"] },
    {
      what: "begin with the issuer if they would begin before it",
      times: { notBefore: day(1), notAfter: day(18) },
      expected: ["2026-01-10", "2026-01-18"],
    },
    {
      what: "do not lengthen a duration that would begin before the issuer",
      times: { notBefore: day(8), validitySeconds: 86_400 * 10 },
      expected: ["2026-01-10", "2026-01-18"],
    },
    {
      what: "are cut to the issuer's end when only the beginning is given",
      times: { notBefore: day(11) },
      expected: ["2026-01-11", "2026-01-20"],
    },
  ];
  for (const { what, times, expected } of cases) {
    void it(what, async () => {
      const wish: Wish = { profile: "intermediate", subject: { commonName: "CA" }, pathLength: 0 };
      assert.deepEqual(dates(await issue({ ...wish, times, now: TODAY, issuerPem: await issuer() })), expected);
    });
  }

  const refused: readonly { what: string; times: CertificateTimes; code: ErrorCode; message: RegExp }[] = [
    {
      what: "that end after the issuer",
      times: { notAfter: day(21) },
      code: "VALIDITY_EXCEEDS_ISSUER",
      message: /on 2026-01-21.*ends on 2026-01-20/,
    },
    {
      what: "that end now",
      times: { notBefore: day(11), notAfter: TODAY },
      code: "VALIDITY_INVALID",
      message: /which is in the past/,
    },
    {
      what: "whose duration is over",
      times: { notBefore: day(11), validitySeconds: 86_400 },
      code: "VALIDITY_INVALID",
      message: /on 2026-01-12.*past/,
    },
    {
      what: "that end before they begin",
      times: { notBefore: day(19), notAfter: day(18) },
      code: "VALIDITY_INVALID",
      message: /before it or its issuer begins/,
    },
  ];
  for (const { what, times, code, message } of refused) {
    void it(`are refused, and nothing is signed, ${what}`, async () => {
      const signer = new KeySigner();
      const issuerPem = await issuer();
      await assert.rejects(
        async () => issue({ ...LEAF, times, signer, now: TODAY, issuerPem }),
        withCode(code, message),
      );
      assert.equal(signer.calls, 0);
    });
  }

  void it("do not let an expired issuer sign", async () => {
    const times = { notBefore: day(11), notAfter: day(19) };
    const issuerPem = await issuer();
    await assert.rejects(
      async () => issue({ ...LEAF, times, now: day(21), issuerPem }),
      withCode("VALIDITY_EXCEEDS_ISSUER", /not now/),
    );
  });
});
