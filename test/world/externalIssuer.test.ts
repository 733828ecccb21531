import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as pki from "../../provider";
import { UP } from "../engine/project";
import { ForeignCa } from "../fixtures/foreignCa";
import { openssl } from "../fixtures/openssl";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing } from "../tools";
import { WorldProject } from "./worldProject";

const skip = missing("openssl");

interface Declared {
  readonly answers?: pki.ExternalAnswers;
  readonly more?: Partial<pki.CertificateAuthorityArgs>;
  readonly intermediate?: object;
}

type Declare = (said: Declared) => void;

/** An authority whose intermediate a CA elsewhere signs. */
async function authority(test: (project: WorldProject, declare: Declare) => Promise<void>): Promise<void> {
  const project = await WorldProject.program("");
  try {
    await test(project, ({ answers = {}, more = {}, intermediate = {} }) => {
      project.runsProgram(() => ({
        ca: new pki.CertificateAuthority("ca", {
          keys: new pki.SoftKeys({ encryption: "none" }),
          ...{ name: "Example", dnsNames: ["ca.example.com"], ...more },
          intermediate: { issuer: "external", answers, ...intermediate },
        }).outputs,
      }));
    });
  } finally {
    project.remove();
  }
}

interface Outputs {
  readonly compromise?: pki.Compromise;
  readonly requests: readonly pki.AuthorityRequest[];
  readonly caConfig?: Record<string, unknown>;
  readonly rootCertificate?: string;
  readonly intermediateKey?: string;
  readonly intermediateCertificate?: string;
  readonly intermediateBundle?: string;
  readonly intermediates?: readonly { readonly generation: number; readonly state: string }[];
  readonly roots?: readonly { readonly certificate: string }[];
}

const outputsOf = async (project: WorldProject): Promise<Outputs> => {
  const outputs = await project.outputs();
  return (outputs["ca"] ?? outputs) as Outputs;
};

async function requestOf(project: WorldProject, name = "intermediate"): Promise<string> {
  const request = (await outputsOf(project)).requests.find((each) => each.name === name)?.request;
  assert.ok(request !== undefined, name);
  return request;
}

const changed = (project: WorldProject): string[] =>
  project.steps
    .filter(({ operation, urn }) => operation !== "same" && !urn.includes("pulumi:pulumi:Stack"))
    .map(({ operation, urn }) => `${operation} ${urn.split("::").at(-1) ?? ""}`);

/** Counts the signatures of key files. The lint's throw-away keys sign nothing here, because nothing is issued. */
function countsSignatures(project: WorldProject): () => number {
  const file = join(project.scratch, "calls");
  project.setEnvironment({ PROVIDER_CALLS_FILE: file });
  return () => {
    const calls = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
    rmSync(file, { force: true });
    return calls.filter((call) => call === "sign").length;
  };
}

const file = (name: string, content: string): string => {
  const path = join(temporaryDirectory(), name);
  writeFileSync(path, content);
  return path;
};

/** openssl verifies a certificate as a client with the root of the outputs does. */
function verified({ rootCertificate = "", intermediateBundle = "", intermediateCertificate = "" }: Outputs): void {
  const [root, bundle] = [file("root.pem", rootCertificate), file("bundle.pem", intermediateBundle)];
  const leaf = file("intermediate.pem", intermediateCertificate);
  assert.match(openssl(["verify", "-x509_strict", "-CAfile", root, "-untrusted", bundle, leaf]), /OK/);
}

