import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, it } from "node:test";
import type { CertificateInputs, CertificateRecord } from "../../provider/lifecycle/certificateRecord";
import { UNKNOWN } from "../../provider/words/unknown";
import { type CaWish, makeCa, requestCa } from "../corpus/caWorkshop";
import { initToolConfig, wholeKeyIdentifier } from "../corpus/initToolCa";
import { openssl } from "../fixtures/openssl";
import { withCode } from "../fixtures/withCode";
import { missing } from "../tools";
import { Authority, DAY, IN_PLACE, NONE } from "./authority";

/** What `openssl` says of a certificate's name in its own bytes. */
const nameBytes = (pem: string): string =>
  openssl(["x509", "-noout", "-subject", "-nameopt", "RFC2253,dump_all,dump_der"], pem);
const identifier = (pem: string): string =>
  openssl(["x509", "-noout", "-ext", "subjectKeyIdentifier"], pem)
    .split("\n")[1]
    ?.replaceAll(/[: ]/g, "")
    .toLowerCase() ?? "";

void describe("A certificate that exists", { skip: missing("openssl") }, () => {
  let authority: Authority;
  let keyPem: string;
  let ski: string;
  /** A root as the init tools make it. */
  let rootPem: string;

  beforeEach(() => {
    authority = new Authority();
    keyPem = readFileSync(join(authority.directory, "root.pem"), "utf8");
    ski = wholeKeyIdentifier(keyPem);
    rootPem = requestCa(initToolConfig("Example Root", keyPem), keyPem).certificatePem;
    authority.now = new Date(); // later than the certificate's beginning
  });

  const inputs = (changes: Partial<CertificateInputs> = {}, pem = rootPem): CertificateInputs =>
    authority.rootInputs({ adopt: { certificatePem: pem }, ...changes });
  const adopted = async (changes: Partial<CertificateInputs> = {}, pem = rootPem): Promise<CertificateRecord> =>
    authority.create(inputs(changes, pem));
  const makeNow = (wish: CaWish): ReturnType<typeof makeCa> => {
    const ca = makeCa(wish);
    authority.now = new Date();
    return ca;
  };
  const made = (wish: CaWish): string => makeNow({ keyPem, ...wish }).certificatePem;
  /** What was shown since the last call. */
  const shown = (): string => authority.notices.splice(0).join("\n");

  void it("becomes the resource byte for byte, with its own key identifier as id, without a signature or a word", async () => {
    const { id, state } = await authority.lifecycle.create(inputs());
    assert.equal(state.certificatePem, rootPem);
    assert.deepEqual([id, id === identifier(rootPem)], [ski, true]);
    assert.equal(state.status, "valid");
    assert.equal(state.notAfter, new Date(openssl(["x509", "-noout", "-enddate"], rootPem).slice(9)).toISOString());
    assert.deepEqual(await authority.diff(state, inputs()), NONE);
    assert.equal(authority.backends.signatures, 0);
    assert.equal(shown(), "");
  });

  void it("is recorded once, and stays when adopt is removed or stands in the program of a recorded one", async () => {
    const state = await adopted();
    assert.equal(JSON.stringify(state).split("BEGIN CERTIFICATE").length, 2);
    assert.deepEqual(await authority.diff(state, authority.rootInputs()), NONE);
    const own = await authority.root();
    assert.deepEqual(await authority.diff(own, inputs({}, own.certificatePem)), NONE);
  });

  void it("is refused in the place of another one, which stays", async () => {
    const other = made({ subject: "/CN=Example Root" });
    for (const state of [await adopted(), await authority.root()]) {
      await assert.rejects(
        async () => authority.lifecycle.diff(state, inputs({}, other)),
        withCode("ADOPTED_CERTIFICATE_CHANGED"),
      );
      await assert.rejects(
        async () => authority.lifecycle.update(state, inputs({}, other)),
        withCode("ADOPTED_CERTIFICATE_CHANGED"),
      );
    }
  });

  void it("keeps the bytes of its name and its key identifier when it is renewed, also after adopt is removed", async () => {
    const state = await adopted({ renewBefore: "3649d" });
    for (const news of [inputs({ renewBefore: "3649d" }), authority.rootInputs({ renewBefore: "3649d" })]) {
      authority.now = new Date(authority.now.getTime() + 2 * DAY);
      assert.deepEqual(await authority.diff(state, news), IN_PLACE);
      const renewed = await authority.lifecycle.update(state, news);
      assert.notEqual(renewed.serialNumber, state.serialNumber);
      assert.equal(nameBytes(renewed.certificatePem), nameBytes(rootPem));
      assert.match(nameBytes(rootPem), /#13/); // PrintableString
      assert.equal(identifier(renewed.certificatePem), ski);
      const again = await authority.lifecycle.update(renewed, authority.rootInputs({ renewBefore: "3649d" }));
      assert.equal(nameBytes(again.certificatePem), nameBytes(rootPem));
      assert.equal(identifier(again.certificatePem), ski);
    }
  });

  const differences: readonly {
    readonly what: string;
    readonly extensions?: string;
    readonly says: Partial<CertificateInputs>;
    readonly shown: RegExp;
  }[] = [
    {
      what: "the subject",
      says: { subject: { commonName: "Other Root" } },
      shown: /subject: the certificate says "CN=Example Root", the program "CN=Other Root"/,
    },
    {
      what: "the path length",
      says: { pathLength: "unlimited" },
      shown: /pathLength: the certificate says CA with path length 1 \(critical\), the program CA with any path length/,
    },
    {
      what: "the key usages",
      says: { keyUsages: ["keyCertSign"] },
      shown: /keyUsages: the certificate says keyCertSign, cRLSign \(critical\), the program keyCertSign/,
    },
    {
      what: "the purposes",
      says: { extendedKeyUsages: ["serverAuth"] },
      shown: /extendedKeyUsages: the certificate says nothing, the program serverAuth/,
    },
    {
      what: "the lifetime",
      says: { validity: "100d" },
      shown: /validity: the certificate says 315360000s, the program 8640000s/,
    },
    {
      what: "the end",
      says: { notAfter: "2099-01-01T00:00:00Z" },
      shown: /notAfter: the certificate says \S+, the program 2099-01-01T00:00:00.000Z/,
    },
    {
      what: "the beginning",
      says: { notBefore: "2020-01-01T00:00:00Z" },
      shown: /notBefore: the certificate says \S+, the program 2020-01-01/,
    },
    {
      what: "names",
      says: { dnsNames: ["ca.example.com"] },
      shown: /dnsNames.*: the certificate says nothing, the program dns:ca\.example\.com/,
    },
    {
      what: "places of lists",
      says: { crlDistributionPoints: ["http://a.example/crl"] },
      shown: /crlDistributionPoints: the certificate says nothing, the program http:\/\/a\.example\/crl/,
    },
    {
      what: "places of answers",
      says: { ocspServers: ["http://a.example"] },
      shown:
        /ocspServers or issuingCertificateUrls: the certificate says nothing, the program OCSP http:\/\/a\.example/,
    },
    {
      what: "name constraints",
      says: { nameConstraints: { permitted: { dnsDomains: ["example.com"] } } },
      shown: /nameConstraints: the certificate says nothing/,
    },
    {
      what: "an extension that the program lacks",
      extensions: "basicConstraints=critical,CA:TRUE,pathlen:1\n1.2.3.4=DER:0500",
      says: {},
      shown: /extensions \(1\.2\.3\.4\): the certificate says 0500, the program nothing/,
    },
    {
      what: "criticality",
      extensions: "basicConstraints=CA:TRUE,pathlen:1",
      says: {},
      shown: /pathLength: the certificate says CA with path length 1, the program CA with path length 1 \(critical\)/,
    },
  ];
  for (const { what, extensions, says, shown: expected } of differences) {
    void it(`is shown to differ in ${what}, in each run, and stays until it is to be reissued`, async () => {
      const pem = requestCa(initToolConfig("Example Root", keyPem, extensions), keyPem).certificatePem;
      const state = await adopted(says, pem);
      assert.match(shown(), expected);
      assert.equal(state.certificatePem, pem);
      assert.deepEqual(await authority.diff(state, inputs(says, pem)), NONE);
      assert.match(shown(), expected);
      assert.equal(authority.backends.signatures, 0);

      const asked = inputs({ ...says, adopt: { certificatePem: pem, reissue: true } });
      assert.deepEqual(await authority.diff(state, asked), IN_PLACE);
      const reissued = await authority.lifecycle.update(state, asked);
      shown();
      assert.deepEqual(await authority.diff(reissued, asked), NONE);
      assert.equal(shown(), "");
      assert.equal(identifier(reissued.certificatePem), ski);
      if (says.subject === undefined) {
        assert.equal(nameBytes(reissued.certificatePem), nameBytes(pem));
      }
      const { state: atOnce } = await authority.lifecycle.create(asked);
      assert.equal(authority.backends.signatures, 2);
      assert.equal(identifier(atOnce.certificatePem), ski);
      assert.deepEqual(await authority.diff(atOnce, inputs(says, pem)), NONE);
      assert.equal(shown(), "");
    });
  }

  void it("keeps what the program never changed when something else changes", async () => {
    const says = { pathLength: "unlimited", subject: { commonName: "Other Root" } } as const;
    const state = await adopted(says);
    const news = inputs({ ...says, ocspServers: ["http://ocsp.example.com"] });
    assert.deepEqual(await authority.diff(state, news), IN_PLACE);
    const { certificatePem } = await authority.lifecycle.update(state, news);
    const text = openssl(["x509", "-noout", "-text"], certificatePem);
    assert.match(text, /Subject: CN ?= ?Example Root/);
    assert.match(text, /CA:TRUE, pathlen:1/);
    assert.match(text, /OCSP - URI:http:\/\/ocsp\.example\.com/);
    const file = join(authority.directory, "root.crt");
    writeFileSync(file, certificatePem);
    assert.match(openssl(["verify", "-x509_strict", "-CAfile", file, file]), /OK/);
  });

  const refused: readonly {
    readonly what: string;
    readonly pem: () => string;
    readonly code: Parameters<typeof withCode>[0];
    readonly now?: string;
  }[] = [
    { what: "of another key", pem: () => makeCa().certificatePem, code: "ADOPTED_KEY_MISMATCH" },
    {
      what: "that another CA issued",
      pem: () => {
        const ca = makeCa();
        return made({ issuer: ca });
      },
      code: "ADOPTED_ISSUER_MISMATCH",
    },
    {
      what: "of a leaf as a root",
      pem: () => made({ extensions: "keyUsage=digitalSignature\n" }),
      code: "ISSUER_NOT_CA",
    },
    {
      what: "of a CA that may not sign",
      pem: () => made({ extensions: "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign\n" }),
      code: "ISSUER_NOT_CA",
    },
    { what: "that has ended", pem: () => rootPem, code: "VALIDITY_INVALID", now: "2040-01-01T00:00:00Z" },
    { what: "with a private key", pem: () => rootPem + keyPem, code: "PRIVATE_KEY_GIVEN" },
    { what: "that is none", pem: () => "none", code: "INPUT_INVALID" },
  ];
  for (const { what, pem, code, now } of refused) {
    void it(`is refused in the preview and in the run: one ${what}`, async () => {
      authority.now = now === undefined ? authority.now : new Date(now);
      const asked = inputs({}, pem());
      const { problems } = await authority.lifecycle.check({}, asked);
      assert.deepEqual(
        problems.map((each) => [each.code, each.property]),
        [[code, ""]],
      );
      if (code !== "PRIVATE_KEY_GIVEN") {
        await assert.rejects(async () => authority.lifecycle.create(asked), withCode(code));
      }
      assert.equal(authority.backends.signatures, 0);
    });
  }

  void it("that has ended may be reissued at once, with its name and key identifier", async () => {
    authority.now = new Date("2040-01-01T00:00:00Z");
    const state = await adopted({ adopt: { certificatePem: rootPem, reissue: true } });
    assert.equal(nameBytes(state.certificatePem), nameBytes(rootPem));
    assert.equal(identifier(state.certificatePem), ski);
    assert.ok(new Date(state.notAfter) > authority.now);
  });

  void it("is not checked against what a preview does not know, and the run checks it", async () => {
    const unknownKey = inputs({ publicKeyPem: UNKNOWN });
    assert.deepEqual((await authority.lifecycle.check({}, unknownKey)).problems, []);
    const unknownPem = inputs({ adopt: { certificatePem: UNKNOWN } });
    assert.deepEqual((await authority.lifecycle.check({}, unknownPem)).problems, []);
    const state = await adopted();
    assert.deepEqual(await authority.diff(state, unknownPem), NONE);
  });

  void it("takes the key from the key management service if the program does not know it", async () => {
    const { publicKeyPem: _, ...unrecorded } = inputs();
    const { state } = await authority.lifecycle.create(unrecorded);
    assert.equal(state.certificatePem, rootPem);
    const { publicKeyPem: __, ...other } = inputs({}, makeCa().certificatePem);
    await assert.rejects(async () => authority.lifecycle.create(other), withCode("ADOPTED_KEY_MISMATCH"));
  });

  void it("can be withdrawn as it is", async () => {
    const state = await adopted({ withdrawn: true });
    assert.deepEqual([state.status, state.certificatePem, authority.backends.signatures], ["withdrawn", rootPem, 0]);
    assert.deepEqual(await authority.diff(state, inputs({ withdrawn: true })), { changes: false });
    const later = await authority.lifecycle.update(await adopted(), inputs({ withdrawn: true }));
    assert.deepEqual([later.status, later.certificatePem], ["withdrawn", rootPem]);
  });

  void describe("below an issuer", () => {
    const wish = (changes: Partial<CaWish> = {}): CaWish => ({
      subject: "/CN=Example Intermediate",
      keyPem: readFileSync(join(authority.directory, "intermediate.pem"), "utf8"),
      issuer: { certificatePem: rootPem, keyPem },
      extensions: "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n",
      ...changes,
    });
    const below = (pem: string, root: CertificateRecord, changes: Partial<CertificateInputs> = {}): CertificateInputs =>
      authority.inputs(root, { adopt: { certificatePem: pem }, ...changes });

    void it("stays although it ends after its issuer, until its issuer changes", async () => {
      const root = await adopted();
      const pem = makeNow(wish({ days: 4000 })).certificatePem;
      const state = await authority.create(below(pem, root));
      assert.equal(state.certificatePem, pem);
      assert.deepEqual(await authority.diff(state, below(pem, root)), NONE);
      assert.equal(authority.backends.signatures, 0);
      assert.equal(shown(), "");
    });

    void it("stays when the adopted issuer is renewed, because name and key identifier of that stay", async () => {
      const root = await adopted();
      const pem = makeNow(wish({ days: 300 })).certificatePem;
      const state = await authority.create(below(pem, root));
      const renewed = await authority.lifecycle.update(root, inputs());
      assert.notEqual(renewed.certificatePem, root.certificatePem);
      assert.deepEqual(await authority.diff(state, below(pem, renewed)), NONE);
      const [rootFile, file] = ["root.crt", "intermediate.crt"].map((name) => join(authority.directory, name)) as [
        string,
        string,
      ];
      writeFileSync(rootFile, renewed.certificatePem);
      writeFileSync(file, pem);
      assert.match(openssl(["verify", "-x509_strict", "-CAfile", rootFile, file]), /OK/);
    });

    void it("is refused under another issuer of the same key, and under one that allows no CA below", async () => {
      const pem = makeNow(wish()).certificatePem;
      const renamed = await authority.create(authority.rootInputs({ subject: { commonName: "Renamed" } }));
      const { problems } = await authority.lifecycle.check({}, below(pem, renamed));
      assert.deepEqual(
        problems.map(({ code }) => code),
        ["ADOPTED_ISSUER_MISMATCH"],
      );
      const short = await adopted(
        {},
        requestCa(initToolConfig("Example Root", keyPem, "basicConstraints=critical,CA:TRUE,pathlen:0"), keyPem)
          .certificatePem,
      );
      const found = await authority.lifecycle.check({}, below(pem, short));
      assert.deepEqual(
        found.problems.map(({ code }) => code),
        ["PATH_LENGTH_VIOLATED"],
      );
      const asked = { certificatePem: pem, reissue: true };
      const reissued = await authority.create(below(pem, renamed, { adopt: asked }));
      assert.match(openssl(["x509", "-noout", "-issuer"], reissued.certificatePem), /Renamed/);
      assert.equal(identifier(reissued.certificatePem), identifier(pem));
    });

    void it("is not shown to differ in dates once it was renewed, because the issuer limits them", async () => {
      const root = await adopted();
      const pem = makeNow(wish({ days: 300 })).certificatePem;
      const says = { notBefore: "2020-01-01T00:00:00Z", notAfter: "2027-06-01T00:00:00Z", pathLength: 0 } as const;
      const state = await authority.create(below(pem, root, says));
      assert.match(shown(), /notBefore: .*\n.*notAfter: /);
      const changed = below(pem, root, { ...says, ocspServers: ["http://ocsp.example.com"] });
      const renewed = await authority.lifecycle.update(state, changed);
      shown();
      assert.deepEqual(await authority.diff(renewed, changed), NONE);
      assert.doesNotMatch(shown(), /notBefore/);
    });

    void it("may be a leaf's, which no CA can take the place of", async () => {
      const root = await adopted();
      const leaf = { profile: "leaf", subject: { commonName: "leaf" }, dnsNames: ["leaf.example"] } as const;
      const extensions = [
        "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature",
        "extendedKeyUsage=clientAuth,serverAuth\nsubjectAltName=DNS:leaf.example\n",
      ].join("\n");
      const pem = makeNow(wish({ subject: "/CN=leaf", days: 30, extensions })).certificatePem;
      const state = await authority.create(below(pem, root, leaf));
      assert.equal(state.certificatePem, pem);
      assert.equal(shown(), "");
      const { problems } = await authority.lifecycle.check({}, below(makeNow(wish()).certificatePem, root, leaf));
      assert.deepEqual(
        problems.map(({ code, reason }) => [code, reason.includes("is a CA's")]),
        [["INPUT_INVALID", true]],
      );
    });

    void it("may be a cross certificate, if it is that of the declared root", async () => {
      const root = await authority.root({ pathLength: "unlimited" });
      const young = authority.key("young");
      const crossed = await authority.create(authority.rootInputs({ subject: { commonName: "Young" } }, young));
      const { publicKeyPem: _, subject: __, ...others } = authority.inputs(root);
      const cross: CertificateInputs = { ...others, profile: "cross", crossOf: crossed.certificatePem };
      const existing = await authority.create(cross);
      const { signatures } = authority.backends;
      const state = await authority.create({ ...cross, adopt: { certificatePem: existing.certificatePem } });
      assert.equal(state.certificatePem, existing.certificatePem);
      assert.deepEqual([authority.backends.signatures, shown()], [signatures, ""]);
      const renamed = await authority.create(authority.rootInputs({ subject: { commonName: "Renamed" } }, young));
      const asked = { ...cross, crossOf: renamed.certificatePem, adopt: { certificatePem: existing.certificatePem } };
      const { problems } = await authority.lifecycle.check({}, asked);
      assert.deepEqual(
        problems.map(({ code }) => code),
        ["INPUT_INVALID"],
      );
    });

    void it("gives its name and key identifier to another certificate of its key", async () => {
      const root = await adopted();
      const pem = makeNow(wish()).certificatePem;
      const other = await authority.create(authority.inputs(root, { sameSubjectAs: pem }));
      assert.equal(nameBytes(other.certificatePem), nameBytes(pem));
      assert.equal(identifier(other.certificatePem), identifier(pem));
      assert.deepEqual(await authority.diff(other, authority.inputs(root)), NONE);
      const again = await authority.lifecycle.update(other, authority.inputs(root, { validity: "100d" }));
      assert.equal(identifier(again.certificatePem), identifier(pem));
      await assert.rejects(
        async () => authority.lifecycle.create(authority.inputs(root, { sameSubjectAs: rootPem })),
        withCode("INPUT_INVALID"),
      );
    });
  });
});
