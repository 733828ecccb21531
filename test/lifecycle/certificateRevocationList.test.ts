import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import type { ErrorCode } from "../../provider/errors";
import type { NamedCertificate } from "../../provider/inputs/revokedCertificate";
import { UNKNOWN } from "../../provider/words/unknown";
import type { CertificateRecord } from "../../provider/lifecycle/certificateRecord";
import type { Difference } from "../../provider/lifecycle/provider";
import type { RevocationListInputs, RevocationListRecord } from "../../provider/lifecycle/revocationListRecord";
import { openssl } from "../fixtures/openssl";
import { withCode } from "../fixtures/withCode";
import { missing } from "../tools";
import { BEGINNING, DAY, IN_PLACE, NONE, replacedFor } from "./authority";
import { listed, ListProject } from "./listProject";

const skip = missing("openssl");
const SUPERSEDED = { serialNumber: "5a01", reason: "superseded" } as const;
const HELD = { serialNumber: "5a02", reason: "certificateHold" } as const;

void describe("A CertificateRevocationList", { skip }, () => {
  let project: ListProject;
  let root: CertificateRecord;
  const at = (day: number): void => {
    project.now = new Date(BEGINNING.getTime() + day * DAY);
  };
  const inputs = (changes: Partial<RevocationListInputs> = {}): RevocationListInputs =>
    project.listInputs(root, changes);
  before(async () => {
    project = new ListProject();
    root = await project.root();
  });

  void it("is signed once, and recorded as openssl reads it", async () => {
    at(0);
    const { signatures } = project.backends;
    const { id, state } = await project.lists.create(await project.checkedList(inputs({ revoked: [SUPERSEDED] })));
    assert.equal(project.backends.signatures, signatures + 1);
    const text = openssl(["crl", "-noout", "-text"], state.crlPem);
    assert.match(text, /Last Update: Jan {2}1 00:00:00 2026 GMT/);
    assert.match(text, /Next Update: Jan 31 00:00:00 2026 GMT/);
    assert.match(text, new RegExp(`CRL Number:\\s+${String(BEGINNING.getTime() / 1000)}\\b`));
    assert.deepEqual(
      { ...state, crlPem: "", declaration: "" },
      {
        ...{ crlPem: "", declaration: "", crlNumber: BEGINNING.getTime() / 1000 },
        ...{ thisUpdate: "2026-01-01T00:00:00Z", nextUpdate: "2026-01-31T00:00:00Z" },
        ...{ status: "valid", readyForRenewal: false },
      },
    );
    const identifier = openssl(["x509", "-noout", "-ext", "subjectKeyIdentifier"], root.certificatePem);
    assert.equal(id, identifier.split("\n")[1]?.trim().replaceAll(":", "").toLowerCase());
    assert.ok(!JSON.stringify(state).includes("BEGIN CERTIFICATE"));
  });

  const moments: readonly { day: number; renewBefore?: string; due: boolean; status: string }[] = [
    { day: 0, due: false, status: "valid" },
    { day: 19.999, due: false, status: "valid" },
    { day: 20, due: true, status: "valid" },
    { day: 14.999, renewBefore: "1/2", due: false, status: "valid" },
    { day: 15, renewBefore: "1/2", due: true, status: "valid" },
    { day: 30, due: true, status: "expired" },
  ];
  for (const { day, renewBefore, due, status } of moments) {
    void it(`is ${due ? "" : "not "}due on day ${String(day)} of 30 with renewBefore ${renewBefore ?? "10d"}`, async () => {
      at(0);
      const given = inputs(renewBefore === undefined ? {} : { renewBefore });
      const state = await project.createList(given);
      at(day);
      assert.deepEqual(await project.listDiff(state, given), due ? IN_PLACE : NONE);
      assert.deepEqual(await project.lists.read(state), { ...state, status, readyForRenewal: due });
    });
  }

  void it("is not used if its record was edited so that a date cannot be read", async () => {
    at(0);
    const state = await project.createList(inputs());
    for (const edited of [{ nextUpdate: "" }, { nextUpdate: "x" }, { thisUpdate: "soon" }]) {
      const refused = withCode("STATE_INVALID", /thisUpdate or nextUpdate/);
      await assert.rejects(project.listDiff({ ...state, ...edited }, inputs()), refused);
      await assert.rejects(async () => project.lists.read({ ...state, ...edited }), refused);
    }
  });

  void it("by default lasts 30 days and is due ten days before its end", async () => {
    at(0);
    const { validity: _validity, renewBefore: _renewBefore, ...bare } = inputs();
    const state = await project.createList(bare);
    assert.equal(state.nextUpdate, "2026-01-31T00:00:00Z");
    assert.deepEqual(await project.listDiff(state, inputs({ renewBefore: "1/3" })), NONE);
    at(19.999);
    assert.deepEqual(await project.listDiff(state, bare), NONE);
    at(20);
    assert.deepEqual(await project.listDiff(state, bare), IN_PLACE);
  });

  void it("is not issued again for a CA that has ended", async () => {
    at(0);
    const short = await project.root({ validity: "25d" });
    const given = project.listInputs(short);
    const state = await project.createList(given);
    at(24);
    assert.deepEqual(await project.listDiff(state, given), IN_PLACE);
    at(25);
    assert.deepEqual(await project.listDiff(state, given), NONE);
  });

  void it("follows the program's arguments", async () => {
    at(0);
    const given = inputs({ revoked: [SUPERSEDED, HELD], url: "http://crl.example.com/root.crl" });
    const state = await project.createList(given);
    const moved = { ...SUPERSEDED, revokedAt: "2025-12-31T00:00:00Z" };
    const changes: readonly { change: Partial<RevocationListInputs>; difference: Difference }[] = [
      { change: { revoked: [HELD, SUPERSEDED] }, difference: NONE },
      { change: { revoked: [HELD, { ...SUPERSEDED, serialNumber: "00:5A:01" }] }, difference: NONE },
      { change: { revoked: [HELD, { ...SUPERSEDED, revokedAt: state.thisUpdate }] }, difference: NONE },
      { change: { revoked: [HELD, { ...SUPERSEDED, revokedAt: "2026-01-01T01:00:00+01:00" }] }, difference: NONE },
      { change: { revoked: [HELD, { ...SUPERSEDED, notAfter: "2027-01-01T00:00:00Z" }] }, difference: NONE },
      { change: { revoked: [HELD] }, difference: NONE },
      { change: { validity: "720h" }, difference: NONE },
      { change: { renewBefore: "20d" }, difference: NONE },
      { change: { onlyContainsCACerts: false }, difference: NONE },
      { change: { revoked: [HELD, SUPERSEDED, { serialNumber: "5a03" }] }, difference: IN_PLACE },
      { change: { revoked: [SUPERSEDED] }, difference: IN_PLACE },
      { change: { revoked: [HELD, moved] }, difference: IN_PLACE },
      { change: { revoked: [HELD, { ...SUPERSEDED, reason: "keyCompromise" }] }, difference: IN_PLACE },
      { change: { revoked: [HELD, { ...SUPERSEDED, invalidityDate: "2025-12-01T00:00:00Z" }] }, difference: IN_PLACE },
      { change: { validity: "31d" }, difference: IN_PLACE },
      { change: { url: "http://crl.example.com/other.crl" }, difference: IN_PLACE },
      { change: { onlyContainsCACerts: true }, difference: IN_PLACE },
      { change: { validity: UNKNOWN }, difference: IN_PLACE },
      { change: { revoked: [HELD, { ...SUPERSEDED, serialNumber: UNKNOWN }] }, difference: IN_PLACE },
      { change: { revoked: [HELD, { certificatePem: UNKNOWN }] }, difference: IN_PLACE },
      { change: { revoked: UNKNOWN as never }, difference: IN_PLACE },
    ];
    for (const { change, difference } of changes) {
      assert.deepEqual(await project.listDiff(state, { ...given, ...change }), difference, JSON.stringify(change));
    }
  });

  void it("stays when its CA is renewed with its name and key, and is replaced with the key", async () => {
    at(0);
    const state = await project.createList(inputs());
    at(1);
    const renewed = await project.lifecycle.update(root, project.rootInputs());
    assert.deepEqual(await project.listDiff(state, project.listInputs(renewed)), NONE);
    const renamed = await project.root({ subject: { commonName: "Another Name" } });
    assert.deepEqual(await project.listDiff(state, project.listInputs(renamed)), IN_PLACE);
    const key = project.key("other");
    const other = await project.create(project.rootInputs({}, key));
    const { publicKeyPem: _, ...signingKey } = key;
    const news = project.listInputs(other, { signingKey });
    assert.deepEqual(await project.listDiff(state, news), replacedFor("signingKey"));
    const issuer = { certificatePem: UNKNOWN, subject: { commonName: "Example Root" } };
    assert.deepEqual(await project.listDiff(state, inputs({ issuer })), NONE, "in a preview that renews the root");
  });

  void it("accepts certificates, records their serial numbers, and refuses those of another CA", async () => {
    at(0);
    const child = await project.create(project.inputs(root));
    const state = await project.createList(inputs({ revoked: [{ certificatePem: child.certificatePem }] }));
    assert.deepEqual(listed(state), { [child.serialNumber]: "Unspecified" });
    const { inputs: clean } = await project.lists.check(
      {},
      inputs({ revoked: [{ certificatePem: child.certificatePem }] }),
    );
    assert.deepEqual(clean.revoked, [{ serialNumber: child.serialNumber, notAfter: child.notAfter }]);
    const foreign = await project.root({ subject: { commonName: "Foreign" } });
    const { problems } = await project.lists.check(
      {},
      inputs({ revoked: [{ certificatePem: foreign.certificatePem }] }),
    );
    assert.deepEqual(
      problems.map(({ code, property }) => `${code} ${property}`),
      ["INPUT_INVALID revoked[0].certificatePem"],
    );
  });

  void it("keeps a certificate that the program no longer names until a list issued after its end contained it", async () => {
    at(0);
    const ending = { ...SUPERSEDED, notAfter: "2026-01-20T00:00:00Z" };
    const endless = { serialNumber: "5a09", reason: "keyCompromise" } as const;
    let state = await project.createList(inputs({ revoked: [ending, endless, HELD] }));
    const both = { "5a01": "Superseded", "5a09": "Key Compromise" };
    at(1);
    state = await project.updateList(state, inputs());
    assert.deepEqual(listed(state), both, "only the one on hold has left");
    at(21);
    state = await project.updateList(state, inputs());
    assert.deepEqual(listed(state), both, "the first list after the end still has it");
    at(42);
    state = await project.updateList(state, inputs());
    assert.deepEqual(listed(state), { "5a09": "Key Compromise" });
  });

  void it("keeps the time of a revocation if the program does not set it", async () => {
    at(0);
    let state = await project.createList(inputs({ revoked: [SUPERSEDED] }));
    at(20);
    state = await project.updateList(state, inputs({ revoked: [SUPERSEDED, { serialNumber: "5a03" }] }));
    const text = openssl(["crl", "-noout", "-text"], state.crlPem);
    assert.match(text, /5A01\s+Revocation Date: Jan {2}1 00:00:00 2026/);
    assert.match(text, /5A03\s+Revocation Date: Jan 21 00:00:00 2026/);
  });

  void it("never puts a revoked certificate on hold, whether the program still names it or not", async () => {
    at(0);
    const first = await project.createList(inputs({ revoked: [SUPERSEDED] }));
    const second = await project.updateList(first, inputs());
    const { signatures } = project.backends;
    const held = inputs({ revoked: [{ serialNumber: "5a01", reason: "certificateHold" }] });
    for (const state of [first, second]) {
      await assert.rejects(project.listDiff(state, held), withCode("REVOCATION_PERMANENT", /5a01.*superseded/));
      await assert.rejects(project.updateList(state, held), withCode("REVOCATION_PERMANENT"));
    }
    assert.equal(project.backends.signatures, signatures);
    const onHold = await project.createList(held);
    assert.deepEqual(await project.listDiff(onHold, inputs({ revoked: [SUPERSEDED] })), IN_PLACE);
  });

  const wrong: readonly { entry: unknown; code?: ErrorCode; property: string }[] = [
    { entry: 5, property: "revoked[0]" },
    { entry: {}, property: "revoked[0]" },
    { entry: { serialNumber: "5a", certificatePem: "x" }, property: "revoked[0]" },
    { entry: { serialNumber: "0" }, property: "revoked[0].serialNumber" },
    { entry: { serialNumber: "xyz" }, property: "revoked[0].serialNumber" },
    { entry: { serialNumber: 7 }, property: "revoked[0].serialNumber" },
    { entry: { serialNumber: "1".repeat(41) }, property: "revoked[0].serialNumber" },
    { entry: { serialNumber: "5a", reason: "removeFromCRL" }, property: "revoked[0].reason" },
    { entry: { serialNumber: "5a", reason: "stolen" }, property: "revoked[0].reason" },
    {
      entry: { serialNumber: "5a", revokedAt: "yesterday" },
      code: "VALIDITY_INVALID",
      property: "revoked[0].revokedAt",
    },
    {
      entry: { serialNumber: "5a", revokedAt: "2099-01-01T00:00:00Z" },
      ...{ code: "VALIDITY_INVALID", property: "revoked[0].revokedAt" },
    },
    {
      entry: { serialNumber: "5a", invalidityDate: "2099-01-01T00:00:00Z" },
      ...{ code: "VALIDITY_INVALID", property: "revoked[0].invalidityDate" },
    },
    { entry: { serialNumber: "5a", notAfter: "never" }, code: "VALIDITY_INVALID", property: "revoked[0].notAfter" },
    { entry: { serialNumber: "5a", serial: "5b" }, property: "revoked[0].serial" },
    { entry: { certificatePem: "no PEM" }, property: "" },
    { entry: { certificatePem: 7 }, property: "" },
  ];
  for (const { entry, code = "INPUT_INVALID", property } of wrong) {
    void it(`refuses the entry ${JSON.stringify(entry).slice(0, 60)} with ${code}`, async () => {
      const { problems } = await project.lists.check({}, inputs({ revoked: [entry as NamedCertificate] }));
      assert.deepEqual([problems[0]?.code, problems[0]?.property], [code, property]);
    });
  }

  void it("refuses a certificate that is named twice", async () => {
    const revoked = [SUPERSEDED, HELD, { serialNumber: "005A01" }];
    const { problems } = await project.lists.check({}, inputs({ revoked }));
    assert.deepEqual(
      problems.map(({ property }) => property),
      ["revoked[2]"],
    );
  });

  void it("is not signed with a key that is not its CA's", async () => {
    at(0);
    const other = new ListProject();
    const foreign = await other.root();
    const given = other.listInputs(foreign);
    other.key("root");
    const { signatures } = other.backends;
    await assert.rejects(other.createList(given), withCode("ISSUER_KEY_MISMATCH"));
    assert.equal(other.backends.signatures, signatures);
  });
});

