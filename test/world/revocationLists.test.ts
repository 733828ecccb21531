// It must come first.
import { cloudWorld } from "./cloudWorld";
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { shellBlock } from "../documentation/shellBlocks";
import { Pkcs11Stack } from "../engine/pkcs11Stack";
import { YubiKeyStack } from "../engine/yubiKeyStack";
import { missingSoftHsm } from "../pkcs11/token";
import { missing } from "../tools";
import { awsWorld } from "./awsWorld";
import { issuesListsOn, type ListOutput } from "./listsOf";
import { WorldProject } from "./worldProject";

/** What a KMS has been asked. */
interface Calls {
  readonly calls: readonly string[];
  clear(): void;
}

/** Counts the calls of one kind since it was last asked. */
function counted(kms: Calls, sign: string): () => number {
  return () => {
    const found = kms.calls.filter((call) => call.split(" ", 1)[0] === sign).length;
    kms.clear();
    return found;
  };
}

issuesListsOn("softkms", missing("openssl"), async () => {
  const project = await WorldProject.rootStack();
  const file = join(project.scratch, "calls");
  project.setEnvironment({ PROVIDER_CALLS_FILE: file });
  const crypto: Calls = {
    get calls() {
      return existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
    },
    clear() {
      rmSync(file, { force: true });
    },
  };
  const stop = (): Promise<void> => {
    project.remove();
    return Promise.resolve();
  };
  return { project, signatures: counted(crypto, "sign"), stop };
});

issuesListsOn("AWS KMS", missing("ministack", "openssl"), async () => {
  const stack = await awsWorld();
  return { project: stack.project, signatures: counted(stack, "Sign"), stop: () => stack.stop() };
});

issuesListsOn("Cloud KMS", missing("openssl"), async () => {
  const stack = await cloudWorld({ "kms-pki:keyRing": "example" });
  return { project: stack.project, signatures: counted(stack, "AsymmetricSign"), stop: () => stack.stop() };
});

issuesListsOn("a YubiKey", missing("pcscd", "piv-card", "yubico-piv-tool", "opensc-tool", "openssl"), async () => {
  const stack = await YubiKeyStack.over(await WorldProject.rootStack({ "kms-pki:kms": "yubikey" }));
  const signatures = counted(stack.card, "SIGN");
  // Signatures that fail: only by them does this firmware tell that a slot is empty.
  return { project: stack.project, signatures, probes: 16, stop: () => stack.stop() };
});

issuesListsOn("PKCS#11", missingSoftHsm("cc", "openssl"), async () => {
  const stack = await Pkcs11Stack.overRootStack(await WorldProject.rootStack({ "kms-pki:kms": "pkcs11" }));
  return { project: stack.project, signatures: counted(stack.module, "C_Sign"), stop: () => stack.stop() };
});

void describe("The settings of revocation lists in the documentation", { skip: missing("openssl") }, () => {
  void it("are those of the root stack", async () => {
    const project = await WorldProject.rootStack({ "kms-pki:ssh": "false" });
    try {
      for (const line of shellBlock("docs/revocation.md", "kms-pki:crl.url").trim().split("\n")) {
        const [, key = "", value = ""] = /^pulumi config set --path '([^']+)' (\S+)$/.exec(line) ?? [];
        await project.succeed(["config", "set", "--path", key, value]);
      }
      project.setEnvironment({ KMS_PKI_NOW: "2027-01-01T00:00:00Z", KMS_PKI_TEST_CLOCK: "1" });
      await project.up();
      const lists = (await project.outputs())["crls"] as ListOutput[];
      assert.deepEqual(
        lists.map(({ url, renewalTime }) => `${url} ${renewalTime}`),
        [
          "http://pki.example.com/crl/root.crl 2027-04-01T00:00:00.000Z",
          "http://pki.example.com/crl/intermediate.crl 2027-01-08T00:00:00.000Z",
        ],
      );
    } finally {
      project.remove();
    }
  });
});
