import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { after, describe, it } from "node:test";

/** Works until nothing has listened for several checks of the watch, reports that, and then does what the test wants. */
const PROGRAM = `
const { connect } = require("node:net");
const { exitWithEngine, uninterrupted } = require(process.argv[1]);
const [, , address, end] = process.argv;
const [host, port] = address.split(":");
const isThere = () => new Promise((resolve) => {
  const socket = connect({ host, port: Number(port) }, () => { socket.destroy(); resolve(true); });
  socket.on("error", () => resolve(false));
});
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const untilGone = async () => {
  while (await isThere()) await pause(20);
  await pause(1000);
};
exitWithEngine(address);
setInterval(() => undefined, 60_000);
const work = async (name, fails) => {
  await untilGone();
  console.log(name);
  if (fails) throw new Error("the work failed");
};
console.log("begun");
if (end === "both") void uninterrupted(async () => { await work("first"); await pause(500); console.log("second"); });
if (end === "both") void uninterrupted(() => work("other"));
if (end === "fails") uninterrupted(() => work("first", true)).catch(() => undefined);
if (end === "idle") void work("first");
`;

const children: ChildProcess[] = [];

// The limit catches a process that never ends.
void describe("An uninterruptible operation", { timeout: 60_000 }, () => {
  after(() => {
    for (const child of children) {
      child.kill("SIGKILL");
    }
  });

  /** The work of a provider process whose engine is killed meanwhile, and its exit code. */
  async function outlived(end: string): Promise<{ done: string[]; code: unknown }> {
    const sockets = new Set<Socket>();
    const engine = createServer((socket) => sockets.add(socket.on("error", () => undefined))).listen(0, "127.0.0.1");
    after(() => engine.close());
    await once(engine, "listening");
    const module = require.resolve("../../provider/lifecycle/engineWatch");
    const address = `127.0.0.1:${String((engine.address() as AddressInfo).port)}`;
    const child = spawn(process.execPath, ["-e", PROGRAM, module, address, end], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    const output = text(child.stdout);
    await once(engine, "connection");
    engine.close();
    for (const socket of sockets) {
      socket.destroy();
    }
    const [code] = (await once(child, "close")) as [unknown];
    return { done: (await output).trim().split("\n").slice(1).sort(), code };
  }

  void it("is completed by a process that outlives its engine and then exits", async () => {
    assert.deepEqual(await outlived("both"), { done: ["first", "other", "second"], code: 1 });
  });

  void it("also ends with the process when it fails", async () => {
    assert.deepEqual(await outlived("fails"), { done: ["first"], code: 1 });
  });

  void it("is only one that was declared so", async () => {
    assert.deepEqual(await outlived("idle"), { done: [], code: 1 });
  });
});
