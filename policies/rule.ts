import type { DeclaredResource, StackResource } from "./resource";

/** A setting of a rule: its JSON schema, with the value that it has if you give none. Undefined: no limit. */
export interface Setting<Value> {
  readonly type: "string" | "integer" | "boolean" | "array";
  readonly description: string;
  readonly default: Value;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly items?: { readonly type: "string"; readonly enum?: readonly string[] };
}

/** What a rule found in a stack. */
export interface Violation {
  readonly resource: StackResource;
  readonly message: string;
}

/** What is the same for all resources that a rule judges in a run. */
interface Judgment<Settings> {
  readonly settings: Settings;
  readonly now: Date;
}

/** A rule of the policy pack, with settings of its own. */
export interface RuleOf<Settings extends object> {
  /** By which the pack's configuration names it. */
  readonly name: string;
  readonly description: string;
  /** What a violation does unless the configuration says otherwise: `mandatory` ends the run, `advisory` warns. */
  readonly level: "mandatory" | "advisory";
  readonly settings: { readonly [Name in keyof Settings]: Setting<Settings[Name]> };
  /** Judges the inputs of a resource before it is made or changed. Returns what is wrong, each with what to do. */
  readonly inResource?: (resource: DeclaredResource, judgment: Judgment<Settings>) => readonly string[];
  /** Judges a whole stack, at the end of a preview or a run. */
  readonly inStack?: (stack: readonly StackResource[], judgment: Judgment<Settings>) => readonly Violation[];
}

/** A rule whose settings are read from the pack's configuration. */
export interface Rule {
  readonly name: string;
  readonly description: string;
  readonly level: "mandatory" | "advisory";
  readonly settings: Readonly<Record<string, Setting<unknown>>>;
  readonly inResource: (resource: DeclaredResource, judgment: Judgment<object>) => readonly string[];
  readonly inStack?: (stack: readonly StackResource[], judgment: Judgment<object>) => readonly Violation[];
}

/** The type of the resource that stands for the whole run. */
const STACK = "pulumi:pulumi:Stack";

/** The setting that every rule has. */
interface Exceptions {
  /** Names of resources. */
  readonly except: readonly string[];
}

const EXCEPT: Setting<readonly string[]> = {
  type: "array",
  items: { type: "string" },
  description: "The names of resources that the rule leaves alone",
  default: [],
};

/** A rule that takes what the configuration gives of its settings, and its defaults for the rest. */
export function ruleOf<Settings extends object>(rule: RuleOf<Settings>): Rule {
  const { name, description, level, inResource, inStack } = rule;
  const settings: Rule["settings"] = { ...rule.settings, except: EXCEPT };
  const defaults = Object.fromEntries(Object.entries(settings).map(([each, setting]) => [each, setting.default]));
  const complete = ({ settings: given, now }: Judgment<object>): Judgment<Settings & Exceptions> => ({
    settings: { ...defaults, ...given } as Settings & Exceptions,
    now,
  });
  // The run's own resource is judged first, before anything is made.
  const misspelled = (resource: DeclaredResource, given: object): readonly string[] =>
    resource.type === STACK
      ? Object.keys(given)
          .filter((each) => !Object.hasOwn(settings, each))
          .map(
            (each) =>
              `"${each}" is no setting of this rule. Remove it, or use one of ${Object.keys(settings).join(", ")}.`,
          )
      : [];
  const isJudged = ({ name: each }: DeclaredResource, { settings: { except } }: Judgment<Exceptions>): boolean =>
    !except.includes(each);
  return {
    ...{ name, description, level, settings },
    inResource: (resource, given) => {
      const judgment = complete(given);
      const found = isJudged(resource, judgment) ? (inResource?.(resource, judgment) ?? []) : [];
      return [...misspelled(resource, given.settings), ...found];
    },
    ...(inStack && {
      inStack: (stack, given) => {
        const judgment = complete(given);
        return inStack(stack, judgment).filter(({ resource }) => isJudged(resource, judgment));
      },
    }),
  };
}
