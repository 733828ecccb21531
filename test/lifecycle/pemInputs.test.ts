import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { PEM_INPUTS } from "../../provider/inputs/pem";
import { YUBIKEY_PEM_INPUTS } from "../../provider/kms/yubikey/yubiKeyPemInputs";
import { UNKNOWN } from "../../provider/words/unknown";
import type { CertificateInputs, CertificateRecord } from "../../provider/lifecycle/certificateRecord";
import { certificateRequestLifecycle } from "../../provider/lifecycle/certificateRequest";
import { certificateRevocationListLifecycle } from "../../provider/lifecycle/certificateRevocationList";
import { certificateLifecycle } from "../../provider/lifecycle/certificate";
import { existingKeyLifecycle } from "../../provider/lifecycle/existingKey";
import { pivCertificateLifecycle } from "../../provider/kms/yubikey/lifecycle/pivCertificate";
import { pivKeyLifecycle } from "../../provider/kms/yubikey/lifecycle/pivKey";
import { makeCa, newKey, publicHalf } from "../corpus/caWorkshop";
import { Project } from "../fixtures/lifecycleContext";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { Authority, IN_PLACE, NONE } from "./authority";
import type { Checked } from "../../provider/lifecycle/provider";

const skip = missing("openssl");
const ALL = { ...PEM_INPUTS, ...YUBIKEY_PEM_INPUTS };
const KEY = newKey();
const KEY_LINES = KEY.split("\n").filter((line) => line.length > 40);

function requestOf(authority: Authority): string {
  return openssl(["req", "-new", "-key", `${authority.directory}/intermediate.pem`, "-subj", "/CN=Request"]);
}

