import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { readCertificate, readRoot } from "../../provider/x509/certificate";
import { readIssuer } from "../../provider/x509/issuer";
import { asn1, certificateText, derOf } from "../fixtures/openssl";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";
import { missing, runTool } from "../tools";
import { issue, issueRoot, NOW, type Wish } from "./issuing";
import { KeySigner, keyPair } from "./keySigner";
import { opensslRequest } from "./opensslRequest";
import { extensionNames, extensionText, fieldOctets, identifiers } from "./reading";

const DAY = 86_400_000;
const after = (days: number): Date => new Date(NOW.getTime() + days * DAY);
const signerOf = (name: string): KeySigner => new KeySigner(keyPair("ECDSA_P256", name));

/** Two authorities, each a root with its key, an intermediate and a leaf. The roots cross-sign each other. */
class TwoRoots {
  readonly #directory = temporaryDirectory();

  private constructor(
    readonly old: Tier,
    readonly young: Tier,
  ) {}

  static async make(oldPathLength: 1 | "unlimited"): Promise<TwoRoots> {
    return new TwoRoots(await tier("old", oldPathLength, 0), await tier("young", "unlimited", 100));
  }

  /** The cross certificate for one root by the other. */
  cross(of: Tier, by: Tier, wish: Partial<Wish> = {}): Promise<string> {
    return issue({
      ...{
        profile: "cross",
        signer: signerOf(by.name),
        issuerPem: by.rootPem,
        crossOfPem: of.rootPem,
        now: after(100),
      },
      times: { notBefore: after(100), notAfter: after(3000) },
      ...wish,
    });
  }

