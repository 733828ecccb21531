import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { resourceType } from "../../provider/kms/resourceType";
import { WorldProject } from "./worldProject";

void describe("A working key that the state only lists for deletion", () => {
  for (const algorithm of ["ECDSA_P256", "ECDSA_P384"]) {
    void it(`is kept, and no other is left behind, when ${algorithm} is wanted`, async () => {
      const project = await WorldProject.rootStack({ "kms-pki:deletionProtection": "false" });
      try {
        await project.up();
        await project.editState((resource) =>
          resource.urn.endsWith("::ca-ssh-host-key") ? { ...resource, delete: true } : resource,
        );
        await project.setConfig("kms-pki:algorithm", algorithm);
        await project.up();
        await project.succeed(["refresh", "--yes"]);
        const { output } = await project.succeed(["up", "--yes", "--expect-no-changes"]);
        assert.match(output, /10 unchanged/);
        const recorded = (await project.state()).resources.filter(({ type }) => type === resourceType("SoftKey"));
        const files = readdirSync(join(project.directory, "keys")).map((file) => `softkms:path=keys/${file}`);
        assert.deepEqual(files.sort(), recorded.map(({ id }) => id).sort());
        assert.equal(files.length, 4);
      } finally {
        project.remove();
      }
    });
  }
});
