import { exampleProgram } from "./exampleProgram";
import { WorldProject } from "./worldProject";

/** An object of the cluster, as far as the tests read it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: { readonly metadata: { readonly annotations: Readonly<Record<string, string>> } };
  };
}

/** The role of step-ca in AWS. */
export const STEP_CA_ROLE = "arn:aws:iam::123456789012:role/step-ca";

/** The settings of `examples/kubernetes` on AWS. */
export const ON_AWS = { region: "us-east-1", stepCaRoleArn: STEP_CA_ROLE };

/** A project with the program of `examples/kubernetes`. */
export async function kubernetesProject(settings: Readonly<Record<string, string>>): Promise<WorldProject> {
  const made = await WorldProject.program("");
  for (const [name, value] of Object.entries(settings)) {
    await made.setConfig(`acme:${name}`, value);
  }
  made.runsProgram(exampleProgram("kubernetes"));
  return made;
}

/** The objects of the cluster in its stack. */
export async function manifestsOf(project: WorldProject): Promise<readonly Manifest[]> {
  const { resources } = await project.state();
  return resources
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ outputs }) => outputs as unknown as Manifest);
}
