import { setImmediate as nextTurn } from "node:timers/promises";
import { PkiError } from "../errors";
import { patiently, type Patience } from "./patience";
import { pcscError } from "./pcscErrors";
import { type PcscClient, type PcscReader, STATE_PRESENT } from "./pcscPackage";

interface Seen {
  readonly reader: PcscReader;
  /** PC/SC's state; undefined until it was told. */
  state?: number;
}

/** Settles when the client that was opened last is closed: with two of them in a process the package crashes. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Finds the readers that hold a card. Nothing is watched after that: the package's threads would keep the process from ending,
 * and what they tell would wait, with all of the process, for the command that a card is busy with.
 *
 * @param open makes a client; it throws when there is no service
 * @param patience how long the first card is waited for
 * @throws PkiError `PCSC_UNAVAILABLE`
 */
export function readersWithCards(open: () => PcscClient, patience: Patience): Promise<PcscReader[]> {
  const turn = last.then(() => find(open, patience));
  last = turn.catch(() => undefined);
  return turn;
}

async function find(open: () => PcscClient, patience: Patience): Promise<PcscReader[]> {
  const seen = new Map<string, Seen>();
  let failure: unknown;
  let client: PcscClient | undefined;
  try {
    client = open();
    client.on("error", (error) => {
      failure ??= error;
    });
    client.on("reader", (reader: PcscReader) => {
      see(seen, reader);
    });
    // It starts by itself in a moment, also when it is closed before that.
    await nextTurn();
    await patiently(() => (failure !== undefined || isSettled(seen) ? true : undefined), patience);
    if (failure !== undefined) {
      throw failure as Error;
    }
    return [...seen.values()].filter(holdsCard).map(({ reader }) => reader);
  } catch (error) {
    throw error instanceof PkiError ? error : pcscError(error, "open", "looking for smart card readers");
  } finally {
    for (const { reader } of seen.values()) {
      reader.close();
    }
    client?.close();
  }
}

function see(seen: Map<string, Seen>, reader: PcscReader): void {
  const entry: Seen = { reader };
  seen.set(reader.name, entry);
  reader.on("status", ({ state }: { state: number }) => {
    entry.state = state;
  });
  const forget = (): void => {
    seen.delete(reader.name);
  };
  reader.on("end", forget);
  reader.on("error", forget);
}

/** Whether every reader has told its state, and one of them holds a card. */
function isSettled(seen: ReadonlyMap<string, Seen>): boolean {
  const all = [...seen.values()];
  return all.every(({ state }) => state !== undefined) && all.some(holdsCard);
}

function holdsCard({ state = 0 }: Seen): boolean {
  return (state & STATE_PRESENT) !== 0;
}
