import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { parse } from "yaml";
import { AwsStack } from "../awskms/awsStack";
import type { Authority, Outputs } from "../cli/authority";
import { encryptedAuthority } from "../cli/encryptedAuthority";
import { call } from "../cli/testShell";
import { shellBlock } from "../documentation/shellBlocks";
import { kubernetesProject, manifestsOf, ON_AWS } from "../world/kubernetesProject";
import type { WorldProject } from "../world/worldProject";
import { Cluster, missingCluster } from "./cluster";

const PAGE = "docs/kubernetes.md";

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default" } };
const named = (name: string): object => ({ ...CONFIG_MAP, metadata: { ...CONFIG_MAP.metadata, name } });
const POD_OF_ROOT = {
  ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "root", namespace: "default" } },
  spec: { containers: [{ name: "root", image: "root", securityContext: { runAsUser: 0 } }] },
};

/** The lines of a document that call kubectl. */
function kubectlLines(file: string, words: string): string {
  const lines = shellBlock(file, words).split("\n");
  return lines.filter((line) => /\bkubectl\b/.test(line) && !line.includes("rollout status")).join("\n");
}

void describe("A cluster of Kubernetes", { skip: missingCluster("ministack") }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await Cluster.start();
    cluster.kubectl(["label", "namespace", "default", "pod-security.kubernetes.io/enforce=restricted"]);
    cluster.createDefaultAccount("default");
  });
  after(async () => {
    await cluster.stop();
  });

  void describe("with what kms-pki export --kustomize writes", () => {
    let authority: Authority;
    let outputs: Outputs;
    const folder = (...names: string[]): string => authority.path("work", ...names);
    const applyOverlay = (): string => cluster.run(kubectlLines(PAGE, "kubectl apply -k overlay"), folder());
    const exportOutputs = async (): Promise<void> => {
      const { exitCode, stderr } = await call(
        ["export", "--outputs", "-", "--kustomize", "--dir", folder("step-ca"), "--force"],
        { cwd: authority.directory, stdin: JSON.stringify(outputs) },
      );
      assert.equal(exitCode, 0, stderr);
    };
    const deployedSecret = (): string =>
      cluster.kubectl(["get", "deployment", "step-ca", "--output", "jsonpath={..secret.name}"]);

    before(async () => {
      ({ authority, outputs } = await encryptedAuthority());
      mkdirSync(folder(".secrets"), { recursive: true });
      writeFileSync(folder(".secrets", "passphrase"), "correct-horse");
      writeFileSync(folder(".secrets", "database-password"), "battery\n");
      await exportOutputs();
      writeOverlay(folder("overlay"));
    });
    after(() => {
      authority.remove();
    });

    void it("takes the Secrets and the overlay by the lines of the document, and admits a pod", () => {
      cluster.run(kubectlLines(PAGE, "kubectl create secret generic step-ca-passphrase"), folder());
      const password = cluster.kubectl(["get", "secret", "step-ca-database", "--output", "jsonpath={.data.password}"]);
      assert.equal(Buffer.from(password, "base64").toString(), "battery");
      assert.match(applyOverlay(), /deployment\.apps\/step-ca created/);
      assert.match(deployedSecret(), /^step-ca-config-\w+$/);
      cluster.createPodOf("step-ca", "default");
    });

    void it("is not changed by the same export, and starts the pods again by another name of the Secret", async () => {
      const before = deployedSecret();
      await exportOutputs();
      assert.match(applyOverlay(), /deployment\.apps\/step-ca unchanged/);
      outputs = { ...outputs, caConfig: { ...(outputs["caConfig"] as object), address: ":8443" } };
      await exportOutputs();
      applyOverlay();
      assert.notEqual(deployedSecret(), before);
    });
  });

  void describe("with the objects of examples/kubernetes", () => {
    let stack: AwsStack<WorldProject>;
    const generation = (): string =>
      cluster.kubectl(["-n", "pki", "get", "deployment", "step-ca", "--output", "jsonpath={.metadata.generation}"]);

    before(async () => {
      const databaseUrl = "postgresql://stepca@db.example.com:5432/";
      stack = await AwsStack.over(await kubernetesProject({ ...ON_AWS, databaseUrl }));
      await stack.project.up();
    });
    after(async () => {
      await stack.stop();
    });

    void it("keeps them, and admits a pod with the Secret that the document makes", async () => {
      cluster.apply(await manifestsOf(stack.project));
      const folder = stack.project.scratch;
      writeFileSync(join(folder, "database-password"), "battery\n");
      cluster.run(kubectlLines("examples/kubernetes/README.md", "kubectl -n pki create secret"), folder);
      cluster.createPodOf("step-ca", "pki");
      assert.match(cluster.kubectl(["-n", "pki", "get", "pods", "--output", "name"]), /^pod\/step-ca-\w+\n$/);
    });

    void it("sees no change in the same objects", async () => {
      const before = generation();
      cluster.apply(await manifestsOf(stack.project));
      assert.equal(generation(), before);
    });
  });

  const invalid: readonly (readonly [string, object, RegExp])[] = [
    ["a field that does not exist", { ...CONFIG_MAP, dat: {} }, /unknown field|field not declared in schema/],
    ["a name with a capital letter", named("A"), /metadata\.name: Invalid value: "A"/],
    ["a key that is no name of a file", { ...CONFIG_MAP, data: { "a/b": "" } }, /data\[a\/b\]: Invalid value/],
    ["a pod of root in a namespace that is restricted", POD_OF_ROOT, /violates PodSecurity "restricted/],
  ];
  for (const [what, object, says] of invalid) {
    void it(`refuses ${what}`, () => {
      assert.throws(() => {
        cluster.apply([object]);
      }, says);
    });
  }
});

/** The overlay of the document, whose second file shows the template of the pod. */
function writeOverlay(folder: string): void {
  const page = readFileSync(PAGE, "utf8");
  const file = (name: string): string =>
    new RegExp(`\`\`\`yaml\\n# overlay/${name}.*\\n([^\`]+)\`\`\``).exec(page)?.[1] ?? assert.fail(name);
  const labels = { app: "step-ca" };
  const template = { metadata: { labels }, spec: parse(file("deployment.yaml")) as object };
  const deployment = {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "step-ca" } },
    spec: { selector: { matchLabels: labels }, template },
  };
  mkdirSync(folder);
  writeFileSync(join(folder, "kustomization.yaml"), file("kustomization.yaml"));
  writeFileSync(join(folder, "deployment.yaml"), JSON.stringify(deployment));
}
