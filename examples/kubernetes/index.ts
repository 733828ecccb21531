import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as pki from "pulumi-kms-pki";
import { AwsKmsKeys } from "pulumi-kms-pki/awskms";
import { CloudKmsKeys } from "pulumi-kms-pki/cloudkms";

const config = new pulumi.Config();
const namespaceName = config.get("namespace") ?? "pki";
const replicas = config.getNumber("replicas") ?? 3;
// Without a password, such as postgresql://stepca@db.example.com:5432/. step-ca takes it from PGPASSWORD.
const databaseUrl = config.require("databaseUrl");
// A Secret that you make, with the password of the database as "password".
const databaseSecret = config.get("databaseSecret") ?? "step-ca-database";

const PORT = 9000;
const FOLDER = "/home/step/ca";

/** The keys, and the annotation that gives the pods the identity of step-ca in the cloud. */
function inCloud(): {
  keys: pki.KeySource;
  identity: Record<string, pulumi.Input<string>>;
  policy?: pulumi.Output<pki.JsonObject>;
} {
  if (config.get("cloud") === "google") {
    const account = config.require("stepCaAccount"); // NAME@PROJECT.iam.gserviceaccount.com
    const keys = new CloudKmsKeys({ keyRing: "pki-example", stepCaMember: `serviceAccount:${account}` });
    return { keys, identity: { "iam.gke.io/gcp-service-account": account } };
  }
  const keys = new AwsKmsKeys({ region: config.require("region"), aliasPrefix: "pki-example" });
  return {
    keys,
    identity: { "eks.amazonaws.com/role-arn": config.require("stepCaRoleArn") },
    policy: keys.stepCaPolicy,
  };
}

const { keys, identity, policy } = inCloud();

// `kms-pki status` reads this output.
export const ca = new pki.CertificateAuthority("ca", {
  keys,
  name: "Example",
  dnsNames: [`step-ca.${namespaceName}.svc`, "ca.example.com"],
  address: `:${PORT}`,
  database: { type: "postgresql", name: "stepca", url: databaseUrl },
});

// AWS only: the policy of the role that stepCaRoleArn names. It lets step-ca sign with the intermediate and the SSH keys.
export const stepCaIamPolicy = policy;

const labels = { "app.kubernetes.io/name": "step-ca", "app.kubernetes.io/instance": "ca" };
// The cluster refuses a pod that has more rights than step-ca needs.
const restricted = { "pod-security.kubernetes.io/enforce": "restricted" };
const namespace = new k8s.core.v1.Namespace("pki", { metadata: { name: namespaceName, labels: restricted } });
const metadata = { name: "step-ca", namespace: namespace.metadata.name, labels };

const account = new k8s.core.v1.ServiceAccount("step-ca", { metadata: { ...metadata, annotations: identity } });

// Everything here is public: the keys are in the KMS, and the password is in a Secret. Paths in ca.json start in its folder.
const files = {
  "ca.json": pulumi.jsonStringify(ca.caConfig, undefined, 2),
  "root_ca.crt": ca.rootCertificate,
  "intermediate_ca.crt": ca.intermediateCertificate,
};
const configMap = new k8s.core.v1.ConfigMap("step-ca", { metadata, data: files });

// Pods start again, one after the other, when a file changes.
const checksum = pulumi
  .all(files)
  .apply((contents) => createHash("sha256").update(JSON.stringify(contents)).digest("hex"));

// The first pods wait for what only this run's outputs let you give: the Secret and step-ca's rights. So pulumi up does not wait for them.
const unawaited = { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } };

const health = { httpGet: { path: "/health", port: "https", scheme: "HTTPS" } };

const deployment = new k8s.apps.v1.Deployment("step-ca", {
  metadata: unawaited,
  spec: {
    replicas,
    selector: { matchLabels: labels },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    template: {
      metadata: { labels, annotations: { "checksum/ca": checksum } },
      spec: {
        serviceAccountName: account.metadata.name,
        automountServiceAccountToken: false, // step-ca asks the cloud, and not the cluster
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "kubernetes.io/hostname",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels: labels },
          },
        ],
        containers: [
          {
            name: "step-ca",
            image: "smallstep/step-ca:0.30.2",
            command: ["step-ca", "ca.json"],
            workingDir: FOLDER,
            env: [{ name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: databaseSecret, key: "password" } } }],
            ports: [{ name: "https", containerPort: PORT }],
            startupProbe: { ...health, periodSeconds: 2, failureThreshold: 30 },
            readinessProbe: { ...health, periodSeconds: 5 },
            livenessProbe: { ...health, periodSeconds: 20 },
            lifecycle: { preStop: { sleep: { seconds: 5 } } }, // until the Service sends it no more clients
            resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ["ALL"] },
            },
            volumeMounts: [{ name: "ca", mountPath: FOLDER, readOnly: true }],
          },
        ],
        volumes: [{ name: "ca", configMap: { name: configMap.metadata.name } }],
      },
    },
  },
});

new k8s.policy.v1.PodDisruptionBudget("step-ca", {
  metadata,
  spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
});

// Only the port of step-ca is reached. What step-ca itself reaches is not confined: the KMS, the database, the hosts of ACME.
new k8s.networking.v1.NetworkPolicy("step-ca", {
  metadata,
  spec: { podSelector: { matchLabels: labels }, policyTypes: ["Ingress"], ingress: [{ ports: [{ port: "https" }] }] },
});

new k8s.core.v1.Service("step-ca", {
  metadata: unawaited,
  spec: { selector: labels, ports: [{ name: "https", port: 443, targetPort: "https" }] },
});

export const deploymentName = deployment.metadata.name;
