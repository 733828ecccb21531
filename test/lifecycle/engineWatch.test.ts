import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { after, describe, it } from "node:test";

const PROGRAM = `require(process.argv[1]).exitWithEngine(process.argv[2]);`;
const KEPT_ALIVE = `${PROGRAM} setInterval(() => undefined, 60_000);`;

const children: ChildProcess[] = [];

/** A process that watches the engine, and otherwise runs a program. */
function provider(program: string, ...address: readonly string[]): ChildProcess {
  const module = require.resolve("../../provider/lifecycle/engineWatch");
  const child = spawn(process.execPath, ["-e", program, module, ...address], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  children.push(child);
  return child;
}

async function exitCode(child: ChildProcess): Promise<unknown> {
  if (child.exitCode === null && child.signalCode === null) {
    await once(child, "exit");
  }
  return child.exitCode;
}

/** Stands in for the engine: it listens, and sends a greeting like gRPC. */
async function engine(): Promise<{ server: Server; address: string; connection: () => Promise<Socket> }> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined).write("settings");
  }).listen(0, "127.0.0.1");
  after(() => server.close());
  await once(server, "listening");
  const address = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return { server, address, connection: async () => ((await once(server, "connection")) as [Socket])[0] };
}

// The limit catches a watch that never ends.
void describe("A provider process", { timeout: 60_000 }, () => {
  after(() => {
    for (const child of children) {
      child.kill("SIGKILL");
    }
  });

  void it("outlives connections that the engine closes while it listens, and exits when nothing listens", async () => {
    const { server, address, connection } = await engine();
    const child = provider(KEPT_ALIVE, address);
    (await connection()).destroy();
    (await connection()).destroy();
    const last = await connection(); // it answered, so it is alive
    assert.equal(child.exitCode, null);
    server.close();
    last.destroy();
    assert.equal(await exitCode(child), 1);
  });

  void it("exits when the engine's connection is reset, as when the engine dies", async () => {
    const { server, address, connection } = await engine();
    const child = provider(KEPT_ALIVE, address);
    const socket = await connection();
    server.close();
    socket.resetAndDestroy();
    assert.equal(await exitCode(child), 1);
  });

  void it("exits when the engine is gone before the first check", async () => {
    const { server, address } = await engine();
    server.close();
    await once(server, "close");
    assert.equal(await exitCode(provider(KEPT_ALIVE, address)), 1);
  });

  void it("is not kept alive by its watch", async () => {
    const { address } = await engine();
    assert.equal(await exitCode(provider(PROGRAM, address)), 0);
  });

  for (const address of [[], ["no address"], ["127.0.0.1"]]) {
    void it(`watches nothing when started with ${JSON.stringify(address)}`, async () => {
      assert.equal(await exitCode(provider(PROGRAM, ...address)), 0);
    });
  }
});
