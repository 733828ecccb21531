// It must come first.
import { cloudWorld } from "./cloudWorld";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { declaredResource, type PolicyStackResource, stackResources } from "../../policies/resource";
import { RULES } from "../../policies/rules";
import { missing } from "../tools";
import { ARGS, day } from "../rotation/rotations";
import { RotationStack } from "../engine/rotationStack";
import { awsWorld } from "./awsWorld";
import type { RecordedResource, RecordedState } from "./recordedState";
import { WorldProject } from "./worldProject";

/** What the rules find in a stack, each as `rule: resource`, with the resources' inputs before a run and their outputs after it. */
function judged(project: WorldProject, now: Date): readonly string[] {
  const { resources } = JSON.parse(project.snapshot()) as RecordedState;
  const own = resources.map(({ urn, type, protect }) => ({
    ...{ urn, type, name: urn.split("::").at(-1) ?? "" },
    opts: { protect: protect ?? false },
  }));
  const inputs = resources.map((resource, index) => ({ ...(own[index] ?? assert.fail()), props: resource.inputs }));
  const stack = stackOf(resources, (resource, index) => ({
    ...(own[index] ?? assert.fail()),
    ...{ props: resource.outputs, propertyDependencies: {} },
  }));
  const judgment = { settings: {}, now };
  return RULES.flatMap(({ name, inResource, inStack }) => [
    ...inputs.flatMap((each) => inResource(declaredResource(each), judgment).map(() => `${name}: ${each.name}`)),
    ...(inStack?.(stackResources(stack), judgment) ?? []).map(({ resource }) => `${name}: ${resource.name}`),
  ]).sort();
}

/** The resources as the SDK links them. */
function stackOf(
  resources: readonly RecordedResource[],
  read: (resource: RecordedResource, index: number) => PolicyStackResource,
): readonly PolicyStackResource[] {
  const made = new Map<string, PolicyStackResource & { parent?: PolicyStackResource; propertyDependencies: object }>();
  resources.forEach((resource, index) => made.set(resource.urn, { ...read(resource, index) }));
  for (const { urn, parent, propertyDependencies } of resources) {
    const above = made.get(parent ?? "");
    Object.assign(made.get(urn) ?? assert.fail(), {
      ...(above === undefined ? {} : { parent: above }),
      propertyDependencies: Object.fromEntries(
        Object.entries(propertyDependencies).map(([name, urns]) => [
          name,
          urns.flatMap((each) => made.get(each) ?? []),
        ]),
      ),
    });
  }
  return [...made.values()];
}

/** What the advisory rules find in every authority with keys in software and without name constraints. */
const IN_SOFTWARE = [
  "required-name-constraints: ca-intermediate",
  "root-in-hardware: ca-intermediate",
  "root-in-hardware: ca-root",
];
const WITHOUT_CONSTRAINTS = IN_SOFTWARE.slice(0, 1);

void describe("The policy pack over an authority", () => {
  void it("finds nothing that is mandatory in one with default settings", async () => {
    const project = await WorldProject.rootStack();
    await project.up();
    assert.deepEqual(judged(project, new Date()), IN_SOFTWARE);
    project.remove();
  });

  void it("finds each key and certificate without deletion protection, and key files without encryption", async () => {
    const project = await WorldProject.program(
      'new pki.CertificateAuthority("ca", { keys: new pki.SoftKeys({ encryption: "none" }), ssh: false, deletionProtection: false });',
    );
    await project.up();
    assert.deepEqual(judged(project, new Date()), [
      ...["deletion-protection: ca-intermediate", "deletion-protection: ca-intermediate-key"],
      ...["deletion-protection: ca-root", "deletion-protection: ca-root-key"],
      ...["encrypted-key-files: ca-intermediate-key", "encrypted-key-files: ca-root-key"],
      ...IN_SOFTWARE,
    ]);
    project.remove();
  });

  void it("accepts rotated keys, whose record is protected, and finds a compromised generation", async () => {
    const stack = await RotationStack.over(await WorldProject.rootStack(), ARGS);
    stack.at(day(1));
    await stack.up();
    const mandatory = (): readonly string[] =>
      judged(stack.project, new Date(stack.now)).filter((each) => !/^(?:required|root)-/.test(each));
    assert.deepEqual(mandatory(), []);
    await stack.project.setConfigObject("kms-pki:compromised", ["intermediate"]);
    await stack.up();
    assert.deepEqual(mandatory(), ["no-compromised-or-overdue: ca-rotation"]);
    stack.project.remove();
  });

  void it("takes a root in AWS KMS for one in hardware", { skip: missing("ministack") }, async () => {
    const stack = await awsWorld();
    await stack.project.up();
    assert.deepEqual(judged(stack.project, new Date()), WITHOUT_CONSTRAINTS);
    await stack.stop();
  });

  void it("finds a root in Google Cloud KMS that is in software", async () => {
    const stack = await cloudWorld({ "kms-pki:keyRing": "example" });
    await stack.project.up();
    assert.deepEqual(judged(stack.project, new Date()), [...WITHOUT_CONSTRAINTS, "root-in-hardware: ca-root"]);
    await stack.stop();
  });
});
