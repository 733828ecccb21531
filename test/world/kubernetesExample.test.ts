// It must come first.
import { TRUSTED_ROOTS } from "../cloudkms/trustedRoots";
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AwsStack } from "../awskms/awsStack";
import { CloudStack } from "../cloudkms/cloudStack";
import { missingPostgres, Postgres } from "../database/postgres";
import { StepCa } from "../engine/stepCa";
import { freePort } from "../fixtures/freePort";
import { judge, missingJudge } from "../kubernetes/judge";
import { missing } from "../tools";
import { exampleProgram } from "./exampleProgram";
import { kubernetesProject, type Manifest, manifestsOf, ON_AWS, STEP_CA_ROLE } from "./kubernetesProject";
import type { WorldProject } from "./worldProject";

/** The objects of the stack, which the judges have accepted. */
async function manifests(of: WorldProject): Promise<(kind: string) => Manifest> {
  const found = await manifestsOf(of);
  judge(found);
  return (kind) => found.find((each) => each.kind === kind) ?? assert.fail(kind);
}

const checksum = (deployment: Manifest): string =>
  deployment.spec?.template?.metadata.annotations["checksum/ca"] ?? assert.fail("no checksum");

void describe("examples/kubernetes on AWS", { skip: missingJudge("ministack") }, () => {
  let stack: AwsStack<WorldProject>;
  let database: Postgres | undefined;
  before(async () => {
    database = missingPostgres() === false ? await Postgres.start() : undefined;
    stack = await AwsStack.over(
      await kubernetesProject({
        ...ON_AWS,
        databaseUrl: database?.urlWithoutPassword ?? "postgresql://stepca@db.example.com:5432/",
      }),
    );
    await stack.project.up();
  });
  after(async () => {
    await stack.stop();
    await database?.stop();
  });

  void it("declares objects that Kubernetes accepts, with the role of step-ca, and changes nothing in a second up", async () => {
    const of = await manifests(stack.project);
    assert.deepEqual(of("ServiceAccount").metadata.annotations, {
      "eks.amazonaws.com/role-arn": STEP_CA_ROLE,
    });
    assert.equal(of("Deployment").spec?.replicas, 3);
    assert.deepEqual(Object.keys(of("ConfigMap").data ?? {}).sort(), ["ca.json", "intermediate_ca.crt", "root_ca.crt"]);
    of("PodDisruptionBudget");
    of("NetworkPolicy");
    of("Service");
    assert.match(JSON.stringify((await stack.project.outputs())["stepCaIamPolicy"]), /kms:Sign/);
    await stack.project.succeed(["up", "--yes", "--expect-no-changes"]);
  });

  void it(
    "has files on which two real step-ca serve one authority",
    { skip: missing("step-ca", "step") || missingPostgres() },
    async () => {
      const { data = {} } = (await manifests(stack.project))("ConfigMap");
      const pods: StepCa[] = [];
      const home = join(stack.project.scratch, "step");
      const environment = { ...stack.stepCaEnvironment, PGPASSWORD: Postgres.password };
      try {
        for (const name of ["one", "other"]) {
          // A pod has a network of its own; here each needs a port of its own.
          const [folder, port] = [join(stack.project.scratch, name), await freePort()];
          mkdirSync(folder);
          for (const [file, content] of Object.entries(data)) {
            const here = content
              .replace('":9000"', `"127.0.0.1:${String(port)}"`)
              .replace("ca.example.com", "127.0.0.1");
            writeFileSync(join(folder, file), here);
          }
          pods.push(await StepCa.start(folder, stack.project.passphraseFile, port, home, environment));
        }
        const [one, other] = pods;
        const password = ["--provisioner", "admin", "--provisioner-password-file", stack.project.passphraseFile];
        await one?.step(["ca", "certificate", "leaf.example.com", "leaf.crt", "leaf.key", ...password]);
        await other?.step(["ca", "revoke", "--cert", "leaf.crt", "--key", "leaf.key"]);
        await assert.rejects(one?.step(["ca", "renew", "leaf.crt", "leaf.key", "--force"]) ?? assert.fail());
        assert.match(one?.log ?? "", /revoked/);
      } finally {
        await Promise.all(pods.map((pod) => pod.stop()));
      }
    },
  );

  void it("starts its pods again by another checksum when ca.json changes, and signs nothing", async () => {
    const before = await manifests(stack.project);
    stack.clear();
    stack.project.runsProgram(
      exampleProgram("kubernetes", (source) => source.replace('"ca.example.com"]', '"pki.example.com"]')),
    );
    await stack.project.up();
    const now = await manifests(stack.project);
    assert.match(now("ConfigMap").data?.["ca.json"] ?? "", /pki\.example\.com/);
    assert.notEqual(checksum(now("Deployment")), checksum(before("Deployment")));
    assert.deepEqual(
      stack.calls.filter((call) => call.includes("Sign")),
      [],
    );
    assert.deepEqual(
      stack.project.steps
        .filter(({ operation }) => operation !== "same")
        .map(({ operation, urn }) => [operation, urn.split("::").at(-2)]),
      [
        ["update", "kubernetes:core/v1:ConfigMap"],
        ["update", "kubernetes:apps/v1:Deployment"],
      ],
    );
  });
});

void describe("examples/kubernetes on Google", { skip: missingJudge() }, () => {
  void it("declares the same with the account of step-ca, which may use its keys", async () => {
    const account = "step-ca@acme-pki.iam.gserviceaccount.com";
    const stack = await CloudStack.over(
      await kubernetesProject({
        cloud: "google",
        stepCaAccount: account,
        databaseUrl: "postgresql://stepca@db.example.com:5432/",
      }),
    );
    copyFileSync(stack.proxy.caFile, TRUSTED_ROOTS);
    try {
      await stack.project.up();
      const of = await manifests(stack.project);
      assert.deepEqual(of("ServiceAccount").metadata.annotations, { "iam.gke.io/gcp-service-account": account });
      const members = (await stack.project.state()).resources.filter(({ type }) => type.includes("CryptoKeyIAMMember"));
      assert.ok(members.length > 0);
      assert.ok(members.every(({ outputs }) => outputs?.["member"] === `serviceAccount:${account}`));
      assert.match(of("ConfigMap").data?.["ca.json"] ?? "", /"type": "cloudkms"/);
    } finally {
      await stack.stop();
    }
  });
});