  /** Whether openssl strictly verifies a leaf with the certificates of a server and a client's only root. */
  verifies(leaf: string, bundle: readonly string[], root: string, at: Date): boolean {
    const file = (name: string, content: string): string => {
      writeFileSync(join(this.#directory, name), content);
      return join(this.#directory, name);
    };
    const time = String(Math.ceil(at.getTime() / 1000));
    try {
      runTool("openssl", [
        ...["verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-attime", time],
        ...["-CAfile", file("root.pem", root), "-untrusted", file("bundle.pem", bundle.join(""))],
        file("leaf.pem", leaf),
      ]);
      return true;
    } catch (error) {
      assert.match(String(error), /verification failed/);
      return false;
    }
  }
}

interface Tier {
  readonly name: string;
  readonly rootPem: string;
  readonly intermediatePem: string;
  readonly leafPem: string;
}

async function tier(name: string, pathLength: 1 | "unlimited", begin: number): Promise<Tier> {
  const signer = signerOf(name);
  const now = after(begin);
  const rootPem = await issueRoot({ subject: { commonName: `${name} root` }, pathLength, signer, now });
  const intermediate = signerOf(`${name} intermediate`);
  const intermediatePem = await issue({
    ...{ profile: "intermediate", subject: { commonName: `${name} intermediate` }, issuerPem: rootPem },
    ...{ signer, publicKey: intermediate.publicKey, now },
  });
  const leafPem = await issue({
    ...{ profile: "leaf", dnsNames: ["a.example.com"], validitySeconds: 300 * 86_400 },
    ...{ signer: intermediate, issuerPem: intermediatePem, now },
  });
  return { name, rootPem, intermediatePem, leafPem };
}

void describe("A cross certificate", { skip: missing("openssl") }, () => {
  let roots: TwoRoots;
  let pem: string;
  before(async () => {
    roots = await TwoRoots.make("unlimited");
    pem = await roots.cross(roots.young, roots.old);
  });

  void it("contains what its root contains, and refers to its issuer only by key identifier", () => {
    assert.deepEqual(extensionNames(pem).sort(), [
      "X509v3 Authority Key Identifier",
      "X509v3 Basic Constraints",
      "X509v3 Key Usage",
      "X509v3 Subject Key Identifier",
    ]);
    assert.equal(extensionText(pem, "X509v3 Basic Constraints: critical"), "CA:TRUE, pathlen:1");
    assert.equal(extensionText(pem, "X509v3 Key Usage: critical"), "Certificate Sign, CRL Sign");
    assert.equal(fieldOctets(pem, "issuer"), fieldOctets(roots.old.rootPem, "subject"));
    assert.deepEqual(identifiers(pem), {
      subject: identifiers(roots.young.rootPem).subject,
      authority: identifiers(roots.old.rootPem).subject,
    });
    assert.doesNotMatch(certificateText(pem), /DirName|serial:/);
  });

  void it("copies subject, key and key identifier byte for byte, however other tools encoded them", async () => {
    const directory = temporaryDirectory();
    const config = `[req]
string_mask = MASK:0x800
prompt = no
distinguished_name = dn
[dn]
C = CH
OU = first
+CN = Ro\u00f6t
emailAddress = pki@example.com
[odd]
basicConstraints = critical, CA:TRUE, pathlen:1
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = 00:0A:0b:ff
`;
    const { privateKey } = keyPair("ECDSA_P256", "odd");
    const odd = ["-x509", "-utf8", "-days", "3650", "-set_serial", "1", "-extensions", "odd"];
    const crossOfPem = opensslRequest(directory, privateKey, odd, config);
    assert.match(asn1(derOf(crossOfPem)), /BMPSTRING/);
    const cross = await roots.cross({ ...roots.young, rootPem: crossOfPem }, roots.old);
    assert.equal(fieldOctets(cross, "subject"), fieldOctets(crossOfPem, "subject"));
    assert.equal(fieldOctets(cross, "publicKey"), fieldOctets(crossOfPem, "publicKey"));
    assert.equal(identifiers(cross).subject, "000a0bff");
  });

  for (const at of [100, 101, 399]) {
    void it(`lets clients of either root verify leaves of both, on day ${String(at)}`, async () => {
      const { old, young } = roots;
      const reverse = await roots.cross(old, young);
      const moment = after(at);
      const paths: readonly { leaf: Tier; bundle: string[]; trusted: Tier }[] = [
        // While the new root is published, and the old one still signs.
        { leaf: old, bundle: [old.intermediatePem, reverse], trusted: old },
        { leaf: old, bundle: [old.intermediatePem, reverse], trusted: young },
        // While the old one is retiring.
        { leaf: young, bundle: [young.intermediatePem, pem], trusted: young },
        { leaf: young, bundle: [young.intermediatePem, pem], trusted: old },
      ];
      for (const { leaf, bundle, trusted } of paths) {
        const isAlive = at < 300 || leaf === young;
        const what = `a leaf of the ${leaf.name} for a client of the ${trusted.name}`;
        assert.equal(roots.verifies(leaf.leafPem, bundle, trusted.rootPem, moment), isAlive, what);
        const [intermediate = ""] = bundle;
        const isDirect = isAlive && leaf === trusted;
        assert.equal(roots.verifies(leaf.leafPem, [intermediate], trusted.rootPem, moment), isDirect, `${what}, alone`);
      }
    });
  }

  void it("has its own dates", async () => {
    const { old, young } = roots;
    assert.equal(roots.verifies(young.leafPem, [young.intermediatePem, pem], old.rootPem, after(99)), false);
    const short = await roots.cross(young, old, { times: { notBefore: after(100), notAfter: after(150) } });
    const bundle = [young.intermediatePem, short];
    assert.equal(roots.verifies(young.leafPem, bundle, old.rootPem, after(149)), true);
    assert.equal(roots.verifies(young.leafPem, bundle, old.rootPem, after(151)), false);
    assert.equal(roots.verifies(young.leafPem, bundle, young.rootPem, after(151)), true);
  });

  void it("is not a root, and is only made for a root", async () => {
    assert.throws(() => readRoot(pem, "crossOf"), withCode("INPUT_INVALID", /in crossOf is not a self-signed CA/));
    assert.throws(() => readRoot(roots.young.intermediatePem, "crossOf"), withCode("INPUT_INVALID"));
    const leaf = await issue({ profile: "leaf", subject: { commonName: "self-signed" } });
    assert.throws(() => readRoot(leaf, "crossOf"), withCode("INPUT_INVALID"));
    assert.equal(readRoot(roots.young.rootPem, "crossOf").subject, "CN=young root");
  });

  void it("is refused for a root with its issuer's own key, and without an issuer", async () => {
    const { old } = roots;
    const renewed = await issueRoot({ subject: { commonName: "renamed" }, signer: signerOf(old.name) });
    const signer = signerOf(old.name);
    for (const crossOfPem of [old.rootPem, renewed]) {
      await assert.rejects(
        async () => issue({ profile: "cross", signer, issuerPem: old.rootPem, crossOfPem }),
        withCode("INPUT_INVALID", /cannot cross itself/),
      );
    }
    await assert.rejects(
      async () => issue({ profile: "cross", signer, crossOfPem: old.rootPem }),
      withCode("INPUT_INVALID"),
    );
    assert.equal(signer.calls, 0);
  });

  void it("does not end after its issuer", async () => {
    const times = { notBefore: after(100), notAfter: after(3651) };
    await assert.rejects(roots.cross(roots.young, roots.old, { times }), withCode("VALIDITY_EXCEEDS_ISSUER"));
  });
});

void describe("A root with path length 1", { skip: missing("openssl") }, () => {
  let roots: TwoRoots;
  before(async () => {
    roots = await TwoRoots.make(1);
  });

  void it("cannot cross-sign another root", async () => {
    const signer = signerOf("old");
    await assert.rejects(
      roots.cross(roots.young, roots.old, { signer }),
      withCode("PATH_LENGTH_VIOLATED", /let the other root cross this one/),
    );
    assert.equal(signer.calls, 0);
  });

  void it("would make openssl refuse the leaves below such a cross certificate", async () => {
    const { old, young } = roots;
    // As if the old root had no path length.
    const unlimited = await issueRoot({
      subject: { commonName: "old root" },
      signer: signerOf("old"),
      pathLength: "unlimited",
    });
    const cross = await roots.cross(young, { ...old, rootPem: unlimited });
    const bundle = [young.intermediatePem, cross];
    assert.equal(roots.verifies(young.leafPem, bundle, unlimited, after(101)), true);
    assert.equal(roots.verifies(young.leafPem, bundle, old.rootPem, after(101)), false);
  });

  void it("can be cross-signed by another, and keeps its key identifier and path length", async () => {
    const { old, young } = roots;
    const reverse = await roots.cross(old, young);
    assert.equal(readIssuer(reverse).pathLength, 1);
    assert.ok(readCertificate(reverse).publicKey.equals(readCertificate(old.rootPem).publicKey));
    for (const trusted of [old, young]) {
      assert.ok(roots.verifies(old.leafPem, [old.intermediatePem, reverse], trusted.rootPem, after(101)), trusted.name);
    }
  });
});
