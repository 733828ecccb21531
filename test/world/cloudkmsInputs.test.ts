// It must come first.
import { TRUSTED_ROOTS } from "../cloudkms/trustedRoots";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import { CertificateAuthority } from "../../provider";
import { CloudKmsKeys, type CloudKmsKeysArgs } from "../../provider/kms/cloudkms/program";
import { CloudStack, PROJECT } from "../cloudkms/cloudStack";
import { type Examples, type TriedStack, triesAllInputs } from "./inputForms";
import { WorldProject } from "./worldProject";

const EXAMPLES: Examples<Omit<CloudKmsKeysArgs, "provider">> = {
  project: { value: PROJECT, wrong: { value: "No", code: "INPUT_INVALID", property: "keys.project" } },
  location: { value: "europe-west6", wrong: { value: "Zürich", code: "INPUT_INVALID", property: "keys.location" } },
  keyRing: { value: "ring", wrong: { value: "my ring", code: "INPUT_INVALID", property: "keys.keyRing" } },
  credentialsFile: {
    value: "credentials.json",
    wrong: { value: "Pulumi.yaml", code: "INPUT_INVALID", property: "keys.credentialsFile" },
  },
  kmsUri: { value: true },
  protectionLevel: {
    value: { root: "HSM", intermediate: "SOFTWARE" },
    wrong: { value: "STEEL", code: "INPUT_INVALID", property: "keys.protectionLevel" },
  },
  existing: {
    ...{ value: undefined, isKnownToBeGiven: true, isResource: true },
    wrong: { value: { root: "nonsense" }, code: "KEY_URI_INVALID", property: "keys.existing.root" },
  },
  adopt: {
    ...{ value: undefined, isKnownToBeGiven: true, isResource: true },
    wrong: { value: { root: "nonsense" }, code: "KEY_URI_INVALID", property: "keys.adopt.root" },
  },
  newKeys: {
    value: ["ssh-user-key"],
    wrong: { value: ["root", "leaf"], code: "INPUT_INVALID", property: "keys.newKeys[1]" },
  },
  labels: {
    value: { team: "pki" },
    wrong: { value: { "pulumi-kms-pki": "x" }, code: "INPUT_INVALID", property: "keys.labels.pulumi-kms-pki" },
  },
  destroyScheduledDuration: {
    value: "86400s",
    wrong: { value: "1d", code: "INPUT_INVALID", property: "keys.destroyScheduledDuration" },
  },
  stepCaMember: { value: "serviceAccount:step-ca@example.iam.gserviceaccount.com", isKnownToBeGiven: true },
};

void describe("The settings of CloudKmsKeys", () => {
  let stack: CloudStack<WorldProject>;
  before(async () => {
    stack = await CloudStack.over(await WorldProject.program(""));
    copyFileSync(stack.proxy.caFile, TRUSTED_ROOTS);
    copyFileSync(stack.credentialsFile, join(stack.project.directory, "credentials.json"));
  });
  after(() => stack.stop());
  // One for all tests, because gRPC reads its trusted roots only once.
  const start = (): Promise<TriedStack> => Promise.resolve({ project: stack.project, stop: () => Promise.resolve() });

  triesAllInputs<CloudKmsKeysArgs>({
    ...{ examples: EXAMPLES as Examples<CloudKmsKeysArgs>, base: {}, start },
    // A preview with an unknown place of the ring shows a new ring, as the plugin does for every setting that Google cannot change.
    declare: (args) => {
      const keys = new CloudKmsKeys(args);
      const { caConfig } = new CertificateAuthority("ca", { keys, ssh: false, deletionProtection: false });
      return { caConfig, attestations: keys.attestations };
    },
  });
});
