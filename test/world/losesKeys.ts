import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { KmsStack } from "../engine/kmsStack";
import { UP_WITHOUT_PREVIEW } from "../engine/project";
import { leadsToServed, type Served } from "./served";
import type { WorldProject } from "./worldProject";

/** A KMS, and the parameters for testing compromised keys in it. */
export interface LosesKeys<Stack extends KmsStack<WorldProject>> {
  readonly name: string;
  readonly skip: string | false;
  /** A new root stack with SSH keys. */
  readonly start: () => Promise<Stack>;
  /** Makes room for the successors of these generations. */
  readonly prepare?: (stack: Stack, compromised: readonly string[]) => Promise<void>;
  /** The KMS's own name of the operation that signs. */
  readonly sign: string;
  /** How often a new key's place is asked for a signature before the key is made. Default never. */
  readonly signaturesPerKey?: number;
  /** Checks what is stored beside the keys, in a KMS that holds certificates. */
  readonly checkStored?: (stack: Stack, certificates: StoredCertificates) => Promise<void>;
}

/** The certificates that are expected beside keys, as PEM by the URI of the key. */
type StoredCertificates = ReadonlyMap<string, string>;

/** Tests compromises of keys in a KMS. */
export function losesKeys<Stack extends KmsStack<WorldProject>>(on: LosesKeys<Stack>): void {
  const { name, skip, start, prepare, sign, signaturesPerKey = 0, checkStored } = on;
  void describe(`Compromised keys in ${name}`, { skip }, () => {
    let kms: Stack;
    let live: readonly string[];
    const stored = new Map<string, string>();
    before(async () => {
      kms = await start();
      await kms.project.succeed(UP_WITHOUT_PREVIEW);
      live = await kms.liveKeys();
      assert.equal(live.length, 4);
    });
    after(() => kms.stop());

    const signatures = (): number => kms.calls.filter((call) => call.split(" ")[0] === sign).length;
    /** Adds the certificates in use to those that must be stored. */
    const remember = async (): Promise<void> => {
      const { project } = kms;
      for (const part of ["root", "intermediate"]) {
        stored.set(await project.output(`${part}Key`), await project.output(`${part}Certificate`));
      }
    };
    /** Names generations, and checks that one run makes and signs so much, keeps all keys, and leaves nothing to do. */
    const lose = async (compromised: readonly string[], made: number, signed: number): Promise<void> => {
      const { project } = kms;
      await remember();
      await project.setConfigObject("kms-pki:compromised", compromised);
      await prepare?.(kms, compromised);
      kms.clear();
      await project.succeed(["preview"]);
      assert.deepEqual(kms.calls, []);
      await project.succeed(UP_WITHOUT_PREVIEW);
      assert.equal(signatures(), signed + made * signaturesPerKey);
      const now = await kms.liveKeys();
      assert.ok(live.every((key) => now.includes(key)));
      assert.equal(now.length, live.length + made);
      live = now;
      kms.clear();
      await project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
      assert.deepEqual(kms.calls, []);
      await project.succeed(["refresh", "--yes", "--skip-preview"]);
      await project.succeed([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
      await remember();
      await checkStored?.(kms, stored);
    };
    /** Checks that the intermediate in service is one of this generation, under the root in service. */
    const checkChain = async (intermediate: number, root: number): Promise<void> => {
      const outputs = (await kms.project.outputs()) as unknown as Served;
      const [[served], [trusted]] = [outputs.intermediates, outputs.roots];
      assert.deepEqual([served?.generation, trusted?.generation], [intermediate, root]);
      assert.ok(leadsToServed(trusted?.certificate ?? "", outputs.intermediateBundle));
    };

    void it("stay there, and an intermediate and an SSH key get one successor each in one up, with one signature", async () => {
      const before = await kms.project.outputs();
      await lose(["intermediate", "ssh-user"], 2, 1);
      const after = await kms.project.outputs();
      await checkChain(1, 0);
      assert.notEqual(after["intermediateKey"], before["intermediateKey"]);
      assert.equal(after["rootCertificate"], before["rootCertificate"]);
      assert.ok(!String(after["sshTrustedUserCaKeys"]).includes(String(before["sshUserPublicKey"])));
      assert.equal(after["sshHostPublicKey"], before["sshHostPublicKey"]);
    });

    void it("never have a certificate under a root that came later, and the root gets a successor", async () => {
      await lose(["intermediate", "ssh-user", "root"], 1, 2);
      await checkChain(1, 1);
    });

    void it("include a root that was just made", async () => {
      await lose(["intermediate", "ssh-user", "root", "root-g1"], 1, 2);
      await checkChain(1, 2);
    });
  });
}
