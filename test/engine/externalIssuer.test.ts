import { join } from "node:path";
import { shellBlock } from "../documentation/shellBlocks";
import { NEW_EC_KEY, openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { type Issuer, issuesIntermediate, NOTHING_TO_STOP } from "./issuesIntermediate";
import { PulumiProject } from "./project";

/** A root in two files. */
function rootByOpenssl(directory: string): ReturnType<Issuer["start"]> {
  openssl([
    ...["req", "-x509", ...NEW_EC_KEY, "-keyout", join(directory, "root.key"), "-out", join(directory, "root.crt")],
    ...["-days", "3650", "-subj", "/O=Elsewhere/CN=Elsewhere Root", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
  ]);
  return Promise.resolve(NOTHING_TO_STOP);
}

/** The lines with which a stack asks for its intermediate, and takes the answer. */
const LINES = {
  asking: shellBlock("docs/external-roots.md", "rootKms external"),
  accepting: shellBlock("docs/external-roots.md", "kms-pki accept"),
};

issuesIntermediate({
  name: "openssl",
  skip: missing("pulumi", "step-ca", "step", "openssl"),
  block: shellBlock("docs/external-roots.md", "openssl x509 -req"),
  ...LINES,
  start: rootByOpenssl,
  isWithoutChain: true,
  rootStack: (config) => PulumiProject.rootStack(config),
  goesOn: false,
});
