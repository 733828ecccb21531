/** Lines of a program in one language. */
interface ProgramLines {
  /** Exports an authority. */
  readonly authority: string;
  /** Gives an issuer's answer in a file to an authority. */
  readonly answer: (request: string, file: string) => string;
}

/** The languages, by the runtime in Pulumi.yaml. */
const LINES: Readonly<Record<string, ProgramLines>> = {
  nodejs: {
    authority: "export const ca = new pki.CertificateAuthority(...)",
    answer: (request, file) =>
      `intermediate: { issuer: "external", answers: { ${quotedUnlessWord(request)}: readFileSync("${file}", "utf8") } }`,
  },
  yaml: {
    authority: "outputs: { ca: ${ca.outputs} }",
    answer: (request, file) =>
      `intermediate: { issuer: external, answers: { ${request}: { fn::readFile: ./${file} } } }`,
  },
  python: {
    authority: 'pulumi.export("ca", ca.outputs)',
    answer: (request, file) => `intermediate={"issuer": "external", "answers": {"${request}": open("${file}").read()}}`,
  },
  go: {
    authority: 'ctx.Export("ca", ca.Outputs)',
    answer: (request, file) => `Answers["${request}"] of Intermediate, whose Issuer is "external": the text of ${file}`,
  },
};

/**
 * The line by which a program exports an authority, in brackets behind a space; empty if the language is unknown.
 *
 * @param runtime of the project
 */
export function exportingLine(runtime: string | undefined): string {
  const lines = linesOf(runtime);
  return lines === undefined ? "" : ` (${lines.authority})`;
}

/**
 * The line by which a program gives an issuer's answer.
 *
 * @param request the name of the request
 * @param file relative to Pulumi.yaml
 */
export function answerLine(runtime: string | undefined, request: string, file: string): string {
  const { answer } = linesOf(runtime) ?? {};
  return (
    answer?.(request, file) ?? `intermediate.issuer: external, intermediate.answers.${request}: the text of ${file}`
  );
}

function linesOf(runtime: string | undefined): ProgramLines | undefined {
  return runtime !== undefined && Object.hasOwn(LINES, runtime) ? LINES[runtime] : undefined;
}

/** A name as TypeScript writes it for a property. */
function quotedUnlessWord(name: string): string {
  return /^\w+$/.test(name) ? name : JSON.stringify(name);
}
