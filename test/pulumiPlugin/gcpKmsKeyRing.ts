import { happened } from "./stop";
import type { GcpClient } from "./gcpClient";
import { defined } from "./properties";
import type { ResourceKind } from "./resourceKind";

/** The inputs; the names are those of @pulumi/gcp. */
interface KeyRingInputs {
  readonly location: string;
  readonly name: string;
  readonly project?: string;
}

/** `gcp:kms/keyRing:KeyRing`. The service cannot delete key rings: a removed one stays. */
export function gcpKmsKeyRing(client: GcpClient): ResourceKind {
  return {
    inputs: {
      location: { replaces: true },
      name: { replaces: true },
      project: { chosenByService: true, replaces: true },
    },
    outputs: [],
    autoname: (name, random) => `${name}-${random}`,
    implied: () => Promise.resolve(defined({ project: client.project })),

    async create(properties) {
      const { location, name, project } = properties as unknown as KeyRingInputs;
      if (project === undefined) {
        throw new Error("Error fetching project for KeyRing: project: required field is not set");
      }
      const parent = `projects/${project}/locations/${location}`;
      await client.call("POST", `${parent}/keyRings`, { keyRingId: name }, {});
      await happened("CreateKeyRing");
      return { id: `${parent}/keyRings/${name}`, state: properties };
    },

    async read(id) {
      const [, project, location, name] = namesIn(id, client.project);
      const path = `projects/${String(project)}/locations/${String(location)}/keyRings/${String(name)}`;
      return (await client.find(path)) === undefined ? undefined : { id: path, state: { location, name, project } };
    },

    update: () => Promise.reject(new Error("a key ring has nothing that changes")),
    delete: () => Promise.resolve(),
  };
}

/** An import may also name it as `<project>/<location>/<name>` or `<location>/<name>`. */
function namesIn(id: string, project: string | undefined): readonly (string | undefined)[] {
  const parts = id.split("/");
  return (
    /^projects\/([^/]+)\/locations\/([^/]+)\/keyRings\/([^/]+)$/.exec(id) ?? [
      id,
      ...(parts.length === 2 ? [project] : []),
      ...parts,
    ]
  );
}
