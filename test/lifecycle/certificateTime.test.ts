import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { UNKNOWN } from "../../provider/inputs/unknown";
import type { CertificateInputs, CertificateRecord } from "../../provider/lifecycle/certificate";
import { Authority, BEGINNING, DAY, IN_PLACE, NONE } from "./authority";

void describe("A certificate's time", () => {
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

  void it("counts by what is declared now, and a duration that is not known yet may be another", async () => {
    authority.now = BEGINNING;
    const state = await authority.create(inputs({ renewBefore: "10d" }));
    authority.now = new Date(BEGINNING.getTime() + 85 * DAY);
    assert.deepEqual(await authority.diff(state, inputs({ renewBefore: "10d" })), NONE);
    assert.deepEqual(await authority.diff(state, inputs({ renewBefore: "20d" })), IN_PLACE);
    assert.deepEqual(await authority.diff(state, inputs({ renewBefore: UNKNOWN })), IN_PLACE);
  });

  void it("begins anew with each issue, and is then not due", async () => {
    authority.now = BEGINNING;
    const news = inputs({ renewBefore: "10d" });
    const state = await authority.create(news);
    authority.now = new Date(BEGINNING.getTime() + 95 * DAY);
    const renewed = await authority.lifecycle.update(state, news);
    assert.equal(renewed.notAfter, new Date(BEGINNING.getTime() + 195 * DAY).toISOString());
    assert.deepEqual(await authority.diff(renewed, news), NONE);
  });

  void it("does not come early for one that ends with its issuer: a new one would end no later", async () => {
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
