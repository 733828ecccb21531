import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { TLSSocket } from "node:tls";
import { after, before, describe, it } from "node:test";
import { until } from "../fixtures/waiting";
import { jwkProvisioner } from "../../provider/stepca/provisioners";
import { generateJwkProvisionerKey } from "../../provider/stepca/jwkProvisioner";
import { Authority, type Outputs } from "../cli/authority";
import { type Phase, PHASES, RotatedAuthority, type Serving } from "../cli/rotation";
import { call } from "../cli/testShell";
import { missing, runTool } from "../tools";
import { freePort } from "../fixtures/freePort";
import { StepCa } from "./stepCa";

const PASSWORD = "provisioner password";
const HOUR = 3_600_000;

void describe("step-ca through a rotation", { skip: missing("step-ca", "step", "openssl", "ssh-keygen") }, () => {
  let authority: Authority;
  let port: number;
  let ca: StepCa;
  let phases: Record<Phase, Outputs>;
  const inFolder = (...names: string[]): string => authority.path(...names);

  const exportPhase = async (phase: Phase): Promise<void> => {
    const stdin = JSON.stringify(phases[phase]);
    const { exitCode, stderr } = await call(["export", "--outputs", "-"], { cwd: authority.directory, stdin });
    assert.equal(exitCode, 0, stderr);
  };
  const root = (generation: 0 | 1): string => {
    const { certificate } = (phases.published["roots"] as { certificate: string }[])[generation] ?? { certificate: "" };
    return certificate;
  };
  /** Calls step-ca as a client that trusts a single root. The answer also contains the issuer of step-ca's certificate, as PEM. */
  const ask = (path: string, trusted: string): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      get({ host: "127.0.0.1", port, path, ca: trusted, agent: false }, (response) => {
        let text = "";
        assert.ok(response.socket instanceof TLSSocket);
        const { issuerCertificate } = response.socket.getPeerCertificate(true);
        const issuer = new X509Certificate(issuerCertificate.raw).toString();
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () => {
          resolve({ ...(JSON.parse(text) as object), issuer });
        });
      }).on("error", reject);
    });
  /** Asks until the answer is as expected, because a reload takes a while. */
  const served = async (path: string, trusted: string, expected: (answer: object) => boolean): Promise<void> => {
    let answer: object = {};
    const isAsExpected = async (): Promise<boolean> => {
      answer = await ask(path, trusted).catch((error: unknown) => ({ error: String(error) }));
      return expected(answer);
    };
    const known = (): string => `${JSON.stringify(answer)}\n${ca.log}`;
    await until(`${path} answers as expected`, isAsExpected, { known });
  };

  before(async () => {
    authority = await Authority.create();
    port = await freePort();
    const serving: Serving = {
      address: `127.0.0.1:${String(port)}`,
      provisioners: [jwkProvisioner("admin", await generateJwkProvisionerKey(PASSWORD), true)],
    };
    const rotated = await RotatedAuthority.create(authority, new Date(Date.now() - HOUR));
    const outputs = await Promise.all(
      PHASES.map(async (phase) => [phase, await rotated.outputs(phase, serving)] as const),
    );
    phases = Object.fromEntries(outputs) as Record<Phase, Outputs>;
    writeFileSync(inFolder("password"), PASSWORD, { mode: 0o600 });
    await exportPhase("before");
    ca = await StepCa.start(inFolder("ca"), inFolder("password"), port, inFolder("step"));
  });
  after(async () => {
    await ca.stop();
    authority.remove();
  });

  /** The generation of the root that a client may have as its only root in a phase. */
  const trusted: Readonly<Record<Phase, readonly (0 | 1)[]>> = {
    before: [0],
    published: [0, 1],
    retiring: [0, 1],
    after: [1],
  };
  const leafFile = (phase: Phase): string => inFolder("step", `${phase}.crt`);
  const keyFile = (phase: Phase): string => inFolder("step", `${phase}.key`);

  for (const phase of PHASES) {
    void it(`serves the roots of phase "${phase}" to clients of each`, async () => {
      await exportPhase(phase);
      ca.reload();
      const certificates = (phases[phase]["roots"] as { certificate: string }[]).map(({ certificate }) =>
        certificate.trim(),
      );
      for (const generation of trusted[phase]) {
        await served("/roots", root(generation), ({ crts, issuer }: { crts?: string[]; issuer?: string }) => {
          const found = crts?.map((pem) => pem.trim()).sort();
          const isReloaded = issuer === phases[phase]["intermediateCertificate"];
          return isReloaded && JSON.stringify(found) === JSON.stringify([...certificates].sort());
        });
      }
    });

    void it(`issues certificates in phase "${phase}" that every client with one of its roots verifies`, async () => {
      const file = leafFile(phase);
      const provisioner = ["--provisioner", "admin", "--provisioner-password-file", inFolder("password")];
      await ca.step(["ca", "certificate", "localhost", file, keyFile(phase), ...provisioner]);
      for (const generation of trusted[phase]) {
        const rootFile = inFolder(`root-${String(generation)}.pem`);
        writeFileSync(rootFile, root(generation));
        const verified = runTool("openssl", ["verify", "-x509_strict", "-CAfile", rootFile, "-untrusted", file, file]);
        assert.match(verified, /: OK/);
      }
    });

    const [previous] = PHASES.slice(PHASES.indexOf(phase) - 1);
    if (phase !== "before" && previous !== undefined) {
      void it(`renews in phase "${phase}" what the previous phase issued`, async () => {
        const old = readFileSync(leafFile(previous), "utf8");
        await ca.step(["ca", "renew", leafFile(previous), keyFile(previous), "--force"]);
        assert.notEqual(readFileSync(leafFile(previous), "utf8"), old);
      });
    }

    void it(`serves the SSH keys of phase "${phase}": all trusted keys, and the federated ones`, async () => {
      const [generation = 0] = trusted[phase];
      const blobs = (list: string): string[] =>
        (phases[phase][list] as { publicKey: string }[]).map(({ publicKey }) => publicKey.split(" ")[1] ?? "").sort();
      const all = JSON.stringify([blobs("sshUserKeys"), blobs("sshHostKeys")]);
      for (const path of ["/ssh/roots", "/ssh/federation"]) {
        await served(path, root(generation), (answer) => {
          const { userKey, hostKey } = answer as { userKey?: string[]; hostKey?: string[] };
          return JSON.stringify([userKey?.sort(), hostKey?.sort()]) === all;
        });
      }
      assert.doesNotMatch(JSON.stringify(await ask("/ssh/roots", root(generation))), /PRIVATE/);
    });
  }

  void it("has known_hosts and TrustedUserCAKeys files that ssh-keygen reads", () => {
    assert.match(runTool("ssh-keygen", ["-F", "host.example.com", "-f", inFolder("ca", "ssh_known_hosts")]), /CA/);
  });
});
