/** Writes provider/plugin/schema.json anew: `npm run schema`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "../engine/project";
import { generatedSchema } from "./generatedSchema";

writeFileSync(
  join(CHECKOUT, "provider", "plugin", "schema.json"),
  `${JSON.stringify(generatedSchema(), undefined, 2)}\n`,
);
