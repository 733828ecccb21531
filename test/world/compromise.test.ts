import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AUTHORITY_PARTS, generationLabel } from "../../provider/rotation/authorityPart";
import { authorityState } from "../../provider/rotation/authorityState";
import { changesWithin } from "../../provider/rotation/changes";
import { RotationStack } from "../engine/rotationStack";
import { ARGS, day } from "../rotation/rotations";
import { certificatesOf, leadsToServed, type Served } from "./served";
import { WorldProject } from "./worldProject";

/** A day of {@link ARGS} in each state of the table in docs/renewal-and-rotation.md. */
const STATES = {
  "before the first change": 1,
  "an intermediate is published": 36,
  "an intermediate is active and the old one retires": 41,
  "SSH keys are published": 52,
  "SSH keys are active and the old ones retire": 61,
  "a root is published": 92,
  "a root is active and the old one retires": 105,
} as const;

/** The public keys for which and with which something is served, with all outputs as one text. */
function keysInService({ compromise: _, ...outputs }: Served): { subjects: string[]; text: string } {
  const certificates = [
    ...certificatesOf(outputs.intermediateBundle),
    ...[...outputs.roots, ...outputs.intermediates, ...outputs.crossCertificates].map(
      ({ certificate }) => new X509Certificate(certificate),
    ),
  ];
  return { subjects: certificates.map((each) => digest(each)), text: JSON.stringify(outputs) };
}

function digest({ publicKey }: X509Certificate): string {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
}

/** Checks that each root in service leads to the certificate that step-ca serves. */
function checkChain({ roots, intermediateBundle, intermediates, caConfig }: Served): void {
  assert.equal(caConfig.key, intermediates.find(({ state }) => state === "active")?.key);
  for (const { certificate } of roots) {
    assert.ok(leadsToServed(certificate, intermediateBundle), new X509Certificate(certificate).subject);
  }
}

