import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KeyManager } from "../../provider/kms/keyManager";
import type { CertificateInputs } from "../../provider/lifecycle/certificateRecord";
import { certificateLifecycle } from "../../provider/lifecycle/certificate";
import { Backends } from "../../provider/kms/registry/backends";
import { withCode } from "../fixtures/withCode";
import { missing } from "../tools";
import { Authority } from "./authority";

/** Backends that count how often they are asked for anything. */
class AskedBackends extends Backends {
  asked = 0;

  override keyManager(uri: string, kms?: string): Promise<KeyManager> {
    this.asked += 1;
    return super.keyManager(uri, kms);
  }
}

void describe("A certificate that the lint refuses", { skip: missing("openssl") }, () => {
  const cases: readonly { readonly what: string; readonly changes: Partial<CertificateInputs> }[] = [
    { what: "an issued CA", changes: { keyUsages: ["cRLSign"] } },
    { what: "an issued leaf", changes: { profile: "leaf", keyUsages: ["keyCertSign"] } },
  ];
  for (const { what, changes } of cases) {
    void it(`costs no call of the key management service: ${what}`, async () => {
      const authority = new Authority();
      const inputs = authority.inputs(await authority.root(), changes);
      const { lifecycle, backends } = counted(authority);
      await assert.rejects(lifecycle.create(inputs), withCode("LINT_FAILED", /keyCertSign/));
      assert.equal(backends.asked, 0);
    });
  }

  void it("costs no call of the key management service: a self-signed root whose key is recorded", async () => {
    const authority = new Authority();
    const { lifecycle, backends } = counted(authority);
    const inputs = authority.rootInputs({ keyUsages: ["digitalSignature"] });
    await assert.rejects(lifecycle.create(inputs), withCode("LINT_FAILED", /keyCertSign/));
    assert.equal(backends.asked, 0);
  });

  void it("costs no call of the key management service: a leaf that breaks a rule of its profile alone", async () => {
    const authority = new Authority();
    const root = await authority.root();
    const { lifecycle, backends } = counted(authority);
    const leaf = authority.inputs(root, { profile: "leaf", dnsNames: ["a.example.com"], lintProfile: "publicTls" });
    await assert.rejects(lifecycle.create(leaf), withCode("LINT_FAILED", /CA\/B Forum TLS BR/));
    assert.equal(backends.asked, 0);
    const { lintProfile: _, ...withoutProfile } = leaf;
    assert.match((await authority.create(withoutProfile)).certificatePem, /BEGIN CERTIFICATE/);
  });

  void it("costs one look at the key when only its key management service knows it, and no signature", async () => {
    const authority = new Authority();
    const { publicKeyPem: _, ...inputs } = authority.rootInputs({ keyUsages: ["digitalSignature"] });
    await assert.rejects(authority.lifecycle.create(inputs), withCode("LINT_FAILED", /keyCertSign/));
    assert.equal(authority.backends.signatures, 0);
  });
});

function counted(authority: Authority): {
  readonly lifecycle: ReturnType<typeof certificateLifecycle>;
  readonly backends: AskedBackends;
} {
  const context = authority.process();
  const backends = new AskedBackends(context);
  return { lifecycle: certificateLifecycle({ ...context, backends }), backends };
}