void describe("An authority whose intermediate a CA elsewhere signs", { skip }, () => {
  void it("makes keys and a request first, and serves once the answer is there", () =>
    authority(async (project, declare) => {
      const foreign = new ForeignCa({ hasPolicyCa: true });
      const signatures = countsSignatures(project);
      declare({});
      await project.succeed(["preview"]);
      assert.equal(signatures(), 0);
      await project.up();
      assert.equal(signatures(), 1, "the request");
      const before = await outputsOf(project);
      for (const name of ["caConfig", "rootCertificate", "rootKey", "intermediateCertificate"]) {
        assert.ok(!(name in before), name);
      }
      assert.deepEqual(
        before.requests.map(({ name, isAwaited, state, dnsNames }) => [name, isAwaited, state, dnsNames]),
        [["intermediate", true, "active", ["ca.example.com"]]],
      );
      const csr = await requestOf(project);
      assert.match(openssl(["req", "-verify", "-noout", "-text"], csr), /CA:TRUE, pathlen:0/);
      await project.succeed(["up", "--yes", "--expect-no-changes"]);
      const answer = foreign.certify(csr);
      declare({ answers: { intermediate: answer + foreign.chain } });
      await project.up();
      assert.deepEqual(changed(project), ["create ca-intermediate"]);
      const after = await outputsOf(project);
      assert.equal(after.intermediateCertificate, answer);
      assert.equal(after.rootCertificate, foreign.rootPem);
      assert.equal(after.intermediateBundle, answer + String(foreign.policyPem));
      assert.equal(after.caConfig?.["key"], after.intermediateKey);
      assert.deepEqual(
        after.requests.map(({ isAwaited }) => isAwaited),
        [false],
      );
      await project.succeed(["up", "--yes", "--expect-no-changes"]);
      await project.succeed(["refresh", "--yes"]);
      await project.succeed(["up", "--yes", "--expect-no-changes"]);
      assert.equal(signatures(), 0);
      verified(after);
    }));

  void it("takes another answer for the same key in place, without a signature", () =>
    authority(async (project, declare) => {
      const [foreign, other] = [new ForeignCa(), new ForeignCa({ name: "Other" })];
      declare({});
      await project.up();
      const csr = await requestOf(project);
      declare({ answers: { intermediate: foreign.sign(csr) } });
      await project.up();
      const signatures = countsSignatures(project);
      for (const answer of [foreign.sign(csr, { notAfter: "20470101000000Z" }), other.sign(csr)]) {
        declare({ answers: { intermediate: answer } });
        await project.up();
        assert.deepEqual(changed(project), ["update ca-intermediate"]);
        assert.equal(
          String((await outputsOf(project)).intermediateCertificate),
          answer.slice(0, answer.indexOf("-----END") + 26),
        );
        verified(await outputsOf(project));
      }
      assert.equal((await outputsOf(project)).rootCertificate, other.rootPem);
      assert.equal(signatures(), 0);
    }));

  void it("gets its answer from a resource of the same program, by a function", () =>
    authority(async (project, declare) => {
      const answers: pki.ExternalAnswers = (request, generation) => {
        const root = new pki.Certificate("root", {
          ...{ key: new pki.SoftKey("root", { encryption: "none" }), subject: { commonName: "Root" } },
        });
        const subject = { commonName: "Example Intermediate" };
        const answer = new pki.Certificate(generation, { csrPem: request.csrPem, issuer: root, subject });
        return answer.certificatePem.apply((pem) => root.certificatePem.apply((above) => pem + above));
      };
      declare({ answers });
      await project.succeed(["preview"]);
      await project.up();
      verified(await outputsOf(project));
      assert.deepEqual(
        (await outputsOf(project)).requests.map(({ isAwaited }) => isAwaited),
        [false],
      );
      await project.succeed(["up", "--yes", "--expect-no-changes"]);
      project.setEnvironment({ KMS_PKI_NOW: "2056-01-01T00:00:00Z", KMS_PKI_TEST_CLOCK: "1" });
      const { output } = await project.kmsPki(["status"]);
      assert.match(
        output,
        /^The program gives the answer for intermediate: have its function return a new certificate/m,
      );
      assert.doesNotMatch(output, /Give intermediate\.csr/);
    }));

  void it("refuses to accept an answer by hand that a function gives", () =>
    authority(async (project, declare) => {
      const foreign = new ForeignCa();
      declare({ answers: ({ csrPem }) => csrPem.apply((csr) => (csr === "" ? csr : foreign.sign(csr))) });
      await project.up();
      const answer = file("answer.pem", foreign.sign(await requestOf(project)));
      const { code, output } = await project.kmsPki(["accept", answer]);
      assert.equal(code, 1);
      assert.match(output, /INPUT_INVALID: a function in the program gives the answer for intermediate, /);
      assert.equal((await project.kmsPki(["accept", answer, "--dry-run"])).code, 0);
    }));

  void it("is told how to give the answer in a program of one's own, whose config nothing reads", () =>
    authority(async (project, declare) => {
      declare({ answers: { intermediate: null, "intermediate-g1": undefined } });
      await project.up();
      const answer = new ForeignCa().sign(await requestOf(project));
      const { code, output } = await project.kmsPki(["accept", file("answer.pem", answer)]);
      assert.equal(code, 0, output);
      const [, name = ""] =
        /answers: \{ intermediate: readFileSync\("(intermediate-[0-9a-f]{8}\.pem)", "utf8"\) \}/.exec(output) ?? [];
      assert.equal(project.read(name), answer);
      assert.doesNotMatch(output, /intermediateCertificates/);
      declare({ answers: { intermediate: project.read(name) } });
      await project.up();
      verified(await outputsOf(project));
    }));

  void it("asks for the next intermediate when its key is compromised, whatever is protected, and serves again once answered", () =>
    authority(async (project, declare) => {
      const foreign = new ForeignCa();
      declare({});
      await project.up();
      const lost = foreign.sign(await requestOf(project));
      declare({ answers: { intermediate: lost } });
      await project.up();
      const more = { compromised: ["intermediate"] };
      declare({ answers: { intermediate: lost }, more });
      await project.up();
      const waiting = await outputsOf(project);
      assert.deepEqual(waiting.compromise?.generations, ["intermediate"]);
      assert.deepEqual(waiting.compromise.rootFingerprints, []);
      assert.ok(lost.startsWith(waiting.compromise.certificates[0]?.certificate ?? "none"));
      assert.ok(!("caConfig" in waiting));
      const next = foreign.sign(await requestOf(project, "intermediate-g1"));
      declare({ answers: { intermediate: lost, "intermediate-g1": next }, more });
      await project.up();
      const after = await outputsOf(project);
      verified(after);
      assert.ok(next.startsWith(after.intermediateCertificate ?? "none"));
      assert.equal(after.compromise?.rootFingerprints.length, 1);
      await project.succeed(["up", "--yes", "--expect-no-changes"]);
      // The old answer is not needed any more: its certificate stays recorded, and named.
      declare({ answers: { "intermediate-g1": next }, more });
      await project.succeed(["up", "--yes", "--expect-no-changes"]);
      assert.deepEqual((await outputsOf(project)).compromise, after.compromise);
    }));

  void it("asks for the next intermediate when the key of one that was never answered is compromised", () =>
    authority(async (project, declare) => {
      const more = { crl: { url: "http://crl.example.com/{name}.crl" } };
      declare({ more });
      await project.up();
      const named = { ...more, compromised: ["intermediate"] };
      declare({ more: named });
      await project.up();
      const next = new ForeignCa().sign(await requestOf(project, "intermediate-g1"));
      declare({ answers: { "intermediate-g1": next }, more: named });
      await project.up();
      const after = await outputsOf(project);
      verified(after);
      assert.deepEqual(after.compromise?.certificates, []);
      await project.succeed(["up", "--yes", "--expect-no-changes"]);
    }));

  void it("keeps its certificate when the answer's end has passed, and says that it is due", () =>
    authority(async (project, declare) => {
      const foreign = new ForeignCa();
      declare({});
      await project.up();
      const csr = await requestOf(project);
      const unanswered = await project.kmsPki(["plan"]);
      assert.equal(unanswered.code, 0, unanswered.output);
      assert.doesNotMatch(unanswered.output, /CERTIFICATE/);
      assert.match(unanswered.output, /^intermediate +- +- +answer, since \S+$/m);
      declare({ answers: { intermediate: foreign.sign(csr) }, intermediate: { renewBefore: "365d" } });
      await project.up();
      project.setEnvironment({ KMS_PKI_NOW: "2044-06-01T00:00:00Z", KMS_PKI_TEST_CLOCK: "1" });
      await project.up();
      assert.deepEqual(changed(project), []);
      const { output, code } = await project.kmsPki(["status"]);
      assert.match(output, /^intermediate +active +\S+ +renewal, since 2044-01-02 +2045-01-01 /m);
      assert.match(output, /Give intermediate\.csr.*take its new certificate with kms-pki accept\./);
      assert.equal(code, 1);
      const plan = await project.kmsPki(["plan"]);
      assert.equal(plan.code, 0, plan.output);
      assert.match(plan.output, /^No rotation is set, so every key stays\.$/m);
      assert.match(plan.output, /^root +- +20\d\d-\S+Z$/m);
      assert.match(plan.output, /^intermediate +2044-01-02T\S+ +2045-01-01T\S+$/m);
      assert.match(plan.output, /^intermediate +- +2045-01-01T\S+ +renewal, since 2044-01-02$/m);
      project.setEnvironment({ KMS_PKI_NOW: "2046-06-01T00:00:00Z" });
      await project.up();
      assert.deepEqual(changed(project), []);
    }));
});

