import { invalid, type Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";
import { checkText } from "./form";

/**
 * Checks the fields of an authority's database, as far as they are known.
 *
 * @param types the types that several step-ca can share
 */
export function checkDatabase(
  { type, name, url, urlFile, urlEnvironment }: Readonly<Record<string, unknown>>,
  types: readonly string[],
  property: string,
): Problem[] {
  const isGiven = (value: unknown): boolean => value !== undefined && value !== null;
  const [place, other] = Object.entries({ url, urlFile, urlEnvironment })
    .filter(([, value]) => isGiven(value))
    .map(([field]) => field);
  return [
    ...(type === UNKNOWN || types.includes(type as string)
      ? []
      : [
          invalid(
            `${property}.type`,
            isGiven(type) ? "it is not a database that several step-ca can share" : "it is missing",
            `Give ${types.map((each) => JSON.stringify(each)).join(" or ")}`,
          ),
        ]),
    ...checkWord(name, `${property}.name`, /^[^\s`"'\\/?]{1,63}$/, "the name of a database, such as stepca"),
    ...checkText(url, `${property}.url`),
    ...checkWord(urlFile, `${property}.urlFile`, /^[^\0\n]+$/, "the path of a file"),
    ...checkWord(
      urlEnvironment,
      `${property}.urlEnvironment`,
      /^[A-Za-z_][A-Za-z0-9_]*$/,
      "the name of an environment variable, not the URL itself",
    ),
    ...(place !== undefined && other !== undefined
      ? [invalid(`${property}.${place}`, `${other} is given, too`, "Give one of them")]
      : []),
  ];
}

/** Checks a text by its form. The value is not repeated: it may be the secret URL, given in the wrong place. */
function checkWord(value: unknown, property: string, form: RegExp, what: string): Problem[] {
  const isWrong = typeof value === "string" && value !== UNKNOWN && (!form.test(value) || value.includes("://"));
  return [...checkText(value, property), ...(isWrong ? [invalid(property, `it is not ${what}`, `Give ${what}`)] : [])];
}
