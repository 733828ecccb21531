import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { UNKNOWN } from "../../provider/words/unknown";
import type { CertificateInputs, CertificateRecord } from "../../provider/lifecycle/certificateRecord";
import { openssl } from "../fixtures/openssl";
import { Authority, BEGINNING, DAY, IN_PLACE, NONE } from "./authority";

void describe("The renewal time of a certificate", () => {
  let authority: Authority;
  const inputs = (changes: Partial<CertificateInputs> = {}): CertificateInputs =>
    authority.rootInputs({ validity: "100d", ...changes });
  before(() => {
    authority = new Authority();
  });

  const moments: readonly { day: number; renewBefore?: string; due: boolean; status: CertificateRecord["status"] }[] = [
    { day: 0, renewBefore: "10d", due: false, status: "valid" },
    { day: 89.999, renewBefore: "10d", due: false, status: "valid" },
    { day: 90, renewBefore: "10d", due: true, status: "valid" },
    { day: 99.999, renewBefore: "10d", due: true, status: "valid" },
    { day: 100, renewBefore: "10d", due: true, status: "expired" },
    { day: 74.999, renewBefore: "1/4", due: false, status: "valid" },
    { day: 75, renewBefore: "1/4", due: true, status: "valid" },
    { day: 90, due: false, status: "valid" },
    { day: 99.999, due: false, status: "valid" },
    { day: 100, due: true, status: "expired" },
  ];
  for (const { day, renewBefore, due, status } of moments) {
    const early = renewBefore === undefined ? "without renewBefore" : `with renewBefore ${renewBefore}`;
    void it(`has ${due ? "" : "not "}come on day ${String(day)} of 100 ${early}`, async () => {
      const change = renewBefore === undefined ? {} : { renewBefore };
      authority.now = BEGINNING;
      const state = await authority.create(inputs(change));
      authority.now = new Date(BEGINNING.getTime() + day * DAY);
      assert.deepEqual(await authority.diff(state, inputs(change)), due ? IN_PLACE : NONE);
      assert.deepEqual(await authority.lifecycle.read(state), { ...state, status, readyForRenewal: due });
    });
  }

  void it("follows the current arguments, and an unknown duration may change it", async () => {
    authority.now = BEGINNING;
    const state = await authority.create(inputs({ renewBefore: "10d" }));
    authority.now = new Date(BEGINNING.getTime() + 85 * DAY);
    assert.deepEqual(await authority.diff(state, inputs({ renewBefore: "10d" })), NONE);
    assert.deepEqual(await authority.diff(state, inputs({ renewBefore: "20d" })), IN_PLACE);
    assert.deepEqual(await authority.diff(state, inputs({ renewBefore: UNKNOWN })), IN_PLACE);
  });

  void it("is a share of the actual lifetime, even when the issuer's end shortened it", async () => {
    authority.now = BEGINNING;
    const root = await authority.create(inputs());
    authority.now = new Date(BEGINNING.getTime() + 60 * DAY);
    const child = await authority.create(authority.inputs(root, { renewBefore: "1/4" }));
    const renewed = await authority.lifecycle.update(root, inputs());
    const news = authority.inputs(renewed, { renewBefore: "1/4" });
    for (const { day, difference } of [
      { day: 89.999, difference: NONE },
      { day: 90, difference: IN_PLACE },
    ]) {
      authority.now = new Date(BEGINNING.getTime() + day * DAY);
      assert.deepEqual(await authority.diff(child, news), difference);
    }
  });

  const fixed: readonly { what: string; change: Partial<CertificateInputs> }[] = [
    { what: "its end", change: { notAfter: "2026-04-11T00:00:00Z" } },
    { what: "its beginning", change: { notBefore: "2026-01-01T00:00:00Z", validity: "100d" } },
  ];
  for (const { what, change } of fixed) {
    void it(`causes no reissue when the program says ${what}, because the new one would end no later`, async () => {
      authority.now = BEGINNING;
      const news = authority.rootInputs(change);
      const state = await authority.create(news);
      authority.now = new Date(BEGINNING.getTime() + 101 * DAY);
      assert.deepEqual(await authority.diff(state, news), NONE);
      assert.deepEqual(await authority.lifecycle.read(state), { ...state, status: "expired" });
      const { problems } = await authority.lifecycle.check(news, news);
      assert.deepEqual(problems, []);
    });
  }

  const declared: readonly { from: Partial<CertificateInputs>; to: Partial<CertificateInputs>; same?: boolean }[] = [
    { from: {}, to: { notBefore: "2026-01-01T00:00:00Z" } },
    { from: { notBefore: "2026-01-01T00:00:00Z" }, to: {} },
    { from: { notBefore: "2026-01-01T00:00:00Z" }, to: { notBefore: "2025-12-31T00:00:00Z" } },
    { from: { notBefore: "2026-01-01T00:00:00Z" }, to: { notBefore: "2026-01-01T01:00:00+01:00" }, same: true },
    { from: { notBefore: "2026-01-01T00:00:00Z" }, to: { notBefore: UNKNOWN } },
  ];
  for (const { from, to, same = false } of declared) {
    void it(`${same ? "does not come" : "comes"} when ${JSON.stringify(from)} becomes ${JSON.stringify(to)}`, async () => {
      authority.now = BEGINNING;
      const state = await authority.create(inputs(from));
      assert.deepEqual(await authority.diff(state, inputs(to)), same ? NONE : IN_PLACE);
    });
  }

  void it("follows explicit times, with a reissue in place when they change", async () => {
    authority.now = new Date(BEGINNING.getTime() + DAY);
    const { validity: _, ...root } = inputs();
    const times = { notBefore: "2025-12-01T00:00:00Z", notAfter: "2030-01-01T00:00:00Z" };
    const state = await authority.create({ ...root, ...times });
    assert.match(openssl(["x509", "-noout", "-startdate"], state.certificatePem), /Dec {2}1 00:00:00 2025/);
    assert.equal(state.notAfter, "2030-01-01T00:00:00.000Z");
    const news = { ...root, ...times, notAfter: "2031-01-01T00:00:00Z" };
    assert.deepEqual(await authority.diff(state, news), IN_PLACE);
    assert.equal((await authority.lifecycle.update(state, news)).notAfter, "2031-01-01T00:00:00.000Z");
  });

  void it("needs an end in the future when the certificate is issued, and only then", async () => {
    authority.now = BEGINNING;
    const { validity: _, ...root } = inputs();
    const past = { ...root, notAfter: "2025-12-31T00:00:00Z" };
    const found = async (olds: Partial<CertificateInputs>): Promise<string[]> =>
      (await authority.lifecycle.check(olds, past)).problems.map(({ code, property }) => `${code} ${property}`);
    assert.deepEqual(await found({}), ["VALIDITY_INVALID notAfter"]);
    assert.deepEqual(await found({ ...root, notAfter: "2030-01-01T00:00:00Z" }), ["VALIDITY_INVALID notAfter"]);
    assert.deepEqual(await found(past), []);
  });

  void it("may come between a preview and the update, and then the update reissues", async () => {
    authority.now = BEGINNING;
    const news = inputs({ renewBefore: "1/4" });
    const state = await authority.create(news);
    authority.now = new Date(BEGINNING.getTime() + 75 * DAY - 1);
    assert.deepEqual(await authority.diff(state, news), NONE, "in the preview");
    authority.now = new Date(BEGINNING.getTime() + 75 * DAY);
    assert.deepEqual((await authority.lifecycle.check(news, news)).problems, []);
    assert.deepEqual(await authority.diff(state, news), IN_PLACE, "in the update");
    assert.notEqual((await authority.lifecycle.update(state, news)).serialNumber, state.serialNumber);
  });

  void it("starts over with each issue", async () => {
    authority.now = BEGINNING;
    const news = inputs({ renewBefore: "10d" });
    const state = await authority.create(news);
    authority.now = new Date(BEGINNING.getTime() + 95 * DAY);
    const renewed = await authority.lifecycle.update(state, news);
    assert.equal(renewed.notAfter, new Date(BEGINNING.getTime() + 195 * DAY).toISOString());
    assert.deepEqual(await authority.diff(renewed, news), NONE);
  });

  void it("does not come early for one that ends with its issuer, because a new one would end no later", async () => {
    authority.now = BEGINNING;
    const root = await authority.create(inputs());
    authority.now = new Date(BEGINNING.getTime() + 95 * DAY);
    const news = authority.inputs(root, { renewBefore: "10d" });
    const child = await authority.create(news);
    assert.equal(child.notAfter, root.notAfter);
    assert.deepEqual(await authority.diff(child, news), NONE);
    const renewed = await authority.lifecycle.update(root, inputs());
    const under = (certificatePem: string): CertificateInputs =>
      authority.inputs(root, {
        renewBefore: "10d",
        issuer: { certificatePem, subject: { commonName: "Example Root" } },
      });
    assert.deepEqual(await authority.diff(child, under(renewed.certificatePem)), IN_PLACE);
    assert.deepEqual(await authority.diff(child, under(UNKNOWN)), IN_PLACE);
    authority.now = new Date(BEGINNING.getTime() + 100 * DAY);
    assert.deepEqual(await authority.diff(child, news), IN_PLACE);
  });
});
