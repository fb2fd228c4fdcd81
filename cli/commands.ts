/**
 * Every command rkl has, in the order help lists them. A command's module is
 * loaded when it runs.
 *
 * @module
 */
import type { Verb } from "./verb.ts";

/** A verb, or a group of them. */
export interface Command {
  /** One line of help, without a full stop. */
  readonly summary: string;
  readonly aliases?: readonly string[];
  /** Neither in help nor in completion. */
  readonly hidden?: boolean;
  /** A verb's module; absent from groups. */
  readonly load?: () => Promise<{ readonly default: Verb }>;
  /** A group's commands; absent from verbs. */
  readonly commands?: CommandTable;
  /** The heading in help that opens with this command. */
  readonly heading?: string;
}

/** Commands by name. */
export type CommandTable = Readonly<Record<string, Command>>;

const CONTAINER: CommandTable = {
  run: {
    summary: "Run a container to its end, or in the background",
    load: () => import("./container/run.ts"),
  },
  create: {
    summary: "Create a container without starting it",
    load: () => import("./container/create.ts"),
  },
  start: {
    summary: "Start containers that were created or have ended",
    load: () => import("./container/start.ts"),
  },
  stop: {
    summary: "Ask containers to end, and end them when they do not",
    load: () => import("./container/stop.ts"),
  },
  restart: {
    summary: "Stop containers and start them again",
    load: () => import("./container/restart.ts"),
  },
  kill: {
    summary: "Send a signal to containers",
    load: () => import("./container/kill.ts"),
  },
  update: {
    summary: "Change the limits of containers",
    load: () => import("./container/update.ts"),
  },
  pause: {
    summary: "Suspend all processes of containers",
    load: () => import("./container/pause.ts"),
  },
  unpause: {
    summary: "Let the processes of paused containers go on",
    load: () => import("./container/unpause.ts"),
  },
  delete: {
    summary: "Delete containers that do not run",
    aliases: ["rm"],
    load: () => import("./container/delete.ts"),
  },
  prune: {
    summary: "Delete all containers that do not run",
    load: () => import("./container/prune.ts"),
  },
  rename: {
    summary: "Give a container another name",
    load: () => import("./container/rename.ts"),
  },
  state: {
    summary: "Print the OCI state of a container",
    load: () => import("./container/state.ts"),
  },
  list: {
    summary: "List containers",
    aliases: ["ls", "ps"],
    load: () => import("./container/list.ts"),
  },
  exec: {
    summary: "Run a command inside a running container",
    load: () => import("./container/exec.ts"),
  },
  attach: {
    summary: "Attach to a running container's output, and to its input",
    load: () => import("./container/attach.ts"),
  },
  wait: {
    summary: "Wait for containers to end and print their exit codes",
    load: () => import("./container/wait.ts"),
  },
  logs: {
    summary: "Print what a container has written",
    load: () => import("./container/logs.ts"),
  },
  inspect: {
    summary: "Print all that is known of containers",
    load: () => import("./container/inspect.ts"),
  },
  cp: {
    summary: "Copy files from or into a container",
    load: () => import("./container/cp.ts"),
  },
  diff: {
    summary: "Print what a container has changed of its image",
    load: () => import("./container/diff.ts"),
  },
  export: {
    summary: "Write the files of a container as a tar archive",
    load: () => import("./container/export.ts"),
  },
  port: {
    summary: "Print which ports of the host lead to a container",
    load: () => import("./container/port.ts"),
  },
  stats: {
    summary: "Watch what containers use",
    load: () => import("./stats.ts"),
  },
  top: {
    summary: "List the processes of a container",
    load: () => import("./top.ts"),
  },
};

const NETWORK: CommandTable = {
  create: {
    summary: "Create a network",
    load: () => import("./network/create.ts"),
  },
  list: {
    summary: "List networks",
    aliases: ["ls"],
    load: () => import("./network/list.ts"),
  },
  inspect: {
    summary: "Print all that is known of networks",
    load: () => import("./network/inspect.ts"),
  },
  connect: {
    summary: "Put a container on one more network",
    load: () => import("./network/connect.ts"),
  },
  disconnect: {
    summary: "Take a container off a network",
    load: () => import("./network/disconnect.ts"),
  },
  remove: {
    summary: "Remove networks that nobody uses",
    aliases: ["rm"],
    load: () => import("./network/remove.ts"),
  },
  prune: {
    summary: "Remove all networks that nobody uses",
    load: () => import("./network/prune.ts"),
  },
};

