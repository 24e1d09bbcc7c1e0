import type { DoctorCheck } from "../../model/report.ts";
import type { DoctorFacts } from "./facts.ts";
import type { PathFact } from "../../model/cells/path_fact.ts";
import { count, finding, octal, shellWord } from "./finding.ts";

/** Home, data folder and what a killed ward left in them. */
export function judgeFolders({ uid, folders, profileProblem }: DoctorFacts): DoctorCheck[] {
  const { above, home, data, keys, state, writable, leftovers } = folders;
  return [
    ...above.filter(({ kind }) => kind === "folder").flatMap((folder) => [
      ...wrongOwner("home.mode", folder, uid),
      ...openMode("home.mode", folder, 0o700),
    ]),
    ...judgeHome(home, uid),
    ...(profileProblem
      ? [finding("home.profile", "error", profileProblem.message, {
        cause: "the default profile is looked at instead",
        fix: profileProblem.hint,
      })]
      : []),
    ...(writable === false
      ? [finding("home.writable", "error", `Nothing in "${home.path}" can be written`, {
        cause: "the files are another user's, or the disk is mounted read-only",
        fix: "Make the folder yours, or set WARD_HOME to one you can write",
      })]
      : []),
    ...judgeData(data, [...keys, ...state], uid),
    ...(leftovers.length > 0
      ? [
        finding(
          "data.leftovers",
          "info",
          `${count(leftovers.length, "temporary file")} left: ${
            leftovers.map(({ path }) => path).join(", ")
          }`,
          { cause: "a ward was killed while it wrote", fix: "ward doctor --fix" },
        ),
      ]
      : []),
  ];
}

function judgeHome(home: PathFact, uid: number | null): DoctorCheck[] {
  const { path } = home;
  switch (home.kind) {
    case "missing":
      return [finding("home.mode", "info", `Ward's home "${path}" is not there yet`, {
        cause: "the first command that needs it makes it",
      })];
    case "folder":
      break;
    case "unreadable":
      return [finding("home.mode", "error", `Ward's home "${path}" cannot be looked at`, {
        cause: "a folder above it is closed to you",
        fix: "Set WARD_HOME to a folder you can write",
      })];
    default:
      return [finding("home.mode", "error", `Ward's home "${path}" is not a folder`, {
        cause: "a file is in the way",
        fix: "Move the file away, or set WARD_HOME to another folder",
      })];
  }
  const found = [...wrongOwner("home.mode", home, uid), ...openMode("home.mode", home, 0o700)];
  return found.length > 0 ? found : [finding("home.mode", "ok", `Home: "${path}", yours alone`)];
}

function judgeData(
  data: PathFact,
  files: readonly PathFact[],
  uid: number | null,
): DoctorCheck[] {
  if (data.kind === "missing") return [];
  if (data.kind === "unreadable") {
    return [finding("data.mode", "error", `The data folder "${data.path}" cannot be looked at`, {
      cause: "a folder above it is closed to you",
      fix: "Make ward's home yours, or set WARD_HOME to a folder you can write",
    })];
  }
  if (data.kind !== "folder") {
    return [finding("data.mode", "error", `The data folder "${data.path}" is not a folder`, {
      fix: "Move what is there away, or set WARD_DATA to another folder",
    })];
  }
  const there = files.filter(({ kind }) => kind === "file");
  const found = [
    ...[data, ...there].flatMap((one) => wrongOwner("data.mode", one, uid)),
    ...openMode("data.mode", data, 0o700),
    ...there.flatMap((one) => openMode("data.mode", one, 0o600)),
    ...files.filter(({ kind }) => kind === "link" || kind === "other").map(({ path }) =>
      finding("data.mode", "error", `"${path}" is not a file`, {
        subject: path,
        cause: "ward keeps its state in plain files only",
        fix: `ls -ld ${shellWord(path)}`,
      })
    ),
  ];
  return found.length > 0
    ? found
    : [finding("data.mode", "ok", `Data: "${data.path}", yours alone`)];
}

/** Findings on a mode that lets others in; one who can write is worse than one who can read. */
function openMode(
  id: "home.mode" | "data.mode",
  { path, mode }: PathFact,
  wanted: number,
): DoctorCheck[] {
  if (mode === null || (mode & 0o077) === 0) return [];
  const canChange = (mode & 0o022) !== 0;
  return [finding(
    id,
    canChange ? "error" : "warning",
    `Other users can ${canChange ? "change" : "look into"} "${path}" (mode ${octal(mode)})`,
    {
      subject: path,
      cause: `its mode should be ${octal(wanted)}`,
      fix: `chmod ${octal(wanted).slice(1)} ${shellWord(path)}`,
    },
  )];
}

function wrongOwner(
  id: "home.mode" | "data.mode",
  { path, uid: owner }: PathFact,
  uid: number | null,
): DoctorCheck[] {
  if (uid === null || owner === null || owner === uid) return [];
  return [finding(
    id,
    uid === 0 ? "warning" : "error",
    `"${path}" belongs to user ${owner}, ward runs as ${uid}`,
    {
      subject: path,
      cause: uid === 0 ? "ward was started by sudo on another user's profile" : null,
      fix: uid === 0
        ? `Run ward as user ${owner}, or: chown -R ${uid} ${shellWord(path)}`
        : `sudo chown -R ${uid} ${shellWord(path)}`,
    },
  )];
}
