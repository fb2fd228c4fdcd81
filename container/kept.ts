/**
 * Which containers somebody has to look after for as long as they live, and
 * longer. All others have their monitor, and cost nobody anything.
 *
 * @module
 */
import type { Container } from "./store.ts";

/** What says so. */
type Wishes = Pick<Container, "restart" | "healthcheck">;

/** Whether somebody has to see to it when the container ends. */
export function mayRestart({ restart, healthcheck }: Wishes): boolean {
  return restart !== undefined || healthcheck?.onFailure === "restart";
}

/** Whether the daemon is needed for it. */
export function isKept({ restart, healthcheck }: Wishes): boolean {
  return restart !== undefined || healthcheck !== undefined;
}
