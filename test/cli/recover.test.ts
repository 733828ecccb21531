import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type Answer, call } from "./testShell";

/** A process that has just ended. */
function deadProcess(): number {
  return spawnSync(process.execPath, ["--version"]).pid;
}

void describe("kms-pki recover", () => {
  let directory: string;
  const path = (...names: string[]): string => join(directory, ...names);
  const locks = (): string => path("state", ".pulumi", "locks", "organization", "acme", "prod");

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "kms-pki-recover-"));
    mkdirSync(path("bin"));
    mkdirSync(locks(), { recursive: true });
    writeFileSync(path("Pulumi.yaml"), 'name: "acme"\nruntime: nodejs\n');
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  function lock(content: string): string {
    const file = join(locks(), "6f1c.json");
    writeFileSync(file, content);
    return file;
  }

  /** Calls `kms-pki recover` with a `pulumi` on the PATH that has a state with pending operations and records its calls. */
  async function recover({
    args = ["--stack", "prod"],
    url = `file://${path("state")}`,
    pending = 0,
    failing = "nothing",
    backend = "",
  } = {}): Promise<Answer & { calls: string[] }> {
    const state = { deployment: { pending_operations: Array.from({ length: pending }, () => ({})) } };
    rmSync(path("calls"), { force: true });
    writeFileSync(
      path("bin", "pulumi"),
      `#!/bin/sh
case "$1 $2" in
"${failing} "*) echo "error: it failed" >&2; exit 255 ;;
"whoami --json") echo '${JSON.stringify({ url })}' ;;
"stack --show-name")
  attributes=${path("state", ".pulumi", "stacks", "acme", "prod.json.attrs")}
  if [ -e $attributes ] && [ ! -s $attributes ]; then echo "error: failed to load checkpoint: EOF" >&2; exit 255; fi
  echo prod
  ;;
"stack export") echo '${JSON.stringify(state)}' ;;
esac
echo "$@" >>"${path("calls")}"
echo "pulumi $1 speaks" >&2
`,
      { mode: 0o700 },
    );
    const environment = { PATH: `${path("bin")}:/usr/bin:/bin`, HOME: path("home"), PULUMI_BACKEND_URL: backend };
    const answer = await call(["recover", ...args], { cwd: directory, environment });
    const calls = existsSync(path("calls")) ? readFileSync(path("calls"), "utf8").trimEnd().split("\n") : [];
    return { ...answer, calls };
  }

  /** Writes the state as Pulumi does, beside what else there is. */
  function writeState(pending: number, extension = ""): void {
    const stacks = path("state", ".pulumi", "stacks", "acme");
    mkdirSync(stacks, { recursive: true });
    const latest = { pending_operations: Array.from({ length: pending }, () => ({})) };
    writeFileSync(join(stacks, `prod.json${extension}`), JSON.stringify({ version: 3, checkpoint: { latest } }));
  }

  const WHOAMI = "whoami --json --non-interactive";
  const EXPORT = "stack export --stack prod --non-interactive";
  const SHOW_NAME = "stack --show-name --non-interactive";
  const REFRESH = "refresh --yes --skip-preview --clear-pending-creates --stack prod --non-interactive";

  void it("does nothing when nothing was killed", async () => {
    const { exitCode, stdout, calls } = await recover();
    assert.equal(exitCode, 0);
    assert.equal(stdout, "Nothing to recover");
    assert.deepEqual(calls, [WHOAMI, EXPORT]);
  });

  void it("removes the lock of a dead process on this machine, and refreshes", async () => {
    const pid = deadProcess();
    const file = lock(JSON.stringify({ pid, username: "me", hostname: hostname(), timestamp: "2026-11-01T00:00:00Z" }));
    writeFileSync(`${file}.attrs`, "{}");
    const { exitCode, stdout, stderr, calls } = await recover();
    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout, "The stack prod is recovered");
    assert.match(stderr, new RegExp(`killed \\(process ${String(pid)}\\)`));
    assert.match(stderr, /^pulumi refresh speaks$/m);
    assert.deepEqual(calls, [WHOAMI, REFRESH]);
    assert.deepEqual(readdirSync(locks()), []);
  });

  void it("asks Pulumi nothing that the environment and the file of the stack tell", async () => {
    const backend = `file://${path("state")}`;
    writeState(0);
    assert.deepEqual((await recover({ backend })).calls, []);
    writeState(1);
    const { stderr, calls } = await recover({ backend });
    assert.match(stderr, /1 of its operations may or may not have happened/);
    assert.deepEqual(calls, [REFRESH]);
  });

  for (const extension of [".gz", ".zst"]) {
    void it(`asks Pulumi for the state when there is also one that ends in ${extension}`, async () => {
      writeState(0);
      writeState(0, extension);
      assert.deepEqual((await recover({ pending: 1 })).calls, [WHOAMI, EXPORT, REFRESH]);
    });
  }

  void it("treats a process ID that another program now has as a dead process", async () => {
    lock(JSON.stringify({ pid: process.pid, hostname: hostname() })); // node is not pulumi
    assert.deepEqual((await recover()).calls, [WHOAMI, REFRESH]);
  });

  void it("finds the selected stack, and its project from a subfolder", async () => {
    mkdirSync(path("below"));
    lock(JSON.stringify({ pid: deadProcess(), hostname: hostname() }));
    assert.deepEqual((await recover({ args: ["--cwd", "below"] })).calls, [WHOAMI, SHOW_NAME, REFRESH]);
  });

  void it("finds the locks of a fully qualified stack", async () => {
    lock(JSON.stringify({ pid: deadProcess(), hostname: hostname() }));
    const { calls } = await recover({ args: ["--stack", "organization/acme/prod"] });
    assert.equal(calls[1], REFRESH.replace("prod", "organization/acme/prod"));
  });

  void it("finds a state in the home folder, and one at a path relative to the project", async () => {
    for (const url of ["file://~/../state", "file://./state?no_tmp_dir=true"]) {
      lock(JSON.stringify({ pid: deadProcess(), hostname: hostname() }));
      assert.deepEqual((await recover({ url })).calls, [WHOAMI, REFRESH], url);
    }
  });

  void it("refreshes when operations are pending without a lock", async () => {
    const { stderr, calls } = await recover({ pending: 2 });
    assert.match(stderr, /2 of its operations may or may not have happened/);
    assert.deepEqual(calls, [WHOAMI, EXPORT, REFRESH]);
  });

  void it("removes only empty attribute files before it reads the state", async () => {
    const stacks = path("state", ".pulumi", "stacks", "acme");
    mkdirSync(stacks, { recursive: true });
    for (const [name, text] of Object.entries({ "prod.json": "", "prod.json.attrs": "", "dev.json.attrs": "{}" })) {
      writeFileSync(join(stacks, name), text);
    }
    const { exitCode } = await recover();
    assert.equal(exitCode, 0);
    assert.deepEqual(
      ["prod.json", "prod.json.attrs", "dev.json.attrs"].map((name) => existsSync(join(stacks, name))),
      [true, false, true],
    );
  });

  for (const { who, pid, removed } of [
    { who: "a dead process's", pid: deadProcess, removed: true },
    { who: "of another machine", pid: undefined, removed: false },
  ]) {
    void it(`${removed ? "removes" : "keeps"} an empty attribute file of the selected stack when the lock is ${who}`, async () => {
      const stacks = path("state", ".pulumi", "stacks", "acme");
      mkdirSync(stacks, { recursive: true });
      writeFileSync(join(stacks, "prod.json.attrs"), "");
      lock(
        JSON.stringify(pid === undefined ? { pid: 1, hostname: "elsewhere" } : { pid: pid(), hostname: hostname() }),
      );
      const { exitCode, calls } = await recover({ args: [] });
      assert.equal(exitCode, removed ? 0 : 1);
      assert.deepEqual(calls, removed ? [WHOAMI, SHOW_NAME, REFRESH] : [WHOAMI]);
      assert.equal(existsSync(join(stacks, "prod.json.attrs")), !removed);
    });
  }

  const refusals: readonly { what: string; content: string; message: RegExp }[] = [
    {
      what: "another machine",
      content: JSON.stringify({ pid: 1, hostname: "elsewhere" }),
      message: /process 1 on the machine elsewhere/,
    },
    { what: "an unknown owner", content: "{}", message: /does not name the process/ },
    { what: "a truncated text", content: '{"pid":1', message: /does not name the process/ },
  ];
  for (const { what, content, message } of refusals) {
    void it(`refuses a lock of ${what}, changes nothing and says what to run`, async () => {
      const file = lock(content);
      const { exitCode, stderr, calls } = await recover({ pending: 1 });
      assert.equal(exitCode, 1);
      assert.match(stderr, /^STACK_LOCKED: /);
      assert.match(stderr, message);
      assert.match(stderr, /run: pulumi cancel --yes prod && pulumi refresh .*--stack prod\.$/);
      assert.deepEqual(calls, [WHOAMI]);
      assert.equal(readFileSync(file, "utf8"), content);
    });
  }

  void it(
    "refuses a lock of a running pulumi",
    { skip: process.platform !== "linux" && "looks at /proc" },
    async () => {
      writeFileSync(path("bin", "pulumi-at-work"), "#!/bin/sh\necho $$; read line\n", { mode: 0o700 });
      const running = spawn(path("bin", "pulumi-at-work"), { stdio: ["pipe", "pipe", "ignore"] });
      try {
        await new Promise((resolve) => running.stdout.once("data", resolve));
        lock(JSON.stringify({ pid: running.pid, hostname: hostname() }));
        const { exitCode, stderr, calls } = await recover();
        assert.equal(exitCode, 1);
        assert.match(stderr, new RegExp(`process ${String(running.pid)} holds the lock and may still be running`));
        assert.deepEqual(calls, [WHOAMI]);
      } finally {
        running.stdin.end("\n");
      }
    },
  );

  void it("touches nothing when the state is elsewhere, and says so", async () => {
    lock("{}");
    const { exitCode, stdout, calls } = await recover({ url: "s3://user:secret@bucket/state?region=eu", pending: 1 });
    assert.equal(exitCode, 0);
    assert.match(stdout, /s3:\/\/bucket\/state\)/);
    assert.deepEqual(calls, [WHOAMI]);
  });

  void it("shows what a failing pulumi printed", async () => {
    const { exitCode, stderr } = await recover({ failing: "whoami" });
    assert.equal(exitCode, 1);
    assert.match(stderr, /^PULUMI_FAILED: .*\nerror: it failed\n/);
  });

  void it("fails without a refresh when the lock cannot be removed", async () => {
    const file = lock(JSON.stringify({ pid: deadProcess(), hostname: hostname() }));
    mkdirSync(`${file}.attrs`);
    const { exitCode, stderr, calls } = await recover();
    assert.equal(exitCode, 1);
    assert.match(stderr, /PULUMI_FAILED: the lock "[^"]+6f1c\.json" cannot be removed: ERR_FS_EISDIR/);
    assert.deepEqual(calls, [WHOAMI]);
  });

  void it("fails when the refresh fails", async () => {
    lock(JSON.stringify({ pid: deadProcess(), hostname: hostname() }));
    const { exitCode, stderr } = await recover({ failing: "refresh" });
    assert.equal(exitCode, 1);
    assert.match(stderr, /PULUMI_FAILED: pulumi refresh .* failed\. The lines above say why/);
  });
});
