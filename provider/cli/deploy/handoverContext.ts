import type { DeployReport } from "./deployReport";
import type { HostShell } from "./hostShell";
import type { Interruption } from "./interruption";

/** What every handover of a run shares. */
export interface HandoverContext {
  /** The identity of the run. */
  readonly run: string;
  readonly report: DeployReport;
  readonly interruption: Interruption;
  /** Whether an authority may be replaced with another, whose roots do not verify what is served. */
  readonly newAuthority: boolean;
  /** The SHA-256 fingerprints of the roots that the authority had and gave up, in hex. */
  readonly formerRoots: readonly string[];
  /** The shell of this machine. */
  readonly here: HostShell;
}
