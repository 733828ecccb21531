import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AUTHORITY_PARTS } from "../../provider/rotation/authorityPart";
import type { AuthorityState } from "../../provider/rotation/authorityState";
import { generation } from "../../provider/rotation/generation";
import { readRotation } from "../../provider/rotation/rotation";
import { fingerprintSha256, readCertificate } from "../../provider/x509/certificate";
import { missing } from "../tools";
import { type Leaf, LeafIssuer, type SshLeaf } from "./rotationLeaves";
import { changesOfTenYears, DAY, TEN_YEARS } from "../engine/rotationSchedule";
import { type GenerationOutput, RotationStack } from "../engine/rotationStack";
import { WorldProject } from "./worldProject";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** The result of a step, and what a client fetches from it. */
interface Step {
  readonly at: number;
  readonly state: AuthorityState;
  readonly roots: readonly GenerationOutput[];
  readonly bundlePem: string;
  readonly intermediateKey: string;
  readonly userKey: string;
  readonly hostKey: string;
  readonly trustedUserKeys: readonly string[];
  readonly trustedHostKeys: readonly string[];
}

void describe(
  "Ten years of a rotation, with one up for each change",
  { skip: missing("openssl", "ssh-keygen") },
  () => {
    const { margins, schedules } = readRotation(TEN_YEARS);
    const steps: Step[] = [];
    const leaves: Leaf[] = [];
    const sshLeaves: SshLeaf[] = [];
    let stack: RotationStack;
    let issuer: LeafIssuer;
    before(async () => {
      stack = await RotationStack.over(await WorldProject.rootStack(), TEN_YEARS);
      issuer = new LeafIssuer(join(stack.project.scratch, "leaves"), stack.project.passphraseFile);
    });
    after(() => {
      stack.project.remove();
    });

    const file = (uri: string): string => join(stack.project.directory, uri.replace("softkms:path=", ""));

    /** Certificates of all kinds, with step-ca's lifetimes. */
    const issueAll = (step: Step, at: number): void => {
      const { tls, sshUser, sshHost } = margins.longestLeaf;
      const validity = (life: number): { notBefore: number; notAfter: number } => ({
        notBefore: at - margins.backdate,
        notAfter: at + life,
      });
      leaves.push(issuer.issue(step.bundlePem, file(step.intermediateKey), validity(tls)));
      sshLeaves.push(issuer.issueSsh("user", file(step.userKey), validity(sshUser)));
      sshLeaves.push(issuer.issueSsh("host", file(step.hostKey), validity(sshHost)));
    };

    /** Checks that every client trusts the valid certificates that it should, at an instant when a step is in force. */
    const verifyAll = (step: Step, at: number): number => {
      const fetched = steps.findLast((earlier) => earlier.at <= at - margins.clientRefresh) ?? steps[0] ?? step;
      const clients = [
        { who: "fetches its roots now", roots: step.roots, since: -Infinity },
        { who: "fetched its roots some time ago", roots: fetched.roots, since: -Infinity },
        ...step.roots.map((root) => ({
          who: `knows root ${String(root.generation)} alone since it was published`,
          roots: [root],
          since: generation(schedules.root, root.generation).publishedFrom,
        })),
      ];
      let verified = 0;
      for (const leaf of leaves.filter(({ notAfter }) => notAfter > at)) {
        for (const { who, roots } of clients.filter((client) => leaf.issuedAt + margins.backdate >= client.since)) {
          const pems = roots.map(({ certificate }) => certificate).join("");
          assert.ok(issuer.verifies(leaf, pems, at), `${leaf.file}, at ${new Date(at).toISOString()}: who ${who}`);
          verified += 1;
        }
      }
      for (const leaf of sshLeaves.filter(({ notAfter }) => notAfter > at)) {
        for (const { trustedUserKeys, trustedHostKeys } of [step, fetched]) {
          const trusted = leaf.type === "user" ? trustedUserKeys : trustedHostKeys;
          assert.ok(trusted.includes(leaf.signingFingerprint), `SSH ${leaf.type} at ${new Date(at).toISOString()}`);
          verified += 1;
        }
      }
      return verified;
    };

    const instants = changesOfTenYears();
    for (const [index, at] of instants.entries()) {
      void it(`keeps every leaf trusted, and signs only what is new, on ${new Date(at).toISOString().slice(0, 10)}`, async () => {
        assert.equal(steps.length, index, "an earlier step failed");
        const last = steps.at(-1);
        stack.at(at);
        const calls = await stack.up();
        const state = stack.expected;
        const isNew = ({ name }: { name: string }): boolean =>
          last?.state.certificates.every((certificate) => certificate.name !== name) ?? true;
        const newKeys = AUTHORITY_PARTS.flatMap((part) =>
          state.generations[part].filter(
            ({ number }) => last?.state.generations[part].every((earlier) => earlier.number !== number) ?? true,
          ),
        );
        assert.equal(calls.sign, state.certificates.filter(isNew).length);
        assert.equal(calls.generateKeyPair, newKeys.length);

        const outputs = await stack.checkState();
        const step: Step = {
          at,
          state,
          roots: outputs["roots"] as GenerationOutput[],
          bundlePem: String(outputs["intermediateBundle"]),
          intermediateKey: String(outputs["intermediateKey"]),
          userKey: String(outputs["sshUserKey"]),
          hostKey: String(outputs["sshHostKey"]),
          trustedUserKeys: issuer.fingerprints(String(outputs["sshTrustedUserCaKeys"])),
          trustedHostKeys: issuer.fingerprints(String(outputs["sshCertAuthority"])),
        };
        const fingerprints = (of: readonly Step[]): string[] =>
          of.flatMap(({ roots }) => roots.map(({ certificate }) => fingerprintSha256(readCertificate(certificate))));
        assert.deepEqual(
          outputs["formerRoots"],
          [...new Set(fingerprints(steps))].filter((each) => !fingerprints([step]).includes(each)),
        );
        steps.push(step);
        issueAll(step, at);
        assert.ok(verifyAll(step, at + MINUTE) > 0);
        // And the last certificates of this step's authority, just before the next step.
        const end = (instants[index + 1] ?? at + DAY) - SECOND;
        issueAll(step, end);
        verifyAll(step, end);
      });
    }

    void it("goes through several generations of everything", () => {
      const last = steps.at(-1)?.state.generations;
      const numbers = AUTHORITY_PARTS.map((part) => last?.[part].find(({ state }) => state === "active")?.number);
      assert.deepEqual(numbers, [2, 5, 4, 2]);
      assert.ok(steps.length >= 35, String(steps.length));
    });

    void it("changes nothing, and signs nothing, when up runs again", async () => {
      stack.at(stack.now + DAY);
      const { run, calls } = await stack.upAgain();
      assert.match(run.output, /unchanged/);
      assert.doesNotMatch(run.output, /created|updated|deleted/);
      assert.deepEqual(calls, { sign: 0, generateKeyPair: 0, createPrivateKey: 0 });
    });
  },
);
