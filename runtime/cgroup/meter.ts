/**
 * What a control group uses, read again and again: the few figures that people
 * watch, from files that are kept open.
 *
 * @module
 */
import { KeptFile } from "../../sys/kept_file.ts";

/** Figures of one moment; undefined where no mounted controller counts. */
export interface Reading {
  /** Processor time, in microseconds. */
  readonly cpuUsec: number | undefined;
  /** Memory in use, without what can be reclaimed at once, as docker has it. */
  readonly memoryBytes: number | undefined;
  /** Bytes that were read from and written to block devices. */
  readonly block:
    | { readonly read: number; readonly written: number }
    | undefined;
  /** Number of tasks. */
  readonly pids: number | undefined;
}

/** A cgroup that is read again and again. */
export class CgroupMeter implements Disposable {
  readonly #cpu: Source;
  readonly #memory: Source;
  readonly #inactive: Source;
  readonly #block: Source;
  readonly #pids: Source;
  readonly #limit: Source;

  /** Of the cgroup whose directories are these: controller, "" for v2. */
  constructor(paths: Readonly<Record<string, string>>) {
    this.#cpu = sourceOf(paths, CPU);
    this.#memory = sourceOf(paths, MEMORY);
    this.#inactive = sourceOf(paths, INACTIVE);
    this.#block = sourceOf(paths, BLOCK);
    this.#pids = sourceOf(paths, PIDS);
    this.#limit = sourceOf(paths, LIMIT);
  }

  /** What it uses now. */
  read(): Reading {
    const [cpuUsec, pids] = [this.#cpu, this.#pids].map(valueOf);
    const used = valueOf(this.#memory);
    const inactive = used === undefined ? 0 : valueOf(this.#inactive) ?? 0;
    const text = this.#block?.file.read();
    return {
      cpuUsec,
      pids,
      // What is inactive was counted a moment later, and may be more by then.
      memoryBytes: used !== undefined && inactive < used
        ? used - inactive
        : used,
      block: text === undefined ? undefined : blockOf(text),
    };
  }

  /** The most memory it may use, in bytes; Infinity where nobody said. */
  readLimit(): number {
    const limit = valueOf(this.#limit);
    this.#limit?.file[Symbol.dispose]();
    return limit ?? Infinity;
  }

  /** Closes its files. */
  [Symbol.dispose](): void {
    for (
      const source of [
        this.#cpu,
        this.#memory,
        this.#inactive,
        this.#block,
        this.#pids,
      ]
    ) source?.file[Symbol.dispose]();
  }
}

/** Where a figure stands: in which file, behind which word. */
interface Place {
  readonly controller: string;
  readonly file: string;
  /** The word its line begins with; absent where it is all there is. */
  readonly key?: string;
  /** What the number has to be multiplied with. */
  readonly unit?: number;
}

/** The first that is there is read. */
const CPU: readonly Place[] = [
  { controller: "", file: "cpu.stat", key: "usage_usec " },
  { controller: "cpuacct", file: "cpuacct.usage", unit: 1 / 1000 },
];
const MEMORY: readonly Place[] = [
  { controller: "memory", file: "memory.usage_in_bytes" },
  { controller: "", file: "memory.current" },
];
const INACTIVE: readonly Place[] = [
  { controller: "memory", file: "memory.stat", key: "\ntotal_inactive_file " },
  { controller: "", file: "memory.stat", key: "\ninactive_file " },
];
const LIMIT: readonly Place[] = [
  { controller: "memory", file: "memory.limit_in_bytes" },
  { controller: "", file: "memory.max" },
];
const PIDS: readonly Place[] = [
  { controller: "pids", file: "pids.current" },
  { controller: "", file: "pids.current" },
];
const BLOCK: readonly Place[] = [
  {
    controller: "blkio",
    file: "blkio.throttle.io_service_bytes_recursive",
  },
  { controller: "", file: "io.stat" },
];

type Source = { readonly file: KeptFile; readonly place: Place } | undefined;

function sourceOf(
  paths: Readonly<Record<string, string>>,
  places: readonly Place[],
): Source {
  const place = places.find(({ controller }) => controller in paths);
  if (!place) return undefined;
  const file = new KeptFile(`${paths[place.controller]}/${place.file}`);
  return { file, place };
}

function valueOf(source: Source): number | undefined {
  const text = source?.file.read();
  if (text === undefined) return undefined;
  const { key = "", unit = 1 } = source!.place;
  const at = text.indexOf(key);
  const value = at === -1 ? NaN : Number.parseInt(text.slice(at + key.length));
  return Number.isNaN(value) ? undefined : value * unit;
}

/**
 * The sum over the devices, of either version: lines `8:0 Read 123`, or
 * `8:0 rbytes=1 wbytes=2 …`.
 */
export function blockOf(text: string): { read: number; written: number } {
  const sum = (pattern: RegExp) =>
    text.matchAll(pattern).reduce((sum, [, bytes]) => sum + Number(bytes), 0);
  return {
    read: sum(/ (?:Read |rbytes=)(\d+)/g),
    written: sum(/ (?:Write |wbytes=)(\d+)/g),
  };
}
