import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { ErrorCode } from "../../provider/errors";
import { certificateRequestLifecycle } from "../../provider/lifecycle/certificateRequest";
import type {
  CertificateRequestInputs,
  CertificateRequestRecord,
} from "../../provider/lifecycle/certificateRequestRecord";
import type { Difference, Lifecycle } from "../../provider/lifecycle/provider";
import { UNKNOWN } from "../../provider/words/unknown";
import { openssl } from "../fixtures/openssl";
import { withCode } from "../fixtures/withCode";
import { missing } from "../tools";
import { Authority, DAY, IN_PLACE, type Key, NONE, replacedFor } from "./authority";

const PASSWORD = "asked-for-by-the-issuer";

/** A project with a key that asks for a certificate. */
class RequestProject extends Authority {
  readonly requests: Lifecycle<CertificateRequestInputs, CertificateRequestRecord> = certificateRequestLifecycle({
    ...this.process(),
    backends: this.backends,
  });

  requestInputs(
    changes: Partial<CertificateRequestInputs> = {},
    { publicKeyPem, ...signingKey }: Key = this.intermediateKey,
  ): CertificateRequestInputs {
    return {
      ...{ profile: "intermediate", subject: { commonName: "Asking" }, signingKey, publicKeyPem },
      ...{ subjectKeyUri: signingKey.uri, ...changes },
    };
  }

  async checked(news: CertificateRequestInputs, olds: Partial<CertificateRequestInputs> = {}) {
    const { inputs, problems } = await this.requests.check(olds, news);
    assert.deepEqual(problems, []);
    return inputs;
  }

  async sign(news: CertificateRequestInputs): Promise<CertificateRequestRecord> {
    return (await this.requests.create(await this.checked(news))).state;
  }

  /** The difference. Finding it must need no signature. */
  async requestDiff(
    state: CertificateRequestRecord,
    news: CertificateRequestInputs,
    olds?: Partial<CertificateRequestInputs>,
  ): Promise<Difference> {
    const { signatures } = this.backends;
    const difference = await this.requests.diff(state, await this.checked(news, olds));
    assert.equal(this.backends.signatures, signatures);
    return difference;
  }
}

