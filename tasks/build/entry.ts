/**
 * What is bundled: `cli/main.ts`, without awaiting at the top level.
 *
 * @module
 */
import { start } from "../../cli/main.ts";

start();
