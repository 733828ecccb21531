import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { PkiError } from "../../provider/errors";
import { UNKNOWN } from "../../provider/words/unknown";
import { authorityIdLifecycle } from "../../provider/lifecycle/authorityId";
import { certificateRequestLifecycle } from "../../provider/lifecycle/certificateRequest";
import { certificateRevocationListLifecycle } from "../../provider/lifecycle/certificateRevocationList";
import { certificateLifecycle } from "../../provider/lifecycle/certificate";
import * as lifecycles from "../../provider/lifecycle";
import type { Context } from "../../provider/lifecycle/context";
import { jwkProvisionerLifecycle } from "../../provider/lifecycle/jwkProvisioner";
import type { Lifecycle } from "../../provider/lifecycle/provider";
import { existingKeyLifecycle } from "../../provider/lifecycle/existingKey";
import { rotationRunLifecycle } from "../../provider/lifecycle/rotationRun";
import { pkcs11CertificateLifecycle } from "../../provider/kms/pkcs11/lifecycle/pkcs11Certificate";
import { pkcs11KeyLifecycle } from "../../provider/kms/pkcs11/lifecycle/pkcs11Key";
import { softKeyLifecycle } from "../../provider/kms/softkms/lifecycle/softKey";
import { yubiKeyLifecycle } from "../../provider/kms/yubikey/lifecycle/yubiKey";
import { pivCertificateLifecycle } from "../../provider/kms/yubikey/lifecycle/pivCertificate";
import { pivKeyLifecycle } from "../../provider/kms/yubikey/lifecycle/pivKey";
import { contextWith, FakeYubiKey } from "../fixtures/fakeYubiKey";
import { TokenProject } from "../kms/pkcs11/lifecycle/tokenRun";
import { missingSoftHsm } from "../pkcs11/token";
import { Authority } from "./authority";
import { ListProject } from "./listProject";
import { INPUTS as SLOT_KEY, projectWithPin } from "../kms/yubikey/lifecycle/pivKeyRun";

/** A lifecycle with an existing resource. */
interface Subject {
  readonly lifecycle: Lifecycle<object, object>;
  readonly inputs: object;
  readonly state: object;
}

type Path = readonly (string | number)[];

/** The variants of a part of a value: unknown, or missing. */
type Losses = readonly { readonly path: Path; readonly isGone: boolean }[];

const RUNS = { numRuns: 500 };

