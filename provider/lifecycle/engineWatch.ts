import { connect } from "node:net";

/** The engine closes a connection that says nothing after two minutes; only a refused one means that it is gone. */
const RECONNECT_MILLISECONDS = 200;

/** How many operations must not be cut in half. */
let atWork = 0;
let engineGone = false;

/**
 * Does what must not be cut in half: this process outlives its engine until it is done.
 *
 * @param work ends by itself
 */
export async function uninterrupted<T>(work: () => Promise<T>): Promise<T> {
  atWork += 1;
  try {
    return await work();
  } finally {
    atWork -= 1;
    exitIfOrphaned();
  }
}

/**
 * Ends this process when the engine that started it is gone. Killed with SIGKILL, an engine leaves its providers
 * running, where they would race the next run.
 *
 * @param address the engine's address, as the first argument of a provider process
 */
export function exitWithEngine(address: string | undefined): void {
  const [, host, port] = /^(.+):(\d+)$/.exec(address ?? "") ?? [];
  if (host === undefined || port === undefined) {
    return; // not started by an engine
  }
  const watch = (): void => {
    let connected = false;
    const socket = connect({ host, port: Number(port) }, () => {
      connected = true;
    });
    socket.unref();
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => {
      engineGone = !connected;
      exitIfOrphaned();
      setTimeout(watch, RECONNECT_MILLISECONDS).unref();
    });
    socket.resume();
  };
  watch();
}

function exitIfOrphaned(): void {
  if (engineGone && atWork === 0) {
    process.exit(1);
  }
}
