/** How the messages of a run speak of the arguments of its authority. */
export interface ArgumentNaming {
  /** An argument, from its path: `keys.adopt.root`. */
  readonly name: (path: string) => string;
  /** What gives an argument a value. */
  readonly assignment: (path: string, value: string | boolean) => string;
}

/** A program gives arguments: `adopt: { "root": "..." }`. */
const PROGRAM: ArgumentNaming = {
  name: (path) => path,
  assignment: (path, value) => {
    const [first = "", ...inner] = path.replace(/^keys\./, "").split(".");
    const [, name = first, isList] = /^(.*?)(\[0\])?$/.exec(first) ?? [];
    const text = JSON.stringify(value);
    const nested = inner.reduceRight((content, part) => `{ "${part}": ${content} }`, text);
    return `${name}: ${isList === undefined ? nested : `[${nested}]`}`;
  },
};

let naming = PROGRAM;

/** Has messages speak of arguments as a program of settings names them. */
export function nameArgumentsBy(own: ArgumentNaming): void {
  naming = own;
}

/** How this run speaks of arguments. */
export function argumentNaming(): ArgumentNaming {
  return naming;
}

/** Speaks as a program does, until another run has it otherwise. */
export function forgetArgumentNaming(): void {
  naming = PROGRAM;
}
