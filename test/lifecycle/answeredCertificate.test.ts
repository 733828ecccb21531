import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { CertificateInputs } from "../../provider/lifecycle/certificateRecord";
import { UNKNOWN } from "../../provider/words/unknown";
import { ForeignCa } from "../fixtures/foreignCa";
import { NEW_EC_KEY, openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { Authority, DAY, IN_PLACE, NONE, replacedFor } from "./authority";

const CA =
  "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash";
const CHANGED = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nextendedKeyUsage=serverAuth";

void describe("A certificate that an issuer elsewhere signed", { skip: missing("openssl") }, () => {
  let authority: Authority;
  let foreign: ForeignCa;
  let csr: string;
  before(() => {
    authority = new Authority();
    foreign = new ForeignCa();
    csr = requestFor("intermediate");
  });

  const requestFor = (key: string): string =>
    openssl(["req", "-new", "-key", `${authority.directory}/${key}.pem`, "-subj", "/CN=Asking"]);

  const inputs = (changes: Partial<CertificateInputs> = {}): CertificateInputs => {
    const { publicKeyPem, ...signingKey } = authority.intermediateKey;
    const subject = { commonName: "Asking" };
    return {
      profile: "intermediate",
      subject,
      signingKey,
      publicKeyPem,
      answerPem: foreign.sign(csr, { extensions: CA }),
      ...changes,
    };
  };

  void it("is taken without a signature, byte for byte, and recorded without its chain", async () => {
    const { signatures } = authority.backends;
    const certificate = foreign.certify(csr, { extensions: CA });
    const state = await authority.create(inputs({ answerPem: certificate + foreign.chain }));
    assert.equal(authority.backends.signatures, signatures);
    assert.equal(state.certificatePem, certificate);
    assert.equal(state.notAfter, "2045-01-01T00:00:00.000Z");
    assert.ok(!state.declaration.includes("BEGIN"));
  });

  void it("changes only with its answer and its key, whatever the program and the time say", async () => {
    const given = inputs();
    const state = await authority.create(given);
    assert.deepEqual(await authority.diff(state, given), NONE);
    assert.deepEqual(await authority.diff(state, { ...given, pathLength: 1 }), NONE);
    assert.deepEqual(
      await authority.diff(state, { ...given, answerPem: foreign.sign(csr, { extensions: CA }) }),
      IN_PLACE,
    );
    assert.deepEqual(await authority.diff(state, { ...given, answerPem: UNKNOWN }), IN_PLACE);
    const { publicKeyPem } = authority.key("another");
    assert.deepEqual(await authority.diff(state, { ...given, publicKeyPem }), replacedFor("publicKeyPem"));
    authority.now = new Date(Date.UTC(2046, 0, 1));
    assert.deepEqual(await authority.diff(state, { ...given, renewBefore: "1/3" }), NONE);
    assert.equal((await authority.lifecycle.read(state)).status, "expired");
    authority.now = new Date(Date.UTC(2026, 0, 1) + DAY);
  });

  void it("is issued anew when the program signs it itself again", async () => {
    const { answerPem: _, ...own } = inputs();
    assert.deepEqual(await authority.diff(await authority.create(inputs()), own), IN_PLACE);
  });

  void it("takes the place of one that the program issued, in place", async () => {
    const root = await authority.root();
    const state = await authority.create(authority.inputs(root));
    assert.deepEqual(await authority.diff(state, inputs()), IN_PLACE);
  });

  void it("tells what the issuer changed, once", async () => {
    const answerPem = foreign.sign(csr, { extensions: CHANGED });
    const nameConstraints = { permitted: { dnsDomains: ["example.com"] } };
    const given = inputs({ answerPem, nameConstraints });
    const { length } = authority.notices;
    await authority.lifecycle.check({}, given);
    const said =
      'the certificate of "CN=Asking" is not as the program declares it (changed: key usages, changed: path length, ' +
      "left out: name constraints, added: extended key usages), and is used as it is";
    assert.deepEqual(authority.notices.slice(length), [said]);
    await authority.lifecycle.check(given, given);
    assert.equal(authority.notices.length, length + 1);
  });

  void it("keeps an answer whose end has passed, and refuses a new one", async () => {
    const given = inputs();
    authority.now = new Date(Date.UTC(2046, 0, 1));
    assert.deepEqual((await authority.lifecycle.check(given, given)).problems, []);
    const { problems } = await authority.lifecycle.check({}, given);
    assert.deepEqual(
      problems.map(({ code, property }) => [code, property]),
      [["VALIDITY_INVALID", ""]],
    );
    authority.now = new Date(Date.UTC(2026, 0, 1));
  });

  void it("is refused for another key before anything is made, as far as a preview knows the key", async () => {
    const other = openssl([
      "req",
      "-new",
      ...NEW_EC_KEY,
      "-keyout",
      `${foreign.directory}/other.key`,
      "-subj",
      "/CN=Asking",
    ]);
    const given = inputs({ answerPem: foreign.sign(other, { extensions: CA }) });
    const codes = async (news: CertificateInputs): Promise<string[]> =>
      (await authority.lifecycle.check({}, news)).problems.map(({ code }) => code);
    assert.deepEqual(await codes(given), ["ANSWER_MISMATCH"]);
    assert.deepEqual(await codes({ ...given, publicKeyPem: UNKNOWN }), []);
    assert.deepEqual(await codes({ ...given, answerPem: UNKNOWN }), []);
    assert.deepEqual(await codes({ ...given, subject: UNKNOWN as never }), []);
  });
});