void describe("A CertificateRequest", { skip: missing("openssl") }, () => {
  let project: RequestProject;
  before(() => {
    project = new RequestProject();
  });

  void it("is signed once, and recorded as openssl verifies it", async () => {
    const { signatures } = project.backends;
    const inputs = await project.checked(project.requestInputs());
    const { id, state } = await project.requests.create(inputs);
    assert.equal(project.backends.signatures, signatures + 1);
    const text = openssl(["req", "-verify", "-noout", "-text"], state.csrPem);
    assert.match(text, /Subject: CN *= *Asking/);
    assert.equal(/Subject Key Identifier:\s+([0-9A-F:]+)/.exec(text)?.[1]?.replaceAll(":", "").toLowerCase(), id);
    assert.equal(openssl(["req", "-noout", "-pubkey"], state.csrPem), state.publicKeyPem);
  });

  void it("stays as time goes by, and a read signs nothing", async () => {
    const inputs = project.requestInputs();
    const state = await project.sign(inputs);
    project.now = new Date(project.now.getTime() + 10_000 * DAY);
    const { signatures } = project.backends;
    assert.deepEqual(await project.requests.read(state), state);
    assert.deepEqual(await project.requestDiff(state, inputs), NONE);
    assert.equal(project.backends.signatures, signatures);
  });

  void it("is signed again exactly when it is to say something else", async () => {
    const given = project.requestInputs({ pathLength: 0, extendedKeyUsages: ["serverAuth"] });
    const state = await project.sign(given);
    const { uri } = given.signingKey;
    const changes: readonly { change: Partial<CertificateRequestInputs>; difference: Difference }[] = [
      { change: {}, difference: NONE },
      { change: { keyUsages: ["cRLSign", "keyCertSign"] }, difference: NONE },
      { change: { extendedKeyUsages: ["1.3.6.1.5.5.7.3.1"] }, difference: NONE },
      { change: { challengePassword: false }, difference: NONE },
      { change: { signingKey: { uri: `${uri}?`, algorithm: "ECDSA_P256", kms: "softkms:" } }, difference: NONE },
      { change: { publicKeyPem: openssl(["pkey", "-pubin"], given.publicKeyPem) }, difference: NONE },
      {
        change: { publicKeyPem: UNKNOWN, subjectKeyUri: "softkms:path=other.pem" },
        difference: replacedFor("publicKeyPem"),
      },
      { change: { publicKeyPem: project.key("other").publicKeyPem }, difference: replacedFor("publicKeyPem") },
      { change: { pathLength: 1 }, difference: IN_PLACE },
      { change: { subject: { commonName: "Other" } }, difference: IN_PLACE },
      { change: { subject: UNKNOWN as never }, difference: IN_PLACE },
      { change: { nameConstraints: { permitted: { dnsDomains: ["example.com"] } } }, difference: IN_PLACE },
      { change: { dnsNames: ["ca.example.com"] }, difference: IN_PLACE },
    ];
    for (const { change, difference } of changes) {
      assert.deepEqual(await project.requestDiff(state, { ...given, ...change }), difference, JSON.stringify(change));
    }
    const updated = await project.requests.update(state, { ...given, pathLength: 1 });
    assert.match(openssl(["req", "-noout", "-text"], updated.csrPem), /pathlen:1/);
  });

  void it("stays in a preview that does not know its key, if the key is named as before", async () => {
    const given = project.requestInputs();
    const state = await project.sign(given);
    const news = { ...given, publicKeyPem: UNKNOWN };
    assert.deepEqual(await project.requestDiff(state, news, given), NONE);
    assert.deepEqual(await project.requestDiff(state, news), NONE);
  });

  void it("is signed again for another algorithm of its RSA key", async () => {
    const key = project.key("rsa", "RSA_2048_PKCS1");
    const state = await project.sign(project.requestInputs({}, key));
    const pss = project.requestInputs({}, { ...key, algorithm: "RSA_2048_PSS" as never });
    assert.deepEqual(await project.requestDiff(state, pss), IN_PLACE);
    const { csrPem } = await project.requests.update(state, pss);
    assert.match(openssl(["req", "-verify", "-noout", "-text"], csrPem), /Signature Algorithm: rsassaPss/);
  });

  void it("holds the challenge password, and is signed again for another", async () => {
    const given = project.requestInputs({ challengePassword: true });
    const { problems } = await project.requests.check({}, given);
    assert.deepEqual(
      problems.map(({ code, property }) => [code, property]),
      [["SECRET_MISSING", ""]],
    );
    project.environment["KMS_PKI_CHALLENGE_PASSWORD"] = PASSWORD;
    const state = await project.sign(given);
    assert.match(openssl(["req", "-noout", "-text"], state.csrPem), new RegExp(`challengePassword *:${PASSWORD}`));
    assert.ok(!`${state.declaration}${state.publicKeyPem}`.includes(PASSWORD));
    assert.deepEqual(await project.requestDiff(state, given), NONE);
    assert.deepEqual(await project.requestDiff(state, project.requestInputs()), IN_PLACE);
    project.environment["KMS_PKI_CHALLENGE_PASSWORD"] = "another";
    assert.deepEqual(await project.requestDiff(state, given), IN_PLACE);
    project.environment["KMS_PKI_CHALLENGE_PASSWORD"] = "x".repeat(256);
    const refused = await project.requests.check({}, given);
    assert.deepEqual(
      refused.problems.map(({ code, property, reason }) => [code, property, reason.includes("xx")]),
      [["INPUT_INVALID", "", false]],
    );
  });

  const wrong: readonly { change: object; code: ErrorCode; property: string }[] = [
    { change: { profile: "root" }, code: "INPUT_INVALID", property: "profile" },
    { change: { profile: "cross" }, code: "INPUT_INVALID", property: "profile" },
    { change: { publicKeyPem: undefined }, code: "INPUT_INVALID", property: "key" },
    { change: { subject: {} }, code: "SUBJECT_INVALID", property: "subject" },
    { change: { pathLength: -1 }, code: "PATH_LENGTH_VIOLATED", property: "pathLength" },
    { change: { challengePassword: "secret" }, code: "INPUT_INVALID", property: "challengePassword" },
    {
      change: { signingKey: { uri: "softkms:path=a.pem", algorithm: "ECDSA_P256", compromised: true } },
      ...{ code: "KEY_COMPROMISED", property: "signingKey" },
    },
  ];
  for (const { change, code, property } of wrong) {
    void it(`with ${JSON.stringify(change)} is refused with ${code}`, async () => {
      const { problems } = await project.requests.check({}, { ...project.requestInputs(), ...change });
      assert.deepEqual([problems[0]?.code, problems[0]?.property], [code, property]);
    });
  }

  void it("is not signed with another key than the recorded one", async () => {
    const given = project.requestInputs({}, project.key("changed"));
    project.key("changed");
    const { signatures } = project.backends;
    await assert.rejects(project.sign(given), withCode("KEY_CHANGED"));
    assert.equal(project.backends.signatures, signatures);
  });
});
