/**
 * What `rkl info` prints for people.
 *
 * @module
 */
import type { ContainerCount, Host } from "../container/host.ts";
import type { Storage } from "../runtime/host/storage.ts";
import type { Finding } from "../sys/finding.ts";
import { formatSize } from "./size.ts";
import { formatTable } from "./table.ts";

/** The host, and the program that looked at it. */
export interface Info extends Host {
  readonly rkl: {
    readonly version: string;
    readonly specVersion: string;
    readonly deno: string;
    /** The path of the program. */
    readonly binary: string;
  };
}

/** A line for each thing, a table of features, and what to do about some. */
export function formatInfo(info: Info): string[] {
  const { rkl, kernel, architecture, wsl, cgroup, storage, features } = info;
  const lines = formatTable([
    ["rkl:", `${rkl.version}, ${rkl.binary}`],
    ["kernel:", `${kernel} ${architecture}${wsl ? `, WSL ${wsl}` : ""}`],
    ["cgroup:", cgroupText(cgroup)],
    ["root:", storageText(storage.root)],
    ["data root:", storageText(storage.dataRoot)],
    ["containers:", containersText(info.containers)],
    ["networks:", `${info.networks ?? "unknown"}`],
  ]);
  const table = formatTable([
    ["FEATURE", "STATUS", "DETAIL"],
    ...features.map(({ name, status, detail }) => [name, status, detail]),
  ]);
  const advice = features.flatMap(adviceOn);
  return [
    ...lines,
    "",
    ...table,
    ...(advice.length > 0 ? [""] : []),
    ...advice,
  ];
}

/** What it would be good for and what helps, unless all is well. */
function adviceOn({ name, why, remedy, status }: Finding): string[] {
  if (remedy === undefined || status === "unknown") return [];
  return [`${name} is ${status}: it ${why}. ${capitalized(remedy)}.`];
}

function cgroupText({ mode, controllers }: Host["cgroup"]): string {
  const versions = (["v2", "v1"] as const).flatMap((version) => {
    const names = controllers.filter((one) => one.version === version)
      .map(({ name }) => name);
    return names.length > 0 ? [`${version} ${names.join(" ")}`] : [];
  });
  return [mode, ...versions].join("; ");
}

function storageText({ path, fileSystem, size, free }: Storage): string {
  return `${path}, ${fileSystem}, ${formatSize(free)} of ${formatSize(size)} ` +
    "free";
}

function containersText(count: ContainerCount | undefined): string {
  if (!count) return "unknown";
  const { total, ...by } = count;
  const parts = Object.entries(by).filter(([, number]) => number > 0)
    .map(([status, number]) => `${number} ${status}`);
  return [`${total}`, ...(parts.length > 0 ? [parts.join(", ")] : [])]
    .join(": ");
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
