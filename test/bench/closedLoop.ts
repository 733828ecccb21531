import { Agent, request } from "node:https";

/** How many renewals a client makes over a connection, before it opens another one. */
const REQUESTS_PER_CONNECTION = 10;
/** How long an answer may take. */
const TIMEOUT = 20_000;

/** What clients renew, and where. */
export interface Renewal {
  readonly host: string;
  readonly port: number;
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly ca: readonly string[];
}

/** What clients counted. */
export interface Counts {
  /** Renewals that were answered with a certificate. */
  answered: number;
  /** Requests that failed, and those of them that also failed when they were repeated once with a new connection. */
  failed: number;
  lost: number;
  /** What the requests that failed said, and how often. */
  readonly reasons: Map<string, number>;
}

/**
 * Clients that renew a TLS certificate over mutual TLS, each as soon as its last request is answered.
 *
 * @param isOver asked before each request
 */
export async function renewInClosedLoop(clients: number, renewal: Renewal, isOver: () => boolean): Promise<Counts> {
  const counts: Counts = { answered: 0, failed: 0, lost: 0, reasons: new Map() };
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (!isOver()) {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        for (let made = 0; made < REQUESTS_PER_CONNECTION && !isOver(); made += 1) {
          if (!(await renewTwice(renewal, agent, counts))) {
            break;
          }
        }
        agent.destroy();
      }
    }),
  );
  return counts;
}

/** Renews, and once again if that fails. Returns whether the connection was kept. */
async function renewTwice(renewal: Renewal, agent: Agent, counts: Counts): Promise<boolean> {
  try {
    await renew(renewal, agent);
    counts.answered += 1;
    return true;
  } catch (error) {
    counts.failed += 1;
    counts.reasons.set(String(error), (counts.reasons.get(String(error)) ?? 0) + 1);
  }
  try {
    await renew(renewal, false);
    counts.answered += 1;
  } catch {
    counts.lost += 1;
  }
  return false;
}

function renew({ ca, ...settings }: Renewal, agent: Agent | false): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { ...settings, ca: [...ca], agent, method: "POST", path: "/renew", timeout: TIMEOUT };
    const asked = request(options, (response) => {
      response.resume();
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 201) {
          resolve();
        } else {
          reject(new Error(`step-ca answers ${String(response.statusCode)}`));
        }
      });
    });
    asked.on("error", reject);
    asked.on("timeout", () => {
      asked.destroy(new Error("no answer"));
    });
    asked.end();
  });
}