void describe("A wrong answer", { skip }, () => {
  const foreign = new ForeignCa();
  const constrained = new ForeignCa({ rootExtensions: "nameConstraints=critical,permitted;DNS:example.org" });
  const short = new ForeignCa({ rootExtensions: "" });
  const CA = "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign";
  const wrong: readonly { what: string; answer: (csr: string) => string; code: pki.ErrorCode; says: RegExp }[] = [
    {
      what: "for another key",
      answer: () => foreign.sign(anotherRequest()),
      code: "ANSWER_MISMATCH",
      says: /another key/,
    },
    {
      what: "with the chain before it",
      answer: (csr) => foreign.chain + foreign.certify(csr),
      ...{ code: "ANSWER_MISMATCH", says: /Put the certificate for that key first/ },
    },
    {
      what: "with another subject",
      answer: (csr) => foreign.sign(csr, { subject: "/CN=Somebody Else" }),
      ...{ code: "ANSWER_MISMATCH", says: /its subject is "CN=Somebody Else"/ },
    },
    {
      what: "without its chain",
      answer: (csr) => foreign.certify(csr),
      code: "INPUT_INVALID",
      says: /issuer's certificate is missing/,
    },
    {
      what: "with another CA's chain",
      answer: (csr) => foreign.certify(csr) + short.chain,
      ...{ code: "INPUT_INVALID", says: /issuer's certificate is missing/ },
    },
    {
      what: "that is a leaf",
      answer: (csr) => foreign.sign(csr, { extensions: "basicConstraints=CA:FALSE" }),
      ...{ code: "ISSUER_NOT_CA", says: /not a CA certificate/ },
    },
    {
      what: "that cannot sign certificates",
      answer: (csr) =>
        foreign.sign(csr, { extensions: "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign" }),
      ...{ code: "ISSUER_NOT_CA", says: /keyCertSign/ },
    },
    {
      what: "that has ended",
      answer: (csr) => foreign.sign(csr, { notAfter: "20260101000000Z" }),
      ...{ code: "VALIDITY_INVALID", says: /not now/ },
    },
    {
      what: "that has not begun",
      answer: (csr) => foreign.sign(csr, { notBefore: "20400101000000Z" }),
      ...{ code: "VALIDITY_INVALID", says: /not now/ },
    },
    {
      what: "below a path that is too long",
      answer: (csr) => belowEndOfPath(csr),
      ...{ code: "PATH_LENGTH_VIOLATED", says: /path length 0/ },
    },
    {
      what: "below a root that forbids the names of the server",
      answer: (csr) => constrained.sign(csr),
      ...{ code: "NAME_NOT_PERMITTED", says: /ca\.example\.com|dnsNames\[0\]/ },
    },
    {
      what: "whose purposes step-ca does not have",
      answer: (csr) => foreign.sign(csr, { extensions: `${CA}\nextendedKeyUsage=emailProtection` }),
      ...{ code: "EXTENSION_INVALID", says: /lack serverAuth/ },
    },
    { what: "that is no PEM", answer: () => "nothing", code: "INPUT_INVALID", says: /no PEM/ },
    {
      what: "that is damaged",
      answer: (csr) => foreign.sign(csr).replace("MII", "XXX"),
      code: "INPUT_INVALID",
      says: /damaged/,
    },
    {
      what: "with a private key",
      answer: (csr) => foreign.sign(csr) + readFileSync(join(foreign.directory, "root.key"), "utf8"),
      ...{ code: "PRIVATE_KEY_GIVEN", says: /private key/ },
    },
  ];

  for (const { what, answer, code, says } of wrong) {
    void it(`${what} is refused by up and by accept with ${code}, and changes nothing`, () =>
      authority(async (project, declare) => {
        declare({});
        await project.up();
        const given = answer(await requestOf(project));
        const state = project.snapshot();
        const accepted = await project.kmsPki(["accept", file("answer.pem", given)]);
        assert.equal(accepted.code, 1, accepted.output);
        assert.match(accepted.output, new RegExp(`^${code}: `));
        assert.match(accepted.output, says);
        assert.doesNotMatch(accepted.output, /intermediateCertificates/);
        declare({ answers: { intermediate: given } });
        const run = await project.pulumi(UP);
        assert.notEqual(run.code, 0);
        assert.match(run.output, new RegExp(`${code}: `));
        assert.match(run.output, says);
        assert.equal(project.snapshot(), state);
        assert.doesNotMatch(`${accepted.output}${run.output}`, /MIG|MHc/);
      }));
  }

  /** A request for a key of somebody else, with the same subject. */
  function anotherRequest(): string {
    return openssl([
      ...["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-keyout", file("other.key", ""), "-subj", "/CN=Example Intermediate"],
    ]);
  }

  /** An answer by a CA that may sign only leaves. */
  function belowEndOfPath(csr: string): string {
    const ended = new ForeignCa({ hasPolicyCa: true, policyPathLength: 0 });
    return ended.sign(csr);
  }
});

void describe("A rotation of intermediates that a CA elsewhere signs", { skip }, () => {
  const rotation = {
    intermediate: { start: "2027-01-01T00:00:00Z", every: "365d", publishBefore: "30d", retireAfter: "30d" },
  };
  const at = (project: WorldProject, instant: string): void => {
    project.setEnvironment({ KMS_PKI_NOW: instant, KMS_PKI_TEST_CLOCK: "1" });
  };
  const states = async (project: WorldProject): Promise<string[]> =>
    (await outputsOf(project)).requests.map(
      ({ name, state, isAwaited }) => `${name} ${state}${isAwaited ? " awaited" : ""}`,
    );

  /** Tests an authority that rotates, with its answers so far, and what runs `up` with them at an instant. */
  const rotating = (
    test: (
      project: WorldProject,
      answers: Record<string, string>,
      run: (instant: string) => Promise<Outputs>,
      declare: Declare,
    ) => Promise<void>,
  ): Promise<void> =>
    authority((project, declare) => {
      const answers: Record<string, string> = {};
      const run = async (instant: string): Promise<Outputs> => {
        at(project, instant);
        declare({ answers: { ...answers }, more: { rotation } });
        await project.up();
        return outputsOf(project);
      };
      return test(project, answers, run, declare);
    });

  void it("asks ahead, goes on with the old one while an answer is missing, and switches when it is there", () =>
    rotating(async (project, answers, run, declare) => {
      const foreign = new ForeignCa();
      await run("2027-02-01T00:00:00Z");
      answers["intermediate"] = foreign.sign(await requestOf(project));
      const first = await run("2027-02-02T00:00:00Z");
      verified(first);
      assert.deepEqual(await states(project), ["intermediate active"]);
      // The next is published 30 days before 2028-01-01, and nobody answers.
      await run("2027-12-10T00:00:00Z");
      assert.deepEqual(await states(project), ["intermediate active", "intermediate-g1 published awaited"]);
      const dates = async (): Promise<Record<string, unknown>[]> => {
        const { code, stdout, output } = await project.kmsPki(["plan", "--to", "500d", "--json"]);
        assert.equal(code, 0, output);
        return (JSON.parse(stdout) as { requests: Record<string, unknown>[] }).requests;
      };
      assert.deepEqual(
        (await dates()).map(({ signedAt: _, ...each }) => each),
        [
          { label: "intermediate", generation: 0, from: null, until: null },
          {
            ...{ label: "intermediate-g1", generation: 1, from: "2027-12-02T00:00:00Z", until: "2028-01-01T00:00:00Z" },
            ...{ waitsFor: "answer", since: "2027-12-10T00:00:00.000Z" },
          },
          { label: "intermediate-g2", generation: 2, from: "2028-12-01T00:00:00Z", until: "2028-12-31T00:00:00Z" },
        ],
      );
      for (const instant of ["2028-01-02T00:00:00Z", "2028-03-01T00:00:00Z", "2028-12-10T00:00:00Z"]) {
        const waiting = await run(instant);
        assert.equal(waiting.intermediateCertificate, first.intermediateCertificate, instant);
        assert.equal(waiting.caConfig?.["key"], first.intermediateKey, instant);
        assert.deepEqual(
          waiting.intermediates?.map(({ generation, state }) => `${String(generation)} ${state}`),
          ["0 active"],
        );
        verified(waiting);
        const { output, code } = await project.kmsPki(["status"]);
        assert.match(output, /^intermediate-g1 +published +\S+ +answer, since 2027-12-10 +2028-01-01 /m);
        assert.equal(code, 1);
        const plan = (await project.kmsPki(["plan"])).output;
        assert.match(plan, /^intermediate-g1 +2027-12-02T\S+ +2028-01-01T\S+ +answer, since 2027-12-10$/m);
        assert.match(plan, /^The answer for intermediate-g1 is late\. /m);
        assert.match(plan, new RegExp(`^${instant} +- +root +intermediate *$`, "m"), "the old one is still in ca.json");
      }
      const signatures = countsSignatures(project);
      answers["intermediate-g1"] = foreign.sign(await requestOf(project, "intermediate-g1"));
      const second = await run("2028-12-11T00:00:00Z");
      assert.notEqual(second.intermediateKey, first.intermediateKey);
      verified(second);
      assert.equal(signatures(), 0);
      assert.match(openssl(["x509", "-noout", "-subject"], second.intermediateCertificate), /Example Intermediate G1/);
      assert.deepEqual(await states(project), ["intermediate-g1 active", "intermediate-g2 published awaited"]);
      await project.succeed(["up", "--yes", "--expect-no-changes"]);
      const { intermediate = "" } = answers;
      declare({ answers: { intermediate }, more: { rotation } });
      const { code, output } = await project.pulumi(UP);
      assert.notEqual(code, 0);
      assert.match(
        output,
        /intermediate\.answers\.intermediate-g1: INPUT_INVALID: it is missing, but this intermediate is in use/,
      );
    }));

  void it("has the answers of two generations under different roots at once", () =>
    rotating(async (project, answers, run) => {
      const [one, other] = [new ForeignCa(), new ForeignCa({ name: "Other", hasPolicyCa: true })];
      await run("2027-12-10T00:00:00Z");
      answers["intermediate"] = one.sign(await requestOf(project));
      answers["intermediate-g1"] = other.sign(await requestOf(project, "intermediate-g1"));
      const published = await run("2027-12-11T00:00:00Z");
      verified(published);
      const rootsIn = (outputs: Outputs): unknown[] => [
        outputs.roots?.map(({ certificate }) => certificate),
        (outputs.caConfig?.["root"] as string[]).length,
      ];
      assert.deepEqual(rootsIn(published), [[one.rootPem, other.rootPem], 2]);
      const switched = await run("2028-01-02T00:00:00Z");
      verified(switched);
      assert.deepEqual(rootsIn(switched), [[other.rootPem, one.rootPem], 2]);
      const status = await project.kmsPki(["status"]);
      assert.equal(status.code, 0, status.output);
      assert.equal((await project.kmsPki(["export", "--dir", "ca"])).code, 0);
      assert.equal((await run("2028-02-02T00:00:00Z")).rootCertificate, other.rootPem);
    }));

  void it("answers that come in time are published, and take over on schedule", () =>
    rotating(async (project, answers, run) => {
      const foreign = new ForeignCa();
      await run("2027-12-10T00:00:00Z");
      for (const name of ["intermediate", "intermediate-g1"]) {
        answers[name] = foreign.sign(await requestOf(project, name));
      }
      const published = await run("2027-12-11T00:00:00Z");
      assert.deepEqual(
        published.intermediates?.map(({ generation, state }) => `${String(generation)} ${state}`),
        ["0 active", "1 published"],
      );
      const active = await run("2028-01-02T00:00:00Z");
      assert.deepEqual(
        active.intermediates?.map(({ generation, state }) => `${String(generation)} ${state}`),
        ["1 active", "0 retiring"],
      );
      verified(active);
      const gone = await run("2028-02-02T00:00:00Z");
      assert.deepEqual(
        gone.intermediates?.map(({ generation }) => generation),
        [1],
      );
    }));

  void it("goes on after an up that was cut off while an answer is missing", () =>
    authority(async (project, declare) => {
      const foreign = new ForeignCa();
      at(project, "2027-02-01T00:00:00Z");
      declare({ more: { rotation } });
      for (const [made, moment] of [
        ["ca-intermediate-key", "after"],
        ["ca-intermediate-request", "before"],
        ["ca-intermediate-request", "after"],
      ] as const) {
        await project.cutOff(({ urn }, when) => urn.endsWith(`::${made}`) && when === moment);
        project.recover();
      }
      await project.up();
      declare({ more: { rotation }, answers: { intermediate: foreign.sign(await requestOf(project)) } });
      await project.up();
      verified(await outputsOf(project));
    }));
});

void describe("The root stack with rootKms external", { skip }, () => {
  void it("exports its request, takes the answer with kms-pki accept, and exports ca.json", async () => {
    const project = await WorldProject.rootStack({ "kms-pki:rootKms": "external", "kms-pki:name": "Example" });
    try {
      const foreign = new ForeignCa({ hasPolicyCa: true });
      await project.up();
      const waiting = await project.kmsPki(["status"]);
      assert.match(waiting.output, /The authority has no certificates yet\.\n\nREQUEST .*\nintermediate +active /);
      assert.equal(waiting.code, 1);
      const first = await project.kmsPki(["export", "--dir", "ca"]);
      assert.equal(first.code, 0, first.output);
      assert.match(first.output, /^✔ Certificate Request \(intermediate\): ca\/intermediate\.csr$/m);
      assert.match(first.output, /there is no ca\.json yet/);
      assert.equal(existsSync(join(project.directory, "ca", "ca.json")), false);
      const csr = project.read("ca/intermediate.csr");
      const [answer, chain] = [file("answer.crt", foreign.certify(csr)), file("chain.crt", foreign.chain)];
      const tried = await project.kmsPki(["accept", answer, "--chain", chain, "--dry-run"]);
      assert.equal(tried.code, 0, tried.output);
      const accepted = await project.kmsPki(["accept", answer, "--chain", chain]);
      assert.equal(accepted.code, 0, accepted.output);
      assert.match(
        accepted.output,
        /intermediate is now (intermediate-[0-9a-f]{8}\.pem)\. The next pulumi up takes it/,
      );
      await project.up();
      assert.deepEqual(changed(project), ["create ca-intermediate"]);
      const exported = await project.kmsPki(["export", "--dir", "ca"]);
      assert.equal(exported.code, 0, exported.output);
      assert.equal(project.read("ca/root_ca.crt"), foreign.rootPem);
      assert.equal(project.read("ca/intermediate_ca.crt"), readFileSync(answer, "utf8") + String(foreign.policyPem));
      assert.match(project.read("ca/ca.json"), /"key": "[^"]+intermediate.pem"/);
      const status = await project.kmsPki(["status", "--json"]);
      assert.equal(status.code, 0, status.output);
      const { certificates } = JSON.parse(status.stdout) as { certificates: { name: string; status: string }[] };
      assert.deepEqual(
        certificates.map(({ name, status: own }) => `${name} ${own}`),
        ["root valid", "intermediate valid", "subordinate valid"],
      );
      await project.succeed(["up", "--yes", "--expect-no-changes"]);
    } finally {
      project.remove();
    }
  });

  const refused: readonly { config: Record<string, string>; says: RegExp }[] = [
    { config: { "kms-pki:rootCommonName": "Root" }, says: /CONFIG_INVALID.*kms-pki:rootCommonName is set/ },
    { config: { "kms-pki:rootSubject.organization": "Root" }, says: /CONFIG_INVALID.*kms-pki:rootSubject is set/ },
    { config: { "kms-pki:intermediateValidity": "100d" }, says: /kms-pki:intermediateValidity.*chooses how long/ },
    { config: { "kms-pki:intermediateCertificates.root": "a.crt" }, says: /FILE_UNUSABLE.*a\.crt/ },
  ];
  for (const { config, says } of refused) {
    void it(`is refused with ${JSON.stringify(config)}`, async () => {
      const project = await WorldProject.rootStack({ "kms-pki:rootKms": "external", ...config });
      try {
        const { code, output } = await project.pulumi(UP);
        assert.notEqual(code, 0);
        assert.match(output, says);
      } finally {
        project.remove();
      }
    });
  }

  void it("refuses a file in the place of an object of files", async () => {
    const project = await WorldProject.rootStack({
      ...{ "kms-pki:rootKms": "external", "kms-pki:intermediateCertificates": "intermediate.pem" },
    });
    try {
      const { output } = await project.pulumi(UP);
      assert.match(
        output,
        /CONFIG_INVALID: kms-pki:intermediateCertificates is not an object of names of files.*--path/,
      );
    } finally {
      project.remove();
    }
  });

  void it("refuses answers for a stack that has a root of its own", async () => {
    const project = await WorldProject.rootStack({ "kms-pki:intermediateCertificates.intermediate": "a.crt" });
    try {
      assert.match((await project.pulumi(UP)).output, /CONFIG_INVALID: kms-pki:intermediateCertificates is set/);
    } finally {
      project.remove();
    }
  });
});

void describe("The arguments of an authority whose intermediate a CA elsewhere signs", { skip }, () => {
  const wrong: readonly { said: Declared; says: RegExp }[] = [
    {
      said: { intermediate: { issuer: "elsewhere" } },
      says: /intermediate\.issuer: INPUT_INVALID: "elsewhere" is unknown/,
    },
    {
      said: { intermediate: { issuer: undefined } },
      says: /intermediate\.answers: INPUT_INVALID: the authority's own root/,
    },
    { said: { more: { root: {} } }, says: /root: INPUT_INVALID: the root belongs to an issuer elsewhere/ },
    { said: { intermediate: { validity: "100d" } }, says: /intermediate\.validity: INPUT_INVALID/ },
    { said: { answers: { root: "x" } }, says: /intermediate\.answers\.root: INPUT_INVALID: it is not the label/ },
    {
      said: { answers: (() => undefined) as never },
      says: /answerPem: INPUT_INVALID: issuer "external" and answerPem belong together/,
    },
    { said: { answers: "x" as never }, says: /intermediate\.answers: INPUT_INVALID: it is neither/ },
    {
      said: { answers: { intermediate: 5 as never } },
      says: /answers\.intermediate: INPUT_INVALID: it is not a string/,
    },
    { said: { more: { compromised: ["root"] } }, says: /compromised: INPUT_INVALID: the root belongs/ },
    {
      said: {
        more: {
          rotation: {
            root: { start: "2027-01-01T00:00:00Z", every: "3650d", publishBefore: "30d", retireAfter: "30d" },
          },
        },
      },
      says: /rotation\.root: INPUT_INVALID: the root belongs/,
    },
  ];
  for (const { said, says } of wrong) {
    void it(`are refused: ${JSON.stringify(said)}`, () =>
      authority(async (project, declare) => {
        declare(said);
        const { code, output } = await project.pulumi(UP);
        assert.notEqual(code, 0);
        assert.match(output, says);
        assert.deepEqual(
          (await project.state()).resources.filter(({ type }) => type.includes("dynamic")),
          [],
        );
      }));
  }

  void it("give nothing to issue with before there is an answer", async () => {
    const project = await WorldProject.program("");
    try {
      project.runsProgram(() => {
        const ca = new pki.CertificateAuthority("ca", {
          ...{ keys: new pki.SoftKeys({ encryption: "none" }), intermediate: { issuer: "external" } },
        });
        return { key: ca.intermediate.key?.uri };
      });
      assert.match((await project.pulumi(UP)).output, /ANSWER_MISSING: the issuer elsewhere has not answered/);
    } finally {
      project.remove();
    }
  });
});
