import assert from "node:assert/strict";
import { parseFacts } from "../container/process_facts.ts";
import { columnsFor, processTable } from "./top_columns.ts";

// What proc_pid_stat(5) has, with a name that tries to be two fields.
const STAT = "4242 (a) b) S 4200 4242 4242 34817 4242 4194560 100 0 0 0 " +
  "250 50 0 0 20 -5 3 0 10000 8192000 16 18446744073709551615";
const STATUS = "Name:\ta) b\nUid:\t1000\t0\t0\t0\nGid:\t100\t5\t5\t5\n" +
  "VmRSS:\t    1024 kB\nNSpid:\t4242\t7\nNSpgid:\t4242\t7\n";
const UPTIME = 700;
const LIST = {
  processes: [parseFacts(STAT, STATUS, "sleep\0" + "10\0", UPTIME)],
  hostUsers: new Map([[0, "root"], [1000, "ann"]]),
  users: new Map([[0, "admin"]]),
  hostGroups: new Map([[5, "tty"]]),
  groups: new Map<number, string>(),
  hostMemory: 2 ** 30,
};

function table(...options: string[]): string[][] | undefined {
  const columns = columnsFor(options);
  return columns && processTable(LIST, columns);
}

Deno.test("without options the columns are docker's", () => {
  const [head, [uid, pid, ppid, c, _stime, ...rest] = []] = table()!;
  assert.equal(head!.join(" "), "UID PID PPID C STIME TTY TIME CMD");
  assert.deepEqual([uid, pid, ppid, c], ["root", "4242", "4200", "0"]);
  assert.deepEqual(rest, ["pts/1", "00:00:03", "sleep 10"]);
  assert.deepEqual(table("-ef"), table());
});

Deno.test("aux has the columns that it has", () => {
  const [head, row] = table("aux")!;
  assert.equal(
    head!.join(" "),
    "USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND",
  );
  assert.deepEqual(row!.slice(2, 6), ["0.5", "0.1", "8000", "1024"]);
});

Deno.test("-o chooses columns by the words of ps", () => {
  const expected = [
    ["PID", "COMMAND", "USER", "RUSER", "GROUP", "NI", "ELAPSED"],
    ["4242", "a) b", "root", "ann", "tty", "-5", "10:00"],
  ];
  const names = "pid,comm,user,ruser,group,ni,etime";
  for (
    const options of [
      ["-o", names],
      [`-o${names}`],
      ["-eo", names],
      ["-o", "pid,comm,user", "-o", "ruser,group,ni,etime"],
    ]
  ) assert.deepEqual(table(...options), expected, options.join(" "));
});

Deno.test("podman's words tell of pids and users inside, with h outside", () => {
  const expected = [
    ["PID", "HPID", "PPID", "USER", "HUSER", "GROUP", "HGROUP", "COMMAND"],
    ["7", "4242", "0", "admin", "root", "5", "tty", "sleep 10"],
  ];
  const words = "pid hpid ppid user huser group hgroup args";
  assert.deepEqual(table(...words.split(" ")), expected);
  assert.deepEqual(table(words.replaceAll(" ", ",")), expected);
});

Deno.test("what only ps knows is left to it", () => {
  for (const options of [["-o", "pid,wchan"], ["-eLf"], ["l"], ["pid", "x"]]) {
    assert.equal(table(...options), undefined, options.join(" "));
  }
});

Deno.test("what a container calls its programs and users is no order to a terminal", () => {
  const process = parseFacts(
    STAT.replace("(a) b)", "(\x1b[2J\n)"),
    STATUS,
    "\x1b]0;title\x07\0" + "\x9b1m é\0",
    UPTIME,
  );
  const list = {
    ...LIST,
    processes: [process],
    users: new Map([[0, "ad\x7fmin"]]),
  };
  assert.deepEqual(
    processTable(list, columnsFor(["comm", "args", "user"])!)[1],
    ["?[2J?", "?]0;title? ?1m é", "ad?min"],
  );
});
