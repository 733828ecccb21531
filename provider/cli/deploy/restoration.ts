import type { CaFolder } from "./caFolder";
import type { DeployEvent } from "./deployReport";
import type { HostSettings } from "./deploySettings";
import { saidBy } from "./hostError";
import { HostFailure } from "./hostShell";
import { type Chain, isSameChain, issuersOf } from "./servedChain";
import type { StepCaService } from "./stepCaService";

/** The exit code of the commands on the host when another run has taken over. */
const TAKEN_OVER = 9;

/** The parts of a handover that a restoration uses. */
export interface RestorationParts {
  readonly host: HostSettings;
  readonly folder: CaFolder;
  readonly service: StepCaService;
  /** The identity of the run. */
  readonly run: string;
  readonly tell: (event: DeployEvent) => void;
  /** Releases the lock on the host. */
  readonly finish: () => Promise<void>;
}

/**
 * Restores the ca.json from before a handover, and the chain that was served.
 *
 * @param before that chain; empty if nothing answered
 * @returns 2 if it is back and served, 3 if the host needs a person
 */
export async function putBack(parts: RestorationParts, before: Chain): Promise<2 | 3> {
  const { host, folder, service, tell, finish } = parts;
  const lost = (message: string): 3 => {
    tell({ event: "lost", message: `error: ${message}` });
    return 3;
  };
  tell({ event: "putting-back", message: "putting the previous ca.json back" });
  let wasThere: boolean;
  try {
    wasThere = await folder.restore(parts.run);
  } catch (cause) {
    return lost(notRestored(cause, host));
  }
  if (!wasThere) {
    await finish();
    return lost(
      `there was no ca.json before, so the new one stays in ${host.directory}. Start step-ca on it (its log says what it lacks), then run this again`,
    );
  }
  try {
    await service.reload();
  } catch (cause) {
    tell({ event: "warning", message: `the command that signals step-ca failed${saidBy(cause)}` });
  }
  if (before.length === 0) {
    await finish();
    return lost(
      "the previous ca.json is back, but step-ca did not answer before, either. Start it, then run this again",
    );
  }
  // Either step-ca has a new certificate of its own, because the previous SIGHUP may still be in progress, or it has the old
  // one. In that case, no SIGHUP has reached step-ca, and it serves what it served all along.
  const { why, serving } = await service.await(issuersOf(before), before[0], false);
  if (why !== undefined && !isSameChain(serving, before)) {
    return lost(
      "the previous ca.json is back, but step-ca does not serve its chain. Look at its log, start it, then run this again",
    );
  }
  await finish();
  tell({
    event: "put-back",
    message:
      "the previous ca.json is back, and its chain is served. If the new one was in place, it is ca.rejected.json beside it. " +
      "Check step-ca's log, the reload command and the URL, fix the cause, then run this again",
  });
  return 2;
}

function notRestored(cause: unknown, { directory, reload }: HostSettings): string {
  return cause instanceof HostFailure && cause.exitCode === TAKEN_OVER
    ? "another run has taken the place of this one. It sees to ca.json; look at its log. Then run this again"
    : `that failed${saidBy(cause)}. Run this again when the host answers: it finds what this run left. ` +
        `By hand, on that host: cp -p ${directory}/hand-over/ca.json ${directory}/ca.json && ${reload}`;
}
