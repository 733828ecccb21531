import { createHash } from "node:crypto";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { createServer } from "node:net";
import { PkiError, systemCode } from "../../errors";

/**
 * Allows one deployment of a project at a time on this machine. The lock is a socket in Linux's abstract namespace, so it ends with
 * this process, whatever ends it, and no child inherits it. On other systems, the lock on the host of step-ca is the only one.
 *
 * @param project the folder of the project, absolute
 * @returns what releases the lock
 * @throws PkiError `DEPLOY_RUNNING`
 */
export async function lockMachine(project: string): Promise<() => void> {
  if (process.platform !== "linux") {
    return () => undefined;
  }
  const digest = createHash("sha256").update(realpathSync(project)).digest("hex");
  const server = createServer();
  try {
    await once(server.listen(`\0kms-pki-deploy-${digest}`), "listening");
  } catch (cause) {
    if (systemCode(cause) !== "EADDRINUSE") {
      throw cause;
    }
    throw new PkiError(
      "DEPLOY_RUNNING",
      `another deployment is under way in "${project}"`,
      "Wait until it has ended, then run this again",
      { cause },
    );
  }
  server.unref();
  return () => {
    server.close();
  };
}
