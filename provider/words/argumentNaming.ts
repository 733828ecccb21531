/** How messages name the arguments of an authority. */
export interface ArgumentNaming {
  /** The name of an argument, from its path: `keys.adopt.root`. */
  readonly name: (path: string) => string;
  /** The text that tells how to set an argument. */
  readonly assignment: (path: string, value: string | number | boolean) => string;
  /** The remedy that tells how to set an argument with named fields. Fields that are undefined are left out. */
  readonly remedyOf: (path: string, fields: object) => string;
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
  remedyOf: (path, fields) => `Set ${path} = ${JSON.stringify(fields)}`,
};

let naming = PROGRAM;

/** Makes messages name arguments in a program's own way, such as by settings. */
export function nameArgumentsBy(own: ArgumentNaming): void {
  naming = own;
}

/** How messages of this run name arguments. */
export function argumentNaming(): ArgumentNaming {
  return naming;
}

/** Names arguments as in a program again, for the next run in this process. */
export function forgetArgumentNaming(): void {
  naming = PROGRAM;
}