void describe("A private key in an input that is PEM", { skip }, () => {
  const context = new Project().process();
  const signingKey = { uri: "softkms:path=root.pem", algorithm: "ECDSA_P256" } as const;
  const certificate: CertificateInputs = { profile: "leaf", dnsNames: ["a.example"], signingKey };
  const device = { kms: "yubikey:serial=1", uri: "yubikey:slot-id=9a", slot: "9a" };
  /** The provider's check of each kind of resource, with one PEM input. */
  const checks: Readonly<Record<keyof typeof ALL, (pem: object) => Checked<object> | Promise<Checked<object>>>> = {
    certificate: (pem) => certificateLifecycle(context).check({}, { ...certificate, ...pem }),
    certificateRequest: (pem) => certificateRequestLifecycle(context).check({}, { ...certificate, ...pem } as never),
    certificateRevocationList: (pem) =>
      certificateRevocationListLifecycle(context).check({}, { signingKey, ...pem } as never),
    existingKey: (pem) => existingKeyLifecycle(context).check({}, { uri: signingKey.uri, ...pem }),
    pivCertificate: (pem) => pivCertificateLifecycle(context).check({}, { ...device, ...pem } as never),
    pivKey: (pem) => pivKeyLifecycle(context).check({}, { ...device, algorithm: "ECDSA_P256", ...pem } as never),
  };
  const inputs = Object.entries(ALL).flatMap(([lifecycle, pemInputs]) =>
    Object.keys(pemInputs).map((input) => ({ lifecycle: lifecycle as keyof typeof ALL, input })),
  );
  const { certificatePem } = makeCa({ keyPem: KEY });
  const forms = [KEY, openssl(["ec"], KEY), openssl(["pkey", "-aes256", "-passout", "pass:x"], KEY), KEY.slice(0, 120)];
  const others = [certificatePem, publicHalf(KEY), "a line of text\n", "\uFEFF", KEY_LINES.join("\n")];

  void it("is refused with the input's name, and neither kept nor shown, whatever is beside it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...inputs),
        fc.constantFrom(...forms),
        fc.array(fc.constantFrom(...others), { maxLength: 3 }),
        fc.array(fc.constantFrom(...others), { maxLength: 3 }),
        async ({ lifecycle, input }, key, front, back) => {
          const text = [...front, key, ...back].join("");
          const [outer = "", inner] = input.split(".");
          const checked = await checks[lifecycle]({ [outer]: inner === undefined ? text : { [inner]: text } });
          const problem = checked.problems.find(({ code }) => code === "PRIVATE_KEY_GIVEN");
          // The engine prints the value of a named property.
          assert.equal(problem?.property, "");
          assert.ok(problem.reason.startsWith(input), problem.reason);
          const kept = JSON.stringify(checked);
          for (const line of [...KEY_LINES, ...key.split("\n").filter((part) => part.length > 40)]) {
            assert.equal(kept.includes(line), false);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  void it("is searched for only in known and present values, and nothing else is changed", async () => {
    const asked = { ...certificate, csrPem: UNKNOWN, issuer: { certificatePem: UNKNOWN } };
    const { inputs: kept } = await certificateLifecycle(context).check({}, asked);
    assert.deepEqual(kept, asked);
    assert.deepEqual(Object.keys(kept).sort(), Object.keys(asked).sort(), "the engine takes no undefined");
  });
});

void describe("An unnormalized PEM text in an older state", { skip }, () => {
  let authority: Authority;
  let root: CertificateRecord;
  before(async () => {
    authority = new Authority();
    root = await authority.root();
  });

  /** The record of a certificate for a request as 0.1.0 made it, with the request itself. */
  const madeBy010 = async (inputs: CertificateInputs & { csrPem: string }): Promise<CertificateRecord> => {
    const { state } = await authority.lifecycle.create(inputs);
    const declaration = { ...(JSON.parse(state.declaration) as object), csrPem: inputs.csrPem };
    return { ...state, declaration: JSON.stringify(declaration) };
  };

  const around = (pem: string): string => `subject=R\r\n${pem.replaceAll("\n", "\r\n")}`;

  void it("does not count as a change of an issuer, a request or a cross-signed root", async () => {
    const { publicKeyPem: _, ...asked } = authority.inputs(root);
    const inputs = {
      ...asked,
      csrPem: around(requestOf(authority)),
      issuer: { certificatePem: around(root.certificatePem) },
    };
    const state = await madeBy010(inputs);
    const { inputs: clean, problems } = await authority.lifecycle.check({}, inputs);
    assert.deepEqual(problems, []);
    assert.equal(clean.csrPem, requestPart(inputs.csrPem));
    assert.equal(clean.issuer?.certificatePem, root.certificatePem);
    assert.deepEqual(await authority.diff(state, clean), NONE);
  });

  void it("is cleaned of a private key by an update that signs nothing", async () => {
    const { publicKeyPem: _, ...asked } = authority.inputs(root);
    const request = requestOf(authority);
    const state = await madeBy010({ ...asked, csrPem: request + KEY });
    assert.ok(state.declaration.includes("PRIVATE KEY"));
    const { inputs: clean } = await authority.lifecycle.check({}, { ...asked, csrPem: request });
    assert.deepEqual(await authority.diff(state, clean), IN_PLACE);
    const { signatures } = authority.backends;
    const updated = await authority.lifecycle.update(state, clean);
    assert.equal(authority.backends.signatures, signatures);
    assert.equal(updated.certificatePem, state.certificatePem);
    assert.equal(JSON.stringify(updated).includes("PRIVATE KEY"), false);
    assert.deepEqual(await authority.diff(updated, clean), NONE);
  });

  void it("does not count as a change of a key's certificate, unless it holds a private key", async () => {
    const lifecycle = existingKeyLifecycle(authority.process());
    const { uri, algorithm, publicKeyPem } = authority.rootKey;
    const recorded = (certificatePem: string): Parameters<typeof lifecycle.diff>[0] => ({
      ...{ uri, algorithm, publicKeyPem, certificatePem, status: "present" },
    });
    const news = { uri, certificatePem: root.certificatePem };
    assert.deepEqual(await lifecycle.diff(recorded(around(root.certificatePem)), news), NONE);
    assert.deepEqual(await lifecycle.diff(recorded(KEY + root.certificatePem), news), IN_PLACE);
  });
});

function requestPart(text: string): string {
  return openssl(["req"], text);
}
