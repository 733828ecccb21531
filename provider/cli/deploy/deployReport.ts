/** What a deployment tells as it happens. */
export interface DeployEvent {
  /** The kind of event, for programs. */
  readonly event:
    | "updating"
    | "unchanged"
    | "planned"
    | "interim"
    | "changes"
    | "resuming"
    | "signalling"
    | "served"
    | "copied"
    | "warning"
    | "waiting"
    | "failed"
    | "unreachable"
    | "putting-back"
    | "put-back"
    | "lost";
  /** The name of the host; absent for what concerns the whole. */
  readonly host?: string;
  /** The event in words, for people. */
  readonly message: string;
  /** The code of the error, of `failed` and `unreachable`. */
  readonly code?: string;
  /** The fields of ca.json that change, of `changes` and `planned`. */
  readonly fields?: readonly string[];
  /** The files that are sent, of `copied` and `planned`. */
  readonly files?: readonly string[];
}

/** Takes the events of a deployment. */
export type DeployReport = (event: DeployEvent) => void;
