import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PcscProcess } from "../../provider/piv/pcscProcess";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";

const folder = temporaryDirectory();

/**
 * A process that answers with the given cases of a switch over `request.call`. `reply(value)` and `refuse(code)` answer.
 */
function program(name: string, cases: string): string {
  const path = join(folder, `${name}.js`);
  writeFileSync(
    path,
    `process.on("disconnect", () => process.exit());
    process.on("message", (request) => {
      const reply = (value) => process.send({ number: request.number, value }, undefined, undefined, () => undefined);
      const refuse = (code) => process.send({ number: request.number, error: { code, reason: "the reason", remedy: "The remedy" } });
      switch (request.call) { ${cases} }
    });`,
  );
  return path;
}

/** PC/SC in processes of the test, and the started processes. */
function over(path: string): { readers: PcscProcess; started: ChildProcess[] } {
  const started: ChildProcess[] = [];
  const start = (): ChildProcess => {
    const child = fork(path, [], {
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    started.push(child);
    return child;
  };
  return { readers: new PcscProcess({}, start), started };
}

/** Waits for a process that does not keep this one alive. */
async function ended(child: ChildProcess | undefined): Promise<void> {
  assert.ok(child);
  if (child.exitCode === null && child.signalCode === null) {
    child.ref();
    await once(child, "exit");
  }
}

const OPEN = 'case "open": return reply();';

void describe("The PC/SC process", () => {
  void it("answers requests for readers, a connection and its data", async () => {
    const { readers, started } = over(
      program(
        "card",
        `${OPEN}
        case "list": return reply(["A"]);
        case "connect": return reply(request.reader === "A" ? 7 : 0);
        case "transmit": return reply(Uint8Array.of(request.connection, ...request.apdu));
        case "disconnect": return reply();`,
      ),
    );
    assert.deepEqual(await readers.list(), ["A"]);
    const connection = await readers.connect("A");
    const answers = await Promise.all([
      connection.transmit(Uint8Array.of(1)),
      connection.transmit(Uint8Array.of(2, 3)),
    ]);
    assert.deepEqual(
      answers.map((answer) => [...answer]),
      [
        [7, 1],
        [7, 2, 3],
      ],
    );
    await connection.disconnect();
    assert.equal(started.length, 1);
    readers.close();
    await ended(started[0]);
  });

  void it("reports its errors", async () => {
    const { readers, started } = over(program("refusing", `${OPEN} case "list": return refuse("CARD_BUSY");`));
    await assert.rejects(readers.list(), withCode("CARD_BUSY", /^CARD_BUSY: the reason\. The remedy\.$/));
    await assert.rejects(readers.list(), withCode("CARD_BUSY"));
    assert.equal(started.length, 1);
    readers.close();
  });

  for (const code of ["BACKEND_NOT_INSTALLED", "PCSC_UNAVAILABLE"] as const) {
    void it(`is replaced when it could not open the readers: ${code}`, async () => {
      const { readers, started } = over(program(`not-open-${code}`, `case "open": return refuse("${code}");`));
      await assert.rejects(readers.open(), withCode(code));
      await assert.rejects(readers.list(), withCode(code));
      assert.equal(started.length, 2);
      await Promise.all(started.map(ended));
    });
  }

  void it("is replaced when the service has stopped", async () => {
    const { readers, started } = over(program("stopped", `${OPEN} case "list": return refuse("PCSC_UNAVAILABLE");`));
    await assert.rejects(readers.list(), withCode("PCSC_UNAVAILABLE", /the reason/));
    await assert.rejects(readers.list(), withCode("PCSC_UNAVAILABLE", /the reason/));
    assert.equal(started.length, 2);
    readers.close();
  });

  void it("is replaced when it has crashed, and the pending request fails", async () => {
    const { readers, started } = over(
      program(
        "crashing",
        `${OPEN}
        case "list": return reply(["A"]);
        case "connect": return reply(1);
        case "transmit": return process.kill(process.pid, "SIGSEGV");`,
      ),
    );
    const connection = await readers.connect("A");
    await assert.rejects(
      connection.transmit(Uint8Array.of(0)),
      withCode("PCSC_UNAVAILABLE", /the process that talks to PC\/SC did not answer: it crashed \(SIGSEGV\)/),
    );
    await assert.rejects(connection.transmit(Uint8Array.of(0)), withCode("PCSC_UNAVAILABLE", /it has ended/));
    await connection.disconnect();
    assert.deepEqual(await readers.list(), ["A"]);
    assert.equal(started.length, 2);
    readers.close();
  });

  void it("fails pending requests when it is closed", async () => {
    const { readers } = over(program("silent", `${OPEN} case "list": return;`));
    await readers.open();
    const listing = readers.list();
    setImmediate(() => {
      readers.close();
    });
    await assert.rejects(listing, withCode("PCSC_UNAVAILABLE", /it was closed/));
  });

  void it("is ended even when it no longer listens", async () => {
    const { readers, started } = over(program("stuck", `${OPEN} case "list": reply([]); for (;;);`));
    await readers.list();
    readers.close();
    await ended(started[0]);
    assert.equal(started[0]?.signalCode, "SIGKILL");
  });

  void it("reports no service when it cannot be started", async () => {
    const { readers } = over(join(folder, "absent.js"));
    await assert.rejects(readers.open(), withCode("PCSC_UNAVAILABLE", /it ended with code 1/));
  });

  for (const { what, name, busy } of [
    { what: "and ends with it", name: "idle", busy: "" },
    { what: "and ends with it even when it no longer listens", name: "busy", busy: "for (;;);" },
  ]) {
    void it(`does not keep its parent process from ending, ${what}`, async () => {
      // The other end of this pipe shows when it is gone.
      const line = join(folder, `${name}.sock`);
      const server = createServer().listen(line);
      const connection = once(server, "connection");
      const child = program(
        name,
        `${OPEN} case "list": require("node:net").connect(${JSON.stringify(line)}, () => { reply([]); ${busy} }); return;`,
      );
      const parent = join(folder, `parent-of-${name}.js`);
      const module = join(__dirname, "../../provider/piv/pcscProcess.js");
      writeFileSync(
        parent,
        `const { PcscProcess } = require(${JSON.stringify(module)});
        const { fork } = require("node:child_process");
        const start = () => fork(${JSON.stringify(child)}, [], { execArgv: [], serialization: "advanced" });
        void new PcscProcess({}, start).list();`,
      );
      const running = fork(parent, [], { execArgv: [], stdio: "ignore" });
      running.disconnect();
      const [socket] = (await connection) as [Socket];
      const gone = once(socket.resume(), "close");
      const [code] = (await once(running, "exit")) as [number];
      assert.equal(code, 0);
      await gone;
      server.close();
    });
  }
});