void describe("A compromised key of a rotating authority", () => {
  let stack: RotationStack<WorldProject>;
  before(async () => {
    stack = await RotationStack.over(await WorldProject.rootStack(), ARGS);
  });
  after(() => {
    stack.project.remove();
  });

  const upUntil = async (on: number): Promise<void> => {
    for (const change of changesWithin(stack.rotation, stack.now === 0 ? day(0) : stack.now, day(on))) {
      stack.at(change);
      await stack.up();
    }
    stack.at(day(on));
    await stack.up();
  };
  const served = async (): Promise<Served> => (await stack.project.outputs()) as unknown as Served;
  /** Runs something, and returns everything to the state before. */
  const apart = async (run: () => Promise<void>): Promise<void> => {
    const { directory } = stack.project;
    const [state, now, copy] = [stack.project.snapshot(), stack.now, join(stack.project.scratch, "keys-before")];
    cpSync(join(directory, "keys"), copy, { recursive: true });
    try {
      await run();
    } finally {
      stack.project.restore(state);
      rmSync(join(directory, "keys"), { recursive: true });
      cpSync(copy, join(directory, "keys"), { recursive: true });
      rmSync(copy, { recursive: true });
      await stack.project.setConfig("kms-pki:compromised", "[]");
      stack.at(now);
    }
  };
  const compromise = (names: readonly string[]): Promise<void> =>
    stack.project.setConfigObject("kms-pki:compromised", names);

  for (const [state, on] of Object.entries(STATES)) {
    void it(`leaves service in one up when ${state}, whichever it is, and the chain holds`, async () => {
      await upUntil(on);
      const { generations } = authorityState(stack.rotation, day(on));
      const all = AUTHORITY_PARTS.flatMap((part) => generations[part].map((each) => ({ part, ...each })));
      for (const { part, number, state: role } of all) {
        await apart(async () => {
          const label = generationLabel(part, number);
          const list = {
            root: "roots",
            intermediate: "intermediates",
            "ssh-user": "sshUserKeys",
            "ssh-host": "sshHostKeys",
          };
          const former = (await served())[list[part] as "roots"].find(({ generation }) => generation === number);
          await compromise([label]);
          const { generateKeyPair, sign } = await stack.up();
          assert.ok(generateKeyPair <= 1, label);
          // The successor of what was published or retiring is there already.
          assert.equal(generateKeyPair, hasSuccessor(all, part, number, role) ? 0 : 1, label);
          const now = await served();
          const { subjects, text } = keysInService(now);
          checkChain(now);
          assert.ok(!text.includes(`${former?.key ?? "no key"}"`), `${label} is still in the outputs`);
          if (part === "root" || part === "intermediate") {
            assert.ok(!subjects.includes(digest(new X509Certificate(former?.certificate ?? ""))), label);
          } else {
            assert.ok(!text.includes(former?.publicKey ?? ""), label);
            assert.equal(sign, 0, label);
            assert.ok(
              now.compromise?.[part === "ssh-user" ? "sshRevokedKeys" : "sshRevokedHosts"].includes(
                former?.publicKey ?? "no",
              ),
            );
          }
          assert.deepEqual(now.compromise?.generations, [label]);
          assert.deepEqual(await stack.up(), { sign: 0, generateKeyPair: 0, createPrivateKey: 0 }, `${label}, again`);
          // The schedule goes on.
          for (const change of changesWithin(stack.rotation, day(on), day(on + 25))) {
            stack.at(change);
            await stack.up();
            checkChain(await served());
          }
        });
      }
    });
  }

  void it("is refused under a name that is wrong or still to come, and never returns", async () => {
    const refused = async (names: readonly string[], message: RegExp): Promise<void> => {
      await compromise(names);
      for (const run of [await stack.project.pulumi(["preview"]), await stack.tryUp()]) {
        assert.notEqual(run.code, 0);
        assert.match(run.output, message);
      }
    };
    await apart(async () => {
      await refused(
        ["root-g7"],
        /kms-pki:compromised\[0\]: INPUT_INVALID: "root-g7" is a generation that does not exist yet/,
      );
      await refused(["intermediat"], /"intermediat" is not a generation of a key. Name .*intermediate-g2/);
      await compromise(["intermediate-g2"]);
      await stack.up();
      await refused(["root"], /KEY_COMPROMISED: "intermediate-g2" was compromised at the last run/);
      await refused([], /KEY_COMPROMISED: .*compromised = \["intermediate-g2"\]/);
    });
  });

  void it("is followed by another, and by the one just made", async () => {
    await apart(async () => {
      const names = ["root-g1", "root", "intermediate-g2", "root-g2", "intermediate-g3"];
      for (const count of [1, 2, 3, 4, 5]) {
        await compromise(names.slice(0, count));
        const { generateKeyPair } = await stack.up();
        checkChain(await served());
        assert.ok(generateKeyPair <= 1);
      }
      const { roots, intermediates } = await served();
      assert.deepEqual(
        [roots, intermediates].map(([first]) => first?.generation),
        [3, 4],
      );
    });
  });
});

/** Whether the generation that takes the place of another exists already. */
function hasSuccessor(
  all: readonly { readonly part: string; readonly number: number }[],
  part: string,
  number: number,
  state: string,
): boolean {
  return state === "retiring" || all.some((each) => each.part === part && each.number > number);
}

void describe("A compromised key of an authority without a schedule", () => {
  for (const label of ["root", "intermediate", "ssh-user", "ssh-host"]) {
    void it(`leaves service in one up with deletion protection on: ${label}`, async () => {
      const project = await WorldProject.rootStack();
      try {
        await project.up();
        const before = await project.state();
        await project.setConfigObject("kms-pki:compromised", [label]);
        await project.up();
        const now = (await project.outputs()) as unknown as Served;
        checkChain(now);
        assert.equal(now.compromise?.generations[0], label);
        const { resources } = await project.state();
        const urns = resources.map(({ urn }) => urn);
        assert.ok(
          before.resources.every(({ urn }) => urns.includes(urn)),
          "nothing was deleted",
        );
        const again = await project.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
        assert.equal(again.code, 0, again.output);
        await project.setConfigObject("kms-pki:compromised", []);
        const run = await project.pulumi(["up", "--yes", "--skip-preview"]);
        assert.match(run.output, /KEY_COMPROMISED/);
      } finally {
        project.remove();
      }
    });
  }
});
