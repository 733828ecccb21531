import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../provider/errors";
import type { CertificateInputs, CertificateRecord } from "../../provider/lifecycle/certificateRecord";
import { withCode } from "../fixtures/withCode";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { opensslRequest } from "../x509/opensslRequest";
import { Authority } from "./authority";

function weakKey(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync("rsa", { modulusLength: 1024 });
}

void describe("A certificate that must not be issued", () => {
  const refusals: readonly {
    what: string;
    code: ErrorCode;
    inputs: (authority: Authority, root: CertificateRecord) => CertificateInputs;
  }[] = [
    {
      what: "whose own key differs from the recorded one",
      code: "KEY_CHANGED",
      inputs: (authority) => {
        const inputs = authority.rootInputs();
        authority.key("root");
        return inputs;
      },
    },
    {
      what: "whose issuer's key differs from that in its certificate",
      code: "ISSUER_KEY_MISMATCH",
      inputs: (authority, root) => {
        authority.key("root");
        return authority.inputs(root);
      },
    },
    {
      what: "whose key is gone",
      code: "KEY_NOT_FOUND",
      inputs: (authority) => authority.rootInputs({}, { ...authority.rootKey, uri: "softkms:path=absent.pem" }),
    },
    {
      what: "that would outlive its issuer",
      code: "VALIDITY_EXCEEDS_ISSUER",
      inputs: (authority, root) => authority.inputs(root, { validity: "3651d" }),
    },
    {
      what: "whose issuer has expired",
      code: "VALIDITY_EXCEEDS_ISSUER",
      inputs: (authority, root) => {
        authority.now = new Date(root.notAfter);
        return authority.inputs(root);
      },
    },
    {
      what: "whose issuer is not a certificate",
      code: "INPUT_INVALID",
      inputs: (authority, root) => authority.inputs(root, { issuer: { certificatePem: "none" } }),
    },
    {
      what: "whose request is invalid",
      code: "CSR_INVALID",
      inputs: (authority, root) => {
        const { publicKeyPem: _, ...inputs } = authority.inputs(root);
        return { ...inputs, csrPem: "none" };
      },
    },
    {
      what: "whose request is for an RSA key of 1,024 bits",
      code: "ALGORITHM_UNSUPPORTED",
      inputs: (authority, root) => {
        const { publicKeyPem: _, ...inputs } = authority.inputs(root);
        const { privateKey } = weakKey();
        return { ...inputs, csrPem: opensslRequest(temporaryDirectory(), privateKey, ["-subj", "/CN=weak"]) };
      },
    },
    {
      what: "whose public key is an RSA key of 1,024 bits",
      code: "ALGORITHM_UNSUPPORTED",
      inputs: (authority, root) =>
        authority.inputs(root, {
          publicKeyPem: weakKey().publicKey.export({ type: "spki", format: "pem" }).toString(),
        }),
    },
    {
      what: "whose key is for another algorithm",
      code: "ALGORITHM_UNSUPPORTED",
      inputs: (authority) => authority.rootInputs({}, { ...authority.rootKey, algorithm: "ED25519" }),
    },
  ];
  for (const { what, code, inputs } of refusals) {
    void it(`${what} is not signed`, async () => {
      const authority = new Authority();
      const root = await authority.root();
      const news = inputs(authority, root);
      await assert.rejects(async () => authority.lifecycle.create(news), withCode(code));
      await assert.rejects(async () => authority.lifecycle.update(root, news), withCode(code));
      assert.equal(authority.backends.signatures, 1, "the root's own");
    });
  }
});
