/**
 * `deno task docs`: writes what is derived from the code and kept beside it.
 *
 *     container/specification/descriptions.ts   of specification/fields.ts
 *     docs/specification.md                     of the schema and both
 *
 * `tasks/docs/docs_test.ts` fails when either is not what this would write.
 *
 * @module
 */
import { descriptionsModule } from "./docs/descriptions.ts";
import { formatted, readDescriptions } from "./docs/sources.ts";

const DESCRIPTIONS_FILE = "container/specification/descriptions.ts";
const PAGE_FILE = "docs/specification.md";

if (import.meta.main) {
  const text = descriptionsModule(await readDescriptions());
  await Deno.writeTextFile(DESCRIPTIONS_FILE, await formatted(text, "ts"));
  // It reads what was just written.
  const { specificationPage } = await import("./docs/page.ts");
  const page = await formatted(specificationPage(), "md");
  await Deno.mkdir("docs", { recursive: true });
  await Deno.writeTextFile(PAGE_FILE, page);
}
