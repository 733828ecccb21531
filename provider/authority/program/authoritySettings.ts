import type { Input } from "../../pulumi";
import { currentTime } from "../../words/clock";
import { DEFAULT_ALGORITHM } from "../../kms/algorithms";
import type { ExternalIssuer } from "../../resources/certificateArgs";
import type { DistinguishedNameArgs } from "../../resources/distinguishedNameArgs";
import { derived, withDefault } from "../../resources/knownInputs";
import type { AuthorityPart } from "../../rotation/authorityPart";
import type { RotationArgs } from "../../rotation/rotation";
import type { JsonObject } from "../../stepca/jsonObject";
import { describeRoot } from "../existingRootFacts";
import type { AuthorityStructure } from "../structure";
import type { AuthorityCertificateArgs, CertificateAuthorityArgs, KeySources } from "./authorityArgs";
import type { DatabaseArgs } from "./databaseArgs";
import type { AuthorityListArgs, AuthorityRevokedArgs } from "./revocationArgs";
import { adoptedFacts, isAdopted } from "./adoptedFacts";
import { answersOf, type GivenAnswers, givenAnswers, unaskedUntil } from "./externalAnswers";
import { withLongestLeaf } from "./authorityLeaves";
import { cleanRoot, isExistingRoot } from "./existingRoot";
import type { KeySource } from "../../keySources/keySource";

/** The settings of a certificate authority, completed. */
export interface AuthoritySettings extends AuthorityStructure {
  readonly sources: KeySources;
  readonly root: AuthorityCertificateArgs | ExternalIssuer;
  /** The settings of the roots to make; with an existing root, of the later ones. */
  readonly madeRoot: AuthorityCertificateArgs;
  readonly intermediate: AuthorityCertificateArgs;
  /** The answers of an issuer elsewhere. */
  readonly givenAnswers: GivenAnswers | undefined;
  /** The authority's name, unchecked and as it was given: the subjects have it from here. */
  readonly name: Input<string | undefined>;
  readonly dnsNames: Input<readonly Input<string>[]>;
  readonly address: Input<string>;
  readonly provisioner: Input<string>;
  readonly acme: Input<boolean>;
  readonly sshpop: Input<boolean>;
  readonly claims: Input<JsonObject | undefined>;
  readonly database: Input<DatabaseArgs | undefined>;
  readonly caConfig: Input<JsonObject | undefined>;
  /** Unchecked. */
  readonly crl: AuthorityListArgs | undefined;
  /** Unchecked. */
  readonly revoked: readonly AuthorityRevokedArgs[] | undefined;
  /** Unchecked. Includes the known facts about certificates that exist, and everything that is compromised. */
  readonly rotation: RotationArgs | undefined;
  /** The instant of the declaration, the same for the whole authority. */
  readonly now: Date;
}

/** Fills in the defaults. */
export function authoritySettings(args: CertificateAuthorityArgs): AuthoritySettings {
  const subject = (part: string): DistinguishedNameArgs => ({
    commonName: derived(args.name, (authority) => `${authority ?? "Smallstep"} ${part}`),
  });
  const { issuer, answers, ...saidIntermediate } = args.intermediate ?? {};
  const said = isExistingRoot(args.root) ? undefined : args.root;
  const madeRoot = { ...said, subject: withDefault(said?.subject, subject("Root")) };
  const root = isExistingRoot(args.root) ? cleanRoot(args.root) : madeRoot;
  const intermediate = {
    ...saidIntermediate,
    subject: withDefault(saidIntermediate.subject, subject("Intermediate")),
  };
  const given = issuer === "external" ? givenAnswers(answers) : undefined;
  return {
    algorithm: args.algorithm ?? DEFAULT_ALGORITHM,
    sources: "intermediate" in args.keys ? args.keys : { root: args.keys, intermediate: args.keys },
    root,
    madeRoot,
    intermediate,
    givenAnswers: given,
    answers: given === undefined ? undefined : answersOf(given, isAdopted(intermediate)),
    unaskedUntil: given === undefined ? undefined : unaskedUntil(intermediate, given),
    hasExistingRoot: isExistingRoot(root),
    ssh: args.ssh ?? true,
    name: args.name,
    dnsNames: withDefault<readonly Input<string>[]>(args.dnsNames, ["localhost", "127.0.0.1"]),
    address: withDefault(args.address, "127.0.0.1:9443"),
    provisioner: withDefault(args.provisioner, "admin"),
    acme: withDefault(args.acme, false),
    sshpop: withDefault(args.sshpop, false),
    claims: args.claims,
    database: args.database,
    caConfig: args.caConfig,
    protect: args.deletionProtection ?? true,
    rotation: completeRotation(args, root, intermediate),
    deleteRetiredKeys: args.deleteRetiredKeys ?? false,
    crl: args.crl,
    revoked: args.revoked,
    hasLists: args.crl !== undefined,
    now: currentTime(),
  };
}

/** The sources of the keys, without duplicates. */
export function sourcesOf({ sources }: AuthoritySettings): KeySource[] {
  const { root, intermediate, ssh } = sources;
  return [...new Set([root, intermediate, ssh])].filter((source) => source !== undefined);
}

/** The source of a part's keys. */
export function sourceOf({ sources }: AuthoritySettings, part: AuthorityPart): KeySource {
  switch (part) {
    case "root":
      return sources.root ?? sources.intermediate;
    case "intermediate":
      return sources.intermediate;
    case "ssh-user":
    case "ssh-host":
      return sources.ssh ?? sources.intermediate;
  }
}

/** Completes the rotation with the facts about certificates that exist and the longest leaves of ca.json. */
function completeRotation(
  args: CertificateAuthorityArgs,
  root: AuthorityCertificateArgs | ExternalIssuer,
  intermediate: AuthorityCertificateArgs,
): RotationArgs | undefined {
  const rotation = withCompromised(args);
  if (rotation === undefined || !isObject(rotation)) {
    return rotation;
  }
  // An issuer elsewhere answers for each generation, and the one in use goes on until it does.
  const facts = args.intermediate?.issuer === undefined ? adoptedFacts(rotation, { root, intermediate }) : {};
  const withLeaves = { ...facts, ...withLongestLeaf(rotation, args) };
  if (!isExistingRoot(root) || typeof root.certificatePem !== "string") {
    return withLeaves;
  }
  try {
    return { existingRoot: describeRoot(root.certificatePem), ...withLeaves };
  } catch {
    return withLeaves; // the check of the root reports its problem
  }
}

/** The rotation with everything that is compromised. Without a schedule, only a compromise makes a further generation. */
function withCompromised({ rotation, compromised = [] }: CertificateAuthorityArgs): RotationArgs | undefined {
  const isList = rotation === undefined || (isObject(rotation) && Array.isArray(rotation.compromised ?? []));
  return compromised.length === 0 || !isList
    ? rotation
    : { ...rotation, compromised: [...new Set([...(rotation?.compromised ?? []), ...compromised])] };
}

/** Whether a value is an object: a program without types may give anything. */
function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
