import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judge, judgeBySchemas, missingJudges } from "./judges";

const NAMESPACE = {
  ...{ apiVersion: "v1", kind: "Namespace" },
  metadata: { name: "pki", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
};
const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { b: "c" } };

/** A Deployment that the namespace allows, but for what is given. */
function deployment({ app = "a", port = "https", user = 1000 } = {}): object {
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  const ports = [{ name: "https", containerPort: 9000 }];
  return {
    ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a", namespace: "pki" } },
    spec: {
      selector: { matchLabels: { app: "a" } },
      template: {
        metadata: { labels: { app } },
        spec: {
          securityContext: { runAsNonRoot: true, runAsUser: user, seccompProfile: { type: "RuntimeDefault" } },
          containers: [{ name: "a", image: "a", securityContext, ports, readinessProbe: { tcpSocket: { port } } }],
        },
      },
    },
  };
}

void describe("The judges of Kubernetes' objects", { skip: missingJudges() }, () => {
  void it("accept objects of Kubernetes", () => {
    judge([NAMESPACE, CONFIG_MAP, deployment()]);
  });

  const unknown: readonly (readonly [string, object])[] = [
    ["a field that does not exist", { ...CONFIG_MAP, dat: {} }],
    ["a field of another type, below", { ...CONFIG_MAP, data: { b: 1 } }],
    ["a field that does not exist in what another schema describes", { ...CONFIG_MAP, metadata: { nam: "a" } }],
    ["an object that does not exist", { ...CONFIG_MAP, kind: "Config" }],
  ];
  for (const [what, manifest] of unknown) {
    void it(`refuse by the schemas ${what}`, () => {
      assert.throws(() => {
        judgeBySchemas([CONFIG_MAP, manifest]);
      });
    });
  }

  const invalid: readonly (readonly [string, object, RegExp])[] = [
    ["a name with a capital letter", { ...CONFIG_MAP, metadata: { name: "A" } }, /metadata\.name: Invalid value: "A"/],
    ["a key that is no name of a file", { ...CONFIG_MAP, data: { "a/b": "" } }, /data\[a\/b\]: Invalid value/],
    ["a Deployment that does not select its pods", deployment({ app: "b" }), /`selector` does not match/],
    ["a probe of a port without a name", deployment({ port: "" }), /readinessProbe\.tcpSocket\.port: Invalid value/],
    ["pods of root, which their namespace forbids", deployment({ user: 0 }), /restricted forbids runAsUser=0/],
  ];
  for (const [what, manifest, says] of invalid) {
    void it(`refuse as the API server does, and as no schema does, ${what}`, () => {
      judgeBySchemas([NAMESPACE, manifest]);
      assert.throws(() => {
        judge([NAMESPACE, manifest]);
      }, says);
    });
  }
});
