import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { missing, runTool } from "../tools";
import { CHECKOUT, ended, type Run } from "./project";
import { RotationScript } from "./rotationScript";
import { NEW_EC_KEY } from "../fixtures/openssl";

/** Two exported states of the authority: one certificate of the intermediate, and its successor. */
type Export = "old" | "new";

/** The script's commands on the host of step-ca, in order. `sighup` is the command of CA_RELOAD. */
const COMMANDS = [
  "present:1",
  "begin:1",
  "cat:1",
  "receive:1",
  "present:2",
  "switch:1",
  "sighup:1",
  "accept:1",
  "receive:2",
  "present:3",
  "finish:1",
] as const;

void describe(
  "The interrupted rotation script",
  { skip: missing("pulumi", "step-ca", "step", "openssl", "flock") },
  () => {
    let script: RotationScript;
    /** The export that step-ca should serve next. */
    let wanted: Export = "old";
    const inScratch = (...names: string[]): string => join(script.project.scratch, ...names);
    const exported = (which: Export, name: string): string => readFileSync(inScratch(which, name), "utf8");

    before(async () => {
      script = await RotationScript.create();
      const first = await script.firstRun();
      assert.equal(first.code, 0, first.output);
      const exportTo = async (which: Export): Promise<void> => {
        const { code, output } = await script.project.kmsPki([
          "export",
          ...["--dir", inScratch(which), "--prefix", script.caDirectory],
        ]);
        assert.equal(code, 0, output);
      };
      await exportTo("old");
      script.renameIntermediate("New");
      await script.project.up({ PULUMI_NODEJS_TRANSPILE_ONLY: "true" });
      await exportTo("new");
      // From here on, the stack is what the test wants, without a run.
      const bin = join(script.project.directory, "node_modules", ".bin");
      writeFileSync(join(bin, "pulumi"), "#!/bin/sh\n");
      writeFileSync(
        join(bin, "kms-pki"),
        '#!/bin/sh\n[ "$1" != export ] || { while [ "$1" != --dir ]; do shift; done; cp -r "$WANTED" "$2"; }\n',
      );
      writeFileSync(inScratch("sighup"), `#!/bin/sh\n${script.sighup}\n`);
      for (const file of [join(bin, "pulumi"), join(bin, "kms-pki"), inScratch("sighup")]) {
        chmodSync(file, 0o700);
      }
    });
    after(() => script.stop());
    beforeEach(() => {
      wanted = wanted === "old" ? "new" : "old";
    });

    /** Runs the script for the wanted export, with a fault. The file of calls contains the command that it hit. */
    async function run(fault = "", environment: Readonly<Record<string, string>> = {}): Promise<Run> {
      const calls = inScratch("calls");
      rmSync(calls, { recursive: true, force: true });
      mkdirSync(calls);
      const child = script.start({
        PULUMI_STACK: "test",
        WANTED: inScratch(wanted),
        CA_SHELL: `sh ${join(CHECKOUT, "test", "fixtures", "lossyHost.sh")}`,
        CA_RELOAD: inScratch("sighup"),
        CA_WAIT: "20",
        CALLS: calls,
        FAULT: fault,
        ...environment,
      });
      writeFileSync(join(calls, "script"), String(child.pid));
      return ended(child);
    }

    /** Checks that ca.json is complete, and names only existing files. */
    function caJsonIsWhole(): void {
      const { root, crt } = JSON.parse(script.readCa("ca.json")) as { root: string; crt: string };
      assert.equal(readFileSync(root, "utf8"), exported("old", "root_ca.crt"));
      assert.ok(
        ["old", "new"].some((which) => readFileSync(crt, "utf8") === exported(which as Export, "intermediate_ca.crt")),
      );
    }

    /** Checks that an undisturbed run reaches the wanted state, and that a second one does nothing. */
    async function endsWell(): Promise<void> {
      const again = await run();
      assert.equal(again.code, 0, again.output);
      const { crt } = JSON.parse(script.readCa("ca.json")) as { crt: string };
      assert.equal(readFileSync(crt, "utf8"), exported(wanted, "intermediate_ca.crt"));
      assert.equal(script.readCa("intermediate_ca.crt"), exported(wanted, "intermediate_ca.crt"));
      assert.equal(await script.servedIssuer(), fingerprint(wanted));
      for (const left of ["hand-over", "ca.next.json", ".incoming"]) {
        assert.equal(existsSync(script.inCa(left)), false, left);
      }
      const [files, signals] = [script.snapshot(), script.signals];
      assert.equal((await run()).code, 0);
      assert.deepEqual(script.snapshot(), files);
      assert.equal(script.signals, signals);
    }

    function fingerprint(which: Export): string {
      const arguments_ = ["x509", "-noout", "-fingerprint", "-sha256", "-in", inScratch(which, "intermediate_ca.crt")];
      return runTool("openssl", arguments_).trim().replace(/^.*=/, "");
    }

    void it("runs exactly the remote commands that these tests interrupt", async () => {
      assert.equal((await run()).code, 0);
      const counted = COMMANDS.map((command) => command.split(":")[0] ?? "");
      for (const name of new Set(counted)) {
        const calls = readFileSync(inScratch("calls", name), "utf8").trimEnd().split("\n").length;
        assert.equal(calls, counted.filter((other) => other === name).length, name);
      }
    });

    for (const command of COMMANDS) {
      void it(`resumes after a kill after ${command}`, async () => {
        assert.equal((await run(`${command}:kill`)).signal, "SIGKILL");
        caJsonIsWhole();
        await endsWell();
      });
    }

    for (const command of ["begin:1", "receive:1", "switch:1", "sighup:1", "accept:1"]) {
      void it(`reverts after a kill after ${command}, when the previous state is wanted again`, async () => {
        assert.equal((await run(`${command}:kill`)).signal, "SIGKILL");
        wanted = wanted === "old" ? "new" : "old";
        await endsWell();
      });
    }

    void it("reverts to what was served before a killed run, not to what that run left", async () => {
      const [config, served] = [script.readCa("ca.json"), await script.servedIssuer()];
      assert.equal((await run("switch:1:kill")).signal, "SIGKILL");
      assert.notEqual(script.readCa("ca.json"), config);
      const { code, output } = await run("sighup:1:fail-before");
      assert.equal(code, 2, output);
      assert.equal(script.readCa("ca.json"), config);
      assert.equal(await script.servedIssuer(), served);
      await endsWell();
    });

    /** The exit codes: nothing was switched, it was restored, or only a file for people is missing. */
    const failures: readonly { fault: string; code: number; servesNew?: boolean }[] = [
      { fault: "present:1:fail-before", code: 1 },
      { fault: "begin:1:fail-before", code: 1 },
      { fault: "begin:1:fail-after", code: 1 },
      { fault: "cat:1:fail-before", code: 0, servesNew: true },
      { fault: "receive:1:fail-after", code: 1 },
      { fault: "receive:1:cut", code: 1 },
      { fault: "receive:1:cut-silently", code: 1 },
      { fault: "receive:1:full", code: 1 },
      { fault: "present:2:fail-before", code: 1 },
      { fault: "switch:1:fail-before", code: 2 },
      { fault: "switch:1:fail-after", code: 2 },
      { fault: "switch:1:full", code: 2 },
      { fault: "sighup:1:fail-before", code: 2 },
      { fault: "sighup:1:fail-before restore:1:full", code: 2 },
      { fault: "switch:1:full restore:1:lost", code: 3 },
      { fault: "sighup:1:fail-after", code: 2 },
      { fault: "accept:1:fail-before", code: 2 },
      { fault: "accept:1:fail-after", code: 2 },
      { fault: "receive:2:fail-after", code: 1, servesNew: true },
      { fault: "receive:2:cut", code: 1, servesNew: true },
      { fault: "finish:1:fail-before", code: 0, servesNew: true },
    ];
    for (const { fault, code, servesNew = false } of failures) {
      void it(`leaves a served chain and no partial file, and resumes later, after ${fault}`, async () => {
        const served = await script.servedIssuer();
        const cutOff = await run(fault);
        assert.equal(cutOff.code, code, cutOff.output);
        caJsonIsWhole();
        assert.equal(await script.servedIssuer(), servesNew ? fingerprint(wanted) : served);
        assert.match(cutOff.output, code === 0 ? /serves the new chain/ : /run this again/i);
        await endsWell();
      });
    }

    void it("reports that the host is lost with the new ca.json in place, and resumes later", async () => {
      const { code, output } = await run("sighup:1:lost");
      assert.equal(code, 3, output);
      assert.match(output, /error: that failed[\s\S]*By hand, on that host: cp -p .*\/hand-over\/ca\.json/);
      caJsonIsWhole();
      await endsWell();
    });

    /** Starts a run that waits in the command of CA_RELOAD, acts meanwhile, and lets it continue. */
    async function whileReloading(act: () => void): Promise<Run> {
      const go = inScratch("calls", "go");
      const running = run("", { CA_RELOAD: `until [ -e ${go} ]; do sleep 0.1; done; ${inScratch("sighup")}` });
      while (!existsSync(inScratch("calls", "until"))) {
        await sleep(50);
      }
      act();
      writeFileSync(go, "");
      return running;
    }

    void it("restores the previous ca.json when told to stop", async () => {
      const served = await script.servedIssuer();
      const { code, output } = await whileReloading(() => {
        process.kill(Number(readFileSync(inScratch("calls", "script"), "utf8")), "SIGTERM");
      });
      assert.equal(code, 2, output);
      assert.equal(await script.servedIssuer(), served);
      await endsWell();
    });

    void it("leaves everything to a run that has taken over meanwhile", async () => {
      const { code, output } = await whileReloading(() => {
        writeFileSync(script.inCa("hand-over/owner"), "elsewhere:1:1\n");
      });
      assert.equal(code, 3, output);
      assert.match(output, /another run has taken the place of this one\.\nIt sees to ca\.json/);
      const { crt } = JSON.parse(script.readCa("ca.json")) as { crt: string };
      assert.equal(readFileSync(crt, "utf8"), exported(wanted, "intermediate_ca.crt"));
      assert.equal(readFileSync(script.inCa("hand-over/owner"), "utf8"), "elsewhere:1:1\n");
      rmSync(script.inCa("hand-over"), { recursive: true });
      await endsWell();
    });

    void describe("The chain", () => {
      /** Makes a copy of the wanted export with other root files. */
      function exportWithRoots(name: string, files: Readonly<Record<string, string>>): string {
        const directory = inScratch(name);
        rmSync(directory, { recursive: true, force: true });
        mkdirSync(directory);
        const config = JSON.parse(exported(wanted, "ca.json")) as Record<string, unknown>;
        config["root"] = Object.keys(files).map((file) => `${script.caDirectory}/${file}`);
        writeFileSync(join(directory, "ca.json"), JSON.stringify(config));
        writeFileSync(join(directory, "intermediate_ca.crt"), exported(wanted, "intermediate_ca.crt"));
        for (const [file, content] of Object.entries(files)) {
          writeFileSync(join(directory, file), content);
        }
        return directory;
      }

      function otherRoot(): string {
        return runTool("openssl", [
          ...["req", "-x509", ...NEW_EC_KEY, "-keyout", "/dev/null"],
          ...["-subj", "/CN=Other Root", "-days", "10"],
        ]);
      }

      void it("is restored when it does not verify up to the roots, which step-ca does not check", async () => {
        const served = await script.servedIssuer();
        const directory = exportWithRoots("unrelated", { "root_ca.crt": otherRoot() });
        const { code, output } = await run("", { WANTED: directory, CA_NEW_AUTHORITY: "yes" });
        assert.equal(code, 2, output);
        assert.match(output, /does not verify up to the roots in ca\.json/);
        assert.equal(await script.servedIssuer(), served);
        await endsWell();
      });

      void it("may have several roots under any names, with a warning when clients with only one of them cannot verify it", async () => {
        const directory = exportWithRoots("two", {
          "root_ca.crt": exported("old", "root_ca.crt"),
          "root_ca_2.crt": otherRoot(),
        });
        const { code, output } = await run("", { WANTED: directory });
        assert.equal(code, 0, output);
        assert.match(output, /warning: who trusts only subject=CN ?= ?Other Root cannot verify/);
        assert.doesNotMatch(output, /who trusts only subject=CN ?= ?Example Root/);
        assert.ok(existsSync(script.inCa("root_ca_2.crt")));
      });

      void it("is compared completely: an extra certificate in the bundle is another chain", async () => {
        const directory = exportWithRoots("bundle", { "root_ca.crt": exported("old", "root_ca.crt") });
        const other = wanted === "old" ? "new" : "old";
        const bundle = exported(wanted, "intermediate_ca.crt") + exported(other, "intermediate_ca.crt");
        writeFileSync(join(directory, "intermediate_ca.crt"), bundle);
        const { code, output } = await run("", { WANTED: directory });
        assert.equal(code, 0, output);
        const signals = script.signals;
        assert.equal((await run("", { WANTED: directory })).code, 0);
        assert.equal(script.signals, signals);
        await endsWell();
        assert.equal(script.signals, signals + 1);
      });

      void it("is refused when ca.json names a certificate that was not exported", async () => {
        const directory = exportWithRoots("incomplete", { "root_ca.crt": exported("old", "root_ca.crt") });
        rmSync(join(directory, "root_ca.crt"));
        const { code, output } = await run("", { WANTED: directory });
        assert.equal(code, 1, output);
        assert.match(output, /error: root in ca\.json names .*\/root_ca\.crt, which kms-pki does not export/);
      });
    });
  },
);