/** The lifecycles by the names that the SDK's process uses. */
const SUBJECTS: Readonly<Record<string, () => Promise<Subject>>> = {
  authorityId: () => subject(authorityIdLifecycle(), { formerMarks: false }),
  softKey: async () => {
    const { context } = softKeys();
    return subject(softKeyLifecycle(context), {
      ...{ name: "key", directory: "made", algorithm: "ECDSA_P256", encryption: "passphrase" },
      ...{ owner: "urn:pulumi:prod::acme::key", deleteKey: true },
    });
  },
  existingKey: async () => {
    const { authority, context } = softKeys();
    const root = await authority.root();
    return subject(existingKeyLifecycle(context), {
      ...{ uri: authority.rootKey.uri, algorithm: "ECDSA_P256", kms: "softkms:" },
      certificatePem: root.certificatePem,
    });
  },
  certificate: async () => {
    const { authority, context } = softKeys();
    const inputs = authority.inputs(await authority.root(), {
      ...{ validity: "100d", renewBefore: "1/3", pathLength: 0, dnsNames: ["ca.example.com"] },
      ...{ keyUsages: ["keyCertSign"], subjectKeyUri: authority.intermediateKey.uri },
      ...{ crlDistributionPoints: ["http://a.example/crl"], ocspServers: ["http://a.example/ocsp"] },
      ...{ issuingCertificateUrls: ["http://a.example/ca"], otherNames: [{ oid: "1.2.3", utf8String: "a" }] },
      nameConstraints: { permitted: { dnsDomains: ["example.com"] }, excluded: { ipRanges: ["0.0.0.0/0"] } },
      ...{ policies: [{ id: "1.2.3", cps: ["http://a.example"], userNotice: "a" }], inhibitAnyPolicy: 1 },
      ...{ policyConstraints: { requireExplicitPolicy: 0, inhibitPolicyMapping: 0 }, tlsFeatures: ["status_request"] },
      ...{ extensions: [{ oid: "1.2.3", critical: false, valueHex: "0500" }], allowedExtensions: ["1.2.3"] },
    });
    const above = [
      { permitted: { dnsDomains: ["example.com"] }, excluded: { directoryNames: [{ organization: "Other" }] } },
    ];
    const issuer = { ...inputs.issuer, certificatePem: inputs.issuer?.certificatePem ?? "", nameConstraints: above };
    return subject(certificateLifecycle(context), { ...inputs, issuer });
  },
  certificateRequest: async () => {
    const { authority, context } = softKeys();
    const { publicKeyPem, ...signingKey } = authority.intermediateKey;
    return subject(certificateRequestLifecycle(context), {
      ...{ profile: "intermediate", subject: { commonName: "Asking" }, signingKey, publicKeyPem },
      ...{ subjectKeyUri: signingKey.uri, pathLength: 0, keyUsages: ["keyCertSign"], challengePassword: false },
      ...{ dnsNames: ["ca.example.com"], nameConstraints: { permitted: { dnsDomains: ["example.com"] } } },
    });
  },
  certificateRevocationList: async () => {
    const project = new ListProject();
    const root = await project.root();
    const inputs = project.listInputs(root, {
      ...{ url: "http://crl.example.com/root.crl", onlyContainsCACerts: true },
      revoked: [
        { serialNumber: "5a01", reason: "superseded", revokedAt: "2025-12-01T00:00:00Z" },
        { certificatePem: (await project.create(project.inputs(root))).certificatePem },
      ],
    });
    return subject(certificateRevocationListLifecycle(project.process()), inputs);
  },
  jwkProvisioner: async () => subject(jwkProvisionerLifecycle(softKeys().context), { provisioner: "admin" }),
  rotationRun: async () =>
    subject(rotationRunLifecycle(), {
      ...{ rotation: "{}", generations: '{"root":"active"}', fixed: "{}", keys: '{"root":"softkms:path=root.pem"}' },
      ...{ roots: "[]", deleteRetiredKeys: false, now: "2026-01-01T00:00:00Z" },
    }),
  yubiKey: async () =>
    subject(yubiKeyLifecycle(yubiKey()), {
      ...{ serial: 11, slots: [{ slot: "9c", use: "new", owner: "urn:pulumi:prod::acme::key" }] },
    }),
  pivKey: async () => subject(pivKeyLifecycle(yubiKey()), SLOT_KEY),
  pivCertificate: async () => {
    const { authority } = softKeys();
    const context = yubiKey();
    const key = (await pivKeyLifecycle(context).create(SLOT_KEY)).state;
    const { certificatePem } = await authority.create(
      authority.inputs(await authority.root(), { publicKeyPem: key.publicKeyPem }),
    );
    return subject(pivCertificateLifecycle(context), {
      ...{ uri: key.uri, kms: key.kms, certificatePem, replaceOther: false, deleteCertificate: false },
    });
  },
  pkcs11Key: async () => {
    const project = new TokenProject();
    return subject(pkcs11KeyLifecycle(project.process()), project.inputs());
  },
  pkcs11Certificate: async () => {
    const project = new TokenProject();
    const { uri, kms, publicKeyPem } = await project.create(project.inputs());
    const { authority } = softKeys();
    const { certificatePem } = await authority.create(authority.inputs(await authority.root(), { publicKeyPem }));
    return subject(pkcs11CertificateLifecycle(project.process()), {
      ...{ uri, kms, certificatePem, replaceOther: false, deleteCertificate: false },
    });
  },
};

