import assert from "node:assert/strict";
import { sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import type { Signer } from "../../provider/kms/keyManager";
import { certificateText, derOf, openssl } from "../fixtures/openssl";
import { SCHEME_NAMES, SIGNATURE_SCHEMES } from "../fixtures/signatureSchemes";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing } from "../tools";
import { issue, issueRoot } from "./issuing";
import { KeySigner, keyPair } from "./keySigner";

void describe("A certificate chain", { skip: missing("openssl") }, () => {
  const directory = temporaryDirectory();
  const written = (name: string, pem: string): string => {
    const path = join(directory, name);
    writeFileSync(path, pem);
    return path;
  };

  for (const algorithm of SCHEME_NAMES) {
    const scheme = SIGNATURE_SCHEMES[algorithm];

    void describe(`signed with ${algorithm}`, () => {
      const rootSigner = new KeySigner(keyPair(algorithm), algorithm);
      const intermediateSigner = new KeySigner(keyPair(algorithm), algorithm);
      let root: string, intermediate: string, leaf: string;
      before(async () => {
        root = await issueRoot({ signer: rootSigner });
        intermediate = await issue({
          profile: "intermediate",
          subject: { commonName: "Test Intermediate" },
          publicKey: intermediateSigner.publicKey,
          signer: rootSigner,
          issuerPem: root,
        });
        leaf = await issue({
          profile: "leaf",
          subject: { commonName: "a leaf" },
          signer: intermediateSigner,
          issuerPem: intermediate,
        });
      });

      void it("needs one signature per certificate", () => {
        assert.equal(rootSigner.calls, 2);
        assert.equal(intermediateSigner.calls, 1);
      });

      void it("is accepted by openssl's strictest check", () => {
        const rootFile = written(`${algorithm}-root.pem`, root);
        const intermediateFile = written(`${algorithm}-intermediate.pem`, intermediate);
        const leafFile = written(`${algorithm}-leaf.pem`, leaf);
        const verify = ["verify", "-x509_strict", "-check_ss_sig", "-attime", "1772600800", "-CAfile", rootFile];
        assert.equal(openssl([...verify, rootFile]), `${rootFile}: OK\n`);
        assert.equal(openssl([...verify, "-untrusted", intermediateFile, leafFile]), `${leafFile}: OK\n`);
      });

      void it("names its signature algorithm inside and outside the signed part", () => {
        for (const pem of [root, intermediate, leaf]) {
          const names = certificateText(pem).match(/(?<=Signature Algorithm: )\S+/g);
          assert.deepEqual(names, [scheme.opensslName, scheme.opensslName]);
        }
      });

      if (scheme.saltLength !== undefined) {
        void it("states hash, mask and salt of RSA-PSS", () => {
          const text = certificateText(root);
          assert.equal(text.match(/Hash Algorithm: sha256$/gm)?.length, 2);
          assert.equal(text.match(/Mask Algorithm: mgf1 with sha256$/gm)?.length, 2);
          assert.equal(text.match(/Salt Length: 0x20$/gm)?.length, 2);
        });
      }
    });
  }

  void it("may use a different algorithm for each certificate", async () => {
    const rootSigner = new KeySigner(keyPair("RSA_4096_PSS"), "RSA_4096_PSS");
    const intermediateSigner = new KeySigner(keyPair("ED25519"), "ED25519");
    const root = await issueRoot({ signer: rootSigner });
    const intermediate = await issue({
      profile: "intermediate",
      subject: { commonName: "Test Intermediate" },
      publicKey: intermediateSigner.publicKey,
      signer: rootSigner,
      issuerPem: root,
    });
    const leaf = await issue({
      profile: "leaf",
      subject: { commonName: "a leaf" },
      publicKey: keyPair("ECDSA_P521").publicKey,
      signer: intermediateSigner,
      issuerPem: intermediate,
    });
    const leafFile = written("leaf.pem", leaf);
    const trust = ["-CAfile", written("root.pem", root), "-untrusted", written("intermediate.pem", intermediate)];
    const verified = openssl(["verify", "-x509_strict", "-attime", "1772600800", ...trust, leafFile]);
    assert.equal(verified, `${leafFile}: OK\n`);
  });
});

/** The possible lengths of r and s in DER, which drops leading zeros and adds one before a leading one bit. */
const SHAPES = [
  { shape: "an r one octet short", rLength: [31], sLength: [32, 33] },
  { shape: "an s one octet short", rLength: [32, 33], sLength: [31] },
  { shape: "an octet of zeros before r and before s", rLength: [33], sLength: [33] },
  { shape: "r and s of 32 octets", rLength: [32], sLength: [32] },
] as const;

void describe("An ECDSA signature", () => {
  for (const { shape, rLength, sLength } of SHAPES) {
    void it(`with ${shape} is in the certificate as the signer gave it`, async () => {
      const { publicKey, privateKey } = keyPair("ECDSA_P256");
      let given = Buffer.alloc(0);
      const signer: Signer = {
        algorithm: "ECDSA_P256",
        publicKey,
        sign: (message) => {
          do {
            given = sign("sha256", message, { key: privateKey, dsaEncoding: "der" });
          } while (
            !(rLength as readonly number[]).includes(given[3] ?? 0) ||
            !(sLength as readonly number[]).includes(given[5 + (given[3] ?? 0)] ?? 0)
          );
          return Promise.resolve(given);
        },
      };
      const der = derOf(await issueRoot({ signer }));
      assert.deepEqual(der.subarray(-given.length), given);
    });
  }
});
