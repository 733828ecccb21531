import { readCertificates } from "../../x509/pem";
import type { JsonObject } from "../../stepca/jsonObject";
import { configIn } from "./caConfigText";
import type { CaFolder } from "./caFolder";
import { type HostState, SSH_KEY_FIELDS, sshOf } from "./hostTrust";
import { pathsIn, type Release, SSH_FILES, sshLines } from "./release";
import { type Chain, chainIn, issuersOf } from "./servedChain";

/** The ca.json from before a handover that was cut off. */
const EARLIER_CONFIG = "hand-over/ca.json";

/** What was found on a host. */
interface Found {
  /** The run that was cut off; undefined if none was. */
  readonly deadRun: string | undefined;
  /** The chain that step-ca served; empty if nothing answered. */
  readonly before: Chain;
}

/**
 * What a host has: its ca.json, and after a run that was cut off also the one before, because it is not known which of them its step-ca has
 * read. Empty if it has none. Throws `HostFailure`.
 */
export async function presentStates(folder: CaFolder, found: Found, next: Release): Promise<HostState[]> {
  const names = found.deadRun === undefined ? ["ca.json"] : ["ca.json", EARLIER_CONFIG];
  const texts = await folder.show(names);
  const configs = names.map((name) => configIn(texts.get(name))).filter((config) => Object.keys(config).length > 0);
  const isPlain = (path: string): boolean => /^\/[A-Za-z0-9._@+/-]+$/.test(path);
  const named = (config: JsonObject, field: "root" | "crt"): string[] => pathsIn(config, field).filter(isPlain);
  const paths = configs.flatMap((config) => [...named(config, "root"), ...named(config, "crt")]);
  const files = await folder.show([...new Set(paths), ...Object.values(SSH_FILES)]);
  return configs.map((config) => {
    const read = (field: "root" | "crt"): string =>
      named(config, field)
        .flatMap((path) => {
          const text = files.get(path);
          return text === undefined ? [] : readCertificates(text, path).map((each) => each.toString());
        })
        .join("");
    return {
      config,
      rootsPem: read("root"),
      issuers: found.before.length > 1 ? issuersOf(found.before) : chainIn(read("crt")),
      // The file beside ca.json is written last, so a run that was cut off may have left that of the key before.
      sshLines: sshLines((name, type) =>
        sshOf(config)[SSH_KEY_FIELDS[type]] === sshOf(next.config)[SSH_KEY_FIELDS[type]]
          ? next.sshLines[type]
          : files.get(name),
      ),
    };
  });
}