/** What may happen to a list. */
type Act =
  | { readonly act: "wait"; readonly seconds: number }
  | { readonly act: "revoke" | "hold" | "omit"; readonly number: number }
  | { readonly act: "up" | "killedUp" | "restore" };

const ACTS: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ act: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 30 * 86_400 }) }),
  fc.record({
    act: fc.constantFrom("revoke" as const, "hold" as const, "omit" as const),
    number: fc.integer({ min: 1, max: 2 }),
  }),
  fc.record({ act: fc.constantFrom("up" as const, "up" as const, "killedUp" as const, "restore" as const) }),
);

void describe("The consecutive lists of a CA", { skip }, () => {
  void it("have increasing numbers and never lose a revocation, across kills, restored states and changes", async () => {
    const project = new ListProject();
    const root = await project.root();
    await fc.assert(
      fc.asyncProperty(fc.array(ACTS, { minLength: 10, maxLength: 25 }), async (acts) => {
        project.now = BEGINNING;
        const named = new Map<number, NamedCertificate>();
        const inputs = (): RevocationListInputs => project.listInputs(root, { revoked: [...named.values()] });
        let state = await project.createList(inputs());
        const states = [state];
        const numbers = [state.crlNumber];
        const later = (seconds: number): void => {
          project.now = new Date(project.now.getTime() + seconds * 1000);
        };
        for (const step of acts) {
          later(1); // a run takes its time
          if (step.act === "wait") {
            later(step.seconds);
          } else if (step.act === "restore") {
            state = states[0] ?? state;
          } else if (step.act === "omit") {
            named.delete(step.number);
          } else if ("number" in step) {
            const reason = step.act === "hold" ? "certificateHold" : "superseded";
            named.set(step.number, { serialNumber: String(step.number), reason });
          } else {
            const next = await up(state, inputs());
            if (next !== undefined) {
              numbers.push(next.crlNumber);
              keepsRevocations(state, next);
            }
            state = step.act === "up" ? (next ?? state) : state;
            states.unshift(state);
          }
        }
        assert.deepEqual(
          numbers,
          [...new Set(numbers)].sort((one, other) => one - other),
        );
      }),
      { numRuns: 100 },
    );

    /** The next list; undefined if there is none, or if the run is refused. */
    async function up(
      state: RevocationListRecord,
      news: RevocationListInputs,
    ): Promise<RevocationListRecord | undefined> {
      try {
        return (await project.listDiff(state, news)).changes ? await project.updateList(state, news) : undefined;
      } catch (error) {
        assert.ok(withCode("REVOCATION_PERMANENT")(error));
        return undefined;
      }
    }

    function keepsRevocations(before: RevocationListRecord, after: RevocationListRecord): void {
      const [one, other] = [listed(before), listed(after)];
      for (const [serial, reason] of Object.entries(one)) {
        assert.ok(
          reason === "Certificate Hold" || (other[serial] ?? "Certificate Hold") !== "Certificate Hold",
          serial,
        );
      }
    }
  });

  void it("have increasing numbers when the clock is set back, and within one second", async () => {
    const project = new ListProject();
    const root = await project.root();
    project.now = new Date(BEGINNING.getTime() + 10 * DAY);
    const first = await project.createList(project.listInputs(root));
    const second = await project.updateList(first, project.listInputs(root));
    project.now = new Date(BEGINNING.getTime() + 5 * DAY);
    const third = await project.updateList(second, project.listInputs(root));
    assert.deepEqual([second.crlNumber, third.crlNumber], [first.crlNumber + 1, first.crlNumber + 2]);
  });
});