void describe("An unknown or missing value", () => {
  void it("is tried on every lifecycle", () => {
    const tried = Object.keys(SUBJECTS).map((name) => lifecycles[name as keyof typeof lifecycles]);
    assert.deepEqual(new Set<unknown>(tried), new Set(Object.values(lifecycles)));
  });

  for (const [name, make] of Object.entries(SUBJECTS)) {
    void describe(`for ${name}`, { skip: name.startsWith("pkcs11") && missingSoftHsm("cc") }, () => {
      let own: Subject;
      before(async () => {
        own = await make();
      });

      void it("never causes a replacement or a failure, wherever it is in the inputs", async () => {
        const { lifecycle, inputs, state } = own;
        await fc.assert(
          fc.asyncProperty(unknownIn(inputs), async (losses) => {
            const news = without(inputs, losses);
            const { inputs: checked, problems } = await lifecycle.check(inputs, news);
            assert.deepEqual(problems, []);
            // For a deletion before replacement, the engine requests the difference of unchecked inputs.
            for (const declared of [checked, news]) {
              const { replaces = [] } = await lifecycle.diff(state, declared);
              assert.deepEqual(replaces, []);
            }
          }),
          RUNS,
        );
      });

      void it("gets an answer or a refusal with a code, in the inputs and in the state", async () => {
        const { lifecycle, inputs, state } = own;
        const lost = [lostIn(inputs), lostIn(inputs), lostIn(state)] as const;
        await fc.assert(
          fc.asyncProperty(...lost, async (inOlds, inNews, inState) => {
            const [olds, news, known] = [without(inputs, inOlds), without(inputs, inNews), without(state, inState)];
            const checked = await answer(() => lifecycle.check(olds, news));
            if (checked?.problems.length === 0) {
              await answer(() => lifecycle.diff(known, checked.inputs));
            }
            await answer(() => lifecycle.read(known));
          }),
          RUNS,
        );
      });
    });
  }
});

/** The answer; undefined if it is refused with a code. */
async function answer<T>(ask: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    assert.ok(error instanceof PkiError, String(error instanceof Error ? error.stack : error));
    return undefined;
  }
}

/** A project with key files. */
function softKeys(): { authority: Authority; context: Context } {
  const authority = new Authority();
  return { authority, context: authority.process() };
}

/** A project with a YubiKey. */
function yubiKey(): Context {
  return contextWith(projectWithPin(), new FakeYubiKey(11));
}

async function subject<Inputs extends object, State extends object>(
  lifecycle: Lifecycle<Inputs, State>,
  inputs: Inputs,
): Promise<Subject> {
  const { inputs: checked, problems } = await lifecycle.check({}, inputs);
  assert.deepEqual(problems, []);
  const { state } = await lifecycle.create(checked);
  assert.equal((await lifecycle.diff(state, (await lifecycle.check(checked, inputs)).inputs)).changes, false);
  return { lifecycle: lifecycle as unknown as Lifecycle<object, object>, inputs: checked, state };
}

function unknownIn(value: object): fc.Arbitrary<Losses> {
  return fc.subarray(pathsIn(value), { minLength: 1 }).map((paths) => paths.map((path) => ({ path, isGone: false })));
}

function lostIn(value: object): fc.Arbitrary<Losses> {
  return fc
    .subarray(pathsIn(value))
    .chain((paths) => fc.tuple(...paths.map((path) => fc.boolean().map((isGone) => ({ path, isGone })))));
}

/** The paths to all parts of a value. Recorded JSON strings have parts as well. */
function pathsIn(value: unknown): Path[] {
  const parts = isJson(value) ? (JSON.parse(value) as unknown) : value;
  if (typeof parts !== "object" || parts === null) {
    return [];
  }
  return Object.entries(parts).flatMap(([name, part]): Path[] => [
    [name],
    ...pathsIn(part).map((path): Path => [name, ...path]),
  ]);
}

function without(value: object, losses: Losses): object {
  return losses.reduce<object>((rest, { path, isGone }) => lose(rest, path, isGone) as object, value);
}

function lose(value: unknown, [name, ...path]: Path, isGone: boolean): unknown {
  if (name === undefined) {
    return UNKNOWN;
  }
  if (isJson(value)) {
    return JSON.stringify(lose(JSON.parse(value), [name, ...path], isGone));
  }
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) {
    return value; // already removed as a whole
  }
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Record<string | number, unknown>;
  if (path.length === 0 && isGone && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(copy).filter(([other]) => other !== name));
  }
  copy[name] = lose(copy[name], path, isGone);
  return copy;
}

function isJson(value: unknown): value is string {
  return typeof value === "string" && /^[{[]/.test(value);
}
