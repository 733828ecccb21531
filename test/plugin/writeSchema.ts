/** Writes provider/plugin/schema.json anew: `npm run schema`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "../engine/project";
import { schemaText } from "./generatedSchema";

void schemaText().then((text) => {
  writeFileSync(join(CHECKOUT, "provider", "plugin", "schema.json"), text);
});