const VOLUME: CommandTable = {
  create: {
    summary: "Create a volume",
    load: () => import("./volume/create.ts"),
  },
  list: {
    summary: "List volumes",
    aliases: ["ls"],
    load: () => import("./volume/list.ts"),
  },
  inspect: {
    summary: "Print all that is known of volumes",
    load: () => import("./volume/inspect.ts"),
  },
  remove: {
    summary: "Remove volumes that no container uses",
    aliases: ["rm"],
    load: () => import("./volume/remove.ts"),
  },
  prune: {
    summary: "Remove all volumes that nobody named or uses",
    load: () => import("./volume/prune.ts"),
  },
};

const DAEMON: CommandTable = {
  status: {
    summary: "Print whether the daemon runs, and why",
    load: () => import("./daemon/status.ts"),
  },
  start: {
    summary: "Have the daemon run in the background",
    load: () => import("./daemon/start.ts"),
  },
  stop: {
    summary: "End the daemon",
    load: () => import("./daemon/stop.ts"),
  },
  run: {
    summary: "Run the daemon in the foreground",
    load: () => import("./daemon/run.ts"),
  },
  unit: {
    summary: "Print a unit of systemd that runs the daemon",
    load: () => import("./daemon/unit.ts"),
  },
};

const SYSTEM: CommandTable = {
  info: {
    summary: "Tell what this host has for containers",
    load: () => import("./info.ts"),
  },
  events: {
    summary: "Print what happens to containers, networks and volumes",
    load: () => import("./events.ts"),
  },
  prune: {
    summary: "Remove what nobody uses, and what crashes left",
    load: () => import("./system/prune.ts"),
  },
};

const SCHEMA: CommandTable = {
  container: {
    summary: "Print the JSON Schema of a container's specification",
    load: () => import("./schema/container.ts"),
  },
};

/** The words that may follow `rkl`. */
export const COMMANDS: CommandTable = {
  container: {
    heading: "Containers",
    summary: "Run and manage standalone containers",
    aliases: ["c"],
    commands: CONTAINER,
  },
  stats: CONTAINER.stats!,
  top: CONTAINER.top!,
  network: {
    summary: "Manage the networks of containers",
    aliases: ["net"],
    commands: NETWORK,
  },
  volume: {
    summary: "Manage the volumes of containers",
    commands: VOLUME,
  },
  create: {
    heading: "OCI runtime",
    summary: "Create a container from a bundle",
    load: () => import("./create.ts"),
  },
  start: {
    summary: "Start a created container",
    load: () => import("./start.ts"),
  },
  run: {
    summary: "Create, start, wait for and delete a container",
    load: () => import("./run.ts"),
  },
  exec: {
    summary: "Run a process inside a running container",
    load: () => import("./exec.ts"),
  },
  state: {
    summary: "Print the state of a container",
    load: () => import("./state.ts"),
  },
  kill: {
    summary: "Send a signal to a container",
    load: () => import("./kill.ts"),
  },
  delete: {
    summary: "Delete a stopped container",
    load: () => import("./delete.ts"),
  },
  list: {
    summary: "List the containers below --root",
    load: () => import("./list.ts"),
  },
  ps: {
    summary: "List the processes of a container",
    load: () => import("./ps.ts"),
  },
  pause: {
    summary: "Suspend all processes of a container",
    load: () => import("./pause.ts"),
  },
  resume: {
    summary: "Resume a paused container",
    load: () => import("./resume.ts"),
  },
  spec: {
    summary: "Write a config.json to start from",
    load: () => import("./spec.ts"),
  },
  daemon: {
    heading: "rkl itself",
    summary: "Manage the process that looks after containers",
    commands: DAEMON,
  },
  system: {
    summary: "Look at the host, and clean up",
    commands: SYSTEM,
  },
  info: SYSTEM.info!,
  schema: {
    summary: "Print schemas of what rkl reads",
    commands: SCHEMA,
  },
  events: SYSTEM.events!,
  completion: {
    summary: "Print a completion script for a shell",
    load: () => import("./completion.ts"),
  },
  help: {
    summary: "Explain a command",
    load: () => import("./help.ts"),
  },
  version: {
    summary: "Print the version",
    load: () => import("./version.ts"),
  },
  __daemon: {
    summary: "Serve as the daemon, for commands that start it",
    hidden: true,
    load: () => import("./daemon/background.ts"),
  },
  __complete: {
    summary: "Complete a command line, for completion scripts",
    hidden: true,
    load: () => import("./complete.ts"),
  },
};
