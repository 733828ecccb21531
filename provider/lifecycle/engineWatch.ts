import { connect } from "node:net";

/** The engine closes an idle connection after two minutes. Only a refused connection means that the engine is gone. */
const RECONNECT_MILLISECONDS = 200;

/** How many operations are running that must not be interrupted. */
let atWork = 0;
let engineGone = false;

/**
 * Runs work that must not be interrupted: this process outlives its engine until the work is done.
 *
 * @param work must end by itself
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
 * Ends this process when the engine that started it is gone. An engine that is killed with SIGKILL leaves its providers
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
