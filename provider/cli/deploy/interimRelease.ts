import type { X509Certificate } from "node:crypto";
import { fingerprintSha256 } from "../../x509/certificate";
import { readCertificates } from "../../x509/pem";
import { sshPublicKeyPem } from "../../ssh/publicKeyPem";
import { parseSshPublicKey } from "../../ssh/publicKeyLine";
import type { JsonObject } from "../../stepca/jsonObject";
import { type SshKeyEntry, sshKeyEntry } from "../../stepca/sshKeys";
import { type HostState, SSH_KEY_TYPES, sshOf, trustOf } from "./hostTrust";
import { pathsIn, type Release, releaseWith, uniqueName } from "./release";

/**
 * What a host has, with an interim ca.json that also trusts what is next: roots, and the SSH keys that are signed with. It serves and signs
 * with what it served and signed with.
 */
export function trustingRelease(present: HostState, next: Release): Release {
  const { directory } = next;
  const known = new Set(trustOf(present).roots.map(fingerprintSha256));
  const roots = next.files.filter(
    ({ name, content }) =>
      pathsIn(next.config, "root").includes(`${directory}/${name}`) &&
      readCertificates(content.toString("utf8"), name).some((root) => !known.has(fingerprintSha256(root))),
  );
  const paths = [...pathsIn(present.config, "root"), ...roots.map(({ name }) => `${directory}/${name}`)];
  const config = {
    ...present.config,
    ...(roots.length === 0 ? {} : { root: paths }),
    ...sshWith(present, [next]),
  };
  return releaseWith(config, {
    ...{ directory, files: roots, copies: [], issuers: present.issuers, sshLines: present.sshLines },
    rootsPem: present.rootsPem + roots.map(({ content }) => content.toString("utf8")).join(""),
  });
}

/**
 * What is next for a host, with an interim ca.json that also trusts the SSH keys that other hosts sign with, and the former roots under
 * which they serve.
 */
export function keepingRelease(
  next: Release,
  others: readonly HostState[],
  formerRoots: readonly X509Certificate[],
): Release {
  const kept = [...new Set(formerRoots.map((root) => root.toString()))].map((pem) => {
    const content = Buffer.from(pem);
    return { name: uniqueName("root_ca.crt", content), content };
  });
  const paths = [...pathsIn(next.config, "root"), ...kept.map(({ name }) => `${next.directory}/${name}`)];
  const config = { ...next.config, ...(kept.length === 0 ? {} : { root: paths }), ...sshWith(next, others) };
  return releaseWith(config, {
    ...next,
    files: [...next.files, ...kept],
    rootsPem: next.rootsPem + kept.map(({ content }) => content.toString("utf8")).join(""),
  });
}

/** The field `ssh` with an entry for each SSH key that others sign with and that is not trusted; nothing if there is none. */
function sshWith(state: HostState, others: readonly HostState[]): JsonObject {
  const { ssh } = trustOf(state);
  const entries = SSH_KEY_TYPES.flatMap((type) => {
    const trusted = new Set([ssh[type].active, ...ssh[type].others]);
    const lines = others.flatMap((other) =>
      trustOf(other).ssh[type].active === undefined ? [] : [other.sshLines[type]],
    );
    return lines.flatMap((line = ""): SshKeyEntry[] => {
      const fingerprint = parseSshPublicKey(line)?.fingerprint;
      const pem = sshPublicKeyPem(line);
      if (fingerprint === undefined || pem === undefined || trusted.has(fingerprint)) {
        return [];
      }
      trusted.add(fingerprint);
      return [false, true].map((federated) => sshKeyEntry({ type, federated }, pem, fingerprint));
    });
  });
  const present = sshOf(state.config);
  const keys = Array.isArray(present["keys"]) ? (present["keys"] as unknown[]) : [];
  return entries.length === 0 ? {} : { ssh: { ...present, keys: [...keys, ...entries] } };
}
