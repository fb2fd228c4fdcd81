/**
 * What is bundled: `cli/main.ts`, without awaiting at the top level.
 *
 * @module
 */
import { main } from "../../cli/main.ts";

main(Deno.args).then(Deno.exit);
